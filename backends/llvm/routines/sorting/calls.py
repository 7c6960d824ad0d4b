"""Write the calls of the routines for `SortRows` and `SelectRows` statements."""

from symgraph.backends.llvm.emission.statements import BlockEmitter
from symgraph.backends.llvm.routines.sorting.modules import signature
from symgraph.backends.llvm.routines.sorting.orders import Order
from symgraph.backends.llvm.routines.sorting.routine_names import name_of
from symgraph.backends.llvm.routines.sorting.selection import Selection
from symgraph.backends.llvm.routines.sorting.values import Values

from symgraph.lower.program.types import SelectRows, SortRows
from symgraph.lower.program.values import ZERO


def emit_sort(at: BlockEmitter, s: SortRows) -> None:
    """Write the call that sorts rows, or finds their order."""
    spec = Order(s.x.dtype) if s.indices else Values(s.x.dtype)
    _call(at, spec, s, list(s.x.extents))


def emit_selection(at: BlockEmitter, s: SelectRows) -> None:
    """Write the call that selects from rows."""
    numbers = [*s.x.extents, s.out.extents[1], s.scratch.extents[1]]
    _call(at, Selection(s.x.dtype, s.largest), s, numbers)


def _call(
    at: BlockEmitter, spec: Values | Order | Selection, s: SortRows | SelectRows, numbers: list
) -> None:
    routine = at.routine(name_of(spec), signature(spec))
    arrays = [at.address(x, [ZERO] * len(x.extents)) for x in (s.x, s.out, s.scratch)]
    at.b.call(routine, [*arrays, *map(at.value, numbers)])
