"""Emit as vectors the loops that LLVM's vectoriser does not know: running totals, extremes with
their places, what one element decides, and copies across rows."""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from symgraph.backends.llvm.emission.decided_loops import DecidedWriter, decided_loop
from symgraph.backends.llvm.emission.first_extremes import ExtremeWriter, first_extreme
from symgraph.backends.llvm.emission.running_totals import TotalsWriter, running_total
from symgraph.backends.llvm.emission.transposed_copies import transposed_copy, write_transposed

from symgraph.lower.program.types import Loop


def write_vectors(
    at: Any, loop: Loop, start: ir.Value, extent: ir.Value, inits: Sequence[ir.Value]
) -> bool:
    """Write a loop from `start` to `extent` with vectors, if it is one of those; return whether it
    was. `at` emits scalar statements, and gets the results of what the loop carries."""
    values = at.env.values
    results = [carry.result for carry in loop.carried]

    def scalar(begin: ir.Value, end: ir.Value, carried: Sequence[ir.Value]) -> list[ir.Value]:
        at.iterations(loop, begin, end, carried)
        return [values[result] for result in results]

    copy = transposed_copy(loop)
    if copy is not None:
        write_transposed(at, copy, start, extent)
        return True
    total = running_total(loop)
    if total is not None:
        values[results[0]] = TotalsWriter(at, total).write(start, extent, inits[0], scalar)
        return True
    decided = decided_loop(loop)
    if decided is not None:
        ends = DecidedWriter(at, decided).write(start, extent, inits, scalar)
        values.update(zip(results, ends, strict=True))
        return True
    found = first_extreme(loop)
    if found is None:
        return False
    writer = ExtremeWriter(at, found)
    most = writer.most()
    if most is None:
        values.update(zip(results, writer.write(start, extent, inits, scalar), strict=True))
        return True
    with at.strips(loop, start, extent, inits, most) as (first, end, phis):
        values.update(zip(results, writer.write(first, end, phis, scalar), strict=True))
    return True
