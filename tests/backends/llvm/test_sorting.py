"""The routines that sort rows, for this processor and for those that it can stand for: lengths at
and around the limits of their vectors and networks, all orders of the numbers, uneven divisions."""

import ctypes
import re
from contextlib import nullcontext
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.processors import PROCESSORS, X86, Processor, pretended
from symgraph.backends.llvm import interrupts
from symgraph.backends.llvm.codegen.jit import Host, assembly, compile_object, host, load
from symgraph.backends.llvm.codegen.optimisation_level import AS_WRITTEN
from symgraph.backends.llvm.routines.sorting.keys import Keys
from symgraph.backends.llvm.routines.sorting.modules import routine_module
from symgraph.backends.llvm.routines.sorting.orders import Order
from symgraph.backends.llvm.routines.sorting.routine_names import name_of, spec_of
from symgraph.backends.llvm.routines.sorting.selection import Selection
from symgraph.backends.llvm.routines.sorting.values import Values

DTYPES = ("float32", "float64", "int32", "int64", "uint32", "uint64")
OTHERS = {
    "AVX-512": PROCESSORS["AVX-512"].host,
    "AVX2": PROCESSORS["AVX2"].host,
    "AVX": Host(X86, "sandybridge", "+sse2,+avx"),
    "SSE2": Host(X86, "x86-64", "+sse2"),
}
# Keys in a region for which a pivot is sought among many.
LONG = 3000
LENGTHS = (
    *range(18), 31, 32, 33, 63, 64, 65, 127, 128, 129, 130, 191, 192, 193, 255, 256, 257, 258, 300,
    511, 512, 513, 1000, LONG, 12345,
)  # fmt: skip


def pretending(name):
    """The context of writing code for a processor; "this one" is the one at hand."""
    if name == "this one":
        return nullcontext()
    return pretended(Processor(OTHERS[name], "", "", "", ""))


def processors():
    """Those whose code this processor runs."""
    own = host()
    if not own.triple.startswith("x86_64"):
        return ["this one"]
    wanted = {
        name: [f[1:] for f in h.features.split(",") if f[0] == "+"] for name, h in OTHERS.items()
    }
    return ["this one", *(name for name, fs in wanted.items() if all(map(own.has, fs)))]


@cache
def routine(spec, processor="this one"):
    """The routine as a Python function; for others than this processor its own module."""
    with pretending(processor):
        name = name_of(spec)
        code = compile_object(routine_module(name), name, AS_WRITTEN)
    compiled = load(code, interrupts.addresses(code.needs))
    numbers = 4 if isinstance(spec, Selection) else 2
    kinds = [ctypes.c_void_p] * 3 + [ctypes.c_int64] * numbers
    function = ctypes.CFUNCTYPE(None, *kinds)(compiled.address(name))
    function.code = compiled
    return function


def guarded(shape, dtype):
    """An array, and all of it with bytes behind that must not change."""
    size = int(np.prod(shape))
    whole = np.full(size * np.dtype(dtype).itemsize + 256, 0xA5, "uint8")
    return whole[:-256].view(dtype).reshape(shape), whole[-256:]


def run(spec, x, wanted=None, processor="this one"):
    """The rows of x sorted, their order or their selection. Nothing is written elsewhere."""
    f, rows, count = routine(spec, processor), *x.shape
    dtype = x.dtype if isinstance(spec, Values) else "int64"
    numbers = [rows, count]
    scratch_shape = (count,)
    scratch_dtype = dtype
    if isinstance(spec, Selection):
        room = wanted + max(wanted, 40) + 3 * 16
        numbers += [wanted, room]
        scratch_shape, scratch_dtype = (2, room), x.dtype
    out, behind = guarded((rows, wanted if wanted is not None else count), dtype)
    scratch, behind_scratch = guarded(scratch_shape, scratch_dtype)
    before = x.copy()
    f(x.ctypes.data, out.ctypes.data, scratch.ctypes.data, *numbers)
    assert (behind == 0xA5).all()
    assert (behind_scratch == 0xA5).all()
    np.testing.assert_array_equal(x, before)
    return out


