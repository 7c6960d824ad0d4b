"""Vectorisation over steps: what a step computes from its own entries alone is computed for all
steps at once. Matrix products of all entries become one product, before or after the loop."""

from collections.abc import Callable, Mapping
from functools import partial

from symgraph.graph import Apply, Constant, FunctionGraph, Variable, at_location, toposort
from symgraph.ops import (
    AdvancedSubtensor,
    DimShuffle,
    Dot,
    Elemwise,
    LogSoftmax,
    Reshape,
    Softmax,
    Subtensor,
)
from symgraph.ops.scan_parts import cut
from symgraph.ops.shape import inferred_extent
from symgraph.rewrite.loops.scan_view import ScanView, replace_outputs


class AllSteps:
    """Values of the body for all steps at once, stacked along a first axis, where they follow from
    `stacked` ones and from `fixed` ones, which are the same in each step. `all_run`: each step is
    run, so that what may fail in one may fail earlier."""

    def __init__(
        self,
        stacked: Mapping[Variable, Callable[[], Variable]],
        fixed: Mapping[Variable, Variable],
        all_run: bool = False,
    ) -> None:
        self._all_run = all_run
        self._sources = dict(stacked)
        self._fixed = dict(fixed)
        # Nodes that can be computed, each after those that it needs.
        self._nodes: dict[Variable, Apply] = {}
        self._written: dict[Variable, Variable] = {}
        # Values that are operands of a matrix product.
        self.worthwhile: set[Variable] = set()

    def knows(self, variable: Variable) -> bool:
        return variable in self._sources or variable in self._nodes

    def add_source(self, variable: Variable, write: Callable[[], Variable]) -> None:
        self._sources[variable] = write

    def is_fixed(self, variable: Variable) -> bool:
        return variable in self._fixed or isinstance(variable, Constant)

    def is_product(self, node: Apply) -> bool:
        """Return whether it is a product of one or more rows with a matrix that is the same in each
        step."""
        if not isinstance(node.op, Dot):
            return False
        left, right = node.inputs
        return not self.is_fixed(left) and self.is_fixed(right) and right.type.ndim == 2

    def _is_lookup(self, node: Apply) -> bool:
        """Return whether it selects, by indices that are known for all steps, rows of an array that
        is the same in each step."""
        x, *indices = node.inputs
        templates = [(entry,) * len(indices) for entry in ("array", "int")]
        return (
            self._all_run
            and isinstance(node.op, AdvancedSubtensor | Subtensor)
            and node.op.template in templates
            and self.is_fixed(x)
            and all(map(self.knows, indices))
            and len({v.type.ndim for v in indices}) == 1
        )

    def add(self, node: Apply) -> None:
        """Record that a node can be computed for all steps, if its inputs can and its op allows
        it."""
        known = [self.knows(v) for v in node.inputs]
        others = [v for v, k in zip(node.inputs, known, strict=True) if not k]
        if not any(known) or not all(map(self.is_fixed, others)):
            return
        output = node.outputs[0]
        if self.is_product(node):
            self.worthwhile.add(output)
        elif not isinstance(
            node.op, Elemwise | DimShuffle | Softmax | LogSoftmax
        ) and not self._is_lookup(node):
            return
        self._nodes[output] = node
        if any(v in self.worthwhile for v in node.inputs):
            self.worthwhile.add(output)

    def of(self, wanted: Variable) -> Variable:
        """Return a value for all steps, as an expression with all that it needs."""
        needed: set[Variable] = set()
        pending = [wanted]
        while pending:
            variable = pending.pop()
            if variable in needed or not self.knows(variable):
                continue
            needed.add(variable)
            if variable in self._nodes:
                pending += self._nodes[variable].inputs
        for variable, source in self._sources.items():
            if variable in needed and variable not in self._written:
                self._written[variable] = source()
        for variable, node in self._nodes.items():
            if variable in needed and variable not in self._written:
                with at_location(node.location):
                    self._written[variable] = self._computed(node)
        return self._written[wanted]

    def _computed(self, node: Apply) -> Variable:
        if isinstance(node.op, Dot):
            return self._product(node)
        if isinstance(node.op, DimShuffle):
            order = [entry + 1 if isinstance(entry, int) else entry for entry in node.op.order]
            return DimShuffle((0, *order))(self._written[node.inputs[0]])
        if isinstance(node.op, Softmax | LogSoftmax):
            (x,) = node.inputs
            return type(node.op)(node.op.axis % x.type.ndim + 1)(self._written[x])
        if isinstance(node.op, AdvancedSubtensor | Subtensor):
            x, *indices = node.inputs
            lookup = AdvancedSubtensor(("array",) * len(indices))
            return lookup(self._fixed.get(x, x), *(self._written[v] for v in indices))
        padding = DimShuffle(("x", *range(node.outputs[0].type.ndim)))
        operands = [
            self._written[v] if self.knows(v) else padding(self._fixed.get(v, v))
            for v in node.inputs
        ]
        return node.op(*operands)

    def _product(self, node: Apply) -> Variable:
        """Return the product with the rows of all steps stacked."""
        rows, matrix = node.inputs
        rows, matrix = self._written[rows], self._fixed.get(matrix, matrix)
        if rows.type.ndim == 2:
            return Dot()(rows, matrix)
        steps, batch, inner = (inferred_extent(rows, axis) for axis in range(3))
        flat = Reshape((None, None))(rows, steps * batch, inner)
        product = Dot()(flat, matrix)
        return Reshape((None, None, None))(product, steps, batch, inferred_extent(matrix, 1))


