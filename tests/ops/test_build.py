"""Arange, Eye and Join."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, derivatives_agree, run, same, scalars, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import Arange, Eye, Join
from symgraph.ops.constant import as_tensor, constant
from symgraph.ops.creation import _count
from symgraph.ops.extent_equality import extent_keys

STEPS = st.sampled_from([1, -1, 2, -2, 3, -3, 4, -4, 5, -5])


@given(st.data())
def test_arange_of_integers(data):
    numbers = data.draw(st.tuples(st.integers(-20, 20), st.integers(-20, 20), STEPS))
    values = {}
    operands = [as_tensor(data.draw(scalars(number, values))) for number in numbers]
    same(run(Arange("int64")(*operands), values), np.arange(*numbers, dtype="int64"))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(data=st.data())
def test_arange_of_floats_is_numpys(dtype, data):
    """Length and steps are NumPy's for the dtype itself, where rounding decides about the last."""
    number = st.integers(-30, 30)
    of = np.dtype(dtype).type
    start, stop = (of(data.draw(number)) / of(10) for _ in range(2))
    step = of(data.draw(STEPS)) / of(10)
    symbols = [TensorType(dtype, ())() for _ in range(3)]
    got = run(Arange(dtype)(*symbols), dict(zip(symbols, (start, stop, step), strict=True)))
    expected = np.arange(start, stop, step, dtype=dtype)
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=4e-7 if dtype == "float32" else 1e-15, atol=2e-7)
    same(run(Arange(dtype)(*map(constant, (start, stop, step))), {}), got)


def test_an_arange_of_small_unsigned_numbers_does_not_wrap():
    """np.arange(np.uint8(5), np.uint8(2), np.uint8(1)) has 253 elements."""
    numbers = [constant(number, "uint8") for number in (5, 2, 1)]
    same(run(Arange("int64")(*numbers), {}), np.arange(0))


def test_python_integers_beside_unsigned_ones_keep_their_sign():
    n = TensorType("uint8", ())("n")
    same(run(T.arange(n, 0, -2), {n: 5}), np.array([5, 3, 1]))
    same(run(T.arange(-1, n), {n: 2}), np.array([-1, 0, 1]))


def test_counting_makes_no_array():
    big = [constant(number) for number in (0, 10**15, 1)]
    assert Arange("int64")(*big).type.shape == (10**15,)


def test_an_arange_up_to_an_extent_has_it():
    x = T.dmatrix("x")
    steps = T.arange(x.shape[0])
    assert extent_keys(steps) == ((x, 0),)
    assert extent_keys(T.arange(T.lscalar("n")))[0][0] is not None


@pytest.mark.parametrize("step", [1, 2, -1, -2, 7])
def test_the_shape_of_an_arange_warns_of_nothing(step):
    n = T.lscalar("n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = sg.function([n], T.arange(1 - n, n, step).shape)
    for value in (-3, 0, 1, 5):
        assert f(value) == np.arange(1 - value, value, step).shape


def test_arange_errors():
    n, x = T.lscalar("n"), T.dvector("x")
    with pytest.raises(ValueError, match="arange: the step is zero"):
        Arange("int64")(constant(0), n, constant(0))
    with pytest.raises(ValueError, match="arange: the step is zero"):
        run(Arange("int64")(constant(0), constant(3), n), {n: 0})
    with pytest.raises(TypeError, match=r"arange takes real scalars, not x \(float64 vector\)"):
        Arange("int64")(constant(0), x, constant(1))
    with pytest.raises(TypeError, match=r"arange takes real scalars, not z \(complex128 scalar\)"):
        Arange("float64")(constant(0), T.zscalar("z"), constant(1))
    with pytest.raises(TypeError, match="steps of float64 do not make integers of int64"):
        Arange("int64")(constant(0), constant(2.5), constant(1))
    with pytest.raises(ValueError, match="arange from 0.0 to inf by 1.0 has no finite length"):
        _count(*(np.asarray(number) for number in (0.0, np.inf, 1.0)))


@pytest.mark.parametrize("numbers", [(0.3, 2.45, 0.5), (2.0, -1.2, -0.7)])
def test_derivatives_of_arange(numbers):
    start, stop, step = map(np.asarray, numbers)
    by = Arange("float64")
    derivatives_agree(lambda a, c: by(a, constant(stop), c) ** 2, start, step)


def test_the_end_of_an_arange_has_no_derivative():
    x = T.dscalar("x")
    with pytest.raises(sg.gradient.DisconnectedInputError, match="passes no derivative on"):
        sg.grad(T.arange(0.0, x, 1.0).sum(), x)


@given(st.data())
def test_eye(data):
    numbers = data.draw(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(-5, 5)))
    dtype = data.draw(st.sampled_from(["bool", "int8", "float32", "complex64"]))
    values = {}
    operands = [as_tensor(data.draw(scalars(number, values))) for number in numbers]
    same(run(Eye(dtype)(*operands), values), np.eye(*numbers, dtype=dtype))


