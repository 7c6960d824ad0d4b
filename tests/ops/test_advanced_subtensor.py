"""Indexing with arrays of integers, and writing to what they select."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.index_strategies import advanced_indices, symbolic
from support.op_checks import arrays, derivatives_agree, everywhere, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType, toposort
from symgraph.ops import AdvancedSubtensor
from symgraph.ops.extent_equality import extent_keys

SHAPES = st.lists(st.integers(0, 4), min_size=1, max_size=4).map(tuple)


@given(st.data())
def test_arrays_select_as_in_numpy(data):
    array = data.draw(arrays(SHAPES))
    index = data.draw(advanced_indices(array.shape))
    expected = array[index]
    x = data.draw(variables(array))
    values = {x: array}
    same(run(x[data.draw(symbolic(index, values))], values), expected)


@given(st.data())
def test_arrays_out_of_bounds_are_index_errors(data):
    array = data.draw(arrays(SHAPES))
    index = data.draw(advanced_indices(array.shape, within=False))
    x = data.draw(variables(array))
    values = {x: array}
    try:
        expected = array[index]
    except IndexError as error:
        kind = "broadcast" if "broadcast" in str(error) else "out of bounds"
        with pytest.raises(IndexError, match=kind):
            run(x[data.draw(symbolic(index, values))], values)
    else:
        same(run(x[data.draw(symbolic(index, values))], values), expected)


def test_a_wrong_index_beside_an_empty_one_selects_nothing():
    x, i = TensorType("int64", (4, None))("x"), T.lvector("i")
    values = {x: np.zeros((4, 3), "int64"), i: np.zeros(0, "int64")}
    same(run(x[np.array([4]), i], values), values[x][np.array([4]), values[i]])


@given(st.data())
def test_writing_to_a_selection(data):
    """The last of several values set to one element stays, and all that are added count."""
    array = data.draw(arrays(SHAPES, "float64"))
    index = data.draw(advanced_indices(array.shape))
    shape = array[index].shape
    narrow = [extent if data.draw(st.booleans()) else 1 for extent in shape]
    narrow = narrow[data.draw(st.integers(0, len(narrow))) :]
    part = data.draw(arrays(tuple(narrow), st.sampled_from(["float64", "int8", "float32"])))
    x, y = data.draw(variables(array)), data.draw(variables(part))
    values = {x: array, y: part}
    selected = x[data.draw(symbolic(index, values))]
    written, increased = array.copy(), array.copy()
    written[index] = part
    np.add.at(increased, index, part)
    same(run(T.set_subtensor(selected, y), values), written)
    same(run(T.inc_subtensor(selected, y), values), increased)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 3), (2, 1), (2, 3)])
def test_what_is_added_is_repeated_as_often_as_is_selected(shape):
    x, i = T.dvector("x"), T.lmatrix("i")
    y = TensorType("float64", (None,) * len(shape))("y")
    values = {x: np.zeros(2), i: np.array([[0, 0, 1], [1, 0, 0]]), y: np.full(shape, 2.0)}
    increased = T.inc_subtensor(x[i], y)
    for _ in range(20):
        # What a result would find behind the end of a small array.
        junk = np.full(2, 7.0)
        del junk
        same(run(increased, values), [8.0, 4.0])


@given(st.data())
def test_derivatives(data):
    array = data.draw(arrays(SHAPES, "float64"))
    index = data.draw(advanced_indices(array.shape))
    shape = array[index].shape
    narrow = tuple(extent if data.draw(st.booleans()) else 1 for extent in shape)
    part = data.draw(arrays(narrow, "float64"))
    derivatives_agree(lambda x: x[index] ** 2, array)
    derivatives_agree(lambda x, y: T.set_subtensor(x[index], y) ** 2, array, part)
    derivatives_agree(lambda x, y: T.inc_subtensor(x[index], y) ** 2, array, part)


def test_second_derivatives():
    point = np.arange(6.0).reshape(2, 3)
    index = (np.array([0, 1, 0, 0]), np.array([2, 0, 2, 1]))
    derivatives_agree(lambda x: sg.grad((x[index] ** 3).sum(), x), point)
    for write in (T.set_subtensor, T.inc_subtensor):
        derivatives_agree(
            lambda x, y, write=write: sg.grad((write(x[index], y) ** 3).sum(), y),
            point,
            np.array([0.5, 1, 2, 3]),
        )


def test_an_element_selected_twice():
    x, i, y = T.dvector("x"), T.lvector("i"), T.dvector("y")
    values = {x: [1.0, 2, 3], i: [0, 2, 0, -1], y: [10.0, 20, 30, 40]}
    same(run(T.inc_subtensor(x[i], y), values), [41.0, 2, 63])
    same(run(T.set_subtensor(x[i], y), values), [30.0, 2, 40])
    increased = sg.grad((T.inc_subtensor(x[i], y) ** 2).sum(), [x, y])
    same(run(increased[0], values), [82.0, 4, 126])
    same(run(increased[1], values), [82.0, 126, 82, 126])
    written = sg.grad((T.set_subtensor(x[i], y) ** 2).sum(), [x, y])
    same(run(written[0], values), [0.0, 4, 0])
    same(run(written[1], values), [0.0, 0, 60, 80])


def searches_for_repeats(part):
    """Whether the derivative by what is set there asks which value stayed."""
    value, weights = T.dvector("value"), T.dmatrix("weights")
    g = sg.Lop(T.set_subtensor(part, value), value, weights)
    return any(str(node.op) == "switch" for node in toposort([g]))


def test_the_log_probability_of_each_row_of_its_class():
    """The indexing of Theano's logistic regression: no search for repeated elements."""
    p, y = T.dmatrix("p"), T.lvector("y")
    rows = T.arange(y.shape[0])
    values = {p: np.arange(12.0).reshape(4, 3), y: [2, 0, 1, 1]}
    same(run(p[rows, y], values), np.array([2.0, 3, 7, 10]))
    g = sg.grad(p[rows, y].sum(), p)
    expected = np.zeros((4, 3))
    expected[np.arange(4), values[y]] = 1
    same(run(g, values), expected)
    assert not searches_for_repeats(p[rows, y])
    assert searches_for_repeats(p[y, y])
    assert extent_keys(p[rows, y]) == ((y, 0),)


