"""Loops that are emitted as vectors by this back end itself, as LLVM's vectoriser knows no form of
them: what their iterations read and write, and vectors of any dtype.

Such a loop has no other loop or branch within it, and goes along memory, forwards or backwards. The
positions are computed as in the loop itself, for the first lane of a vector.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from symgraph.backends.llvm.codegen.processor import target
from symgraph.backends.llvm.emission import scalars

from symgraph.lower.analysis.strip_mining import growths
from symgraph.lower.program.types import Compute, Load, Loop, Statement, Store
from symgraph.lower.program.values import Literal, Value

I1, I32, I64, PTR = ir.IntType(1), ir.IntType(32), ir.IntType(64), ir.PointerType()


# Writes iterations as scalars, from their begin and end and what is carried into them; returns what
# is carried behind them.
Rest = Callable[[ir.Value, ir.Value, Sequence[ir.Value]], list[ir.Value]]


class Positions(NamedTuple):
    """How a loop moves through memory: the statements that compute positions, and for each access
    by how many elements it moves with an iteration, 1 or -1."""

    computes: frozenset[Compute]
    steps: dict[Load | Store, int]


def positions(loop: Loop) -> Positions | None:
    """Return how the accesses of a loop move; None where one does not move along memory, or a
    branch or another loop is in the way."""
    if not all(isinstance(s, Compute | Load | Store) for s in loop.body):
        return None
    computes = [s for s in loop.body if isinstance(s, Compute)]
    loads = [s for s in loop.body if isinstance(s, Load)]
    growing = growths(
        loop.index, computes, {*(s.out for s in loads), *(c.phi for c in loop.carried)}
    )
    steps: dict[Load | Store, int] = {}
    for s in loop.body:
        if not isinstance(s, Load | Store):
            continue
        step = step_of(s, growing)
        if step not in (1, -1):
            return None
        steps[s] = step
    return Positions(frozenset(s for s in computes if growing[s.out] is not None), steps)


def step_of(s: Load | Store, growing: Mapping[Value, int | None]) -> int | None:
    """Return by how many elements an access moves with an iteration in which its indices grow so;
    None where that is not known."""
    total = 0
    for index, stride in zip(s.indices, s.buffer.strides, strict=True):
        growth = growing.get(index, 0)
        if growth == 0:
            continue
        if growth is None or not isinstance(stride, Literal):
            return None
        total += growth * int(stride.value)
    return total


def count_of(dtypes: Sequence[str]) -> int:
    """Return how many lanes vectors of these dtypes have: the widest one fills a register."""
    return target().vector_bytes // max(np.dtype(dtype).itemsize for dtype in dtypes)


def vector(dtype: str, count: int) -> ir.VectorType:
    """Return the type of a vector in memory."""
    return ir.VectorType(scalars.memory_type(dtype), count)


def filled(value: float, dtype: str, count: int) -> ir.Constant:
    """Return a constant vector of one number, as it lies in memory."""
    single = (
        ir.Constant(scalars.I8, int(value)) if dtype == "bool" else scalars.literal(value, dtype)
    )
    return ir.Constant(ir.VectorType(single.type, count), [single] * count)


def zeros(type: ir.VectorType) -> ir.Constant:
    """Return a vector of zeros."""
    return ir.Constant(type, [0] * type.count)


def splat(b: ir.IRBuilder, value: ir.Value, count: int) -> ir.Value:
    """Return a vector of one number."""
    undefined = ir.Constant(ir.VectorType(value.type, count), ir.Undefined)
    single = b.insert_element(undefined, value, ir.Constant(I32, 0))
    return picked(b, single, undefined, [0] * count)


def picked(b: ir.IRBuilder, x: ir.Value, y: ir.Value, lanes: Sequence[int]) -> ir.Value:
    """Return selected lanes of two vectors, those of the second numbered after the first's."""
    return b.shuffle_vector(x, y, ir.Constant(ir.VectorType(I32, len(lanes)), list(lanes)))


