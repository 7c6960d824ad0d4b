"""Split long sums into parts, since the error of sequential addition grows with every term.

A chain of n additions may err by n units of roundoff; sums of parts of `PART` terms, added to one
another, by `PART + n / PART` only. (Higham, Accuracy and Stability of Numerical Algorithms, 4.2)
"""

from collections.abc import Callable

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I64
from symgraph.backends.llvm.interrupts import poll
from symgraph.backends.llvm.routines.matmul.loops import int64, stack_memory
from symgraph.backends.llvm.routines.matmul.vectors import Lanes

# Additions after which a partial sum is stored, which takes a hundredth of the time at most.
PART = 256


def in_parts(
    b: ir.IRBuilder,
    lanes: Lanes,
    extent: ir.Value,
    size: int,
    part: Callable[[ir.Value, ir.Value], list[ir.Value]],
) -> list[ir.Value]:
    """Return vectors of sums over `extent`, from those that `part(begin, end)` returns for at most
    `size` terms.

    There is at least one part. Sums of earlier ones are in memory, so that all registers belong to
    the innermost loop; where there is only one part nothing is stored.
    """
    before, head = b.block, b.append_basic_block("part")
    b.branch(head)
    b.position_at_end(head)
    begin = b.phi(I64)
    begin.add_incoming(int64(0), before)
    following = b.add(begin, int64(size), flags=("nsw",))
    is_last = b.icmp_signed(">=", following, extent)
    sums = part(begin, b.select(is_last, extent, following))
    totals = stack_memory(b, lanes.real, len(sums) * lanes.count)
    places = [lanes.at(b, totals, int64(i * lanes.count)) for i in range(len(sums))]
    first, results = b.block, []
    with b.if_then(b.icmp_signed(">", begin, int64(0))):
        added = [b.fadd(lanes.load(b, place), sum) for place, sum in zip(places, sums, strict=True)]
        later = b.block
    for sum, total in zip(sums, added, strict=True):
        results.append(result := b.phi(lanes.type))
        result.add_incoming(sum, first)
        result.add_incoming(total, later)
    with b.if_then(b.not_(is_last)):
        for place, result in zip(places, results, strict=True):
            lanes.store(b, result, place)
        poll(b)
        begin.add_incoming(following, b.block)
        b.branch(head)
    return results
