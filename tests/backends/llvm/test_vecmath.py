"""Errors of the vector functions against wider arithmetic, in units in the last place."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import bessel_references, error_references, gamma_references
from support.llvm_loops import over_arrays, ulps

# The largest error in ulps that each function may have, in single and in double precision.
BOUNDS = {
    "arccos": (1.25, 1.25), "arccosh": (2.25, 2.25), "arcsin": (2.5, 2.5),
    "arcsinh": (2.0, 2.0), "arctan": (2.0, 2.0), "arctan2": (2.25, 2.25),
    "arctanh": (2.25, 2.25), "cos": (1.0, 1.0), "cosh": (1.75, 1.75), "erf": (1.5, 1.5),
    "erfc": (4.0, 4.0), "erfcinv": (4.0, 4.0), "erfcx": (5.0, 5.0), "erfinv": (3.5, 3.5),
    "exp": (1.1, 1.1), "exp2": (1.0, 1.0),
    "expm1": (1.5, 1.5), "gamma": (3.25, 3.25), "gammaln": (4.0, 4.0), "hypot": (1.25, 1.25),
    "i0": (5.0, 5.0), "i1": (5.0, 5.0),
    "log": (1.0, 1.0), "log10": (1.25, 1.25), "log1p": (1.1, 1.1), "log2": (1.25, 1.25),
    "pow": (1.25, 1.25), "psi": (4.0, 4.0), "sigmoid": (1.6, 1.6), "sin": (1.0, 1.0),
    "sinh": (1.75, 1.75), "softplus": (1.75, 1.75), "sqrt": (0.5, 0.5), "tan": (2.5, 2.5),
    "tanh": (1.6, 1.6), "tri_gamma": (3.0, 3.0), "xlogy": (2.0, 2.0),
}  # fmt: skip
DTYPES = ("float32", "float64")
# References that exist in double precision only may themselves be off by an ulp; so are all of
# them where long double is nothing but double.
DOUBLE_ONLY = ("erf", "erfc")
WIDE_IS_WIDER = np.finfo(np.longdouble).nmant > 60


def _sigmoid(x):
    t = np.exp(-abs(x))
    return np.where(x < 0, t, 1) / (1 + t)


def _softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-abs(x)))


REFERENCES = {
    **{name: getattr(np, name) for name in BOUNDS if hasattr(np, name)},
    "erf": np.vectorize(math.erf, otypes=[np.float64]),
    "erfc": np.vectorize(math.erfc, otypes=[np.float64]),
    "erfcinv": error_references.erfcinv,
    "erfcx": error_references.erfcx,
    "erfinv": error_references.erfinv,
    "gamma": gamma_references.gamma,
    "gammaln": gamma_references.gammaln,
    "i0": lambda x: bessel_references.growing(0, x),
    "i1": lambda x: bessel_references.growing(1, x),
    "psi": gamma_references.psi,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "tri_gamma": gamma_references.tri_gamma,
    "xlogy": lambda x, y: np.where(x == 0, 0 * y, x * np.log(y)),
}
# Where the references hold: at negative arguments gammaln and psi cancel next to their zeros, and
# around the positive zero of psi long doubles are too short. Both are tested on their own.
DOMAINS = {
    "erfcinv": lambda x: (x > 1e-300) & (x < 2),
    "erfinv": lambda x: abs(x) < 1,
    "gamma": lambda x: x > 0,
    "gammaln": lambda x: x > 0,
    "tri_gamma": lambda x: x > 0,
    "psi": lambda x: (x > 0) & (abs(x - 1.4616321449683622) > 0.01),
}


def exact(name, *arguments):
    """The function in wider arithmetic than that of the arguments."""
    with np.errstate(all="ignore"):
        return REFERENCES[name](*(x.astype(np.longdouble) for x in arguments))


def bound_of(name, dtype):
    if dtype == np.float32:
        return BOUNDS[name][0]
    return BOUNDS[name][1] + (name in DOUBLE_ONLY or not WIDE_IS_WIDER)


def assert_accurate(name, *arguments):
    """Every value is within the function's bound of the exact one."""
    inside = np.ones(arguments[0].shape, bool)
    if name in DOMAINS:
        inside = np.logical_and.reduce([DOMAINS[name](x) for x in arguments])
    arguments = [x[inside] for x in arguments]
    if not arguments[0].size:
        return
    result = over_arrays(name, arguments[0].dtype.name)(*arguments)
    expected = exact(name, *arguments)
    error = ulps(result, expected)
    worst = int(np.argmax(error))
    assert error[worst] <= bound_of(name, result.dtype), (
        f"{name} of {[x[worst] for x in arguments]} is {expected[worst]}, "
        f"not {result[worst]}: {error[worst]:.2f} ulps"
    )


