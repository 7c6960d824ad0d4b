"""What is known of variables before anything runs, and arrays that are read from files."""

import numpy as np
import pytest
from support.back_ends import TESTED

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph.other_types import generic_type


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (lambda: 3, 3),
        (lambda: np.float32(2.5), np.float32(2.5)),
        (lambda: T.constant([[2, 2], [2, 2]]), 2),
        (lambda: T.constant([np.nan, np.nan]), np.nan),
        (lambda: T.zeros((T.lscalar(), 3)), 0.0),
        (lambda: T.fill(T.dmatrix(), T.constant(1) + 1), 2),
        (lambda: T.constant([1, 2])[1] * 3, 6),
        (lambda: T.specify_shape(T.dmatrix(), (None, 7)).shape[1], 7),
        (lambda: T.dmatrix().ndim, 2),
        (lambda: T.sum(T.constant([1.0, 2.0])), 3.0),
        (lambda: T.constant(5).dimshuffle("x", "x").reshape((1,)), 5),
    ],
)
def test_numbers_that_are_known(make, value):
    found = T.get_scalar_constant_value(make())
    assert isinstance(found, np.ndarray)
    assert found.shape == ()
    np.testing.assert_array_equal(found, value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: T.dscalar("x"),
        lambda: T.constant([1, 2]),
        lambda: T.constant(np.zeros(0)),
        lambda: T.dscalar() * 0,
        lambda: T.zeros(3) + 1,
        lambda: sg.shared(1.0) + 1,
        lambda: T.load("nothing.npy", "float64", ()) + 1,
    ],
)
def test_numbers_that_are_not(make):
    with pytest.raises(T.NotScalarConstantError, match="is not known to be one number"):
        T.get_scalar_constant_value(make())


def test_lengths():
    assert T.get_vector_length([1, 2, 3]) == 3
    assert T.get_vector_length(T.stack([T.dscalar(), T.dscalar()])) == 2
    with pytest.raises(ValueError, match=r"the length of v .* say it with specify_shape"):
        T.get_vector_length(T.dvector("v"))
    with pytest.raises(ValueError, match="x .* is no vector"):
        T.get_vector_length(T.dmatrix("x"))


@pytest.mark.parametrize("mode", TESTED)
@pytest.mark.parametrize("mmap_mode", [None, "r", "c"])
def test_a_file_is_read_anew_in_each_call(tmp_path, mode, mmap_mode):
    path = tmp_path / "values.npy"
    np.save(path, np.arange(6.0).reshape(2, 3))
    x = T.dvector("x")
    y = T.load(path, "float64", (None, 3), mmap_mode)
    f = sg.function([x], [y * x, y.shape[0], y], mode=mode)
    np.testing.assert_array_equal(f([1, 2, 3])[0], np.arange(6.0).reshape(2, 3) * [1, 2, 3])
    np.save(path, np.ones((4, 3)))
    product, rows, whole = f([1, 2, 3])
    np.testing.assert_array_equal(product, np.ones((4, 3)) * [1, 2, 3])
    assert rows == 4
    assert whole.flags.writeable
    np.save(path, np.ones((4, 2)))
    with pytest.raises(TypeError, match=r"holds an array of float64 and the shape \(4, 2\), where"):
        f([1, 2, 3])
    path.unlink()
    with pytest.raises(FileNotFoundError):
        f([1, 2, 3])


@pytest.mark.parametrize("mode", TESTED)
def test_a_call_gives_the_path(tmp_path, mode):
    path = generic_type("path")
    read = T.load(path, "int32", (None,), "c")
    f = sg.function([path], [read * 2, (read**2).sum()], mode=mode)
    for count in (5, 3):
        name = str(tmp_path / f"{count}.npy")
        np.save(name, np.arange(count, dtype="int32"))
        for _ in range(2):
            twice, total = f(name)
            np.testing.assert_array_equal(twice, 2 * np.arange(count))
            assert total == (np.arange(count) ** 2).sum()
    with pytest.raises(TypeError, match="load: a path is a Python object, not x"):
        T.load(T.dscalar("x"), "int32", (None,))


def test_the_derivative_by_what_stands_beside_a_file(tmp_path):
    path = tmp_path / "values.npy"
    np.save(path, np.arange(6.0).reshape(2, 3))
    x = T.dvector("x")
    slope = sg.grad((T.load(path, "float64", (None, 3)) * x).sum(), x)
    np.testing.assert_array_equal(slope.eval({x: np.zeros(3)}), [3.0, 5, 7])
