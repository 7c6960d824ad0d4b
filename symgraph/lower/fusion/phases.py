"""What a group's loops compute when.

Without rows there is one phase. With rows, each row goes through several: loops over the row that
reduce it, then what follows from the reduced numbers, then loops that use those, and so on. What
a later phase needs of an earlier one's elements is computed once more where that is cheap
(`cost`), and otherwise kept in memory, which at a row's length means in the cache.
"""

from symgraph.graph import Apply, FunctionGraph, Variable
from symgraph.lower.cost import function_cost, is_expensive
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.fusion.contraction import Contracted, contracted
from symgraph.lower.fusion.groups import FusionGroup, is_elements, is_gather
from symgraph.lower.fusion.reduction import Reduction, reduction_of
from symgraph.lower.target import Target
from symgraph.ops import DimShuffle


class Phases:
    """`row_nodes[p]` are computed for each row before loop p; `computed[p]` for each element in
    it, the elements `kept` being loaded, not computed, in loops after their own. The `contracted`
    sums take one of the `products` unrounded."""

    def __init__(
        self,
        group: FusionGroup,
        graph: FunctionGraph,
        table: ExtentTable,
        outside: set[Variable],
        target: Target,
    ) -> None:
        self.group = group
        self.table = table
        self.elementwise = [n for n in group.nodes if is_elements(n)]
        self.reductions: dict[Apply, Reduction] = {}
        for node in group.nodes:
            reduction = reduction_of(node, table)
            if reduction is not None:
                self.reductions[node] = reduction
        # The values for each row, under all names; of those that a DimShuffle makes, whose.
        self.row_values: set[Variable] = set()
        self.spread_of: dict[Variable, Variable] = {}
        self._find_rows()
        self.elements = [n for n in self.elementwise if n.outputs[0] not in self.row_values]
        self.made = {v for n in (*self.elementwise, *self.reductions) for v in n.outputs}
        self.phase: dict[Apply, int] = {}
        self._number()
        self.count = 1 + max(self.phase.values(), default=0)
        self._outside = outside
        self._target = target
        self.kept: dict[Variable, int] = {}
        self.computed: list[list[Apply]] = [[] for _ in range(self.count)]
        self.loaded: list[list[Variable]] = [[] for _ in range(self.count)]
        self._place()
        self.contracted: dict[Apply, Contracted] = {}
        self.products: set[Apply] = set()
        self._contract(graph)
        self.row_nodes: list[list[Apply]] = [[] for _ in range(self.count)]
        for node in self.elementwise:
            if node.outputs[0] in self.row_values:
                self.row_nodes[self.phase[node]].append(node)
        self.reduced: list[list[Apply]] = [[] for _ in range(self.count)]
        for node in self.reductions:
            self.reduced[self.phase[node]].append(node)

    def _find_rows(self) -> None:
        group = self.group
        if group.rows is None:
            return
        suffix = tuple(range(group.rows, len(group.space)))
        for node in group.nodes:
            (out, *_) = node.outputs
            if node in self.reductions:
                is_row = self.reductions[node].axes == suffix
            elif isinstance(node.op, DimShuffle):
                is_row = node.inputs[0] in self.row_values
                if is_row:
                    self.spread_of[out] = self.source(node.inputs[0])
            else:
                is_row = self.table[out] != group.space
            if is_row:
                self.row_values.add(out)

    def source(self, variable: Variable) -> Variable:
        """The variable whose number it is: itself, or what a DimShuffle in the group spreads."""
        return self.spread_of.get(variable, variable)

    def _number(self) -> None:
        """The loop of each node: after all that it needs of the group."""
        after: dict[Variable, int] = {}
        for node in self.group.nodes:
            if isinstance(node.op, DimShuffle):
                if node.outputs[0] in self.spread_of:
                    after[node.outputs[0]] = after.get(node.inputs[0], 0)
                continue
            inputs = [] if is_gather(node) else node.inputs
            phase = max((after.get(v, 0) for v in inputs), default=0)
            self.phase[node] = phase
            is_row_reduction = node in self.reductions and node.outputs[0] in self.row_values
            after[node.outputs[0]] = phase + is_row_reduction

    def _place(self) -> None:
        """Decide what each phase computes, loads and keeps."""
        again = self._costs_again()
        wanted: dict[Variable, set[int]] = {node.inputs[1]: {0} for node in self.group.scatters}
        for node in self.group.nodes:
            if node in self.reductions:
                wanted.setdefault(node.inputs[0], set()).add(self.phase[node])
        for node in reversed(self.elements):
            (out,) = node.outputs
            phases = wanted.get(out) or {self.phase[node]}
            # Where it is first asked for, which may be later than it could be.
            own = self.phase[node] = min(phases)
            later = phases - {own}
            if later and (out in self._outside or again[out] > self._target.again_ns):
                self.kept[out] = max(later)
                for phase in sorted(later):
                    self.loaded[phase].append(out)
                phases = {own}
            for phase in phases:
                self.computed[phase].append(node)
                for variable in node.inputs:
                    wanted.setdefault(variable, set()).add(phase)
        for nodes in self.computed:
            nodes.reverse()

    def _contract(self, graph: FunctionGraph) -> None:
        """Find the products that are added unrounded; none of those that memory keeps."""
        within = {node for node in self.elements if node.outputs[0] not in self.kept}
        sums = [n for n, r in self.reductions.items() if r.name == "sum"]
        for node in (*self.elements, *sums):
            found = contracted(node, within, graph)
            if found is not None:
                self.contracted[node] = found
                self.products.add(found.product)

    def _costs_again(self) -> dict[Variable, float]:
        """ns to compute an element once more, from memory and from what is kept."""
        found: dict[Variable, float] = {}
        target, again = self._target, self._target.again_ns
        for node in self.elements:
            (out,) = node.outputs
            if is_gather(node):
                found[out] = target.scattered_ns
                continue
            dtype = node.inputs[-1].type.dtype
            name = node.op.scalar.name
            below = sum(min(found.get(v, 0.0), again) for v in set(node.inputs))
            found[out] = function_cost(name, dtype, target) + below
            if is_expensive(name, dtype, target):
                found[out] = max(found[out], 2 * again)
        return found
