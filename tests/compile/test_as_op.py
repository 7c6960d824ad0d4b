"""Python functions of arrays as operations."""

import pickle

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T

MODES = pytest.mark.parametrize("mode", ["llvm", "reference"])


@sg.as_op(
    [T.dmatrix, T.dvector],
    [T.dvector, T.lscalar],
    infer_shape=lambda node, shapes: [(shapes[0][0],), ()],
)
def weighed(x, w):
    """Weighed sums of rows, and how many there are."""
    return x @ w, np.int64(len(x))


@sg.as_op(T.dvector, T.dvector)
def turned(x):
    return x[::-1]


@MODES
def test_it_runs_between_native_parts(mode):
    x, w = T.dmatrix("x"), T.dvector("w")
    sums, count = weighed(T.exp(x), w * 2)
    f = sg.function([x, w], [sums + 1, count * 3], mode=mode)
    value = np.arange(6.0).reshape(3, 2) / 6
    first, second = f(value, [1.0, -1.0])
    np.testing.assert_allclose(first, np.exp(value) @ [2.0, -2.0] + 1)
    assert second == 9
    assert weighed.__doc__ == "Weighed sums of rows, and how many there are."
    assert str(weighed) == "FunctionOp{weighed}"


@MODES
def test_views_constants_and_values(mode):
    x = T.dvector("x")
    f = sg.function([x], [turned(x), turned(turned(x)), turned([1, 2, 3])], mode=mode)
    given = np.arange(3.0)
    back, same, fixed = f(given)
    np.testing.assert_array_equal(back, [2, 1, 0])
    np.testing.assert_array_equal(same, given)
    np.testing.assert_array_equal(fixed, [3, 2, 1])
    assert not np.shares_memory(back, given)


def test_its_shape_runs_nothing_and_its_pickle_is_its_name():
    x, w = T.dmatrix("x"), T.dvector("w")
    f = sg.function([x, w], weighed(x, w)[0].shape, on_unused_input="ignore", mode="llvm")
    assert list(f(np.ones((4, 2)), np.ones(2))) == [4]
    assert pickle.loads(pickle.dumps(weighed)) is weighed
    g = pickle.loads(pickle.dumps(sg.function([x, w], weighed(x, w)[0])))
    np.testing.assert_array_equal(g(np.ones((2, 3)), np.ones(3)), [3, 3])


@MODES
def test_batches_and_loops(mode):
    x, many = T.dvector("x"), T.dmatrix("many")
    rows = sg.vectorize_graph(turned(x) * 2, {x: many})
    loop = sg.scan(lambda row, kept: turned(row) + kept, [many], outputs_info=[T.zeros(2)])[0]
    f = sg.function([many], [rows, loop], mode=mode)
    value = np.array([[1.0, 2.0], [3.0, 5.0]])
    first, second = f(value)
    np.testing.assert_array_equal(first, value[:, ::-1] * 2)
    np.testing.assert_array_equal(second, np.cumsum(value[:, ::-1], axis=0))


def test_mistakes_are_told():
    x = T.dvector("x")
    with pytest.raises(TypeError, match=r"as_op: itypes are types, such as x.type"):
        sg.as_op([x], [T.dvector])
    with pytest.raises(TypeError, match="expected a type, such as"):
        sg.as_op(["float64"], [T.dvector])
    with pytest.raises(TypeError, match="FunctionOp{turned}: input 0: .* is no float64 vector"):
        turned(T.dmatrix())
    with pytest.raises(TypeError, match="takes 1 input, not 2"):
        turned(x, x)

    @sg.as_op([T.dvector], [T.dvector])
    def wrong(x):
        return x.astype("float32")

    with pytest.raises(TypeError, match=r"(?s)gave another result 0.*created at"):
        sg.function([x], wrong(x))([1.0])
    with pytest.raises(TypeError, match="FunctionOp{turned} has no reverse derivative"):
        sg.grad(turned(x).sum(), x)
