"""Assign the computations of a group's loops to phases.

Without rows there is one phase. With rows, each row goes through several: loops over the row that
reduce it, then functions of the reduced numbers, then loops that use those, and so on. Elements
that a later phase needs of an earlier one are recomputed where that is cheap (`cost`), and
otherwise kept in memory; at the length of a row they stay in the cache.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from symgraph.graph import Apply, FunctionGraph, Variable
from symgraph.lower.cost import function_cost, is_expensive
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.fusion.contraction import Contracted, contracted
from symgraph.lower.fusion.groups import FusionGroup, is_elements, is_gather
from symgraph.lower.fusion.reduction import Reduction, reduction_of
from symgraph.lower.target import Target
from symgraph.ops import DimShuffle


@dataclass(eq=False)
class Rows:
    """The values of a group that are one number per row."""

    # All such variables.
    values: set[Variable]
    # Maps each one that a DimShuffle makes to the variable that it broadcasts.
    spread_of: dict[Variable, Variable]

    def source(self, variable: Variable) -> Variable:
        """Return the variable that holds the number: itself, or the input of the DimShuffle
        chain."""
        return self.spread_of.get(variable, variable)


@dataclass(eq=False)
class Placement:
    """Which elements each phase computes, and which it loads from memory."""

    # For each phase the nodes that its loops compute for each element, in order.
    computed: list[list[Apply]]
    # For each phase the values that an earlier one kept, and that its loops load.
    loaded: list[list[Variable]]
    # The values kept in memory, with the last phase that loads each.
    kept: dict[Variable, int]


@dataclass(eq=False)
class Phases:
    """The computations of a group's loops, phase by phase."""

    # The number of phases.
    count: int
    # The first phase that uses each node.
    phase: dict[Apply, int]
    # Functions of single elements, or of row values, in order.
    elementwise: list[Apply]
    # Those of `elementwise` that do not compute row values.
    elements: list[Apply]
    # The reductions.
    reductions: dict[Apply, Reduction]
    # All values of elementwise nodes and reductions.
    made: set[Variable]
    # The values that are one number per row.
    rows: Rows
    # The nodes computed and the values loaded for each element.
    placement: Placement
    # For each phase the nodes computed for each row before its loops.
    row_nodes: list[list[Apply]]
    # For each phase the reductions that its loops compute.
    reduced: list[list[Apply]]
    # Sums, differences or reductions that add a product unrounded.
    contracted: dict[Apply, Contracted]
    # The nodes of those products, which have no other use.
    products: set[Apply]


def find_phases(
    group: FusionGroup,
    graph: FunctionGraph,
    table: ExtentTable,
    outside: Set[Variable],
    target: Target,
) -> Phases:
    """Return the phases of a group's loops; values `outside` are stored."""
    elementwise = [n for n in group.nodes if is_elements(n)]
    reductions: dict[Apply, Reduction] = {}
    for node in group.nodes:
        reduction = reduction_of(node, table)
        if reduction is not None:
            reductions[node] = reduction
    rows = _find_rows(group, reductions, table)
    elements = [n for n in elementwise if n.outputs[0] not in rows.values]
    phase = _numbered(group, reductions, rows)
    count = 1 + max(phase.values(), default=0)
    costs = _costs_again(elements, target)
    dear = {v for v, ns in costs.items() if v in outside or ns > target.again_ns}
    placement = _place(group, elements, reductions, phase, count, dear)
    sums = _contracted(elements, reductions, placement, graph)
    by_row = [n for n in elementwise if n.outputs[0] in rows.values]
    return Phases(
        count=count,
        phase=phase,
        elementwise=elementwise,
        elements=elements,
        reductions=reductions,
        made={v for n in (*elementwise, *reductions) for v in n.outputs},
        rows=rows,
        placement=placement,
        row_nodes=_by_phase(by_row, phase, count),
        reduced=_by_phase(list(reductions), phase, count),
        contracted=sums,
        products={found.product for found in sums.values()},
    )


