"""Sorting of rows, and the selection of their largest or smallest numbers.

Numbers become keys, unsigned integers in the same order with nan last, which are sorted together
with their indices, so that equal ones keep their order. A processor's item sorts a row by its
digits, from the last one to the first; elsewhere rows are padded to a power of two and sorted by a
bitonic network (Batcher 1968), of which each launch is a step for all pairs.
"""

from collections.abc import Iterator

import numpy as np
from symgraph.backends.opencl.launches import (
    Argument,
    BufferArgument,
    Facts,
    Launch,
    Scratch,
    View,
    offset_argument,
)

# The key of a number, and how many bytes of it differ.
KEYS = {
    "float32": ("as_uint(x + 0.0f)", 4),
    "float64": ("as_ulong(x + 0.0)", 8),
    "int32": ("(uint)x ^ 0x80000000u", 4),
    "int64": ("(ulong)x ^ 0x8000000000000000ul", 8),
    "uint32": ("x", 4),
    "uint64": ("x", 8),
}
C_TYPES = {
    "float32": "float", "float64": "double", "int32": "int", "int64": "long", "uint32": "uint",
    "uint64": "ulong",
}  # fmt: skip
# Items of a group.
ITEMS = 64
# The numbers of the scratch arrays.
WORDS, ORDER, OTHER_WORDS, OTHER_ORDER, COPY = range(5)

RADIX = """
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void sort_radix(__global ulong* words, __global uint* order, __global ulong* others,
                __global uint* other_order, const long count, const int digits)
{
  __global ulong* from = words + get_global_id(0) * count;
  __global ulong* to = others + get_global_id(0) * count;
  __global uint* from_order = order + get_global_id(0) * count;
  __global uint* to_order = other_order + get_global_id(0) * count;
  int moved = 0;
  for (int digit = 0; digit < digits; digit++) {
    const int shift = 8 * digit;
    uint places[256];
    for (int value = 0; value < 256; value++) places[value] = 0;
    for (long i = 0; i < count; i++) places[(from[i] >> shift) & 255]++;
    uint start = 0, most = 0;
    for (int value = 0; value < 256; value++) {
      const uint number = places[value];
      most = max(most, number);
      places[value] = start;
      start += number;
    }
    if (most == count) continue;
    for (long i = 0; i < count; i++) {
      const uint place = places[(from[i] >> shift) & 255]++;
      to[place] = from[i];
      to_order[place] = from_order[i];
    }
    __global ulong* words_before = from;
    __global uint* order_before = from_order;
    from = to;
    from_order = to_order;
    to = words_before;
    to_order = order_before;
    moved = !moved;
  }
  if (!moved) return;
  for (long i = 0; i < count; i++) {
    to[i] = from[i];
    to_order[i] = from_order[i];
  }
}
"""

BITONIC = f"""
__kernel __attribute__((reqd_work_group_size({ITEMS}, 1, 1)))
void sort_bitonic(__global ulong* words, __global uint* order, const long pairs,
                  const long sorted, const long distance)
{{
  const long pair = get_global_id(0), row = get_global_id(1) * 2 * pairs;
  if (pair >= pairs) return;
  const long one = pair / distance * 2 * distance + pair % distance, other = one + distance;
  const ulong a = words[row + one], b = words[row + other];
  const uint a_order = order[row + one], b_order = order[row + other];
  const int behind = a > b || (a == b && a_order > b_order);
  const int ascending = (one & sorted) == 0;
  if (behind != ascending) return;
  words[row + one] = b;
  words[row + other] = a;
  order[row + one] = b_order;
  order[row + other] = a_order;
}}
"""


def _key(dtype: str, kernel: str) -> str:
    """Return the function that computes a key for a kernel, whose name its own begins with: texts
    of several kernels are compiled together."""
    key, size = KEYS[dtype]
    kind, one = ("uint", "1u") if size == 4 else ("ulong", "1ul")
    lines = f"  {kind} key = {key};"
    if dtype.startswith("float"):
        lines += f"""
  const {kind} sign = {one} << {8 * size - 1};
  key = key & sign ? ~key : key | sign;
  if (x != x) key = ~({kind})0;"""
    return f"ulong {kernel}_key({C_TYPES[dtype]} x)\n{{\n{lines}\n  return key;\n}}\n"


def _fill(dtype: str) -> str:
    return f"""{_key(dtype, f"sort_fill_{dtype}")}
__kernel __attribute__((reqd_work_group_size({ITEMS}, 1, 1)))
void sort_fill_{dtype}(__global const {C_TYPES[dtype]}* x, const long offset, __global ulong* words,
                       __global uint* order, const long count, const long padded)
{{
  const long i = get_global_id(0), row = get_global_id(1);
  if (i >= padded) return;
  words[row * padded + i] = i < count ? sort_fill_{dtype}_key(x[offset + row * count + i]) : ~0ul;
  order[row * padded + i] = i;
}}
"""


def _copy(dtype: str) -> str:
    return f"""
__kernel __attribute__((reqd_work_group_size({ITEMS}, 1, 1)))
void sort_copy_{dtype}(__global const {C_TYPES[dtype]}* x, const long offset,
                       __global {C_TYPES[dtype]}* copy, const long count)
{{
  const long i = get_global_id(0), row = get_global_id(1);
  if (i < count) copy[row * count + i] = x[offset + row * count + i];
}}
"""