def intervals(dtype, seed, count=4000):
    """Arrays over the ranges in which the functions take different paths."""
    rng = np.random.default_rng(seed)
    digits = 8 if dtype == "float32" else 16
    for low, high in ((-1, 1), (-0.1, 0.1), (0.3, 3.2), (-20, 20), (-110, 110), (-760, 760)):
        yield rng.uniform(low, high, count).astype(dtype)
    top = np.log10(float(np.finfo(dtype).max))
    yield (10.0 ** rng.uniform(-top, top, count) * rng.choice([-1, 1], count)).astype(dtype)
    yield (1 + rng.choice([-1, 1], count) * 10.0 ** rng.uniform(-digits, 0, count)).astype(dtype)
    yield (2 + rng.choice([-1, 1], count) * 10.0 ** rng.uniform(-digits, 0, count)).astype(dtype)
    yield np.arange(-2000, 2001).astype(dtype) * np.finfo(dtype).smallest_subnormal
    # As close to multiples of pi/2 as arguments come.
    yield (np.arange(1, count) * (np.pi / 2)).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BOUNDS)
def test_errors_stay_within_bounds(name, dtype):
    arity = 2 if name in ("arctan2", "hypot", "pow", "xlogy") else 1
    for arrays in zip(*(intervals(dtype, seed) for seed in range(arity)), strict=True):
        assert_accurate(name, *arrays)


def test_every_reference_is_there():
    assert REFERENCES.keys() == BOUNDS.keys()


def patterns(dtype):
    """Arrays of any 19 bit patterns (so that vector and remainder lanes both run)."""
    word = np.uint32 if dtype == "float32" else np.uint64
    top = int(np.iinfo(word).max)
    lists = st.lists(st.integers(0, top), min_size=19, max_size=19)
    return lists.map(lambda numbers: np.array(numbers, word).view(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(BOUNDS.keys() - {"arctan2", "hypot", "pow", "xlogy"}))
def test_any_bit_pattern(name, dtype):
    @settings(max_examples=25, deadline=None)
    @given(patterns(dtype))
    def check(x):
        assert_accurate(name, x)

    check()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["arctan2", "hypot", "pow"])
def test_any_two_bit_patterns(name, dtype):
    @settings(max_examples=40, deadline=None)
    @given(patterns(dtype), patterns(dtype))
    def check(x, y):
        assert_accurate(name, x, y)

    check()


@pytest.mark.parametrize("dtype", DTYPES)
def test_powers_of_ten_have_exact_logarithms(dtype):
    exponents = np.arange(11 if dtype == "float32" else 23)
    assert np.array_equal(over_arrays("log10", dtype)(10.0**exponents), exponents)


@pytest.mark.parametrize("dtype", DTYPES)
def test_powers_of_two_have_exact_logarithms(dtype):
    info = np.finfo(dtype)
    exponents = np.arange(info.minexp - info.nmant, info.maxexp)
    powers = np.ldexp(np.ones(exponents.size, dtype), exponents)
    assert np.array_equal(over_arrays("log2", dtype)(powers), exponents)
    assert np.array_equal(over_arrays("exp2", dtype)(exponents), powers)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["gammaln", "psi"])