def assert_sorts(x, divisions=2, processor="this one"):
    """All routines do with x what NumPy does; of -0 and 0 there are as many as before."""
    dtype = str(x.dtype)
    values = run(Values(dtype, divisions), x, processor=processor)
    np.testing.assert_array_equal(values, np.sort(x))
    if x.dtype.kind == "f":
        zeros = [np.signbit(v[v == 0]).sum() for v in (x, values)]
        assert zeros[0] == zeros[1]
    order = np.argsort(x, axis=-1, kind="stable")
    np.testing.assert_array_equal(run(Order(dtype, divisions), x, processor=processor), order)
    count = x.shape[1]
    for wanted in {n for n in (1, count // 3, count - 1, count) if 0 < n <= count}:
        for largest, part in ((True, order[:, count - wanted :]), (False, order[:, :wanted])):
            found = run(Selection(dtype, largest, divisions), x, wanted, processor)
            np.testing.assert_array_equal(found, np.sort(part))


def numbers(dtype, shape, rng):
    """Numbers of all sizes; of floats all that are special, too."""
    bits = rng.integers(0, 2**64, shape, dtype="uint64")
    kind = np.dtype(dtype)
    x = bits.astype(f"uint{8 * kind.itemsize}").view(dtype)
    if kind.kind == "f":
        special = np.array([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0], dtype)
        x = np.where(rng.random(shape) < 0.3, rng.choice(special, shape), x)
    else:
        ends = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max, 1], dtype)
        x = np.where(rng.random(shape) < 0.2, rng.choice(ends, shape), x)
    return x


PATTERNS = {
    "sorted": lambda i, n, rng: i,
    "reversed": lambda i, n, rng: n - i,
    "equal": lambda i, n, rng: 0 * i + 3,
    "largest": lambda i, n, rng: 0 * i + 2**30,
    "two values": lambda i, n, rng: i % 2,
    "few values": lambda i, n, rng: rng.integers(0, 5, n),
    "organ pipe": lambda i, n, rng: np.minimum(i, n - i),
    "saw": lambda i, n, rng: i % 37,
    "strides": lambda i, n, rng: (i * 64) % 1009,
    "nearly sorted": lambda i, n, rng: np.where(rng.random(n) < 0.02, rng.integers(0, n, n), i),
    "descending behind ascending": lambda i, n, rng: np.where(i < n // 2, i, -i),
}


@pytest.mark.parametrize("processor", processors())
@pytest.mark.parametrize("dtype", DTYPES)
def test_all_lengths(dtype, processor):
    rng = np.random.default_rng(0)
    for length in LENGTHS if processor == "this one" else LENGTHS[::2]:
        assert_sorts(numbers(dtype, (2, length), rng), processor=processor)


@pytest.mark.parametrize("divisions", [0, 2])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_all_patterns(pattern, divisions):
    """Without divisions, longer rows are sorted by a heap at once."""
    rng = np.random.default_rng(1)
    for dtype in DTYPES:
        for length in (100, 1000, LONG):
            row = PATTERNS[pattern](np.arange(length), length, rng)
            with np.errstate(invalid="ignore"):
                assert_sorts(np.array([row, row[::-1]]).astype(dtype), divisions)


@given(st.data())
def test_any_numbers(data):
    dtype = data.draw(st.sampled_from(DTYPES))
    rows, length = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 700))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    x = numbers(dtype, (rows, length), rng)
    several = data.draw(st.integers(1, 700))
    if x.size:
        # So many different ones.
        x = x.flat[rng.integers(0, min(several, x.size), x.shape)]
    assert_sorts(np.ascontiguousarray(x), data.draw(st.integers(0, 2)))


@given(st.integers(0, 62), st.integers(1, 2000), st.booleans(), st.integers(0, 99))
def test_numbers_that_agree_in_their_first_bits(bits, length, several, seed):
    """Which are sorted by the rest, equal ones by their indices."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2**bits, (1, length), endpoint=True)
    x[:, : length // 2] |= 1 << 62
    if several:
        x[:, ::3] = -x[:, ::3]
    assert_sorts(x)
    assert_sorts(x.astype("uint64"))
    assert_sorts((1.0 + x * 2.0**-62).astype("float64"))


def test_numbers_are_sorted_in_place():
    x = np.random.default_rng(2).normal(size=(3, 1000))
    wanted, scratch = np.sort(x), np.empty(1000)
    at = x.ctypes.data
    routine(Values("float64"))(at, at, scratch.ctypes.data, 3, 1000)
    np.testing.assert_array_equal(x, wanted)


def test_names_say_all():
    for spec in (Values("float32"), Order("uint64", 0), Selection("int32", False, 1)):
        assert spec_of(name_of(spec)) == spec


def test_other_processors():
    """Code can be generated; with AVX-512 regions are divided by moving lanes, not in memory."""
    names = [name_of(spec) for spec in (Values("float32"), Order("float64"))]
    with pretended(PROCESSORS["AVX-512"]):
        for name, moves in zip(names, ("vpcompressd", "vpcompressq"), strict=True):
            text = assembly(routine_module(name), name, AS_WRITTEN)
            lines = [line for line in text.splitlines() if moves in line]
            assert lines
            assert not any("(%r" in line for line in lines)
    with pretended(PROCESSORS["NEON"]):
        assert not Keys(32).compresses
        for name, minimum in zip(names, (r"smin\s+v\d+\.4s", r"cmgt\s+v\d+\.2d"), strict=True):
            assert re.search(minimum, assembly(routine_module(name), name, AS_WRITTEN))
