"""Every back end means what the reference means: graphs chosen for what is drawn rarely."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import rounding
from support.agreement import BACKENDS, assert_agree, budget, functions
from support.array_strategies import contents
from support.graph_steps import SCALAR_NAMES

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import DTYPES, TensorType
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.scalar import SCALARS

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
EXTENTS = st.integers(0, 4)


def operands(dtypes, count=600, seed=0):
    """Variables of the dtypes, and values that hold the special ones in many combinations."""
    rng = np.random.default_rng(seed)
    variables, values = [], []
    for name, dtype in zip("xyz", dtypes, strict=False):
        variables.append(TensorType(dtype, (None,))(name))
        values.append(mixed(dtype, count, rng))
    return variables, values


def mixed(dtype, count, rng):
    """Numbers of every size: small whole ones, fractions, the ends of the range, inf and nan."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return rng.choice([False, True], count)
    if kind in "iu":
        limits = np.iinfo(dtype)
        ends = [limits.min, limits.max, limits.min + 1, limits.max - 1]
        low = -4 if kind == "i" else 0
        some = [rng.integers(low, 9, count), rng.choice(np.array(ends, dtype), count)]
        return np.where(rng.random(count) < 0.7, some[0].astype(dtype), some[1])
    real = np.zeros(0, dtype).real.dtype
    limits = np.finfo(real)
    ends = [np.inf, -np.inf, np.nan, 0.0, -0.0, limits.max, limits.min, limits.tiny]
    ends += [limits.smallest_subnormal, 1.0, -1.0, 0.5, -2.5]
    with np.errstate(over="ignore"):
        some = [rng.uniform(-4, 4, count), rng.integers(-4, 9, count), rng.choice(ends, count)]
        some.append(rng.choice([-1, 1], count) * 10.0 ** rng.uniform(-8, 8, count))
        value = np.choose(rng.integers(0, 4, count), some).astype(real)
    if kind == "c":
        value = value + 1j * np.where(np.isfinite(value), rng.uniform(-2, 2, count), 0)
    return value.astype(dtype)


def functions_of(variables, least=1):
    """Every scalar function that takes operands of these dtypes, at least so many."""
    found = []
    for name in SCALAR_NAMES:
        arity = SCALARS[name].arity
        if least <= arity <= len(variables):
            try:
                found.append(scalar_functions[name](*variables[:arity]))
            except TypeError:
                continue
    return found


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_scalar_function_of_every_dtype(dtype):
    variables, values = operands([dtype] * 3)
    outputs = functions_of(variables)
    assert len(outputs) > 20
    assert_agree(variables, outputs, values)


@pytest.mark.parametrize(
    "dtypes",
    [
        ("float32", "int64", "float64"),
        ("float16", "int8", "bool"),
        ("uint8", "int8", "uint16"),
        ("int64", "uint64", "int32"),
        ("bool", "float32", "int16"),
        ("uint32", "int32", "float16"),
        ("int8", "float64", "complex64"),
    ],
    ids="-".join,
)
def test_every_scalar_function_of_unequal_dtypes(dtypes):
    variables, values = operands(dtypes, seed=1)
    outputs = functions_of(variables, least=2)
    assert len(outputs) > 10
    assert_agree(variables, outputs, values)


@pytest.mark.parametrize("source", DTYPES)
def test_every_cast(source):
    """Of numbers that the target holds: what becomes of others NumPy leaves to the processor."""
    (x,), (value,) = operands([source], seed=2)
    targets = [d for d in DTYPES if np.dtype(source).kind != "c" or np.dtype(d).kind in "cb"]
    if np.dtype(source).kind == "f":
        discrete = [d for d in targets if np.dtype(d).kind in "iu"]
        targets = [d for d in targets if d not in discrete]
        small = np.abs(np.nan_to_num(value, posinf=0, neginf=0)) % 100
        assert_agree([x], [T.cast(x, d) for d in discrete], [small.astype(source)])
    assert_agree([x], [T.cast(x, d) for d in targets], [value])


@cache
def sums(dtype):
    x = TensorType(dtype, (None, None))("x")
    outputs = []
    for axis in (None, 0, 1, (0, 1)):
        outputs += [T.sum(x, axis), T.prod(x, axis), T.all(x, axis), T.any(x, axis, keepdims=True)]
    return [x], outputs, functions([x], outputs)


@cache
def extremes(dtype):
    x = TensorType(dtype, (None, None))("x")
    outputs = [T.max(x), T.min(x, (0, 1), keepdims=True), T.argmax(x), T.argmin(x)]
    for axis in (0, 1):
        outputs += [T.max(x, axis), T.min(x, axis, keepdims=True)]
        outputs += [T.argmax(x, axis), T.argmin(x, axis)]
    return [x], outputs, functions([x], outputs)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(5, 7), (1, 6), (6, 1), (0, 3), (40, 33)])
def test_every_reduction_over_every_axis(dtype, shape):
    """An empty axis has no maximum; that is an error on every back end."""
    value = mixed(dtype, int(np.prod(shape)), np.random.default_rng(3)).reshape(shape)
    inputs, outputs, compiled = sums(dtype)
    outcome = assert_agree(inputs, outputs, [value], compiled)
    assert outcome.error is None
    if np.dtype(dtype).kind != "c":
        inputs, outputs, compiled = extremes(dtype)
        outcome = assert_agree(inputs, outputs, [value], compiled)
        assert (outcome.error is not None) == (0 in shape)


