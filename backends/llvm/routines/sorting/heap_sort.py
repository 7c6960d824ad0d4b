"""Sort keys by a heap, in time that no order of them makes longer (J. W. J. Williams, "Algorithm
232: Heapsort", 1964)."""

from llvmlite import ir
from symgraph.backends.llvm.routines.matmul.loops import int64, polling
from symgraph.backends.llvm.routines.sorting.keys import Keys
from symgraph.backends.llvm.routines.sorting.repetition import repeating


def write_heap_sort(function: ir.Function, sift: ir.Function, keys: Keys) -> None:
    """Write `heap_sort(keys, count)`."""
    pointer, count = function.args
    b = ir.IRBuilder(function.append_basic_block())
    half = b.lshr(count, int64(1))
    with polling(b, int64(0), half) as index:
        b.call(sift, [pointer, b.sub(b.sub(half, index), int64(1)), count])
    with polling(b, int64(1), count) as index:
        end = b.sub(count, index)
        last = keys.at(b, pointer, end)
        largest, other = (b.load(place, typ=keys.scalar) for place in (pointer, last))
        b.store(largest, last)
        b.store(other, pointer)
        b.call(sift, [pointer, int64(0), end])
    b.ret_void()


def write_sift(function: ir.Function, keys: Keys) -> None:
    """Write `sift(keys, root, end)`, which moves the key at a root down to its place in a heap."""
    pointer, root, end = function.args
    b = ir.IRBuilder(function.append_basic_block())

    def load(at: ir.Value) -> ir.Value:
        return b.load(keys.at(b, pointer, at), typ=keys.scalar)

    moved = load(root)
    with repeating(b, [root]) as loop:
        (hole,) = loop.values
        left = b.add(b.shl(hole, int64(1)), int64(1))
        loop.leave_if(b.icmp_signed(">=", left, end))
        right = b.add(left, int64(1))
        # The last one has no neighbour: it is compared with itself.
        right = b.select(b.icmp_signed("<", right, end), right, left)
        is_right = b.icmp_signed("<", load(left), load(right))
        child = b.select(is_right, right, left)
        larger = load(child)
        loop.leave_if(b.icmp_signed(">=", moved, larger))
        b.store(larger, keys.at(b, pointer, hole))
        loop.again([child])
    b.store(moved, keys.at(b, pointer, hole))
    b.ret_void()
