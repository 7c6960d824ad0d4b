"""Prepare native calls: a table for each combination of extents in calls, with everything that is
known before the call. Calls from Python fill the tables, native calls only read them."""

import ctypes
from collections.abc import Sequence
from math import prod
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from symgraph.backends.llvm.table_layouts import (
    BEGUN,
    ExecutableTable,
    ProgramMemory,
    Result,
    Variant,
)
from symgraph.backends.llvm.workspace import Workspace

from symgraph.graph import renewed_in_children
from symgraph.lower import MemoryPlan
from symgraph.lower.extents.static import Shape
from symgraph.lower.program.types import Program
from symgraph.lower.program.values import Literal

if TYPE_CHECKING:
    from symgraph.backends.llvm.linking.native_program import NativeProgram

# Calls that overwrite values for longer, during which no signal is handled, are made from Python,
# which overwrites none.
UNHEARD_NS = 500e6
# Limit on combinations of extents; each takes a frame, which may be large, and search time.
MOST = 64
# The first combinations get their table at once, others at their second call: in some programs, no
# combination occurs twice.
AT_ONCE = 8


class SpecialisedTable:
    """The memory of a `Variant` and all that it points to. A native call that lets other threads
    run holds a reference to this meanwhile."""

    def __init__(
        self,
        native: "NativeProgram",
        plan: MemoryPlan,
        shapes: Sequence[Shape],
        home: Workspace,
        calls: Any,
    ) -> None:
        extents = [extent for shape in shapes for extent in shape]
        self._dims = (ctypes.c_int64 * max(len(extents), 1))(*extents)
        # A separate frame, with the addresses of constants and scratch memory in place.
        self._frame = type(home.frame).from_buffer_copy(home.frame)
        self._failed = (ctypes.c_int64 * (BEGUN + 1))()
        self._cells = (ctypes.c_uint64 * max(len(shapes), 1))()
        self._made = self._results(native, plan)
        self._kept = (native, home, calls)
        workspaces = native.workspaces
        words = {
            Variant.NEXT: 0,
            Variant.OWNER: id(self),
            Variant.HOME: ctypes.addressof(workspaces.words),
            Variant.FREE: id(workspaces.free),
            Variant.ARENA: home.address,
            Variant.LONG: native.duration.is_long(shapes),
            Variant.ENTRY: native.entry,
            Variant.FRAME: ctypes.addressof(self._frame),
            Variant.DIMS: ctypes.addressof(self._dims),
            Variant.SLOTS: ctypes.addressof(home.pointers),
            Variant.SIZES: ctypes.addressof(home.sizes),
            Variant.TOKEN: 0,
            Variant.CALLS: ctypes.addressof(calls),
            Variant.FAILED: ctypes.addressof(self._failed),
            Variant.RESULTS: len(plan.results),
            Variant.MADE: ctypes.addressof(self._made),
            Variant.CELLS: ctypes.addressof(self._cells),
        }
        self.words = (ctypes.c_uint64 * len(Variant))(*(words[entry] for entry in Variant))

    def _results(self, native: "NativeProgram", plan: MemoryPlan) -> Any:
        """Return the `Result` tables, one after the other."""
        shapes = [shape for shape in plan.results if shape is not None]
        self._shapes = [(ctypes.c_int64 * max(len(shape), 1))(*shape) for shape in shapes]
        self._dtypes = [np.dtype(buffer.dtype) for buffer in native.program.results]
        words = []
        for number, place in enumerate(native.results):
            entries = {
                Result.DESCR: id(self._dtypes[number]),
                Result.NDIM: len(shapes[number]),
                Result.DIMS: ctypes.addressof(self._shapes[number]),
                Result.PLACE: place,
                Result.BYTES: prod(shapes[number]) * self._dtypes[number].itemsize,
                Result.OVERWRITES: native.program.overwrites.get(number, -1) % 2**64,
            }
            words += [entries[entry] for entry in Result]
        return (ctypes.c_uint64 * max(len(words), 1))(*words)

    @property
    def address(self) -> int:
        return ctypes.addressof(self.words)

    def is_stale(self) -> bool:
        """Return whether its scratch memory was freed."""
        native, _, _ = self._kept
        return bool(native.workspaces.words[ProgramMemory.ARENA] != self.words[Variant.ARENA])