def test_eye_errors():
    n = T.lscalar("n")
    with pytest.raises(ValueError, match="eye: a size is negative: -1 by 2"):
        Eye("float64")(constant(-1), constant(2), constant(0))
    with pytest.raises(ValueError, match="eye: a size is negative: -1 by -1"):
        run(Eye("float64")(n, n, constant(0)), {n: -1})
    with pytest.raises(TypeError, match=r"eye: the columns must be an integer scalar, not x \("):
        Eye("float64")(n, T.dscalar("x"), constant(0))


@st.composite
def joinable(draw, dtype=None):
    """An axis and arrays that agree on all others."""
    shape = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    axis = draw(st.integers(0, len(shape) - 1))
    dtypes = st.sampled_from(["bool", "int8", "float32", "float64"]) if dtype is None else dtype
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        extents = (*shape[:axis], draw(st.integers(0, 3)), *shape[axis + 1 :])
        parts.append(draw(arrays(shape=extents, dtype=dtypes)))
    return axis, parts


@given(st.data())
def test_join_is_concatenate(data):
    axis, parts = data.draw(joinable())
    symbols = [data.draw(variables(part)) for part in parts]
    out = Join(axis)(*symbols)
    same(run(out, dict(zip(symbols, parts, strict=True))), np.concatenate(parts, axis))


@given(st.data())
def test_derivatives_of_join(data):
    axis, parts = data.draw(joinable(dtype="float64"))
    derivatives_agree(lambda *x: Join(axis)(*x) ** 2, *parts)


def test_an_integer_part_takes_no_part_in_the_derivative():
    i, x, t = T.lvector("i"), T.fvector("x"), T.fvector("t")
    out = Join(0)(i, x)
    at = {i: [1, 2], x: [3.0]}
    same(run(sg.grad((out**2).sum(), x), at), np.array([6.0], "float32"))
    same(run(sg.Rop(out, x, t), {**at, t: [5.0]}), np.array([0.0, 0.0, 5.0]))


def test_join_errors():
    x = TensorType("float64", (2, None))("x")
    y = TensorType("float64", (3, None))("y")
    v = T.dvector("v")
    with pytest.raises(ValueError, match=r"join along axis 1: extents on axis 0 differ: x \(.*, y"):
        Join(1)(x, y)
    with pytest.raises(TypeError, match=r"join along axis 0: ranks do not fit: x \(.*, v"):
        Join(0)(x, v)
    with pytest.raises(TypeError, match=r"join along axis 2: ranks do not fit"):
        Join(2)(x, y)
    with pytest.raises(TypeError, match=r"join along axis 0: nothing to join"):
        Join(0)()
    with pytest.raises(ValueError, match=r"shapes do not fit: \[\(2, 1\), \(3, 2\)\]"):
        run(Join(0)(x, y), {x: np.zeros((2, 1)), y: np.zeros((3, 2))})