def compute_ahead(graph: FunctionGraph, node: Apply) -> bool:
    """dot(entry of a sequence, W) in a loop → one product before it"""
    loop = ScanView.of(node)
    entries = {
        formal: partial(cut, sequence, 0, loop.n_steps, True) for formal, sequence in loop.sequences
    }
    known = AllSteps(entries, dict(loop.others), not loop.condition)
    for inner in loop.nodes():
        known.add(inner)
    users: dict[Variable, list[Apply]] = {}
    for inner in loop.nodes():
        for variable in inner.inputs:
            users.setdefault(variable, []).append(inner)
    moved = [
        v
        for v in known.worthwhile
        if v in loop.outputs or any(n.outputs[0] not in known.worthwhile for n in users.get(v, ()))
    ]
    if not moved:
        return False
    formals = {v: v.type() for v in moved}
    with at_location(node.location):
        loop.sequences += [(formals[v], known.of(v)) for v in moved]
    loop.substitute(formals)
    made = loop.made()
    replace_outputs(graph, list(zip(node.outputs, made.outputs, strict=True)))
    return True


def compute_behind(graph: FunctionGraph, node: Apply) -> bool:
    """an output dot(x, W) of a loop → all x are an output, and one product after it"""
    loop = ScanView.of(node)
    if loop.condition:
        return False
    states = len(loop.states)
    made = node

    def output(position: int) -> Variable:
        return made.outputs[position]

    sources: dict[Variable, Callable[[], Variable]] = {
        formal: partial(cut, sequence, 0, loop.n_steps, True) for formal, sequence in loop.sequences
    }
    for number, carried in enumerate(loop.states):
        if carried.state.keep == "all":
            sources[carried.new] = partial(output, number)
    needed = {v for n in toposort([c.new for c in loop.states]) for v in n.outputs}
    known = AllSteps(sources, dict(loop.others))
    for inner in loop.nodes():
        if inner.outputs[0] in sources:
            continue
        if inner.outputs[0] not in needed and known.is_product(inner):
            left = inner.inputs[0]
            if not known.knows(left):
                position = states + loop.stack(left)
                known.add_source(left, partial(output, position))
        known.add(inner)
    moved = [n for n in range(node.op.stacked) if loop.stacked[n] in known.worthwhile]
    if not moved:
        return False
    wanted = {number: loop.stacked[number] for number in moved}
    made = loop.made()
    behind = {number: known.of(variable) for number, variable in wanted.items()}
    for position, old in enumerate(node.outputs[:-1]):
        value = behind.get(position - states, made.outputs[position])
        replace_outputs(graph, [(old, value)])
    replace_outputs(graph, [(node.outputs[-1], made.outputs[-1])])
    return True