class Specialisations:
    """The tables of an executable, the newest first."""

    def __init__(self, demanded: Sequence[Sequence[int | None]], calls: Any) -> None:
        """`demanded` are extents that the last results must have, None where any will do: other
        results are rejected in Python. `calls` is the table of callbacks."""
        self._engine = (ctypes.c_uint64 * len(ExecutableTable))()
        self._tables: dict[tuple[Shape, ...], SpecialisedTable] = {}
        self._lock = Lock()
        # Combinations met once, without a table.
        self._met: dict[tuple[Shape, ...], None] = {}
        self._demanded = demanded
        self._calls = calls
        renewed_in_children(self)

    def reset_after_fork(self) -> None:
        self._lock = Lock()

    @property
    def address(self) -> int:
        """Return the address of the `ExecutableTable`."""
        return ctypes.addressof(self._engine)

    def add(
        self,
        native: "NativeProgram",
        plan: MemoryPlan,
        shapes: tuple[Shape, ...],
        workspace: Workspace,
    ) -> None:
        """Have native code make calls with these shapes, if it can: a call from Python has just
        used the workspace, and still holds it."""
        table = self._tables.get(shapes)
        if table is not None and table.words[Variant.ARENA] == workspace.address:
            return
        if workspace is not native.workspaces.first or not _is_plain(native, plan, shapes):
            return
        if not _meets(plan.results, self._demanded) or not self._is_worth_it(shapes):
            return
        table = SpecialisedTable(native, plan, shapes, workspace, self._calls)
        with self._lock:
            # Native code finds these until the new ones are linked.
            former = self._tables
            kept = [(s, t) for s, t in former.items() if s != shapes and not t.is_stale()]
            self._tables = dict([*kept[-(MOST - 1) :], (shapes, table)])
            self._link()
            del former

    def _is_worth_it(self, shapes: tuple[Shape, ...]) -> bool:
        if len(self._tables) < AT_ONCE or shapes in self._met:
            self._met.pop(shapes, None)
            return True
        if len(self._met) >= MOST:
            self._met.clear()
        self._met[shapes] = None
        return False

    def clear(self) -> None:
        with self._lock:
            self._engine[ExecutableTable.HEAD] = 0
            self._tables = {}

    def _link(self) -> None:
        """Chain the tables. At every step, native code finds a chain of tables that are alive."""
        following = 0
        for table in self._tables.values():
            table.words[Variant.NEXT] = following
            following = table.address
        self._engine[ExecutableTable.HEAD] = following


def _is_plain(native: "NativeProgram", plan: MemoryPlan, shapes: Sequence[Shape]) -> bool:
    """Return whether all memory is planned before the call, there are no callbacks, and the part
    that signals cannot interrupt is short. Extents that the type of an argument gives are checked
    again: a call that trusts its arguments did not."""
    if native.program.overwrites and native.closing.known(shapes) > UNHEARD_NS:
        return False
    return (
        not native.outline.performs
        and native.program.slots == 0
        and None not in plan.results
        and _has_known_extents(native.program, shapes)
    )


def _meets(shapes: Sequence[Shape | None], demanded: Sequence[Sequence[int | None]]) -> bool:
    """Return whether the last results have the extents that are demanded of them."""
    last = shapes[len(shapes) - len(demanded) :]
    return all(
        want is None or have == want
        for shape, wanted in zip(last, demanded, strict=True)
        for have, want in zip(shape or (), wanted, strict=True)
    )


def _has_known_extents(program: Program, shapes: Sequence[Shape]) -> bool:
    return all(
        not isinstance(known, Literal) or known.value == extent
        for buffer, shape in zip(program.arguments, shapes, strict=True)
        for known, extent in zip(buffer.extents, shape, strict=True)
    )
