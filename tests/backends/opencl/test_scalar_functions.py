"""Scalar functions in OpenCL C are those of LLVM, to the last bit."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from support.llvm_loops import ulps
from support.scalar_kernels import by_llvm, by_opencl, source
from support.scalar_signatures import PARTS, Signature, hostile, signatures
from symgraph.backends.llvm.emission.function_table import ITERATED
from symgraph.backends.llvm.vecmath import trigonometric
from symgraph.backends.opencl.c_code import scalar_functions
from symgraph.backends.opencl.c_code.scalar_functions import ScalarFunctions
from symgraph.backends.opencl.devices import find_device
from symgraph.backends.opencl.errors import DeviceError

from symgraph.graph import DTYPES

SIZE = 2048
# Functions in one program.
MOST = 40
# Portable code reduces huge angles and reflects at 0 by itself, where LLVM's calls the C library.
# Errors against that, in units in the last place of the numbers and of 1: the absolute error counts
# next to zeros of these functions.
HUGE_ANGLES = {"sin": 1, "cos": 1, "tan": 2, "j0": 1, "j1": 1}
REFLECTED = {"gamma": 8, "gammaln": 16, "psi": 12, "tri_gamma": 8}
# These use the gamma function.
OF_GAMMA = {"iv": 32, "jv": 32, "polygamma": 32}
BOUNDS = HUGE_ANGLES | REFLECTED | OF_GAMMA


@pytest.fixture(scope="module")
def device():
    """A device of this machine that works."""
    try:
        return find_device("opencl")
    except DeviceError as error:
        pytest.skip(str(error))


def bits(array: np.ndarray) -> np.ndarray:
    """The patterns, all nans alike."""
    if array.dtype.kind == "c":
        array = array.view(PARTS[array.dtype.name])
    if array.dtype.kind != "f":
        return array
    plain = np.where(np.isnan(array), np.array(np.nan, array.dtype), array)
    return plain.view(f"uint{array.dtype.itemsize * 8}")


def operands(seed: int, size: int = SIZE) -> dict[str, list[np.ndarray]]:
    generator = np.random.default_rng(seed)
    return {dtype: [hostile(dtype, size, generator) for _ in range(5)] for dtype in DTYPES}


def close(got: np.ndarray, expected: np.ndarray, bound: float) -> np.ndarray:
    """Where results are within a bound in ulps of numbers from 1 on, and of 1 for smaller ones, or
    of numbers where that is less; or both below the normal range."""
    info = np.finfo(expected.dtype)
    with np.errstate(all="ignore"):
        absolute = abs(got.astype("longdouble") - expected) <= bound * info.eps
        tiny = (abs(got) < info.tiny) & (abs(expected) < info.tiny)
    return absolute | tiny | (ulps(got, expected) <= bound)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_function_is_that_of_llvm(device, dtype):
    """On numbers at which functions go wrong: nan, infinities, zeros of both signs, numbers below
    the normal range, the ends of each dtype, and random bits."""
    # The simulator takes minutes for a few million iterations.
    simulated = device.facts.name.startswith("Oclgrind")
    size = 64 if simulated else SIZE
    arrays = operands(DTYPES.index(dtype), size)
    every = [s for s in signatures(dtype) if not simulated or s.fn not in ITERATED]
    for start in range(0, len(every), MOST):
        group = every[start : start + MOST]
        results = by_opencl(device, group, arrays), by_llvm(group, arrays)
        for s, got, expected in zip(group, *results, strict=True):
            same = bits(got) == bits(expected)
            if s.fn in BOUNDS:
                same |= close(got, expected, BOUNDS[s.fn])
            (wrong,) = np.nonzero(same.reshape(size, -1).all(1) == 0)
            at = [arrays[d][n][wrong[:5]] for n, d in enumerate(s.args)]
            assert not wrong.size, f"{s} at {at}: {got[wrong[:5]]}, not {expected[wrong[:5]]}"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_only_huge_angles_and_negative_numbers_differ(device, dtype):
    """What has a bound instead of equality is equal elsewhere."""
    simulated = device.facts.name.startswith("Oclgrind")
    arrays = operands(1, 64 if simulated else SIZE)
    reach = 2.0**16 if dtype == "float32" else 2.0**44
    for names, chosen in (
        (HUGE_ANGLES, lambda x: np.where(abs(x) <= reach, x, 0)),
        (REFLECTED | OF_GAMMA, lambda x: np.where(abs(x) <= reach, abs(x), 1)),
    ):
        own = {dtype: [chosen(x).astype(dtype) for x in arrays[dtype]]}
        names = names.keys() - (ITERATED if simulated else ())
        group = [s for s in signatures(dtype) if s.fn in names]
        for s, got, expected in zip(
            group, by_opencl(device, group, own), by_llvm(group, own), strict=True
        ):
            np.testing.assert_array_equal(bits(got), bits(expected), str(s))


def test_every_half_is_read_and_written(device):
    numbers = np.arange(2**16).astype("uint16").view("float16")
    wide = numbers.astype("float32")
    group = [
        Signature("identity", "float16", ("float16",)),
        Signature("cast{float32}", "float32", ("float16",)),
        Signature("cast{float16}", "float16", ("float32",)),
    ]
    same, read, written = by_opencl(device, group, {"float16": [numbers], "float32": [wide]})
    np.testing.assert_array_equal(bits(same), bits(numbers))
    np.testing.assert_array_equal(bits(read), bits(wide))
    np.testing.assert_array_equal(bits(written), bits(numbers))


def test_floats_become_the_nearest_halves(device):
    """Around each point half-way between two."""
    halves = np.arange(0x7C01).astype("uint16").view("float16").astype("float32")
    halves[-1] = 65536
    middle = (halves[1:] + halves[:-1]) / 2
    near = [middle, np.nextafter(middle, np.float32(np.inf)), np.nextafter(middle, np.float32(0))]
    numbers = np.concatenate([*near, *(-x for x in near)])
    group = [Signature("cast{float16}", "float16", ("float32",))]
    (got,) = by_opencl(device, group, {"float32": [numbers]})
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(bits(got), bits(numbers.astype("float16")))


def test_operands_are_computed_once():
    """They are expressions that may be long."""
    for dtype in DTYPES:
        for s in signatures(dtype):
            places = [f"x{n} + y{n}" for n in range(len(s.args))]
            text = ScalarFunctions().call(s.fn, s.out, s.args, places)
            for place in places:
                assert text.count(place) <= 1, (str(s), text)


def test_functions_are_declared_once_and_behind_what_they_call():
    functions = ScalarFunctions()
    for s in signatures("float64"):
        functions.call(s.fn, s.out, s.args, ["x"] * len(s.args))
    text = functions.declarations()
    names = re.findall(r"^static \w+ (\w+)\(", text, re.MULTILINE)
    assert len(set(names)) == len(names)
    for called in set(re.findall(r"\bsg_\w+", text)):
        declared = re.search(rf"^static \w+ ({called})\(", text, re.MULTILINE)
        assert declared is not None, called
        assert declared.start(1) == re.search(rf"\b{called}\(", text).start()


def test_what_needs_float64_is_known():
    for fn, dtype, needs in (
        ("exp", "float32", False),
        ("exp", "float64", True),
        ("jv", "float32", True),
        ("cast{float16}", "int64", False),
        ("gammaln", "float32", False),
        ("sin", "float16", False),
    ):
        (s,) = (s for s in signatures(dtype) if s.fn == fn)
        functions = ScalarFunctions()
        functions.call(s.fn, s.out, s.args, ["x"] * len(s.args))
        assert functions.uses_float64 is needs
        assert ("double" in functions.declarations() + source([s])) == needs


def test_a_function_without_code_is_refused():
    with pytest.raises(ValueError, match="no code for exp of int64"):
        ScalarFunctions().call("exp", "int64", ["int64"], ["x"])


def texts_of(names: list[str]) -> str:
    functions = ScalarFunctions()
    for s in signatures("float32"):
        if s.fn in names:
            functions.call(s.fn, s.out, s.args, ["x"] * len(s.args))
    return functions.declarations()


@pytest.fixture
def nothing_translated(monkeypatch):
    """The state of a new process."""
    monkeypatch.setattr(scalar_functions, "_SOURCE", scalar_functions._Source())
    scalar_functions._rule.cache_clear()


def test_threads_may_translate_at_one_time(nothing_translated):
    names = ["exp", "sin", "mod", "gamma", "floor_div", "maximum", "clip", "j0"]
    start = threading.Barrier(4)

    def work(_: int) -> str:
        start.wait()
        return texts_of(names)

    with ThreadPoolExecutor(4) as pool:
        texts = set(pool.map(work, range(4)))
    assert texts == {texts_of(names)}


def test_translation_that_was_interrupted_begins_anew(nothing_translated, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(trigonometric, "_sin_cos", interrupted)
        with pytest.raises(KeyboardInterrupt):
            texts_of(["sin"])
    assert "sg_sin_f32" in texts_of(["sin"])