def test_negative_arguments_err_by_little_of_the_terms(name, dtype):
    """Reflection subtracts: the error is small beside the terms, not beside their difference."""
    x = np.random.default_rng(0).uniform(-30, -1e-3, 4000).astype(dtype)
    result = over_arrays(name, dtype)(x)
    expected = exact(name, x)
    if name == "gammaln":
        size = 1 + abs(expected)
    else:
        wide = -x.astype(np.longdouble)
        size = abs(np.pi / np.tan(np.pi * wide)) + abs(gamma_references.psi(wide)) + 1 / wide
    assert np.all(abs(result - expected) <= 4 * np.finfo(dtype).eps * size)


# By 50-digit arithmetic; the arguments are the neighbours of the zero, and some farther off.
AROUND_THE_ZERO_OF_PSI = {
    "float32": [
        (1.4616321325302124, -1.2036052549106669488e-8),
        (1.461632251739502, 1.0331946336967870787e-7),
        (1.4615999460220337, -3.1158485748042000908e-5),
        (1.4620000123977661, 3.5591519673796709437e-4),
    ],
    "float64": [
        (1.4616321449683622, -9.2412655217294275168e-17),
        (1.4616321449683625, 1.2245374622004069031e-16),
        (1.4616321, -4.3514636958769773704e-8),
        (1.4616322, 5.3252586982060446761e-8),
        (1.4615, -1.2788075051636058391e-4),
        (1.461, -6.1188613768651121694e-4),
        (1.4633, 1.6127065694009727131e-3),
    ],
}


@pytest.mark.parametrize("dtype", DTYPES)
def test_psi_keeps_its_digits_around_its_zero(dtype):
    x, expected = (np.array(column) for column in zip(*AROUND_THE_ZERO_OF_PSI[dtype], strict=True))
    assert np.all(ulps(over_arrays("psi", dtype)(x), expected) <= bound_of("psi", np.dtype(dtype)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", [0, 1])
def test_bessel_functions_err_by_little_of_their_amplitude(order, dtype):
    """Near their zeros the absolute error is small, and near 0 the relative one."""
    rng = np.random.default_rng(0)
    farthest = bessel_references.FARTHEST
    for x in (
        rng.uniform(-9, 9, 2000),
        rng.uniform(-farthest, farthest, 2000),
        10.0 ** -np.arange(30),
    ):
        x = x.astype(dtype)
        result = over_arrays(f"j{order}", dtype)(x)
        expected = bessel_references.oscillating(order, x)
        size = np.minimum(1, np.sqrt(2 / (np.pi * abs(x.astype("float64")))))
        size = np.minimum(size, abs(x)) if order else size
        # The integral itself is summed to an absolute error.
        allowed = 8 * np.finfo(dtype).eps * size + 1e-18
        assert np.all(abs(result - expected) <= allowed)


# Of 10**3 to 10**8, by 30-digit arithmetic.
OF_POWERS_OF_TEN = {
    "j0": (
        0.024786686152420175, -0.0070961603533888015, -0.0017192011162359722,
        0.00033104301373987374, -8.6837348641917017e-5, 3.2060295340412078e-5,
    ),
    "j1": (
        0.0047283119070895239, 0.0036474507555295803, 0.0018467575628825677,
        -0.00072596835681376304, 0.00023689924031205785, 7.3063911815518549e-5,
    ),
}  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
def test_bessel_functions_of_large_arguments_keep_their_phase(dtype):
    x = 10.0 ** np.arange(3, 9).astype(dtype)
    for name, expected in OF_POWERS_OF_TEN.items():
        error = over_arrays(name, dtype)(x) - expected
        assert np.all(abs(error) <= 8 * np.finfo(dtype).eps * np.sqrt(2 / (np.pi * x)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_logaddexp_errs_by_little_of_its_terms(dtype):
    """Near its zeros the terms cancel, in NumPy's formula as well."""
    rng = np.random.default_rng(0)
    x, y = (rng.uniform(-50, 50, 4000).astype(dtype) for _ in range(2))
    result = over_arrays("logaddexp", dtype)(x, y)
    expected = np.logaddexp(x.astype(np.longdouble), y.astype(np.longdouble))
    size = np.maximum(abs(np.maximum(x, y)), 1)
    assert np.all(abs(result - expected) <= 2 * np.finfo(dtype).eps * size)