@cache
def views_and_chains(dtype):
    x = T.TensorType(dtype, (None, None))("x")
    outputs = [x.sum(), x.sum(0), x.sum(1), x.T + 1, x[::-1, 1:], T.exp(x) * 2, x.flatten(), x > 0]
    outputs += [x.prod(1), T.join(0, x, x), x.all(0), T.set_subtensor(x[:1], 1), x.var(1)]
    return [x], outputs, functions([x], outputs)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int8", "bool"])
@budget(1)
@given(rows=EXTENTS, columns=EXTENTS)
def test_reductions_views_and_chains(dtype, rows, columns):
    inputs, outputs, compiled = views_and_chains(dtype)
    value = (np.arange(rows * columns).reshape(rows, columns) % 5 - 2).astype(dtype)
    assert_agree(inputs, outputs, [value], compiled)


@cache
def broadcasts():
    x, y = T.dmatrices("x", "y")
    z = (T.tanh(x) * y + y).sum()
    outputs = [z, *sg.grad(z, [x, y])]
    return [x, y], outputs, functions([x, y], outputs)


@budget(2)
@given(EXTENTS, EXTENTS, st.booleans(), st.booleans(), st.data())
def test_broadcasts_found_at_run_time_and_their_gradients(
    rows, columns, row_is_1, column_is_1, data
):
    inputs, outputs, compiled = broadcasts()
    shapes = [(rows, columns), (1 if row_is_1 else rows, 1 if column_is_1 else columns)]
    values = [data.draw(contents("float64", shape)) for shape in shapes]
    assert_agree(inputs, outputs, values, compiled)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_network_and_its_gradient(dtype):
    random = np.random.default_rng(0)
    x, W = T.TensorType(dtype, (None, None))("x"), T.TensorType(dtype, (None, None))("W")
    b, y = T.TensorType(dtype, (None,))("b"), T.lvector("y")
    p = T.nnet.softmax(T.dot(T.tanh(x), W) + b)
    cost = -T.mean(T.log(p)[T.arange(y.shape[0]), y])
    values = [random.normal(size=s).astype(dtype) for s in ((8, 6), (6, 4), (4,))]
    values.append(random.integers(0, 4, 8))
    outputs = [cost, p, T.argmax(p, axis=1), *sg.grad(cost, [x, W, b])]
    outcome = assert_agree([x, W, b, y], outputs, values)
    assert outcome.error is None


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_numbers_pass_through(dtype):
    """Through arithmetic, views, copies and results."""
    x = TensorType(dtype, (None, None))("x")
    value = mixed(dtype, 30, np.random.default_rng(4)).reshape(5, 6)
    outputs = [x + 2, x.T, x[::2, ::-1], T.join(0, x, x), x.flatten(), T.real(x) + T.imag(x)]
    outputs += [T.dot(x, x.T), x.sum(0), T.set_subtensor(x[1], 0), T.abs(x), x[0, 0]]
    assert_agree([x], outputs, [value])


@pytest.mark.parametrize("mode", ["reference", *BACKENDS])
def test_mismatched_extents_are_named(mode):
    x, y = T.dvectors("x", "y")
    f = sg.function([x, y], x + y, mode=mode)
    with pytest.raises(ValueError, match="broadcast"):
        f(np.zeros(3), np.zeros(4))


@pytest.mark.parametrize("mode", ["reference", *BACKENDS])
def test_an_index_out_of_bounds_is_an_index_error(mode):
    x, i = T.dvector("x"), T.lvector("i")
    f = sg.function([x, i], x[i], mode=mode)
    with pytest.raises(IndexError, match="index 7 is out of bounds"):
        f(np.zeros(3), np.array([0, 7]))


def test_sums_of_products_that_are_too_large_and_too_small():
    """What they are depends on the order; of infinite operands it does not. Zero times infinity is
    zero where the zeros are seen."""
    x, y = T.dmatrices("x", "y")
    infinite = np.array([[np.inf, 1.0], [1.0, np.nan]])
    assert_agree([x], [T.dot(T.zeros((3, 2)), x), T.dot(T.eye(2), x)], [infinite])
    largest = np.finfo("float64").max
    value = np.array([[-largest, largest] * 9, [np.inf, 1.0] * 9, [np.inf, -np.inf] * 9])
    assert_agree([x, y], [T.dot(x, y)], [value, np.full((18, 1), 1.5)])
    runs = [
        rounding.run([x, y], [T.dot(x, y)], [value, np.full((18, 1), 1.5)], rng)[0][:, 0]
        for rng in map(np.random.default_rng, range(20))
    ]
    assert {bool(np.isfinite(run[0])) for run in runs} == {False, True}
    assert all(np.isnan(run[2]) for run in runs)


def test_what_has_a_limit_is_that_limit():
    """x log(x) at 0, also where it is compared and computed with."""
    x = T.dvector("x")
    product = T.log(x) * x
    outputs = [product, T.switch(T.log(x) - T.log(x) < product, 1.0, product * 2) + T.log(x)]
    assert_agree([x], outputs, [np.array([0.0, 1.0, 2.0, -1.0])])
