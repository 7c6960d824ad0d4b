"""From a function graph to a loop program, pass by pass.

1. expand: composite ops (softmax and the like) become elementwise functions and reductions;
2. extents: every variable's extents, equal ones as one object;
3. simplify: what known extents make plain;
4. schedule: which nodes share a loop nest, and in which order all run;
5. write: the statements;
6. donate_buffers: which new values of shared variables are written over the old ones;
7. compute_in_place: which kernels work in place;
8. find_static_extents: which kernels may run on several threads;
9. regions: which statements go block by block through products, convolutions and what is around;
10. plan: where in memory buffers lie.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import partial
from typing import NamedTuple

from symgraph.graph import Apply, FunctionGraph, Op, Variable, at_location
from symgraph.lower.extents.constraints import extent_constraints
from symgraph.lower.extents.static import Shape, find_static_extents
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.fusion.epilogues import split_epilogues
from symgraph.lower.fusion.groups import FusionGroup, is_alias, is_fusible, schedule
from symgraph.lower.fusion.joins import place_parts
from symgraph.lower.fusion.scatters import scatter
from symgraph.lower.fusion.sinking import sink
from symgraph.lower.memory.donation import donate_buffers
from symgraph.lower.memory.in_place import compute_in_place
from symgraph.lower.memory.limits import check_held, hold_argument
from symgraph.lower.memory.plan import MemoryPlanner
from symgraph.lower.nests.nest import lower_group
from symgraph.lower.parallel import mark_parallel
from symgraph.lower.program.types import Buffer, NumpyCall, Program, Timestamp
from symgraph.lower.regions import find_regions
from symgraph.lower.rules import RULES, VIEWS
from symgraph.lower.rules.creation import is_history
from symgraph.lower.rules.slices import turns
from symgraph.lower.simplify import simplify
from symgraph.lower.writing.builder import Builder
from symgraph.ops import Arange, Elemwise, Join, Reduce, Scan, ShapeOf

# Whether a target has the scalar functions, on the dtypes, that a node needs.
Supports = Callable[[Apply], bool]


class Lowered(NamedTuple):
    """A loop program, and what decides where its buffers lie."""

    program: Program
    memory: MemoryPlanner


def lower(
    graph: FunctionGraph,
    name: str,
    supports: Supports,
    shapes: Sequence[Shape | None] = (),
    timed: bool = False,
) -> Lowered:
    """The loop program of a graph; nodes that `supports` refuses run their NumPy meaning.

    `shapes` gives, for inputs of which they are known, the shapes of all values that the program
    will be run on; without them it serves all shapes that the types allow. A program that is
    `timed` keeps the time of what it computes.
    """
    graph = expand(FunctionGraph(graph.inputs, graph.outputs, graph.replaces))
    known: dict[Variable, tuple[int | None, ...]] = {
        v: shape for v, shape in zip(graph.inputs, shapes, strict=False) if shape is not None
    }
    nodes = graph.toposort()
    table, told = _extents(graph, nodes, supports, known)
    demands = extent_constraints(nodes, table)
    if demands:
        for (variable, axis), demand in demands.items():
            shape = list(known.get(variable, variable.type.shape))
            shape[axis] = demand.extent
            known[variable] = tuple(shape)
        table, told = _extents(graph, nodes, supports, known)
    told.update(simplify(graph, table))
    b = Builder(table)
    b.write_inner = partial(_write_inner, b, supports)
    for position, variable in enumerate(graph.inputs):
        b.argument(variable, f"a{position}", demands)
        hold_argument(b, variable)
    clock = _Clock(b, timed)
    _write(b, graph, {node for node in told if _has_rule(node) and supports(node)}, clock)
    results = [_result(b, b.buffer(variable)) for variable in graph.outputs]
    clock.tick([])
    program = Program(name, b.arguments, b.constants, results, b.block, timed=clock.timed)
    ahead = find_static_extents(program)
    donate_buffers(program, graph.replaces)
    compute_in_place(program)
    mark_parallel(program)
    find_regions(program)
    return Lowered(program, MemoryPlanner(program, ahead))


def _has_rule(node: Apply) -> bool:
    return isinstance(node.op, Elemwise | Reduce) or type(node.op) in RULES


def _write(b: Builder, graph: FunctionGraph, lowered: Set[Apply], clock: "_Clock | None") -> None:
    """The statements of a graph, whose inputs have their buffers. Nodes that are not among the
    `lowered` run their NumPy meaning."""
    fusible = {node for node in lowered if is_fusible(node, b.table)}
    views = {node for node in lowered if isinstance(node.op, VIEWS) or is_alias(node, b.table)}
    nodes = graph.toposort()
    joins = [node for node in reversed(nodes) if isinstance(node.op, Join) and node in lowered]
    place_parts(b, [node for node in joins if not is_history(node)])
    b.backwards.update(v for n in nodes if isinstance(n.op, Scan) for v in _turned(n, graph))
    units = split_epilogues(schedule(nodes, b.table, fusible, views), b.table)
    for unit in scatter(sink(units, graph, b.table), b.table, lowered):
        if isinstance(unit, FusionGroup):
            check_held(b, unit.nodes)
            lower_group(b, graph, unit)
        elif unit in lowered:
            # What writes nothing yet checks its own numbers first.
            describes = isinstance(unit.op, (*VIEWS, Arange))
            if not describes:
                check_held(b, [unit])
            RULES[type(unit.op)](b, unit)
            if describes:
                check_held(b, [unit])
        else:
            perform(b, unit)
        if clock is not None:
            clock.tick([*unit.nodes, *unit.scatters] if isinstance(unit, FusionGroup) else [unit])


def _write_inner(
    b: Builder,
    supports: Supports,
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    targets: Sequence[Buffer | None] = (),
) -> list[Variable]:
    """The statements of a graph within others, in the block at hand; `b` knows the extents and
    the buffers of its inputs. Outputs are put in the `targets`, if there are any, where they have
    the same extents for sure. Returns the outputs under the names that `b` knows."""
    graph = expand(FunctionGraph(inputs, outputs))
    told = {node for node in graph.toposort() if b.table.add(node)}
    told.update(simplify(graph, b.table))
    for variable, target in zip(graph.outputs, targets, strict=False):
        if target is not None and variable not in b.places and variable.owner is not None:
            b.places[variable] = partial(_if_fitting, b, variable, target)
    _write(b, graph, {node for node in told if _has_rule(node) and supports(node)}, None)
    return graph.outputs


def _turned(node: Apply, graph: FunctionGraph) -> Iterator[Variable]:
    """The stacked outputs of a loop that only x[::-1] reads."""
    for variable in node.outputs[len(node.op.states) : -1]:
        clients = [client for client, _ in graph.clients[variable]]
        read = [c for c in clients if isinstance(c, str) or not isinstance(c.op, ShapeOf)]
        if not node.op.until and read and all(isinstance(c, Apply) and turns(c) for c in read):
            yield variable


def _if_fitting(b: Builder, variable: Variable, target: Buffer) -> Buffer | None:
    """The target, if the variable has its extents for sure."""
    return target if b.known_extents(variable) == target.extents else None


class _Clock:
    """Has a timed program tick behind the statements of each unit."""

    def __init__(self, b: Builder, timed: bool) -> None:
        self.b = b
        self.timed: list[tuple[Apply, ...]] = []
        self._on = timed
        self._tick(None)

    def tick(self, nodes: Sequence[Apply]) -> None:
        """What was written since the last tick computes these."""
        if self._on and not isinstance(self.b.block[-1], Timestamp):
            self._tick(len(self.timed))
            self.timed.append(tuple(nodes))

    def _tick(self, number: int | None) -> None:
        if self._on:
            self.b.block.append(Timestamp(number))


def _extents(
    graph: FunctionGraph,
    nodes: Sequence[Apply],
    supports: Supports,
    known: Mapping[Variable, tuple[int | None, ...]],
) -> tuple[ExtentTable, set[Apply]]:
    """The extents of all variables, and the nodes whose outputs' extents need no running."""
    table = ExtentTable(graph, supports, known)
    return table, {node for node in nodes if table.add(node)}


