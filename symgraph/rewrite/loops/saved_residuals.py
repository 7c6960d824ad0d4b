"""Saved residuals: intermediate values that a loop keeps for another that follows its steps
backwards.

The derivative of a loop needs values from inside each step, and recomputes them from what the loop
read and kept, which is best where that is cheap. Products and transcendental functions are not
cheap: the first loop keeps those that the second one needs, as stacked outputs.
"""

from collections.abc import Iterator
from typing import Any

from symgraph.graph import Apply, Constant, FunctionGraph, Variable
from symgraph.ops import (
    BroadcastTo,
    DimShuffle,
    Elemwise,
    Join,
    Reshape,
    ShapeOf,
    SpecifyShape,
    Subtensor,
)
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.scan import Scan
from symgraph.ops.scan_parts import backwards
from symgraph.ops.shape import keys_of_extents, known_extent
from symgraph.ops.subtensor import Slice
from symgraph.rewrite.loops.scan_view import ScanView, replace_outputs, turned
from symgraph.rewrite.rules.factored import function_name
from symgraph.rewrite.rules.shapes import shapes_without_values

# Functions that take less time than storing their value and loading it again.
CHEAP = {
    "abs", "add", "and_", "clip", "conj", "eq", "ge", "gt", "identity", "invert", "le", "lt",
    "maximum", "minimum", "mul", "mul_zero", "neg", "neq", "or_", "reciprocal", "second", "sgn",
    "sqr", "sqrt", "sub", "switch", "true_div", "xor",
}  # fmt: skip
MOVED = (BroadcastTo, DimShuffle, Join, Reshape, ShapeOf, SpecifyShape, Subtensor)


def keep_computed(graph: FunctionGraph, node: Apply) -> bool:
    """values that a reverse loop would recompute at high cost → the loop before it keeps them"""
    for first in _followed(node):
        if first.outputs[0] in graph.clients and _hand_over(graph, first, node):
            return True
    return False


def _followed(node: Apply) -> Iterator[Apply]:
    """Return the loops whose states' values a loop reads from the last to the first."""
    found: dict[Apply, None] = {}
    op: Scan = node.op
    for sequence in op.parts(node.inputs).sequences:
        straight = turned(sequence)
        history = None if straight is None else _uncut(straight)[0].owner
        if history is not None and isinstance(history.op, Join):
            made = history.inputs[-1].owner
            if made is not None and isinstance(made.op, Scan):
                found[made] = None
    yield from found


def _hand_over(graph: FunctionGraph, first: Apply, second: Apply) -> bool:
    """Let `first` keep what `second` would recompute."""
    before, after = ScanView.of(first), ScanView.of(second)
    same = _Same(before, after)
    same.use_complements(after)
    wanted = same.worth_keeping(after)
    if not wanted:
        return False
    states = len(before.states)
    places = {v: states + before.stack(made) for v, made in wanted.items()}
    made = before.made()
    formals = {v: v.type() for v in wanted}
    after.sequences += [(formals[v], backwards(made.outputs[places[v]])) for v in wanted]
    after.substitute(formals)
    # What is now needed only for its shape is not computed.
    after.rewrite(lambda body: shapes_without_values(body, "loops", None))
    changed = after.made()
    replace_outputs(graph, list(zip(second.outputs, changed.outputs, strict=True)))
    replace_outputs(graph, list(zip(first.outputs[:-1], made.outputs, strict=False)))
    replace_outputs(graph, [(first.outputs[-1], made.outputs[-1])])
    return True


