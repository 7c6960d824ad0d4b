"""Write the statements of a whole graph, and of the inner graphs of nodes."""

from collections.abc import Callable, Iterator, Sequence, Set
from functools import partial

from symgraph.graph import Apply, FunctionGraph, Variable
from symgraph.lower.expansion import expand
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.fusion.epilogues import split_epilogues
from symgraph.lower.fusion.groups import FusionGroup, Unit, is_alias, is_fusible, schedule
from symgraph.lower.fusion.joins import place_parts
from symgraph.lower.fusion.scatters import scatter
from symgraph.lower.fusion.sinking import sink
from symgraph.lower.memory.limits import check_held
from symgraph.lower.nests.nest import lower_group
from symgraph.lower.program.types import NumpyCall, Timestamp
from symgraph.lower.program.values import Buffer, BufferKind
from symgraph.lower.rules import RULES, VIEWS
from symgraph.lower.rules.creation import is_history
from symgraph.lower.rules.slices import reverses
from symgraph.lower.simplify import simplify
from symgraph.lower.target import Target
from symgraph.lower.writing.builder import Builder
from symgraph.ops import Arange, Elemwise, Join, Reduce, Scan, ShapeOf

# Returns whether a target has the scalar functions, on the dtypes, that a node needs.
Supports = Callable[[Apply], bool]


def has_rule(node: Apply) -> bool:
    """Return whether loops, views or library calls compute a node."""
    return isinstance(node.op, Elemwise | Reduce) or type(node.op) in RULES


def schedule_units(
    graph: FunctionGraph, table: ExtentTable, lowered: Set[Apply], target: Target
) -> list[Unit]:
    """Return the nodes of a graph in the order in which they run, those that share a loop nest as
    groups; `lowered` are those that have loops."""
    fusible = {node for node in lowered if is_fusible(node, table)}
    views = {node for node in lowered if type(node.op) in VIEWS or is_alias(node, table)}
    units = split_epilogues(
        schedule(graph.toposort(), table, fusible, views, target.grid is not None), table, target
    )
    return scatter(sink(units, graph, table, target), table, lowered)


def write_units(
    b: Builder,
    graph: FunctionGraph,
    units: Sequence[Unit],
    lowered: Set[Apply],
    clock: "Clock | None",
) -> None:
    """Write the statements of a graph, whose inputs have their buffers, unit by unit. Nodes that
    are not `lowered` run their NumPy meaning."""
    nodes = graph.toposort()
    joins = [node for node in reversed(nodes) if isinstance(node.op, Join) and node in lowered]
    place_parts(b, [node for node in joins if not is_history(node)])
    b.read_backwards(v for n in nodes if isinstance(n.op, Scan) for v in _turned(n, graph))
    for unit in units:
        if isinstance(unit, FusionGroup):
            check_held(b, unit.nodes)
            lower_group(b, graph, unit)
        elif unit in lowered:
            # Units that compute nothing yet only check their own operands.
            describes = type(unit.op) in VIEWS or isinstance(unit.op, Arange)
            if not describes:
                check_held(b, [unit])
            RULES[type(unit.op)](b, unit)
            if describes:
                check_held(b, [unit])
        else:
            perform(b, unit)
        if clock is not None:
            clock.tick([*unit.nodes, *unit.scatters] if isinstance(unit, FusionGroup) else [unit])


def write_inner(
    supports: Supports,
    b: Builder,
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    targets: Sequence[Buffer | None] = (),
) -> list[Variable]:
    """Write the statements of a graph within the current block; `b` knows the extents and the
    buffers of its inputs. Outputs are stored in the `targets`, if given, where they certainly have
    the same extents. Return the outputs as variables known to `b`."""
    graph = expand(FunctionGraph(inputs, outputs), supports)
    told = {node for node in graph.toposort() if b.table.add(node)}
    told.update(simplify(graph, b.table, b.target))
    for variable, target in zip(graph.outputs, targets, strict=False):
        if target is not None and variable.owner is not None:
            b.place(variable, partial(_if_fitting, b, variable, target))
    lowered = {node for node in told if has_rule(node) and supports(node)}
    write_units(b, graph, schedule_units(graph, b.table, lowered, b.target), lowered, None)
    return graph.outputs


def _turned(node: Apply, graph: FunctionGraph) -> Iterator[Variable]:
    """Yield the stacked outputs of a loop that are only read by x[::-1]."""
    for variable in node.outputs[len(node.op.states) : -1]:
        clients = [client for client, _ in graph.clients[variable]]
        read = [c for c in clients if isinstance(c, str) or not isinstance(c.op, ShapeOf)]
        if not node.op.until and read and all(isinstance(c, Apply) and reverses(c) for c in read):
            yield variable


def _if_fitting(b: Builder, variable: Variable, target: Buffer) -> Buffer | None:
    """Return the target, if the variable certainly has its extents; else None."""
    return target if b.known_extents(variable) == target.extents else None


class Clock:
    """Writes timestamps after the statements of each unit of a timed program."""

    def __init__(self, b: Builder, timed: bool) -> None:
        self.b = b
        self.timed: list[tuple[Apply, ...]] = []
        self._on = timed
        self._tick(None)

    def tick(self, nodes: Sequence[Apply]) -> None:
        """Write a timestamp for the nodes that are computed since the previous one."""
        if self._on and not isinstance(self.b.block[-1], Timestamp):
            self._tick(len(self.timed))
            self.timed.append(tuple(nodes))

    def _tick(self, number: int | None) -> None:
        if self._on:
            self.b.append(Timestamp(number))


def perform(b: Builder, node: Apply) -> None:
    """Write a call of the NumPy meaning; extents that only running tells are read afterwards."""
    inputs = tuple(b.buffer(variable) for variable in node.inputs)
    outputs = []
    for variable in node.outputs:
        name = b.fresh(variable.type.dtype, "f").name
        outputs.append(Buffer(name, variable.type.dtype, (), (), BufferKind.FALLBACK))
    b.append(NumpyCall(node, inputs, tuple(outputs)))
    for variable, buffer in zip(node.outputs, outputs, strict=True):
        known = b.table[variable]
        own = [e if isinstance(e, int) else None for e in known]
        b.finish_extents(buffer, own)
        for extent, value in zip(known, buffer.extents, strict=True):
            if not isinstance(extent, int):
                b.learn_extent(extent, value)
        b.bind(variable, buffer)


def result_of(b: Builder, buffer: Buffer) -> Buffer:
    """Return a buffer for a result: the value's own where nothing else shares it, else a copy."""
    if buffer.kind is BufferKind.ARENA:
        buffer.kind = BufferKind.RESULT
        return buffer
    result = b.new(buffer.dtype, buffer.extents, BufferKind.RESULT)
    b.copy(buffer, result)
    return result