def test_rows_of_a_table():
    """An embedding: vectors looked up by an array of words, and their gradients added up."""
    table, words = T.fmatrix("table"), T.imatrix("words")
    values = {table: np.arange(8.0).reshape(4, 2), words: [[0, 3], [3, 3]]}
    same(run(table[words], values), np.float32([[[0, 1], [6, 7]], [[6, 7], [6, 7]]]))
    g = sg.grad(table[words].sum(), table)
    same(run(g, values), np.float32([[1, 1], [0, 0], [0, 0], [3, 3]]))
    assert g.type == table.type


def test_every_back_end_selects_and_writes():
    x, y = T.dtensor3("x"), T.dscalar("y")
    i, j, k, a = T.lvector("i"), T.imatrix("j"), T.lscalar("k"), T.lscalar("a")
    parts = [x[i], x[:, i], x[i, :, k], x[k, i], x[j, i], x[a:, i, ::-1], x[:, None, i], x[..., j]]
    parts += [x[i, i[::-1], i], x[i, None, i], x[T.arange(i.shape[0]), i]]
    outputs = [*parts, *(T.inc_subtensor(part, part * 2 + y) for part in parts)]
    outputs += [T.set_subtensor(part, part * 2 + y) for part in parts]
    outputs += [sg.grad((part**2).sum(), x) for part in parts]
    rng = np.random.default_rng(0)

    def point(low, high, shape=(2,)):
        own = {x: rng.normal(size=(3, 3, 3)), y: 0.5, k: low, a: high}
        indices = {i: rng.integers(low, high, shape), j: rng.integers(low, high, (2, *shape))}
        return {**own, **indices}

    everywhere(outputs, *(point(-3, 3) for _ in range(5)), point(0, 3, (0,)))
    for part in parts:
        everywhere([T.inc_subtensor(part, 1.0)], *(point(-4, 4) for _ in range(4)))


def test_index_arrays_broadcast_when_run():
    x, i, j = T.dmatrix("x"), T.lvector("i"), T.lvector("j")
    array = np.arange(6.0).reshape(2, 3)
    everywhere(
        [x[i, j]],
        {x: array, i: [1], j: [0, 2, 1]},
        {x: array, i: [0, 1, 1], j: [-1]},
        {x: array, i: [0, 1], j: [0, 1, 2]},
        {x: array, i: [0, 5], j: [0]},
    )


def test_known_arrays_out_of_bounds_are_refused_at_once():
    x = TensorType("float64", (3, None))("x")
    with pytest.raises(IndexError, match=r"index -4 is out of bounds on axis 0 of x \(float64 mat"):
        x[[0, -4, 7]]
    same(run(x[[]], {x: np.zeros((3, 2))}), np.zeros((0, 2)))


def test_known_arrays_that_do_not_broadcast():
    with pytest.raises(IndexError, match=r"index arrays of x do not broadcast: shapes \[\(2,"):
        T.dmatrix("x")[[0, 1], [0, 1, 2]]


def test_operations_check_their_indices():
    x = T.dvector("x")
    with pytest.raises(TypeError, match=r"an index must be an integer, not d \(float64 vector\)"):
        AdvancedSubtensor(("array",))(x, T.dvector("d"))
    with pytest.raises(IndexError, match="too many indices: 2 for x"):
        AdvancedSubtensor(("array", "array"))(x, T.lvector(), T.lvector())


def test_integers_of_any_dtype_are_indices():
    x = T.dvector("x")
    for dtype in ("int8", "uint8", "int32", "uint64"):
        i = TensorType(dtype, (None,))("i")
        same(run(x[i], {x: [5.0, 6, 7], i: [2, 0]}), [7.0, 5.0])
        same(run(AdvancedSubtensor(("array",))(x, i), {x: [5.0, 6, 7], i: [2, 0]}), [7.0, 5.0])


@given(st.data())
def test_take(data):
    array = data.draw(arrays(st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)))
    axis = data.draw(st.none() | st.integers(-array.ndim, array.ndim - 1))
    mode = data.draw(st.sampled_from(["raise", "wrap", "clip"]))
    size = array.size if axis is None else array.shape[axis]
    far = 0 if mode == "raise" else 3 * size
    indices = np.array(data.draw(st.lists(st.integers(-size - far, size - 1 + far), min_size=1)))
    x, i = data.draw(variables(array)), T.lvector("i")
    got = run(T.take(x, i, axis, mode), {x: array, i: indices})
    same(got, np.take(array, indices, axis, mode=mode))
    same(
        run(x.take(indices[0], axis, mode), {x: array}), np.take(array, indices[0], axis, mode=mode)
    )


def test_take_errors():
    x = T.dvector("x")
    with pytest.raises(ValueError, match="take: mode='other' is none of 'raise', 'wrap' and"):
        T.take(x, 0, mode="other")
    with pytest.raises(ValueError, match="take: axis 1 is out of range for 1 dimensions"):
        T.take(x, 0, 1)
    with pytest.raises(IndexError, match="out of bounds"):
        run(T.take(x, 3), {x: [1.0]})
