"""What a group's loops compute when.

Without rows there is one phase. With rows, each row goes through several: loops over the row that
reduce it, then what follows from the reduced numbers, then loops that use those, and so on. What
a later phase needs of an earlier one's elements is computed once more where that is cheap
(`cost`), and otherwise kept in memory, which at a row's length means in the cache.
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
    """The values of a group that are one number for each row."""

    # Under all names.
    values: set[Variable]
    # Of those that a DimShuffle makes, whose numbers they are.
    spread_of: dict[Variable, Variable]

    def source(self, variable: Variable) -> Variable:
        """The variable whose number it is: itself, or what a DimShuffle in the group spreads."""
        return self.spread_of.get(variable, variable)


@dataclass(eq=False)
class Placement:
    """Which elements each phase computes, and which it finds in memory."""

    # For each phase the nodes computed for each element in its loops, in order.
    computed: list[list[Apply]]
    # For each phase the values that an earlier one kept, and that its loops load.
    loaded: list[list[Variable]]
    # The values that memory keeps, and the last phase that loads each.
    kept: dict[Variable, int]


@dataclass(eq=False)
class Phases:
    """What the loops of a group compute, phase by phase."""

    # How many there are.
    count: int
    # The phase of each node, where it is first asked for.
    phase: dict[Apply, int]
    # Functions of single elements, or of rows' numbers, in order.
    elementwise: list[Apply]
    # Those among them that are no rows' numbers.
    elements: list[Apply]
    # The nodes that reduce, and how.
    reductions: dict[Apply, Reduction]
    # All values of elementwise nodes and reductions.
    made: set[Variable]
    # The values that are one number for each row.
    rows: Rows
    # What is computed and loaded for each element.
    placement: Placement
    # For each phase the nodes computed for each row before its loops.
    row_nodes: list[list[Apply]]
    # For each phase the nodes that its loops reduce.
    reduced: list[list[Apply]]
    # Sums and differences, or reductions, that take a product unrounded.
    contracted: dict[Apply, Contracted]
    # The nodes that make those products, which nothing else sees.
    products: set[Apply]


def find_phases(
    group: FusionGroup,
    graph: FunctionGraph,
    table: ExtentTable,
    outside: Set[Variable],
    target: Target,
) -> Phases:
    """Return what the loops of a group compute in which phase; values `outside` are stored."""
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
    """The phase of each node: after all that it needs of the group."""
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
    """Decide what each phase computes, loads and keeps: values that are `dear` are not computed
    again. Corrects the phases of elements."""
    placement = Placement([[] for _ in range(count)], [[] for _ in range(count)], {})
    wanted: dict[Variable, set[int]] = {node.inputs[1]: {0} for node in group.scatters}
    for node in group.nodes:
        if node in reductions:
            wanted.setdefault(node.inputs[0], set()).add(phase[node])
    for node in reversed(elements):
        (out,) = node.outputs
        phases = wanted.get(out) or {phase[node]}
        # Where it is first asked for, which may be later than it could be.
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
    """The sums of products that are added unrounded; of none that memory keeps."""
    within = {node for node in elements if node.outputs[0] not in placement.kept}
    found: dict[Apply, Contracted] = {}
    for node in (*elements, *(n for n, r in reductions.items() if r.name == "sum")):
        product = contracted(node, within, graph)
        if product is not None:
            found[node] = product
    return found


def _costs_again(elements: Sequence[Apply], target: Target) -> dict[Variable, float]:
    """ns to compute an element once more, from memory and from what is kept."""
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
