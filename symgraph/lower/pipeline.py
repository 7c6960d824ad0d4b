"""Lower a function graph to a loop program, pass by pass.

1. expand: rewrite composite ops (softmax and the like) as elementwise functions and reductions;
2. find_extents: find every variable's extents, with one object for equal ones;
3. simplify_extents: apply the simplifications that known extents allow;
4. schedule: decide which nodes share a loop nest, and the order in which all run;
5. write: write the statements of the program;
6. coalesce_copies: make arrays where they are copied to;
7. donate_buffers: write new values of shared variables over the old ones;
8. compute_in_place: choose the kernels that work in place;
9. mark_parallel: mark the kernels that may run on several threads;
10. find_regions: group products, convolutions and the statements around them into regions that run
    block by block;
11. plan_memory: decide where in memory buffers lie.

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
from symgraph.lower.memory import coalescing, donation, in_place
from symgraph.lower.memory.limits import hold_argument
from symgraph.lower.memory.plan import MemoryPlanner
from symgraph.lower.program.types import Program
from symgraph.lower.simplify import simplify
from symgraph.lower.target import Target
from symgraph.lower.writing.builder import Builder


class Lowered(NamedTuple):
    """A loop program, and the planner that decides where its buffers lie."""

    program: Program
    memory: MemoryPlanner


@dataclass(eq=False)
class Lowering:
    """The state that passes read and change while a graph is lowered. The first fields are the
    arguments of `lower`; each of the others is set from the pass named in the comment above it
    on."""

    graph: FunctionGraph
    name: str
    supports: Supports
    known: dict[Variable, tuple[int | None, ...]]
    timed: bool
    target: Target
    # The extents, the constraints on the extents of arguments, and the nodes whose outputs' extents
    # are known without running them.
    table: ExtentTable = field(init=False)
    demands: Demands = field(init=False)
    told: set[Apply] = field(init=False)
    # The nodes that loops compute, and the order of all nodes.
    lowered: set[Apply] = field(init=False)
    units: list[Unit] = field(default_factory=list)
    # The program, and which of its scalars follow from the extents of its arguments.
    program: Program | None = None
    static: StaticExtents = field(init=False)
    # plan_memory
    memory: MemoryPlanner | None = None

    @property
    def written(self) -> Program:
        """Return the program, for passes that run after `write`."""
        assert self.program is not None
        return self.program


def expand(state: Lowering) -> None:
    """Expand composite ops. Takes the graph as rewriting leaves it. Afterwards each node has a
    rule, is elementwise, is a reduction, or runs its NumPy meaning; equal nodes are merged."""
    state.graph = expansion.expand(state.graph, state.supports)


def find_extents(state: Lowering) -> None:
    """Find the extents of every variable. Afterwards equal extents are one object, and the extents
    that operations demand of arguments are known, to be checked at the start of the program."""
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
    """Simplify the graph by its extents. Afterwards broadcasts and slices that change nothing are
    gone, cheap functions whose results are only sliced apply to the slices instead, and the table
    has the extents of new nodes."""
    state.told.update(simplify(state.graph, state.table, state.target))


def schedule(state: Lowering) -> None:
    """Decide which nodes share a loop nest, and the order of all. Afterwards the units are in an
    order in which each follows all those that it depends on."""
    state.lowered = {node for node in state.told if has_rule(node) and state.supports(node)}
    state.units = schedule_units(state.graph, state.table, state.lowered, state.target)


def write(state: Lowering) -> None:
    """Write the statements of all units. Afterwards there is a valid program whose results own
    their memory, and the scalars that follow from the arguments' extents are known."""
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


def coalesce_copies(state: Lowering) -> None:
    """Make arrays where they are copied to. Afterwards no scratch memory is copied whole by the
    statement that is the last to need it."""
    coalescing.coalesce_copies(state.written)


def donate_buffers(state: Lowering) -> None:
    """Write new values of shared variables over the old ones. Afterwards `overwrites` maps results
    to the arguments whose memory they take: only arguments that nothing reads once the result is
    written."""
    if state.target.grid is None:
        donation.donate_buffers(state.written, state.graph.replaces)


def compute_in_place(state: Lowering) -> None:
    """Let kernels write over operands that they are the last to read. Afterwards fewer buffers are
    allocated; every load still finds the value that it found before."""
    in_place.compute_in_place(state.written)


def mark_parallel(state: Lowering) -> None:
    """Mark the kernels that may run on several threads. Afterwards `work` is the estimated cost of
    each kernel whose loops can be cut into ranges, where that may be worth it on the target."""
    parallel.mark_parallel(state.written, state.target)


def find_regions(state: Lowering) -> None:
    """Group statements that share iterations into regions. Afterwards no iteration of a region
    accesses memory that another one writes, and its blocks fit the target's caches."""
    if state.target.grid is None:
        regions.find_regions(state.written, state.target)


def plan_memory(state: Lowering) -> None:
    """Find the live ranges of buffers. Takes the program in its final form; afterwards `memory`
    plans where buffers lie once the arguments' extents are known."""
    state.memory = MemoryPlanner(state.written, state.static, state.target.alignment)


PASSES: tuple[Pass[Lowering], ...] = tuple(
    map(
        pass_of,
        (
            expand, find_extents, simplify_extents, schedule, write, coalesce_copies,
            donate_buffers, compute_in_place, mark_parallel, find_regions, plan_memory,
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
    `supports` rejects run their NumPy meaning.

    `shapes` gives, for inputs where they are known, the shapes of all values that the program will
    be run on; without them it serves all shapes that the types allow. A `timed` program records the
    time of each unit that it computes. `watch` follows the passes.
    """
    known: dict[Variable, tuple[int | None, ...]] = {
        v: shape for v, shape in zip(graph.inputs, shapes, strict=False) if shape is not None
    }
    graph = FunctionGraph(graph.inputs, graph.outputs, graph.replaces)
    state = Lowering(graph, name, supports, known, timed, target or Target())
    run_passes(PASSES, state, watch)
    assert state.memory is not None
    return Lowered(state.written, state.memory)
