"""Values of the vector functions that admit no error, and the code that computes them."""

import itertools
import math
import re

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from llvmlite import ir
from support.llvm_loops import TYPES, as_bits, compile_loop, loop_module, over_arrays, ulps
from symgraph.backends.llvm.codegen import jit
from symgraph.backends.llvm.vecmath import MATH

DTYPES = ("float32", "float64")
INF, NAN, PI = math.inf, math.nan, math.pi

# (argument, value), to the sign of a zero.
VALUES = {
    "exp": [(0.0, 1), (-0.0, 1), (-INF, 0), (INF, INF), (NAN, NAN), (-1e30, 0), (1e30, INF),
        (1e-30, 1)],
    "exp2": [(0.0, 1), (-0.0, 1), (-INF, 0), (INF, INF), (NAN, NAN), (-1e30, 0), (1e30, INF),
        (10.0, 1024)],
    "expm1": [(0.0, 0.0), (-0.0, -0.0), (-INF, -1), (INF, INF), (NAN, NAN), (-1e30, -1),
        (1e-30, 1e-30)],
    "log": [(1.0, 0.0), (0.0, -INF), (-0.0, -INF), (INF, INF), (-INF, NAN), (NAN, NAN),
        (-1.0, NAN), (-1e-40, NAN)],
    "log2": [(1.0, 0.0), (0.0, -INF), (-0.0, -INF), (INF, INF), (-INF, NAN), (NAN, NAN),
        (-1.0, NAN), (8.0, 3)],
    "log10": [(1.0, 0.0), (0.0, -INF), (-0.0, -INF), (INF, INF), (-INF, NAN), (NAN, NAN),
        (1000.0, 3)],
    "log1p": [(0.0, 0.0), (-0.0, -0.0), (-1.0, -INF), (-2.0, NAN), (INF, INF), (-INF, NAN),
        (NAN, NAN)],
    "sin": [(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "cos": [(0.0, 1), (-0.0, 1), (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "tan": [(0.0, 0.0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "arcsin": [(0.0, 0.0), (-0.0, -0.0), (1.0, PI / 2), (-1.0, -PI / 2), (1.5, NAN), (INF, NAN),
        (NAN, NAN)],
    "arccos": [(1.0, 0.0), (0.0, PI / 2), (-1.0, PI), (-0.0, PI / 2), (-1.5, NAN), (-INF, NAN),
        (NAN, NAN)],
    "arctan": [(0.0, 0.0), (-0.0, -0.0), (INF, PI / 2), (-INF, -PI / 2), (1.0, PI / 4), (NAN, NAN)],
    "sinh": [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (NAN, NAN), (1e30, INF),
        (-1e30, -INF)],
    "cosh": [(0.0, 1), (-0.0, 1), (INF, INF), (-INF, INF), (NAN, NAN), (-1e30, INF)],
    "tanh": [(0.0, 0.0), (-0.0, -0.0), (INF, 1), (-INF, -1), (NAN, NAN), (1e30, 1), (-1e30, -1),
        (1e-30, 1e-30)],
    "arcsinh": [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (NAN, NAN), (1e-30, 1e-30)],
    "arccosh": [(1.0, 0.0), (0.5, NAN), (-1.0, NAN), (INF, INF), (-INF, NAN), (NAN, NAN)],
    "arctanh": [(0.0, 0.0), (-0.0, -0.0), (1.0, INF), (-1.0, -INF), (2.0, NAN), (-INF, NAN),
        (NAN, NAN)],
    "erf": [(0.0, 0.0), (-0.0, -0.0), (INF, 1), (-INF, -1), (NAN, NAN), (30.0, 1), (-30.0, -1)],
    "erfc": [(0.0, 1), (-0.0, 1), (INF, 0), (-INF, 2), (NAN, NAN), (30.0, 0), (-30.0, 2),
        (1e30, 0)],
    "erfcx": [(0.0, 1), (-0.0, 1), (INF, 0.0), (-INF, INF), (NAN, NAN), (-1e30, INF),
        (1e30, 1e-30 / math.sqrt(PI))],
    "erfcinv": [(1.0, 0.0), (0.0, INF), (-0.0, INF), (2.0, -INF), (3.0, NAN), (-1.0, NAN),
        (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "i0": [(0.0, 1), (-0.0, 1), (INF, INF), (-INF, INF), (NAN, NAN), (1e30, INF)],
    "i1": [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (NAN, NAN), (-1e30, -INF)],
    "j0": [(0.0, 1), (-0.0, 1), (INF, 0.0), (-INF, 0.0), (NAN, NAN)],
    "j1": [(0.0, 0.0), (-0.0, -0.0), (INF, 0.0), (-INF, -0.0), (NAN, NAN), (1e-30, 5e-31)],
    "sigmoid": [(0.0, 0.5), (-0.0, 0.5), (INF, 1), (-INF, 0), (NAN, NAN), (1e30, 1), (-1e30, 0)],
    "softplus": [(INF, INF), (-INF, 0), (NAN, NAN), (1e30, 1e30), (-1e30, 0), (0.0, math.log(2))],
    "erfinv": [(0.0, 0.0), (-0.0, -0.0), (1.0, INF), (-1.0, -INF), (1.5, NAN), (-INF, NAN),
        (NAN, NAN), (1e-30, 1e-30 * math.sqrt(PI) / 2)],
    "gamma": [(1.0, 1), (2.0, 1), (5.0, 24), (0.0, INF), (-0.0, -INF), (-1.0, NAN), (-7.0, NAN),
        (INF, INF), (-INF, NAN), (NAN, NAN), (180.0, INF), (1e30, INF), (-200.5, -0.0)],
    "gammaln": [(1.0, 0.0), (2.0, 0.0), (0.0, INF), (-0.0, INF), (-1.0, INF), (-7.0, INF),
        (INF, INF), (-INF, INF), (NAN, NAN)],
    "psi": [(0.0, -INF), (-0.0, INF), (-1.0, NAN), (-8.0, NAN), (INF, INF), (NAN, NAN)],
    "tri_gamma": [(0.0, INF), (-0.0, INF), (-3.0, INF), (INF, 0.0), (-INF, NAN), (NAN, NAN),
        (1.0, PI**2 / 6), (1e30, 1e-30)],
    "sqrt": [(0.0, 0.0), (-0.0, -0.0), (-1.0, NAN), (INF, INF), (NAN, NAN), (9.0, 3)],
    "abs": [(-0.0, 0.0), (-INF, INF), (NAN, NAN), (-2.5, 2.5)],
    "floor": [(-0.5, -1), (2.5, 2), (-0.0, -0.0), (INF, INF), (NAN, NAN)],
    "ceil": [(-0.5, -0.0), (2.5, 3), (-0.0, -0.0), (INF, INF), (NAN, NAN)],
    "trunc": [(-0.5, -0.0), (2.5, 2), (-2.5, -2), (INF, INF), (NAN, NAN)],
    "round": [(0.5, 0.0), (1.5, 2), (2.5, 2), (-0.5, -0.0), (-2.5, -2), (3.2, 3), (INF, INF),
        (NAN, NAN)],
    "round_half_away": [(0.5, 1), (1.5, 2), (2.5, 3), (-0.5, -1), (-2.5, -3), (3.2, 3), (INF, INF),
        (NAN, NAN)],
    "sgn": [(-3.0, -1), (0.0, 0.0), (2e-30, 1), (INF, 1), (-INF, -1), (NAN, NAN)],
}  # fmt: skip
EDGES = (0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 1e30, -1e30, INF, -INF, NAN)
# Functions of two arguments are held against these at all pairs of `EDGES`.
PAIRED = {
    "arctan2": np.arctan2, "copysign": np.copysign, "hypot": np.hypot, "logaddexp": np.logaddexp,
    "maximum": np.maximum, "minimum": np.minimum, "pow": np.power, "xlogy": scipy.special.xlogy,
}  # fmt: skip
# Defined where random numbers lie only, and looked at there.
FOR_DRAWS = {"normal_quantile"}
ZEROS_HAVE_NO_SIGN = ("log", "log2", "log10", "arccosh", "gammaln", "softplus", "sgn", "maximum",
                      "minimum", "xlogy", "logaddexp", "erfcinv")  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", VALUES)
def test_special_values(name, dtype):
    x, expected = (np.array(column, dtype) for column in zip(*VALUES[name], strict=True))
    assert_same(name, over_arrays(name, dtype)(x), expected, x)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PAIRED)
def test_special_pairs(name, dtype):
    x, y = (np.array(part, dtype) for part in zip(*itertools.product(EDGES, EDGES), strict=True))
    with np.errstate(all="ignore"):
        expected = PAIRED[name](x, y)
    assert_same(name, over_arrays(name, dtype)(x, y), expected, x, y)


def assert_same(name, result, expected, *arguments):
    """Equal to a few ulps; infinities, nans, and the signs of zeros exactly."""
    close = ulps(result, expected) <= 4
    edge = ~np.isfinite(expected) | (expected == 0)
    if name in ZEROS_HAVE_NO_SIGN:
        result, expected = result + 0.0, expected + 0.0
    close &= ~edge | (as_bits(result) == as_bits(expected))
    wrong = np.flatnonzero(~close)
    assert not wrong.size, [
        (name, *(float(x[i]) for x in arguments), float(result[i]), float(expected[i]))
        for i in wrong
    ]


def test_every_function_has_its_special_values():
    assert VALUES.keys() | PAIRED.keys() | FOR_DRAWS == MATH.keys()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["maximum", "minimum", "copysign", "abs", "floor", "ceil",
                                  "trunc", "round", "sqrt"])  # fmt: skip
def test_exact_functions_equal_numpy_at_any_bit_pattern(name, dtype):
    word = np.uint32 if dtype == "float32" else np.uint64
    numbers = st.lists(st.integers(0, int(np.iinfo(word).max)), min_size=19, max_size=19)
    arity = MATH[name].arity
    reference = np.rint if name == "round" else getattr(np, name)

    @settings(max_examples=25, deadline=None)
    @given(st.tuples(*[numbers] * arity))
    def check(lists):
        arrays = [np.array(values, word).view(dtype) for values in lists]
        with np.errstate(all="ignore"):
            expected = reference(*arrays)
        assert np.array_equal(as_bits(over_arrays(name, dtype)(*arrays)), as_bits(expected))

    check()


def test_exp_underflows_gradually():
    x = np.linspace(-104, -87, 20001).astype(np.float32)
    result = over_arrays("exp", "float32")(x)
    assert np.all(ulps(result, np.exp(x.astype(np.float64))) <= 1)
    assert np.count_nonzero((result > 0) & (result < np.finfo(np.float32).tiny)) > 10000


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_huge_arguments_are_served_lane_by_lane(name, dtype):
    """Any mixture of ordinary and huge arguments, in any lane and in the remainder."""
    rng = np.random.default_rng(0)
    top = np.log10(float(np.finfo(dtype).max))
    huge = (10 ** rng.uniform(4, top, 517)).astype(dtype)
    x = np.where(rng.random(517) < 0.2, huge, rng.uniform(-9, 9, 517)).astype(dtype)
    expected = getattr(np, name)(x.astype(np.longdouble if dtype == "float64" else np.float64))
    bound = 2.5 if name == "tan" else 1.0
    assert np.all(ulps(over_arrays(name, dtype)(x), expected) <= bound)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MATH)
def test_a_value_does_not_depend_on_its_lane(name, dtype):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(0, 3, 70).astype(dtype) for _ in range(MATH[name].arity)]
    run = over_arrays(name, dtype)
    together = run(*arrays)
    for size in (0, 1, 3, 8, 15, 33):
        alone = run(*(x[70 - size :] for x in arrays))
        assert np.array_equal(as_bits(alone), as_bits(together[70 - size :]))


def vector_registers():
    """A pattern of the widest vector arithmetic that this processor's loops should contain."""
    host = jit.host()
    if host.triple.startswith(("aarch64", "arm64")):
        return r"\.(4s|2d)\b|\bz\d+\.[sd]\b"
    if not host.has("fma"):
        pytest.skip("without fused multiply-add there are no vectors to expect")
    wide = host.has("avx512f") and "-prefer-256-bit" in host.features
    return r"%zmm\d+" if wide else r"%ymm\d+"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MATH)
def test_the_loop_is_vectorised(name, dtype):
    text = jit.assembly(loop_module(name, dtype))
    loop = text[text.index("\nloop:") : text.index(".size\tloop,")]
    assert re.search(vector_registers(), loop)


PLAINER = [("haswell", ("avx2", "fma"), r"%ymm\d+"), ("x86-64", ("sse2",), r"%xmm\d+")]


@pytest.mark.parametrize("name", MATH)
@pytest.mark.parametrize(("cpu", "features", "registers"), PLAINER)
def test_every_processor_computes_the_same_bits(monkeypatch, name, cpu, features, registers):
    """Also one that has only narrower vectors, or no fused multiply-add."""
    host = jit.host()
    if not all(host.has(feature) for feature in features):
        pytest.skip(f"this processor cannot run the code of {cpu}")
    rng = np.random.default_rng(0)
    arrays = [rng.normal(0, 3, 53) for _ in range(MATH[name].arity)]
    expected = [over_arrays(name, dtype)(*arrays) for dtype in DTYPES]
    monkeypatch.setattr(jit, "host", lambda: jit.Host(host.triple, cpu, ""))
    for dtype, values in zip(DTYPES, expected, strict=True):
        assert np.array_equal(as_bits(compile_loop(name, dtype)(*arrays)), as_bits(values))
        assert re.search(registers, jit.assembly(loop_module(name, dtype)))


@pytest.mark.parametrize("name", ["exp", "sin"])
def test_a_function_is_emitted_once_for_a_module(name):
    once, thrice = (str(loop_module(name, "float32", times)) for times in (1, 3))
    assert thrice.count("define") == once.count("define")
    assert thrice.count(f'call float @"symgraph.{name}.f32"') == 3


def test_wrong_arguments_are_refused():
    module = ir.Module()
    kind = ir.FunctionType(ir.VoidType(), [TYPES["float32"], TYPES["float64"], ir.IntType(32)])
    function = ir.Function(module, kind, "f")
    b = ir.IRBuilder(function.append_basic_block())
    single, double, integer = function.args
    message = r"pow takes 2 value\(s\), all float or all double; got \(float, double\)"
    with pytest.raises(TypeError, match=message):
        MATH["pow"](b, single, double)
    with pytest.raises(TypeError, match=r"exp takes 1 value\(s\).*got \(i32\)"):
        MATH["exp"](b, integer)
    with pytest.raises(TypeError, match=r"exp takes 1 value\(s\).*got \(\)"):
        MATH["exp"](b)
