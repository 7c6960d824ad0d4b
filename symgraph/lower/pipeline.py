"""From a function graph to a loop program, pass by pass.

1. expand: composite ops (softmax and the like) become elementwise functions and reductions;
2. find_extents: every variable's extents, equal ones as one object;
3. simplify_extents: what known extents make plain;
4. schedule: which nodes share a loop nest, and in which order all run;
5. write: the statements, as a program;
6. donate_buffers: which new values of shared variables are written over the old ones;
7. compute_in_place: which kernels work in place;
8. mark_parallel: which kernels may run on several threads;
9. find_regions: which statements go block by block through products, convolutions and what is
   around them;
10. plan_memory: where in memory buffers lie.

The docstring of a pass is its contract.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from symgraph.graph import Apply, FunctionGraph, Pass, Variable, Watch, pass_of, run_passes
from symgraph.lower import expansion, parallel, regions
from symgraph.lower.extents.constraints import Demands, extent_constraints
from symgraph.lower.extents.static import Shape, StaticExtents, find_static_extents
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.fusion.groups import Unit
from symgraph.lower.graph_writing import (
    Clock,
    Supports,
    has_rule,
    result_of,
    schedule_units,
    write_inner,
    write_units,
)
from symgraph.lower.memory import donation, in_place
from symgraph.lower.memory.limits import hold_argument
from symgraph.lower.memory.plan import MemoryPlanner
from symgraph.lower.program.types import Program
from symgraph.lower.simplify import simplify
from symgraph.lower.target import Target
from symgraph.lower.writing.builder import Builder


class Lowered(NamedTuple):
    """A loop program, and what decides where its buffers lie."""

    program: Program
    memory: MemoryPlanner


@dataclass(eq=False)
class Lowering:
    """A graph on its way to a loop program: what passes take and leave. See `lower` for what is
    given; each of the other fields is there from the pass on that is named with it."""

    graph: FunctionGraph
    name: str
    supports: Supports
    known: dict[Variable, tuple[int | None, ...]]
    timed: bool
    target: Target
    # find_extents: the extents, those that arguments must have, and the nodes whose outputs'
    # extents need no running.
    table: ExtentTable = field(init=False)
    demands: Demands = field(init=False)
    told: set[Apply] = field(init=False)
    # schedule: the nodes that loops compute, and the order of all.
    lowered: set[Apply] = field(init=False)
    units: list[Unit] = field(default_factory=list)
    # write: the program, and which extents follow from those of its arguments.
    program: Program | None = None
    static: StaticExtents = field(init=False)
    # plan_memory
    memory: MemoryPlanner | None = None

    @property
    def written(self) -> Program:
        """The program, for passes behind `write`."""
        assert self.program is not None
        return self.program


def expand(state: Lowering) -> None:
    """Write composite ops out. Takes the graph as rewriting leaves it. Afterwards each node has a
    rule, is elementwise or reduces, or runs its NumPy meaning; equal nodes are one."""
    state.graph = expansion.expand(state.graph, state.supports)


def find_extents(state: Lowering) -> None:
    """Find the extents of every variable. Afterwards equal ones are one object, and extents that
    operations demand of arguments are known, to be checked where the program begins."""
    nodes = state.graph.toposort()
    _find_extents(state, nodes)
    state.demands = extent_constraints(nodes, state.table)
    if state.demands:
        for (variable, axis), demand in state.demands.items():
            shape = list(state.known.get(variable, variable.type.shape))
            shape[axis] = demand.extent
            state.known[variable] = tuple(shape)
        _find_extents(state, nodes)


def _find_extents(state: Lowering, nodes: Sequence[Apply]) -> None:
    state.table = ExtentTable(state.graph, state.supports, state.known)
    state.told = {node for node in nodes if state.table.add(node)}


def simplify_extents(state: Lowering) -> None:
    """Simplify the graph by its extents. Broadcasts and slices that change nothing are gone, and
    cheap functions of which only slices are read apply to the slices; the table has the extents
    of new nodes."""
    state.told.update(simplify(state.graph, state.table, state.target))


def schedule(state: Lowering) -> None:
    """Decide which nodes share a loop nest, and the order of all. Afterwards the units are in an
    order in which each comes behind what it needs."""
    state.lowered = {node for node in state.told if has_rule(node) and state.supports(node)}
    state.units = schedule_units(state.graph, state.table, state.lowered, state.target)


def write(state: Lowering) -> None:
    """Write the statements of all units. Afterwards there is a valid program, whose results are
    memory of their own, and it is known which extents follow from those of the arguments."""
    b = Builder(state.table, state.target, partial(write_inner, state.supports))
    for position, variable in enumerate(state.graph.inputs):
        b.argument(variable, f"a{position}", state.demands)
        hold_argument(b, variable)
    clock = Clock(b, state.timed)
    write_units(b, state.graph, state.units, state.lowered, clock)
    results = [result_of(b, b.buffer(variable)) for variable in state.graph.outputs]
    clock.tick([])
    state.program = Program(
        state.name, b.arguments, b.constants, results, b.block, timed=clock.timed
    )
    state.static = find_static_extents(state.program)


def donate_buffers(state: Lowering) -> None:
    """Have new values of shared variables written over the old ones. Afterwards `overwrites` tells
    which results lie in arguments: only those that nothing reads once they are written."""
    donation.donate_buffers(state.written, state.graph.replaces)


def compute_in_place(state: Lowering) -> None:
    """Have kernels write over what they are the last to read. Afterwards fewer buffers are made;
    every load still finds the value that it found before."""
    in_place.compute_in_place(state.written)


def mark_parallel(state: Lowering) -> None:
    """Mark the kernels that may run on several threads. Afterwards `work` of a kernel says what it
    costs, if its loops can be cut into ranges and that may be worth it on the target."""
    parallel.mark_parallel(state.written, state.target)


def find_regions(state: Lowering) -> None:
    """Put statements that go along the same turns into regions. Afterwards no two iterations of a
    region meet in memory that one of them writes, and its blocks fit the target's caches."""
    regions.find_regions(state.written, state.target)


def plan_memory(state: Lowering) -> None:
    """Find the lifetimes of buffers. Takes the program in its last form; afterwards `memory` plans
    where buffers lie once the arguments' extents are known."""
    state.memory = MemoryPlanner(state.written, state.static)


PASSES: tuple[Pass[Lowering], ...] = tuple(
    map(
        pass_of,
        (
            expand, find_extents, simplify_extents, schedule, write, donate_buffers,
            compute_in_place, mark_parallel, find_regions, plan_memory,
        ),
    )
)  # fmt: skip


def lower(
    graph: FunctionGraph,
    name: str,
    supports: Supports,
    shapes: Sequence[Shape | None] = (),
    timed: bool = False,
    target: Target | None = None,
    watch: Watch[Lowering] | None = None,
) -> Lowered:
    """Return the loop program of a graph for the target, by default `Target()`; nodes that
    `supports` refuses run their NumPy meaning.

    `shapes` gives, for inputs of which they are known, the shapes of all values that the program
    will be run on; without them it serves all shapes that the types allow. A program that is
    `timed` keeps the time of what it computes. `watch` follows the passes.
    """
    known: dict[Variable, tuple[int | None, ...]] = {
        v: shape for v, shape in zip(graph.inputs, shapes, strict=False) if shape is not None
    }
    graph = FunctionGraph(graph.inputs, graph.outputs, graph.replaces)
    state = Lowering(graph, name, supports, known, timed, target or Target())
    run_passes(PASSES, state, watch)
    assert state.memory is not None
    return Lowered(state.written, state.memory)
