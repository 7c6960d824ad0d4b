"""The table of scalar functions: dtypes, values, what is refused, and the back ends' agreement."""

import math
from itertools import product

import numpy as np
import pytest
from support import agreement, rounding
from support.back_ends import TESTED
from support.op_checks import everywhere, run, same
from support.random_numbers import RANDOM_SCALARS
from support.scalar_cases import CASES, apply, arity, expected_dtype

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import DTYPES, TensorType, config
from symgraph.ops.scalar import SCALARS, scalar_named

inf, nan = math.inf, math.nan
NAMES = sorted(CASES)
FLOATS = ("float16", "float32", "float64")
# Shifts by a negative number or by more bits than there are have no meaning in C, but in NumPy.
INTEGERS = (0, 1, 2, 3, 5, 7, 8, 31, 63, 64, 100)


def taken(name, dtypes):
    """Whether the function computes in the common dtype of these."""
    common = np.result_type(*(dtypes[1:] if name == "switch" else dtypes))
    return common.kind in CASES[name].takes


def operands(dtypes, ndim=1):
    return [TensorType(d, (None,) * ndim)(f"x{i}") for i, d in enumerate(dtypes)]


def test_every_function_has_a_case():
    named = {name for name in SCALARS if not name.startswith("cast{")}
    assert set(CASES) == named - RANDOM_SCALARS - {"multiply_add", "order_key"}
    assert all(SCALARS[name].arity == arity(name) for name in CASES)


@pytest.mark.parametrize("name", NAMES)
def test_dtypes(name):
    """Of all dtypes together the result has NumPy's dtype, or the pair is refused."""
    # Of three operands the middle one may be any; with two dtypes all cases are met.
    for pair in product(DTYPES, repeat=min(arity(name), 2)):
        dtypes = pair if arity(name) < 3 else (pair[0], *pair)
        if taken(name, dtypes):
            assert apply(name, *operands(dtypes)).type.dtype == expected_dtype(name, dtypes)
        else:
            with pytest.raises(TypeError, match=rf"{name} of {dtypes[0]}.*: x0 \("):
                apply(name, *operands(dtypes))


def sample(dtype, position, name):
    """Numbers at which the function is defined, as far as the dtype has them."""
    points = CASES[name].points
    if np.dtype(dtype).kind in "fc":
        row = points[position] if points else (0.3, 1.7, 2.5, 1.0)
        return np.array(row).astype(dtype)
    return np.arange(1, 6).astype(dtype)


# Functions whose case takes no complex numbers, though the function does.
REAL_CASES = {"erf", "erfc", "xlogy", "switch"}


@pytest.mark.parametrize("name", NAMES)
def test_values(name):
    for dtype in DTYPES:
        dtypes = (dtype,) * arity(name)
        if not taken(name, dtypes) or (name in REAL_CASES and dtype.startswith("complex")):
            continue
        x = operands(dtypes)
        values = [sample(dtype, position, name) for position in range(arity(name))]
        got = run(apply(name, *x), dict(zip(x, values, strict=True)))
        working = SCALARS[name].operand(dtypes)
        with np.errstate(all="ignore"):
            expected = CASES[name].numpy(
                *(v.astype(d) for v, d in zip(values, working, strict=True))
            )
        assert got.dtype == expected_dtype(name, dtypes)
        if got.dtype.kind in "biu":
            np.testing.assert_array_equal(got, expected)
        else:
            expected, eps = np.asarray(expected).astype(got.dtype), np.finfo(got.dtype).eps
            # gammaln and psi cancel beside their zeros.
            np.testing.assert_allclose(got, expected, rtol=8 * eps, atol=2 * eps)