def _by_phase(nodes: Sequence[Apply], phase: Mapping[Apply, int], count: int) -> list[list[Apply]]:
    found: list[list[Apply]] = [[] for _ in range(count)]
    for node in nodes:
        found[phase[node]].append(node)
    return found


def _find_rows(
    group: FusionGroup, reductions: Mapping[Apply, Reduction], table: ExtentTable
) -> Rows:
    rows = Rows(set(), {})
    if group.rows is None:
        return rows
    suffix = tuple(range(group.rows, len(group.space)))
    for node in group.nodes:
        (out, *_) = node.outputs
        if node in reductions:
            is_row = reductions[node].axes == suffix
        elif isinstance(node.op, DimShuffle):
            is_row = node.inputs[0] in rows.values
            if is_row:
                rows.spread_of[out] = rows.source(node.inputs[0])
        else:
            is_row = table[out] != group.space
        if is_row:
            rows.values.add(out)
    return rows


def _numbered(
    group: FusionGroup, reductions: Mapping[Apply, Reduction], rows: Rows
) -> dict[Apply, int]:
    """Return the phase of each node: after all the row reductions that it depends on."""
    found: dict[Apply, int] = {}
    after: dict[Variable, int] = {}
    for node in group.nodes:
        if isinstance(node.op, DimShuffle):
            if node.outputs[0] in rows.spread_of:
                after[node.outputs[0]] = after.get(node.inputs[0], 0)
            continue
        inputs = [] if is_gather(node) else node.inputs
        phase = max((after.get(v, 0) for v in inputs), default=0)
        found[node] = phase
        is_row_reduction = node in reductions and node.outputs[0] in rows.values
        after[node.outputs[0]] = phase + is_row_reduction
    return found


def _place(
    group: FusionGroup,
    elements: Sequence[Apply],
    reductions: Mapping[Apply, Reduction],
    phase: dict[Apply, int],
    count: int,
    dear: Set[Variable],
) -> Placement:
    """Decide which elements each phase computes, loads and keeps: `dear` values are not recomputed.
    Moves elements to the first phase that uses them."""
    placement = Placement([[] for _ in range(count)], [[] for _ in range(count)], {})
    wanted: dict[Variable, set[int]] = {node.inputs[1]: {0} for node in group.scatters}
    for node in group.nodes:
        if node in reductions:
            wanted.setdefault(node.inputs[0], set()).add(phase[node])
    for node in reversed(elements):
        (out,) = node.outputs
        phases = wanted.get(out) or {phase[node]}
        # The first phase that uses it, which may be later than the first that could compute it.
        own = phase[node] = min(phases)
        later = phases - {own}
        if later and out in dear:
            placement.kept[out] = max(later)
            for number in sorted(later):
                placement.loaded[number].append(out)
            phases = {own}
        for number in phases:
            placement.computed[number].append(node)
            for variable in node.inputs:
                wanted.setdefault(variable, set()).add(number)
    for nodes in placement.computed:
        nodes.reverse()
    return placement


def _contracted(
    elements: Sequence[Apply],
    reductions: Mapping[Apply, Reduction],
    placement: Placement,
    graph: FunctionGraph,
) -> dict[Apply, Contracted]:
    """Return the sums of products that are added unrounded; a product kept in memory is rounded."""
    within = {node for node in elements if node.outputs[0] not in placement.kept}
    found: dict[Apply, Contracted] = {}
    for node in (*elements, *(n for n, r in reductions.items() if r.name == "sum")):
        product = contracted(node, within, graph)
        if product is not None:
            found[node] = product
    return found


def _costs_again(elements: Sequence[Apply], target: Target) -> dict[Variable, float]:
    """Return the ns to recompute each element from memory and from kept values."""
    found: dict[Variable, float] = {}
    again = target.again_ns
    for node in elements:
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
