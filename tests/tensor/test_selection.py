"""Selecting, counting, repeating, filling and grids: all forms, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support.agreement import EVERY, assert_agree, budget, compile_variant

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType


def every(inputs, output, *values):
    """What all back ends give, with rewriting and without."""
    truth = assert_agree(inputs, [output], values)
    assert truth.error is None
    return truth.results[0]


@given(data=st.data())
@budget(0.3)
def test_unique_is_numpys(data):
    dtype = data.draw(st.sampled_from(["float64", "float32", "int8", "bool"]))
    elements = None
    if dtype.startswith("float"):
        elements = st.sampled_from([-np.inf, -1.5, 0.0, 0.5, 2, np.nan])
    shape = hnp.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=5)
    value = data.draw(hnp.arrays(dtype, shape, elements=elements))
    x = TensorType(dtype, (None,) * value.ndim)("x")
    outputs = T.unique(x, return_index=True, return_inverse=True, return_counts=True)
    wanted = np.unique(value, return_index=True, return_inverse=True, return_counts=True)
    truth = assert_agree([x], [T.unique(x), *outputs], [value])
    for found, expected in zip(truth.results, [wanted[0], *wanted], strict=True):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("shape", [(7, 2, 1), (0, 1, 3), (2, 6, 1), (1, 1, 1), (3, 1, 4)])
@pytest.mark.parametrize("known", [True, False])
def test_unique_slices_are_numpys(axis, shape, known):
    x = TensorType("float64", shape if known else (None,) * 3)("x")
    value = np.random.default_rng(0).integers(0, 2, shape).astype("float64")
    how = {"return_index": True, "return_inverse": True, "return_counts": True, "axis": axis}
    truth = assert_agree([x], T.unique(x, **how), [value])
    for found, expected in zip(truth.results, np.unique(value, **how), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_slice_with_nan_is_one():
    x = TensorType("float64", (None, 2))("x")
    value = np.array([[np.nan, 1], [0, np.nan], [np.nan, 1], [0, 2], [0, np.nan]])
    found, counts = assert_agree([x], T.unique(x, return_counts=True, axis=0), [value]).results
    np.testing.assert_array_equal(found, [[0, 2], [0, np.nan], [np.nan, 1]])
    np.testing.assert_array_equal(counts, [1, 2, 2])
    slopes = sg.grad((T.unique(x, axis=0) * [1.0, 0]).sum(), x).eval({x: value})
    np.testing.assert_array_equal(slopes[:, 0], [1, 1, 0, 1, 0])


@given(
    x=hnp.arrays("int16", st.integers(0, 12), elements=st.integers(0, 20)),
    minlength=st.integers(0, 9),
)
@budget(0.3)
def test_bincount_is_numpys(x, minlength):
    v, m, w = T.wvector("v"), T.lscalar("m"), T.fvector("w")
    weights = np.arange(len(x), dtype="float32")
    plain, weighted = T.bincount(v, minlength=m), T.bincount(v, w, m)
    truth = assert_agree([v, m, w], [plain, weighted], [x, np.array(minlength), weights])
    counts, sums = truth.results
    assert (counts.dtype, sums.dtype) == ("int64", "float32")
    np.testing.assert_array_equal(counts, np.bincount(x, minlength=minlength))
    np.testing.assert_array_equal(sums, np.bincount(x, weights, minlength))


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_repeat_by_a_vector(axis):
    x, counts = T.dmatrix("x"), T.ivector("counts")
    value = np.arange(12.0).reshape(3, 4)
    extent = value.size if axis is None else value.shape[axis]
    often = np.arange(extent, dtype="int32")[::-1] % 3
    for repeats in (often, often * 0, np.array([2], "int32")):
        found = every([x, counts], T.repeat(x, counts, axis), value, repeats)
        np.testing.assert_array_equal(found, np.repeat(value, repeats, axis))
    slope = sg.grad((T.repeat(x, counts, axis) ** 2).sum(), x)
    found = every([x, counts], slope, value, often)
    where = often if axis is None else np.expand_dims(often, 1 - axis % 2)
    np.testing.assert_array_equal(found, 2 * value * where.reshape(-1, 4 if axis != 0 else 1))


@pytest.mark.parametrize("mode", ["wrap", "clip"])
def test_choose_by_numbers_out_of_bounds(mode):
    a, x, y = T.lmatrix("a"), T.dvector("x"), T.dscalar("y")
    values = np.array([[-3, 0, 1], [2, 5, -1]]), np.array([1.0, 2, 3]), np.array(9.0)
    found = every([a, x, y], T.choose(a, [x, y], mode), *values)
    np.testing.assert_array_equal(found, np.choose(values[0], values[1:], mode=mode))


@pytest.mark.parametrize("count", [None, 3, 50])
def test_choose_from_the_rows_of_an_array(count):
    """Few that are known are compared with, others are gathered."""
    a, rows = T.lmatrix("a"), TensorType("float64", (count, None))("rows")
    value = np.arange(4.0 * (count or 3)).reshape(-1, 4)
    numbers = np.array([[0, 2, 1, 2], [1, 1, 0, 2]])
    found = every([a, rows], T.choose(a, rows), numbers, value)
    np.testing.assert_array_equal(found, np.choose(numbers, value[:3]))
    scattered = every([a, rows], sg.grad(T.choose(a, rows).sum(), rows), numbers, value)
    assert scattered.sum() == numbers.size
    for variant in EVERY:
        f = compile_variant(variant, [a, rows], [T.choose(a, rows)])
        with pytest.raises(ValueError, match="choose: the number of a choice is at least 0"):
            f(numbers - 1, value)


def test_compress_takes_shorter_and_longer_conditions():
    c, x = T.dvector("c"), T.dmatrix("x")
    value = np.arange(12.0).reshape(3, 4)
    for condition in ([0, 2.5], [1, 0, 0, 1], [], [1, 0, 1, 1, 0, 0]):
        given = np.array(condition, "float64")
        found = every([c, x], T.compress(c, x, 1), given, value)
        np.testing.assert_array_equal(found, np.compress(given != 0, value, 1))
    with pytest.raises(IndexError):
        T.compress([True] * 5, x, 1).eval({x: value})


@pytest.mark.parametrize("shape", [(3, 4), (4, 3), (1, 1), (0, 2), (3, 3, 3)])
def test_fill_diagonal_is_numpys_for_flat_and_tall_arrays(shape):
    x = TensorType("float64", (None,) * len(shape))("x")
    value = np.zeros(shape)
    wanted = value.copy()
    np.fill_diagonal(wanted[: shape[1]] if len(shape) == 2 else wanted, 7)
    np.testing.assert_array_equal(every([x], T.fill_diagonal(x, 7), value), wanted)
    each = T.fill_diagonal(x, T.arange(1.0, 1.0 + min(shape)))
    assert every([x], each, value).sum() == min(shape) * (min(shape) + 1) / 2


@pytest.mark.parametrize("offset", [-5, -1, 0, 2, 9])
def test_fill_diagonal_offset_by_a_symbolic_offset(offset):
    x, k = T.dmatrix("x"), T.iscalar("k")
    value = np.arange(12.0).reshape(3, 4)
    found = every([x, k], T.fill_diagonal_offset(x, -1, k), value, np.array(offset, "int32"))
    wanted = np.where(np.eye(3, 4, offset) == 1, -1, value)
    np.testing.assert_array_equal(found, wanted)


def test_grids_are_numpys():
    n, step = T.lscalar("n"), T.dscalar("step")
    inputs, values = [n, step], [np.array(3), np.array(0.5)]
    grid = every(inputs, T.mgrid[-1:n, 0:2:step], *values)
    np.testing.assert_allclose(grid, np.mgrid[-1:3, 0:2:0.5])
    for found, wanted in zip(T.ogrid[-1:n, 0:2:5j], np.ogrid[-1:3, 0:2:5j], strict=True):
        np.testing.assert_allclose(every(inputs, found * 1, *values), wanted)
    np.testing.assert_array_equal(T.mgrid[3:7].eval(), np.mgrid[3:7])
    rows, columns = T.mgrid[0:2, 0:3]
    np.testing.assert_array_equal((rows * columns).eval(), np.prod(np.mgrid[0:2, 0:3], 0))
    assert repr(T.ogrid) == "symgraph.tensor.ogrid"


@pytest.mark.parametrize("num", [0, 1, 2, 7])
@pytest.mark.parametrize("endpoint", [True, False])
def test_spaced_numbers_are_numpys(num, endpoint):
    n = T.lscalar("n")
    for ours, numpys in ((T.linspace, np.linspace), (T.logspace, np.logspace)):
        found = every([n], ours(-1, 2.5, n, endpoint), np.array(num))
        np.testing.assert_allclose(found, numpys(-1, 2.5, num, endpoint), rtol=1e-13)
    found = every([n], T.geomspace(0.5, [8.0, 3.0], n, endpoint), np.array(num))
    np.testing.assert_allclose(found, np.geomspace(0.5, [8.0, 3.0], num, endpoint), rtol=1e-13)
    if num > 1 and endpoint:
        np.testing.assert_array_equal(found[-1], [8.0, 3.0])


@pytest.mark.parametrize("weighted", [(), ("fweights",), ("aweights",), ("fweights", "aweights")])
@pytest.mark.parametrize("how", [{}, {"bias": True}, {"ddof": 0}, {"ddof": 2}, {"rowvar": False}])
def test_covariances_are_numpys(weighted, how):
    rng = np.random.default_rng(0)
    value = rng.normal(size=(4, 4))
    given = {"fweights": np.array([1, 2, 0, 3]), "aweights": np.array([0.5, 1, 2, 0.1])}
    weights = {name: given[name] for name in weighted}
    x = T.dmatrix("x")
    found = every([x], T.cov(x, **how, **weights), value)
    np.testing.assert_allclose(found, np.cov(value, **how, **weights))
    found = every([x], T.cov(x, x[:1] if how.get("rowvar", True) else x[:, :1], **how), value)
    other = value[:1] if how.get("rowvar", True) else value[:, :1]
    np.testing.assert_allclose(found, np.cov(value, other, **how))
    assert every([x], T.cov(x[0]), value) == pytest.approx(np.cov(value[0]))


def test_close_as_numpy_says():
    special = np.array([0.0, 1e-9, 1.0, 1.00001, np.inf, -np.inf, np.nan])
    x, y = T.dmatrix("x"), T.dmatrix("y")
    a, b = np.meshgrid(special, special)
    for equal_nan in (False, True):
        found = every([x, y], T.isclose(x, y, equal_nan=equal_nan), a, b)
        np.testing.assert_array_equal(found, np.isclose(a, b, equal_nan=equal_nan))
    assert T.isclose([5], [5]).eval().all()
    assert not every([x, y], T.allclose(x, y), a, b)


@pytest.mark.parametrize("order", ["C", "F"])
def test_places_go_back_and_forth(order):
    flat, dims = T.lmatrix("flat"), T.lvector("dims")
    value = np.arange(24).reshape(4, 6)
    places = T.unravel_index(flat, dims, order, ndim=3)
    back = T.ravel_multi_index(places, dims, order=order)
    truth = assert_agree([flat, dims], [*places, back], [value, np.array([2, 3, 4])])
    *found, again = truth.results
    np.testing.assert_array_equal(found, np.unravel_index(value, (2, 3, 4), order))
    np.testing.assert_array_equal(again, value)
    for mode in ("wrap", "clip"):
        index = np.array([[-1, 7], [5, -9]])
        np.testing.assert_array_equal(
            T.ravel_multi_index(T.constant(index), (3, 4), mode, order).eval(),
            np.ravel_multi_index(tuple(index), (3, 4), mode, order),
        )


def test_extents_that_a_type_does_not_tell():
    row = T.drow("row")
    loose = T.unbroadcast(row, 0)
    assert loose.type.shape == (None, None)
    assert T.unbroadcast(loose, 0) is loose
    np.testing.assert_array_equal(every([row], loose + np.ones((3, 2)), np.ones((1, 2))), 2)
    tight = T.patternbroadcast(loose, (True, False))
    assert tight.type.shape == (1, None)
    assert T.patternbroadcast(row, (False, True)).type.shape == (None, 1)
    with pytest.raises(ValueError, match="2 axes for the 1 of v"):
        T.patternbroadcast(T.dvector("v"), (True, False))


def test_ceil_intdiv_is_exact():
    x, y = T.lvector("x"), T.lvector("y")
    a = np.array([2**62 + 1, -7, 7, 0, 6, 2**53 + 1])
    b = np.array([2, 3, -3, 5, 3, 1])
    wanted = [-(-int(p) // int(q)) for p, q in zip(a, b, strict=True)]
    np.testing.assert_array_equal(every([x, y], T.ceil_intdiv(x, y), a, b), wanted)


X, V = T.dmatrix("x"), T.lvector("v")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: T.bincount(X), TypeError, "bincount takes a vector of integers, not x"),
        (lambda: T.unique(X, axis=2), ValueError, "unique: axis 2 is out of range"),
        (lambda: T.unique(T.zvector()), TypeError, "no array of real numbers"),
        (lambda: T.choose(V, []), ValueError, "there is nothing to choose from"),
        (lambda: T.choose(V, T.constant(1)), TypeError, "choose takes several arrays, not the"),
        (lambda: T.choose(V, [X], "flip"), ValueError, "mode='flip' is none of"),
        (lambda: T.choose(X, [X, X]), TypeError, "the number of a choice must be an integer"),
        (lambda: T.compress(X, X), TypeError, "the condition is a vector, not x"),
        (lambda: T.take(V, [1], mode="flip"), ValueError, "take: mode='flip' is none of"),
        (lambda: T.take_along_axis(X, V, 0), TypeError, "has another rank than x"),
        (lambda: T.inverse_permutation(3), TypeError, "takes a vector, not the scalar"),
        (lambda: T.permute_row_elements(X, 3), TypeError, "takes arrays, not the scalar"),
        (lambda: T.fill_diagonal(V, 1), TypeError, "fill_diagonal takes a matrix, not v"),
        (lambda: T.fill_diagonal_offset(V, 1, 0), TypeError, "takes a matrix, not v"),
        (lambda: T.alloc_diag(1.0), TypeError, "alloc_diag takes a vector, not the scalar"),
        (lambda: T.alloc_diag(V, 0, 1, 1), ValueError, "axis1 and axis2 are the same axis 1 of v"),
        (lambda: T.diff(1.0), TypeError, "diff takes an array of at least one axis"),
        (lambda: T.diff(V, -1), ValueError, "n is at least 0, not -1"),
        (lambda: T.diff(V, 0.5), TypeError, "n is an int, not 0.5"),
        (lambda: T.cumsum(X, 2), ValueError, "cumsum: axis 2 is out of range"),
        (lambda: T.linspace(0, 1, -1), ValueError, "the extent -1 is negative"),
        (lambda: T.linspace(0, 1, 0.5), TypeError, "linspace: the number must be an integer"),
        (lambda: T.mgrid[1:, 2:3], TypeError, "mgrid takes slices that have an end"),
        (lambda: T.ogrid[1], TypeError, "ogrid takes slices that have an end, not 1"),
        (lambda: T.cov(T.dtensor3("m")), TypeError, "cov takes vectors and matrices, not m"),
        (lambda: T.cov(X, fweights=[0.5]), TypeError, "fweights are integers"),
        (lambda: T.cov(X, ddof=0.5), ValueError, "ddof is an int, not 0.5"),
        (lambda: T.unravel_index(V, (2, 3), "K"), ValueError, "order='K' is neither"),
        (lambda: T.ravel_multi_index((V, V), (2,)), ValueError, "1 extents given, but ndim=2"),
        (lambda: T.horizontal_stack(X), ValueError, "takes two matrices or more, not 1"),
        (lambda: T.vertical_stack(X, V), TypeError, "vertical_stack takes matrices, not v"),
        (lambda: T.largest(), ValueError, "largest takes one array or more"),
        (lambda: T.ceil_intdiv(X, 2), TypeError, "ceil_intdiv takes integers, not x"),
        (lambda: T.iround(X, "up"), ValueError, "iround: mode='up' is neither"),
        (lambda: T.to_one_hot(X, 3), TypeError, "must be an integer"),
    ],
)
def test_what_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "value", "error", "message"),
    [
        (T.bincount, [1, -2], ValueError, "an integer is at least 0 and finite, not -2"),
        (lambda v: T.bincount(v, [1.0]), [1, 2], ValueError, "shape"),
        (lambda v: T.repeat(v, v), [1, -2], ValueError, "is at least 0 and finite, not -2"),
        (lambda v: T.repeat([1, 2, 3], v), [1, 2], ValueError, "2"),
        (lambda v: T.to_one_hot(v, 2), [0, 2], IndexError, "out of bounds"),
        (lambda v: T.unravel_index(v, (2, 3))[0], [0, 6], ValueError, "within bounds, not 6"),
        (lambda v: T.inverse_permutation(v), [0, 5], IndexError, "out of bounds"),
        (lambda v: T.fill_diagonal(T.zeros((2, v[0], 2)), 1), [3], ValueError, "specified"),
    ],
)
def test_what_fails_when_it_runs(make, value, error, message):
    v = T.lvector("v")
    for variant in EVERY:
        f = compile_variant(variant, [v], [make(v)])
        with pytest.raises(error, match=message if variant.mode == "reference" else None):
            f(np.array(value))
