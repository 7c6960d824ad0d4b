"""Matrix products accumulated in a loop: c + a·b in each step becomes one product after the loop,
of all a concatenated along the columns and all b along the rows. So the gradient of a weight
matrix takes one large product, instead of a small one and a sum over the whole matrix in each
step."""

from symgraph.graph import Apply, FunctionGraph, Variable, at_location
from symgraph.ops import DimShuffle, Dot, Reshape
from symgraph.ops.scan_parts import ScanState, backwards, cut, first_of
from symgraph.ops.shape import inferred_extent
from symgraph.rewrite.loops.scan_view import ScanView, ScanViewState, replace_outputs, turned
from symgraph.rewrite.rules.factored import function_name

SUM = ScanState((-1,), "last")


def sum_products_behind(graph: FunctionGraph, node: Apply) -> bool:
    """a loop's c ← c + a·b → c + (all a)·(all b) after the loop"""
    loop = ScanView.of(node)
    uses: dict[Variable, int] = {}
    for inner in loop.nodes():
        for variable in inner.inputs:
            uses[variable] = uses.get(variable, 0) + 1
    found = {
        number: factors
        for number, carried in enumerate(loop.states)
        if (factors := _factors(carried, uses)) is not None
    }
    if not found:
        return False
    states = len(loop.states)
    entries = {formal for formal, _ in loop.sequences}
    places = {v: loop.stack(v) for pair in found.values() for v in pair if v not in entries}
    kept = [number for number in range(states) if number not in found]
    loop.states = [loop.states[number] for number in kept]
    initials = {number: node.op.parts(node.inputs).initials[number] for number in found}
    made = loop.made()
    stacked = made.outputs[len(kept) : -1]
    for position, number in enumerate(kept):
        replace_outputs(graph, [(node.outputs[number], made.outputs[position])])
    replace_outputs(graph, list(zip(node.outputs[states:-1], stacked, strict=False)))
    replace_outputs(graph, [(node.outputs[-1], made.outputs[-1])])
    steps = made.outputs[-1] if loop.condition else loop.n_steps
    everything = {v: stacked[place] for v, place in places.items()}
    everything |= {formal: cut(given, 0, steps, True) for formal, given in loop.sequences}
    for number, (left, right) in found.items():
        with at_location(node.location):
            summed = _product(*_in_order(everything[left], everything[right]))
            total = first_of(initials[number]) + summed
            result = DimShuffle(("x", *range(total.type.ndim)))(total)
        replace_outputs(graph, [(node.outputs[number], result)])
    return True


def _in_order(left: Variable, right: Variable) -> tuple[Variable, Variable]:
    """Return both reversed, where one of them would have to be reversed anyway, and the loop can as
    well produce the other in that order."""
    if turned(left) is None and turned(right) is None:
        return left, right
    one, other = (turned(v) for v in (left, right))
    return (backwards(left) if one is None else one), (backwards(right) if other is None else other)


def _factors(carried: ScanViewState, uses: dict[Variable, int]) -> tuple[Variable, Variable] | None:
    """Return the transposed left factor and the right factor of the product added to a sum; the
    rows of each are to be stacked over the steps."""
    if carried.state != SUM or carried.new.type.ndim != 2:
        return None
    (tap,) = carried.taps
    if uses.get(tap, 0) != 1 or function_name(carried.new) != "add":
        return None
    one, other = carried.new.owner.inputs  # type: ignore[union-attr]
    added = other if one is tap else one if other is tap else None
    if added is None or added.owner is None:
        return None
    inputs = added.owner.inputs
    if isinstance(added.owner.op, Dot) and all(v.type.ndim == 2 for v in inputs):
        return _transposed(inputs[0]), inputs[1]
    if function_name(added) == "mul":
        for one, other in (inputs, inputs[::-1]):
            column, row = _vector(one, (0, "x")), _vector(other, ("x", 0))
            if column is not None and row is not None:
                return column, row
    return None


def _transposed(matrix: Variable) -> Variable:
    node = matrix.owner
    if node is not None and isinstance(node.op, DimShuffle) and tuple(node.op.order) == (1, 0):
        return node.inputs[0]
    return DimShuffle((1, 0))(matrix)


def _vector(variable: Variable, order: tuple[int | str, ...]) -> Variable | None:
    """Return the vector of which a variable is the one-column or one-row matrix; None for anything
    else."""
    owner = variable.owner
    if owner is None or not isinstance(owner.op, DimShuffle) or tuple(owner.op.order) != order:
        return None
    # A DimShuffle may also drop axes of extent 1.
    return owner.inputs[0] if owner.inputs[0].type.ndim == 1 else None


def _product(left: Variable, right: Variable) -> Variable:
    """Return left.T · right, for the rows of all steps."""
    return Dot()(DimShuffle((1, 0))(_rows(left)), _rows(right))


def _rows(stack: Variable) -> Variable:
    if stack.type.ndim == 2:
        return stack
    steps, batch, width = (inferred_extent(stack, axis) for axis in range(3))
    return Reshape((None, None))(stack, steps * batch, width)