class _Same:
    """The correspondence between two loop bodies: which variables of the later loop's body have the
    values that variables of the earlier one had in the corresponding step."""

    def __init__(self, before: ScanView, after: ScanView) -> None:
        # Variables of `after`, and their counterparts of `before`.
        self.of: dict[Variable, Variable] = {}
        self._made = {_key(node.op, node.inputs): node for node in before.nodes()}
        self._formals(before, after)
        for node in after.nodes():
            self._add(node)

    def _formals(self, before: ScanView, after: ScanView) -> None:
        whole = {given: formal for formal, given in before.others}
        for formal, given in after.others:
            if given in whole:
                self.of[formal] = whole[given]
        entries = dict(_entries(before))
        for formal, given in after.sequences:
            source = _source(before, given)
            if source in entries:
                self.of[formal] = entries[source]

    def counterpart(self, variable: Variable) -> Variable | None:
        return variable if isinstance(variable, Constant) else self.of.get(variable)

    def _add(self, node: Apply) -> None:
        inputs = [self.counterpart(v) for v in node.inputs]
        equal = None if None in inputs else self._made.get(_key(node.op, inputs))
        if equal is not None:
            self.of.update(zip(node.outputs, equal.outputs, strict=True))

    def use_complements(self, after: ScanView) -> None:
        """sigmoid(-x) → 1 - sigmoid(x), where the latter is saved: derivatives then depend on one
        value only, and have its accuracy."""
        found: dict[Variable, Variable] = {}
        own = {made: v for v, made in self.of.items()}
        for node in after.nodes():
            (out, *_) = node.outputs
            if function_name(out) != "sigmoid" or out in self.of:
                continue
            inner = node.inputs[0]
            if function_name(inner) != "neg":
                continue
            (x,) = inner.owner.inputs  # type: ignore[union-attr]
            known = self.counterpart(x)
            key = None if known is None else _key(node.op, [known])
            if key in self._made:
                made = self._made[key].outputs[0]
                value = own[made] if made in own else scalar_functions["sigmoid"](x)
                self.of[value] = made
                found[out] = scalar_functions["sub"](1.0, value)
        if found:
            after.substitute(found)
            # New nodes get counterparts by the same keys.
            for node in after.nodes():
                self._add(node)

    def worth_keeping(self, after: ScanView) -> dict[Variable, Variable]:
        """Return values to save, with their counterparts: those common to both loops that the later
        one needs and that are expensive; where one is cheap, the expensive values that it is
        computed from."""
        pending = [
            v
            for node in after.nodes()
            if node.outputs[0] not in self.of and not isinstance(node.op, ShapeOf)
            for v in node.inputs
        ]
        pending += after.outputs
        found: dict[Variable, Variable] = {}
        seen: set[Variable] = set()
        while pending:
            variable = pending.pop()
            if variable in seen or variable not in self.of or variable.owner is None:
                continue
            seen.add(variable)
            if takes_long(variable.owner):
                found[variable] = self.of[variable]
            else:
                pending += variable.owner.inputs
        return found


def takes_long(node: Apply) -> bool:
    """Return whether saving a value is better than recomputing it."""
    if isinstance(node.op, Elemwise):
        return node.outputs[0].type.ndim > 0 and node.op.scalar.name not in CHEAP
    return not isinstance(node.op, MOVED)


def _key(op: Any, inputs: Any) -> Any:
    return (op, *(v.signature() if isinstance(v, Constant) else v for v in inputs))


def _entries(loop: ScanView) -> Iterator[tuple[Any, Variable]]:
    """Yield for each entry that a step reads a key of its source, and its variable."""
    for formal, given in loop.sequences:
        yield (given, 0), formal
    for number, carried in enumerate(loop.states):
        if carried.state.keep != "all":
            continue
        for tap, lag in zip(carried.taps, carried.state.taps, strict=True):
            yield (loop.node.outputs[number], lag), tap


def _source(loop: ScanView, sequence: Variable) -> tuple[Variable, int] | None:
    """Return the source of a sequence that reads what the loop's steps read, from the last to the
    first: a sequence of the loop and 0, or the kept values of a state and the lag of a tap."""
    straight = turned(sequence)
    if straight is None:
        for _, given in loop.sequences:
            if turned(given) is sequence and _is_read_whole(loop, sequence):
                return given, 0
        return None
    whole, stop = _uncut(straight)
    node = whole.owner
    if node is not None and isinstance(node.op, Join):
        made = node.inputs[-1]
        if len(node.inputs) == 2 and made in loop.node.outputs:
            state = loop.states[loop.node.outputs.index(made)]
            behind = state.state.depth if stop is None else _behind(stop, _steps(loop))
            if node.inputs[0] is state.initial and behind is not None:
                return made, behind - state.state.depth
    if (_behind(stop, _steps(loop)) == 0) if stop is not None else _is_read_whole(loop, whole):
        return whole, 0
    return None


def _steps(loop: ScanView) -> Variable:
    """Return the number of steps of the loop."""
    steps: Variable = loop.node.outputs[-1] if loop.condition else loop.n_steps
    return steps


def _is_read_whole(loop: ScanView, sequence: Variable) -> bool:
    steps = _steps(loop)
    known = known_extent(steps)
    own = extent_keys(sequence)[0]
    return bool(own == (keys_of_extents([steps])[0] if known is None else known))


def _behind(stop: Variable, steps: Variable) -> int | None:
    """Return stop - steps, where that is known."""
    if stop is steps:
        return 0
    if isinstance(stop, Constant) and isinstance(steps, Constant):
        return int(stop.data) - int(steps.data)
    node = stop.owner
    if node is not None and isinstance(node.op, Elemwise) and node.op.scalar.name == "add":
        for one, other in (node.inputs, node.inputs[::-1]):
            if one is steps and isinstance(other, Constant):
                return int(other.data)
    return None


def _uncut(x: Variable) -> tuple[Variable, Variable | None]:
    """Return x and stop for x[:stop] and x[start:stop]; only x for x[start:]."""
    node = x.owner
    if node is None or not isinstance(node.op, Subtensor):
        return x, None
    first, *rest = node.op.template
    if not isinstance(first, Slice) or first.step or first.whole:
        return x, None
    if not all(isinstance(e, Slice) and e.whole for e in rest):
        return x, None
    return node.inputs[0], node.inputs[-1] if first.stop else None