def backwards(b: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """Return the lanes of a vector from the last to the first."""
    return picked(b, x, x, range(x.type.count)[::-1])


def first_lanes(b: ir.IRBuilder, number: ir.Value, count: int) -> ir.Value:
    """Return a mask of the first lanes: `number` of them, an int64."""
    none, every = ir.Constant(I64, 0), ir.Constant(I64, -1)
    first = b.not_(b.shl(every, b.and_(number, ir.Constant(I64, 63))))
    first = b.select(b.icmp_signed("<", number, ir.Constant(I64, count)), first, every)
    first = b.select(b.icmp_signed(">", number, none), first, none)
    if count < 64:
        first = b.trunc(first, ir.IntType(count))
    return b.bitcast(first, ir.VectorType(I1, count))


def bits(b: ir.IRBuilder, mask: ir.Value) -> ir.Value:
    """Return a mask as an integer, whose lowest bit is the first lane."""
    return b.bitcast(mask, ir.IntType(mask.type.count))


def first_of(b: ir.IRBuilder, masks: Sequence[ir.Value]) -> ir.Value:
    """Return the number of the first lane that is set in some masks of as many lanes each, as an
    int64; without any that of all lanes."""
    count = masks[0].type.count
    width = count * len(masks)
    there: ir.Value = ir.Constant(ir.IntType(width), 0)
    for j, mask in enumerate(masks):
        own = bits(b, mask)
        own = own if len(masks) == 1 else b.zext(own, there.type)
        there = b.or_(there, b.shl(own, ir.Constant(there.type, j * count)))
    type = ir.FunctionType(there.type, [there.type, I1])
    zeros = intrinsic(b, f"llvm.cttz.i{width}", type)
    lane = b.call(zeros, [there, ir.Constant(I1, 0)])
    if width == 64:
        return lane
    return b.zext(lane, I64) if width < 64 else b.trunc(lane, I64)


def reduced(
    b: ir.IRBuilder, x: ir.Value, combine: Callable[[ir.Value, ir.Value], ir.Value]
) -> ir.Value:
    """Combine the lanes of a vector, the first half with the second and so on."""
    count = x.type.count
    while count > 1:
        count //= 2
        x = combine(picked(b, x, x, range(count)), picked(b, x, x, range(count, 2 * count)))
    return b.extract_element(x, ir.Constant(I32, 0))


def either(
    b: ir.IRBuilder,
    condition: ir.Value,
    then: Callable[[], Sequence[ir.Value]],
    otherwise: Callable[[], Sequence[ir.Value]],
) -> list[ir.Value]:
    """Run one of two bodies, and return the values that it returns."""
    blocks = [b.append_basic_block(name) for name in ("then", "else", "done")]
    b.cbranch(condition, *blocks[:2])
    arriving = []
    for block, body in zip(blocks, (then, otherwise), strict=False):
        b.position_at_end(block)
        values = body()
        arriving.append((values, b.block))
        b.branch(blocks[2])
    b.position_at_end(blocks[2])
    return joined(b, *arriving)


def transposed(b: ir.IRBuilder, rows: Sequence[ir.Value]) -> list[ir.Value]:
    """Return the columns of a square of as many vectors as each has lanes, a power of two: the
    lanes of the first half of the rows and of the second are interleaved, repeatedly."""
    count = len(rows)
    low = [lane + other for lane in range(count // 2) for other in (0, count)]
    high = [lane + count // 2 for lane in low]
    square = list(rows)
    for _ in range(count.bit_length() - 1):
        pairs = zip(square[: count // 2], square[count // 2 :], strict=True)
        square = [picked(b, *pair, order) for pair in pairs for order in (low, high)]
    return square


def only_if(
    b: ir.IRBuilder,
    condition: ir.Value,
    before: Sequence[ir.Value],
    body: Callable[[], Sequence[ir.Value]],
) -> list[ir.Value]:
    """Run a body where a condition holds, and return the values that it returns; elsewhere those of
    `before`."""
    return either(b, condition, body, lambda: before)


def while_whole(
    b: ir.IRBuilder,
    width: int,
    start: ir.Value,
    extent: ir.Value,
    carried: Sequence[ir.Value],
    body: Callable[[ir.Value, Sequence[ir.Value]], Sequence[ir.Value]],
) -> tuple[ir.Value, list[ir.Value]]:
    """Write a loop from `start` on in steps of `width`, while a whole one is left before `extent`.
    `body(index, carried)` returns the carried values of the next iteration. Return the index
    behind the last step, and the values behind it."""
    step, before = ir.Constant(I64, width), b.block
    head, done = b.append_basic_block("vectors"), b.append_basic_block("behind")
    b.cbranch(b.icmp_signed(">=", b.sub(extent, start), step), head, done)
    b.position_at_end(head)
    first = [start, *carried]
    phis = [b.phi(value.type) for value in first]
    last = [b.add(phis[0], step), *body(phis[0], phis[1:])]
    end = b.block
    b.cbranch(b.icmp_signed("<=", b.add(last[0], step), extent), head, done)
    for phi, initial, following in zip(phis, first, last, strict=True):
        phi.add_incoming(initial, before)
        phi.add_incoming(following, end)
    b.position_at_end(done)
    index, *values = joined(b, (first, before), (last, end))
    return index, values


def joined(b: ir.IRBuilder, *arriving: tuple[Sequence[ir.Value], ir.Block]) -> list[ir.Value]:
    """Return the values that come from the blocks before this one."""
    result = []
    for number, value in enumerate(arriving[0][0]):
        phi = b.phi(value.type)
        for values, block in arriving:
            phi.add_incoming(values[number], block)
        result.append(phi)
    return result


def load(
    b: ir.IRBuilder,
    pointer: ir.Value,
    type: ir.VectorType,
    step: int,
    mask: ir.Value | None = None,
    instead: ir.Value | None = None,
) -> ir.Value:
    """Load a vector, from its first lane on in the direction of `step`; lanes outside the mask are
    those of `instead`."""
    if step < 0:
        pointer = _moved(b, pointer, type, 1 - type.count)
    if mask is None:
        found = b.load(pointer, typ=type, align=_bytes(type))
    else:
        if step < 0:
            mask = backwards(b, mask)
        name = f"llvm.masked.load.{name_of(type)}.p0"
        arguments = [PTR, I32, mask.type, type]
        function = intrinsic(b, name, ir.FunctionType(type, arguments))
        found = b.call(function, [pointer, ir.Constant(I32, _bytes(type)), mask, instead])
    return backwards(b, found) if step < 0 else found


def store(
    b: ir.IRBuilder, value: ir.Value, pointer: ir.Value, step: int, mask: ir.Value | None = None
) -> None:
    """Store a vector, from its first lane on in the direction of `step`; only the lanes of the
    mask."""
    type = value.type
    if step < 0:
        pointer, value = _moved(b, pointer, type, 1 - type.count), backwards(b, value)
    if mask is None:
        b.store(value, pointer, align=_bytes(type))
        return
    if step < 0:
        mask = backwards(b, mask)
    name = f"llvm.masked.store.{name_of(type)}.p0"
    function = intrinsic(b, name, ir.FunctionType(ir.VoidType(), [type, PTR, I32, mask.type]))
    b.call(function, [value, pointer, ir.Constant(I32, _bytes(type)), mask])


def intrinsic(b: ir.IRBuilder, name: str, type: ir.FunctionType) -> ir.Function:
    """Return a function of LLVM's own by its full name."""
    return b.module.globals.get(name) or ir.Function(b.module, type, name)


def name_of(type: ir.VectorType) -> str:
    """Return the name of a type within those of LLVM's functions."""
    kind = "f" if not isinstance(type.element, ir.IntType) else "i"
    return f"v{type.count}{kind}{8 * _bytes(type)}"


def cast(b: ir.IRBuilder, x: ir.Value, source: str, wanted: str) -> ir.Value:
    """Cast a vector as it lies in memory to another dtype, where `can_cast`; bools are bytes."""
    if source == wanted:
        return x
    type = vector(wanted, x.type.count)
    old, new = np.dtype(source), np.dtype(wanted)
    if old.kind == "f":
        return b.fpext(x, type) if new.itemsize > old.itemsize else b.fptrunc(x, type)
    if new.kind == "f":
        return b.sitofp(x, type) if old.kind == "i" else b.uitofp(x, type)
    if old.itemsize == new.itemsize:
        return x
    if old.itemsize > new.itemsize:
        return b.trunc(x, type)
    return b.sext(x, type) if old.kind == "i" else b.zext(x, type)


def can_cast(source: str, wanted: str) -> bool:
    """Return whether vectors are cast with one instruction."""
    if source == wanted:
        return True
    kinds = np.dtype(source).kind + np.dtype(wanted).kind
    if kinds == "ff":
        return (source, wanted) != ("float64", "float16")
    return (kinds in ("if", "uf", "bf") and wanted != "float16") or (
        kinds[0] in "iub" and kinds[1] in "iu"
    )


def _bytes(type: ir.VectorType) -> int:
    element = type.element
    if isinstance(element, ir.IntType):
        return int(element.width) // 8
    return {"half": 2, "float": 4, "double": 8}[str(element)]


def _moved(b: ir.IRBuilder, pointer: ir.Value, type: ir.VectorType, elements: int) -> ir.Value:
    return b.gep(pointer, [ir.Constant(I64, elements)], source_etype=type.element)


def add_loaded(s: Statement, known: dict[Value, "Loaded"]) -> bool:
    """Add what a statement makes to the known values, which the loop loads, and may cast; return
    whether it is one."""
    if isinstance(s, Load):
        known[s.out] = Loaded(s, s.out.dtype)
        return True
    if not isinstance(s, Compute) or not s.fn.startswith("cast{") or s.args[0] not in known:
        return False
    before = known[s.args[0]]
    if not can_cast(before.dtype, s.out.dtype):
        return False
    known[s.out] = Loaded(before.load, s.out.dtype)
    return True


class Loaded(NamedTuple):
    """A value of an iteration: what it loads, as this dtype."""

    load: Load
    dtype: str
