"""A loop program as machine code in this process."""

import ctypes
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from symgraph.backends.llvm.codegen.jit import MachineCode
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.interrupts import RUN, interrupts
from symgraph.backends.llvm.linking.lazy_symbols import LazySymbols
from symgraph.backends.llvm.threads import pool
from symgraph.backends.llvm.workspace import Workspace, Workspaces

from symgraph.graph import Apply
from symgraph.lower import Lowered, MemoryPlan
from symgraph.lower.analysis.duration import Duration
from symgraph.lower.analysis.outline import ENTRY, Outline
from symgraph.lower.analysis.polling import Patience
from symgraph.lower.analysis.shape_programs import serves
from symgraph.lower.extents.static import Shape

# `symgraph_run`, which releases the GIL itself, and raises the exceptions of signal handlers.
RUN_TYPE = ctypes.PYFUNCTYPE(
    ctypes.c_int64, *[ctypes.c_void_p] * 5, ctypes.c_int64, *[ctypes.c_void_p] * 6
)


class NativeProgram:
    """The code for all calls whose arguments have the shapes that it was compiled for: `shapes`
    gives them for each argument, or None where all are served. Large work uses up to `threads`
    threads."""

    def __init__(
        self,
        lowered: Lowered,
        outline: Outline,
        compiled: MachineCode,
        late: LazySymbols,
        shapes: Sequence[Shape | None],
        threads: int,
        patience: Patience,
    ) -> None:
        self.program, self.memory = lowered
        self.outline = outline
        self.compiled = compiled
        self.late = late
        self.entry = compiled.address(ENTRY)
        self._run = RUN_TYPE(interrupts().addresses[RUN])
        self.shapes = tuple(shapes)
        places = outline.frame.places
        self._scratch = [places[lifetime.buffer] for lifetime in self.memory.lifetimes]
        self._constants = {
            places[buffer]: _address_of(buffer.data) for buffer in self.program.constants
        }
        self.results = [places[buffer.root] for buffer in self.program.results]
        self.workspaces = Workspaces(self._workspace)
        self._threads = threads
        self._patience = patience

    @cached_property
    def duration(self) -> Duration:
        """Return an estimate of how long calls take."""
        return Duration(self.program, target())

    @cached_property
    def closing(self) -> Duration:
        """Return an estimate of how long calls take after they begin to overwrite values."""
        first = self.outline.overwriting
        end = len(self.program.body)
        return Duration(self.program, target(), end if first is None else first)

    def fits(self, shapes: Sequence[Shape]) -> bool:
        """Return whether it was compiled for arguments of these shapes."""
        return serves(self.shapes, shapes)

    def hears(self, shapes: Sequence[Shape]) -> bool:
        """Return whether it polls for signals often enough with arguments of these shapes."""
        return self.outline.patient or not self._patience.is_needed(shapes)

    def _workspace(self) -> Workspace:
        if self._threads > 1:
            # Started here, so that child processes have the threads, too.
            pool().start(self._threads)
        workspace = Workspace(self.outline.frame.size, self.program.slots, self._scratch)
        for place, address in self._constants.items():
            workspace.frame[place] = address
        workspace.frame[self.outline.frame.threads] = self._threads
        return workspace

    def take(self, plan: MemoryPlan) -> Workspace:
        """Return a workspace for one call, which must give it back. Raises MemoryError."""
        workspace = self.workspaces.take()
        try:
            workspace.adopt(plan)
        except MemoryError:
            self.workspaces.give_back(workspace)
            raise
        return workspace

    def run(self, workspace: Workspace, dims: Any, token: int, calls: Any, failed: Any) -> int:
        """Run the host program without the GIL; return its result. Raises the exception of a
        signal's handler, in which case no part of the call is still running."""
        memory = (workspace.frame, dims, workspace.pointers, workspace.sizes)
        code: int = self._run(self.entry, *memory, token, calls, failed, None, None, None, None)
        return code

    def start_clock(self, workspace: Workspace) -> None:
        """Start the clock before a call of a timed program."""
        clock = self.outline.frame.clock
        for place in range(clock, clock + 1 + len(self.program.timed)):
            workspace.frame[place] = 0

    def read_clock(self, workspace: Workspace) -> Iterator[tuple[tuple[Apply, ...], float]]:
        """Yield after such a call the seconds that each run of nodes took."""
        clock = self.outline.frame.clock
        for number, nodes in enumerate(self.program.timed):
            yield nodes, workspace.frame[clock + 1 + number] * 1e-9

    def give_back(self, workspace: Workspace) -> None:
        self.workspaces.give_back(workspace)

    def free(self) -> None:
        """Free the memory kept between calls."""
        self.workspaces.clear()


def _address_of(data: object) -> int:
    return data.__array_interface__["data"][0]  # type: ignore[attr-defined]