SPECIAL = {
    "sigmoid": {0: 0.5, inf: 1, -inf: 0, 1000: 1, -1000: 0, nan: nan},
    "softplus": {0: math.log(2), inf: inf, -inf: 0, 1000: 1000, -1000: 0, nan: nan},
    "relu": {-0.0: 0, -inf: 0, inf: inf, nan: nan},
    "sgn": {-inf: -1, inf: 1, -0.0: 0, nan: nan},
    "abs": {-inf: inf, -0.0: 0, nan: nan},
    "reciprocal": {0.0: inf, 4: 0.25, inf: 0, nan: nan},
    "sqrt": {-1: nan, inf: inf, 0: 0},
    "log": {0: -inf, -1: nan, inf: inf},
    "log1p": {-1: -inf, -2: nan, 1e-20: 1e-20, inf: inf},
    "expm1": {-inf: -1, 1e-20: 1e-20, inf: inf, 1000: inf},
    "exp": {-1000: 0, 1000: inf, nan: nan},
    "tanh": {-inf: -1, inf: 1, 100: 1},
    "arcsin": {1: math.pi / 2, 1.5: nan},
    "arccosh": {1: 0, 0.5: nan, inf: inf},
    "arctanh": {1: inf, -1: -inf, 2: nan},
    "erf": {inf: 1, -inf: -1, nan: nan},
    "erfc": {inf: 0, -inf: 2, 30: 0},
    "erfinv": {1: inf, -1: -inf, 0: 0, 2: nan},
    "gamma": {1: 1, 5: 24, -1: nan, inf: inf, 200: inf},
    "gammaln": {1: 0, 2: 0, 0: inf, -1: inf, inf: inf, -inf: inf, 5e-324: 744.4400719213812},
    "psi": {1: -0.57721566490153286, inf: inf, nan: nan},
    "tri_gamma": {
        1: math.pi**2 / 6,
        0: inf,
        -1: inf,
        -(2.0**51) - 0.5: math.pi**2,
        inf: 0,
        nan: nan,
    },
    "round": {0.5: 0, 1.5: 2, 2.5: 2, -0.5: 0, inf: inf, nan: nan},
    "round_half_away": {0.5: 1, 2.5: 3, -0.5: -1, 0.49999999999999994: 0, inf: inf, nan: nan},
    "trunc": {-1.7: -1, inf: inf},
    "isnan": {nan: True, inf: False, 0: False},
    "isinf": {nan: False, inf: True, -inf: True},
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_values(name):
    x = T.dvector("x")
    points = SPECIAL[name]
    got = run(apply(name, x), {x: list(points)})
    np.testing.assert_allclose(got, list(points.values()), rtol=2e-15)


SPECIAL_PAIRS = {
    "logaddexp": {(-inf, -inf): -inf, (inf, -inf): inf, (1000, 0): 1000, (-1000, -inf): -1000},
    "xlogy": {(0, 0): 0, (0, inf): 0, (0, nan): nan, (2, 0): -inf},
    "mul_zero": {(0, inf): 0, (0, nan): 0, (-0.0, inf): 0, (nan, 0): nan, (2, inf): inf},
    "maximum": {(nan, 1): nan, (1, nan): nan, (-inf, 1): 1},
    "minimum": {(nan, 1): nan, (1, nan): nan, (-inf, 1): -inf},
    "mod": {(-1, 3): 2, (1, -3): -2, (5.5, inf): 5.5, (1, 0): nan},
    "floor_div": {(-1, 3): -1, (1, -3): -1, (1, 0): inf},
    "pow": {(0, 0): 1, (nan, 0): 1, (1, nan): 1, (0, -1): inf, (-8, 1 / 3): nan},
    "hypot": {(inf, nan): inf, (3e200, 4e200): 5e200},
    "second": {(nan, 1): 1},
    "eq": {(nan, nan): False, (0, -0.0): True},
    "neq": {(nan, nan): True},
    "lt": {(nan, 1): False},
}


@pytest.mark.parametrize("name", SPECIAL_PAIRS)
def test_special_values_of_two(name):
    x, y = T.dvectors("x", "y")
    points = SPECIAL_PAIRS[name]
    a, b = zip(*points, strict=True)
    np.testing.assert_allclose(
        run(apply(name, x, y), {x: a, y: b}), list(points.values()), rtol=1e-15
    )


def test_clip_between_bounds_in_the_wrong_order_gives_the_upper_one():
    x = T.dvector("x")
    same(run(T.clip(x, 2.0, 1.0), {x: [0.0, 1.5, 3.0, nan]}), [1.0, 1.0, 1.0, nan])


def test_complex_keeps_infinite_parts_apart():
    x, y = T.dvectors("x", "y")
    got = run(T.complex(x, y), {x: [1.0, -0.0, inf], y: [inf, nan, 2.0]})
    same(got.real, [1.0, -0.0, inf])
    same(got.imag, [inf, nan, 2.0])


def test_integer_powers_with_negative_exponents_are_truncated():
    x, n = T.lvector("x"), T.lvector("n")
    got = run(x**n, {x: [2, 1, -1, -1, 5, 0], n: [-1, -7, -3, -2, 0, 3]})
    same(got, np.array([0, 1, -1, 1, 1, 0]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_back_end_computes_functions_of_one(dtype):
    x = TensorType(dtype, (None,))("x")
    outputs = [apply(n, x) for n in NAMES if arity(n) == 1 and taken(n, (dtype,))]
    everywhere(outputs, {x: specials(dtype)})


def moderate(name, *operands):
    """The function, but of an iterated one only where no operand is extreme."""
    result = apply(name, *operands)
    if name in rounding.ITERATED:
        for x in operands:
            size = abs(T.cast(x, "float64"))
            least = 1e10 * float(np.finfo("float32" if x.dtype == "float32" else "float64").tiny)
            extreme = (size > rounding.EXTREME) & (size < inf) | (size < least) & (size > 0)
            result = T.switch(extreme, T.cast(1, result.dtype), result)
    return result


@pytest.mark.parametrize("dtype", [d for d in DTYPES if not d.startswith("complex")])
def test_every_back_end_computes_functions_of_two(dtype):
    x, y = (TensorType(dtype, shape)(n) for n, shape in (("x", (None, 1)), ("y", (None,))))
    outputs = [moderate(n, x, y) for n in NAMES if arity(n) == 2 and taken(n, (dtype, dtype))]
    outputs += [T.clip(x, y, y[::-1]), T.switch(x, y, x)]
    values = specials(dtype)
    everywhere(outputs, {x: values[:, None], y: values})


@pytest.mark.parametrize("dtype", [d for d in DTYPES if not d.startswith("complex")])
@pytest.mark.parametrize("count", [1, 2])
def test_special_points_give_one_kind_of_number(count, dtype):
    """The same ones are nan, infinite, zero and negative on every back end, zeros too; where
    a function's zeros have no sign of their own, all but these."""
    x = [TensorType(dtype, (None,))(f"x{i}") for i in range(count)]
    names = [n for n in NAMES if arity(n) == count and taken(n, (dtype,) * count)]
    outputs = [apply(n, *x) for n in names]
    values = [np.array(v, dtype) for v in zip(*product(specials(dtype), repeat=count), strict=True)]
    plain = [variant for variant in agreement.EVERY if not variant.rewritten]
    expected, *others = (
        agreement.compile_variant(variant, x, outputs)(*values) for variant in plain
    )
    for found in others:
        for name, one, other in zip(names, expected, found, strict=True):
            open_zeros = (one == 0) & (other == 0) & (name in rounding.OPEN_ZEROS)
            unlike = (kinds_of(one) != kinds_of(other)).any(axis=0) & ~open_zeros
            if name in rounding.ITERATED:
                unlike &= ~rounding.is_extreme(*values)
            where = np.flatnonzero(unlike)[:3]
            assert not unlike.any(), (name, [(v[where], one[where], other[where]) for v in values])


def kinds_of(a):
    """Of each number: whether it is nan, infinite, zero, and negative."""
    if a.dtype.kind == "c":
        return np.concatenate([kinds_of(a.real), kinds_of(a.imag)])
    if a.dtype.kind != "f":
        return a[None]
    is_nan = np.isnan(a)
    return np.array([is_nan, np.isinf(a), a == 0, np.signbit(a) & ~is_nan])


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_computed_in_a_narrower_dtype_than_the_result(name):
    """NumPy has float16 for functions of int8."""
    for dtype in DTYPES:
        dtypes = (dtype,) * arity(name)
        if taken(name, dtypes):
            ones = [np.ones(1, d) for d in SCALARS[name].operand(dtypes)]
            with np.errstate(all="ignore"):
                made = SCALARS[name].numpy(*ones)
            wanted = SCALARS[name].result(dtypes)
            assert np.result_type(np.asarray(made).dtype, wanted) == np.asarray(made).dtype


def specials(dtype):
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return np.array([False, True])
    if kind.kind in "iu":
        ends = [np.iinfo(kind).min, np.iinfo(kind).max]
        numbers = [n for n in (*INTEGERS, -1, -2, -9) if ends[0] <= n <= ends[1]]
        return np.array([*numbers, *ends], kind)
    real = "float32" if dtype == "complex64" else "float64" if dtype == "complex128" else dtype
    limits = np.finfo(real)
    numbers = [0.0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, 2, 3, -7, 20, 1e-3, 100, -100, 1000, -1000]
    numbers += [inf, -inf, nan, limits.max, -limits.max, limits.tiny, limits.smallest_subnormal]
    return np.array(numbers, real).astype(dtype)


@pytest.mark.parametrize("pair", [("int8", "float32"), ("uint64", "int64"), ("bool", "float16")])
def test_every_back_end_mixes_dtypes(pair):
    x, y = (TensorType(d, s)(n) for d, s, n in zip(pair, ((None, 1), (None,)), "xy", strict=True))
    outputs = []
    for name in (n for n in NAMES if arity(n) == 2):
        outputs += [moderate(name, *o) for o in ((x, y), (y, x)) if taken(name, pair)]
    everywhere(outputs, {x: specials(pair[0])[:, None], y: specials(pair[1])[:9]})


REFUSED = {
    "and_ of int64 and float64: only integers and truth values have bits": lambda b, i, x, z: i & x,
    "invert of float64: only integers and truth values have bits": lambda b, i, x, z: ~x,
    "xor of int64 and uint64, in common float64: only integers": lambda b, i, x, z: (
        i ^ T.cast(i, "uint64")
    ),
    "sub of bool and bool: truth values have no sign; use xor or invert": lambda b, i, x, z: b - b,
    "neg of bool: truth values have no sign": lambda b, i, x, z: -b,
    "lt of complex128 and float64: complex numbers have no order": (lambda b, i, x, z: z < x),
    "maximum of complex128 and complex128: complex numbers have no order": (
        lambda b, i, x, z: T.maximum(z, z)
    ),
    "sigmoid of complex128: it is defined for real numbers only": (
        lambda b, i, x, z: T.nnet.sigmoid(z)
    ),
    "cast{float32} of complex128: take real, imag, abs or angle": (
        lambda b, i, x, z: T.cast(z, "float32")
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_has_no_meaning_is_refused_when_it_is_written(message):
    variables = (TensorType("bool", ())("b"), T.lscalar("i"), T.dscalar("x"), T.zscalar("z"))
    with pytest.raises(TypeError) as caught:
        REFUSED[message](*variables)
    assert str(caught.value).startswith(message)
    # Behind the cause the operands are named.
    assert any(f"{v} ({v.type})" in str(caught.value) for v in variables)


def test_a_wrong_number_of_operands():
    x = T.dscalar("x")
    told = (
        r"exp: takes 1 positional argument but 2 were given\nit takes \(x\), and was given \(x \("
    )
    with pytest.raises(TypeError, match=told):
        T.exp(x, x)


@pytest.mark.parametrize("source", DTYPES)
def test_casts(source):
    numbers = specials(source)[:9]
    x = TensorType(source, (None,))("x")
    for target in DTYPES:
        if source.startswith("complex") and np.dtype(target).kind in "iuf":
            with pytest.raises(TypeError, match="take real, imag, abs or angle"):
                T.cast(x, target)
        else:
            out = T.cast(x, target)
            assert (out is x) == (source == target)
            values = np.abs(numbers) if np.dtype(target).kind == "u" else numbers
            same(run(out, {x: values}), values.astype(target))


def test_a_cast_to_no_dtype():
    with pytest.raises(TypeError, match="no tensor has the dtype str"):
        T.cast(T.dscalar("x"), str)


def test_quotients_of_integers_take_floatX():
    i = T.lvector("i")
    with config.change_flags(floatX="float32"):
        assert (i / i).type.dtype == "float32"
        assert (i / 2).type.dtype == "float32"
    assert (i / i).type.dtype == "float64"


def test_with_the_policy_floatX_integers_widen_no_float():
    i, x = T.lvector("i"), T.fvector("x")
    assert (i * x).type.dtype == "float64"
    with config.change_flags(cast_policy="floatX"):
        assert (i * x).type.dtype == "float32"
        assert T.arctan2(i, x).type.dtype == "float32"
        assert (i * i).type.dtype == "int64"


def test_scalar_functions_are_found_by_name():
    assert scalar_named("cast{int8}") is scalar_named("cast{int8}")
    assert scalar_named("add") == SCALARS["add"] != SCALARS["sub"]
    with pytest.raises(KeyError):
        scalar_named("no such function")
    assert sg.gradient is not None


@pytest.mark.parametrize("mode", TESTED)
def test_nan_is_not_equal_to_itself(mode):
    x, y = T.dvector("x"), T.dscalar("y")
    f = sg.function([x, y], [T.eq(x, x), T.eq(T.exp(x), T.exp(x)), T.eq(y, y)], mode=mode)
    values = np.array([1, nan])
    assert [found.tolist() for found in f(values, nan)] == [[True, False], [True, False], False]