def expand(graph: FunctionGraph) -> FunctionGraph:
    """The graph with composite ops that have no rule written out; merged anew, so that equal parts
    are one."""
    pending = graph.toposort()
    if not any(map(is_composite, pending)):
        return graph
    graph = FunctionGraph(graph.inputs, graph.outputs, graph.replaces)
    for node in graph.toposort():
        if is_composite(node):
            with at_location(node.location):
                written_out = node.op.expand(node)
            for old, new in zip(node.outputs, written_out, strict=True):
                graph.replace(old, new)
    return expand(FunctionGraph(graph.inputs, graph.outputs, graph.replaces))


def is_composite(node: Apply) -> bool:
    """Whether a node is lowered by writing it out."""
    return type(node.op).expand is not Op.expand and type(node.op) not in RULES


def perform(b: Builder, node: Apply) -> None:
    """Run the NumPy meaning; extents that only running tells are read afterwards."""
    inputs = tuple(b.buffer(variable) for variable in node.inputs)
    outputs = []
    for variable in node.outputs:
        name = b.fresh(variable.type.dtype, "f").name
        outputs.append(Buffer(name, variable.type.dtype, (), (), "fallback"))
    b.block.append(NumpyCall(node, inputs, tuple(outputs)))
    for variable, buffer in zip(node.outputs, outputs, strict=True):
        known = b.table[variable]
        own = [e if isinstance(e, int) else None for e in known]
        b.finish_extents(buffer, own)
        for extent, value in zip(known, buffer.extents, strict=True):
            if not isinstance(extent, int):
                b.scalars.setdefault(extent, value)
        b.buffers[variable] = buffer


def _result(b: Builder, buffer: Buffer) -> Buffer:
    """The buffer that leaves: written directly where nothing else shares it, else a copy."""
    if buffer.kind == "arena":
        buffer.kind = "result"
        return buffer
    result = b.new(buffer.dtype, buffer.extents, "result")
    b.copy(buffer, result)
    return result