def _take(dtype: str, indices: bool) -> str:
    """Return the kernel that stores the numbers in their order, or the order."""
    kind = "long" if indices else C_TYPES[dtype]
    taken = "place" if indices else "x[offset + row * count + place]"
    return f"""
__kernel __attribute__((reqd_work_group_size({ITEMS}, 1, 1)))
void sort_take_{dtype}_{"order" if indices else "values"}(
  __global const {C_TYPES[dtype]}* x, const long offset, __global const uint* order,
  __global {kind}* out, const long out_offset, const long count, const long padded)
{{
  const long i = get_global_id(0), row = get_global_id(1);
  if (i >= count) return;
  const long place = order[row * padded + i];
  out[out_offset + row * count + i] = {taken};
}}
"""


def _select(dtype: str) -> str:
    """Return the kernel whose items each go through a row, for the indices of the numbers that are
    at least, or at most, the one at a place of the order."""
    return f"""{_key(dtype, f"sort_select_{dtype}")}
__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void sort_select_{dtype}(
  __global const {C_TYPES[dtype]}* x, const long offset, __global const ulong* words,
  __global const uint* order, __global long* out, const long out_offset, const long count,
  const long padded, const long wanted, const int largest)
{{
  const long row = get_global_id(0), place = largest ? count - wanted : wanted - 1;
  const ulong limit = words[row * padded + place];
  const long index = order[row * padded + place];
  long found = 0;
  for (long i = 0; i < count; i++) {{
    const ulong key = sort_select_{dtype}_key(x[offset + row * count + i]);
    const int behind = key > limit || (key == limit && i > index);
    const int before = key < limit || (key == limit && i < index);
    if (largest ? before : behind) continue;
    out[out_offset + row * wanted + found] = i;
    found++;
  }}
}}
"""


def sort_rows(facts: Facts, x: View, out: View, indices: bool) -> list[Launch]:
    """Return the launches that sort the rows of a contiguous matrix into another, which may be the
    same, or store the indices that sort them."""
    rows, count = x.extents
    if 0 in x.extents:
        return []
    launches: list[Launch] = []
    if x.root == out.root and not indices:
        copy = Scratch(x.dtype, rows * count, COPY)
        given = _x(x), offset_argument(x.offset), BufferArgument(copy), np.int64(count)
        launches.append(_over(f"sort_copy_{x.dtype}", _copy(x.dtype), count, rows, given))
        x = View(copy, x.dtype, x.extents, 0, x.strides)
    padded = _padded(facts, count)
    launches += _ordered(facts, x, padded)
    name = f"sort_take_{x.dtype}_{'order' if indices else 'values'}"
    order = BufferArgument(Scratch("uint32", rows * padded, ORDER))
    values = (
        _x(x), offset_argument(x.offset), order, _x(out), offset_argument(out.offset),
        np.int64(count), np.int64(padded),
    )  # fmt: skip
    return [*launches, _over(name, _take(x.dtype, indices), count, rows, values)]


def select_rows(facts: Facts, x: View, out: View, largest: bool) -> list[Launch]:
    """Return the launches that store, for each row of a contiguous matrix, the indices in ascending
    order of its largest numbers, or of its smallest: those that a stable sort puts last, or
    first."""
    rows, count = x.extents
    wanted = out.extents[1]
    if 0 in (rows, wanted):
        return []
    padded = _padded(facts, count)
    words, order = (
        BufferArgument(Scratch(dtype, rows * padded, number))
        for dtype, number in (("uint64", WORDS), ("uint32", ORDER))
    )
    numbers = (count, padded, wanted)
    values = (
        _x(x), offset_argument(x.offset), words, order, _x(out), offset_argument(out.offset),
        *map(np.int64, numbers),
        np.int32(largest),
    )  # fmt: skip
    last = Launch(f"sort_select_{x.dtype}", _select(x.dtype), (rows,), (1,), values)
    return [*_ordered(facts, x, padded), last]


def _x(x: View) -> BufferArgument:
    return BufferArgument(x.root)


def _padded(facts: Facts, count: int) -> int:
    """Return how many words a row has."""
    return count if facts.is_cpu else 1 << (count - 1).bit_length()


def _over(name: str, source: str, count: int, rows: int, values: tuple[Argument, ...]) -> Launch:
    """Return a launch with an item for each number of each row."""
    return Launch(name, source, (-(-count // ITEMS) * ITEMS, rows), (ITEMS, 1), values)


def _ordered(facts: Facts, x: View, padded: int) -> Iterator[Launch]:
    """Yield the launches that leave sorted words, and the order, in scratch memory."""
    rows, count = x.extents
    words, order, others, other_order = (
        BufferArgument(Scratch(dtype, rows * padded, number))
        for dtype, number in (
            ("uint64", WORDS), ("uint32", ORDER), ("uint64", OTHER_WORDS), ("uint32", OTHER_ORDER),
        )
    )  # fmt: skip
    values = _x(x), offset_argument(x.offset), words, order, np.int64(count), np.int64(padded)
    yield _over(f"sort_fill_{x.dtype}", _fill(x.dtype), padded, rows, values)
    if facts.is_cpu:
        digits = np.int32(KEYS[x.dtype][1])
        given = words, order, others, other_order, np.int64(count), digits
        yield Launch("sort_radix", RADIX, (rows,), (1,), given)
        return
    pairs = padded // 2
    size = 2
    while size <= padded:
        distance = size // 2
        while distance:
            steps = map(np.int64, (pairs, size, distance))
            yield _over("sort_bitonic", BITONIC, pairs, rows, (words, order, *steps))
            distance //= 2
        size *= 2
