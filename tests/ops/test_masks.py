"""Selecting by masks of bools, and writing to what they select."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.index_strategies import slices
from support.op_checks import arrays, derivatives_agree, everywhere, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType, toposort
from symgraph.ops.nonzero import CountTrue, Nonzero

SHAPES = st.lists(st.integers(0, 4), min_size=1, max_size=3).map(tuple)


@st.composite
def masked(draw, shape):
    """An index with a mask of some adjacent axes, and slices, an Ellipsis or new axes around it."""
    first = draw(st.integers(0, len(shape) - 1))
    last = draw(st.integers(first + 1, len(shape)))
    mask = draw(arrays(shape[first:last], "bool"))
    before = [draw(slices(extent)) for extent in shape[:first]]
    if first and draw(st.booleans()):
        before = (
            [..., *before[last - first + len(shape) - last :]] if last == len(shape) else before
        )
    if before[:1] == [...]:
        before = [...]
    after = [draw(slices(extent)) for extent in shape[last : draw(st.integers(last, len(shape)))]]
    new = [None] * draw(st.integers(0, 1))
    return (*new, *before, mask, *after)


@st.composite
def symbolic(draw, index, values):
    """The index, its mask as an array, a list, or a variable that is entered into `values`."""
    entries = []
    for entry in index:
        if isinstance(entry, np.ndarray):
            form = draw(st.sampled_from(["array", "list", "variable"]))
            if form == "variable":
                variable = TensorType("bool", (None,) * entry.ndim)("mask")
                values[variable] = entry
                entry = variable
            elif form == "list" and entry.size:
                entry = entry.tolist()
        entries.append(entry)
    return tuple(entries)


@given(st.data())
def test_masks_select_as_in_numpy(data):
    array = data.draw(arrays(SHAPES))
    index = data.draw(masked(array.shape))
    x = data.draw(variables(array))
    values = {x: array}
    selected = x[data.draw(symbolic(index, values))]
    same(run(selected, values), array[index])


@given(st.data())
def test_writing_where_masks_are_true(data):
    array = data.draw(arrays(SHAPES, "float64"))
    index = data.draw(masked(array.shape))
    shape = array[index].shape
    part = data.draw(arrays(shape[data.draw(st.integers(0, len(shape))) :], "float32"))
    x, y = data.draw(variables(array)), data.draw(variables(part))
    values = {x: array, y: part}
    selected = x[data.draw(symbolic(index, values))]
    written, increased = array.copy(), array.copy()
    written[index] = part
    increased[index] += part
    same(run(T.set_subtensor(selected, y), values), written)
    same(run(T.inc_subtensor(selected, y), values), increased)


def test_back_ends_agree():
    x, y = T.matrix("x"), T.vector("y")
    above = x > y
    some = x[above]
    outputs = [
        some, x[:, y > 0], x[above.any(axis=1)], T.set_subtensor(some, 7.0),
        T.inc_subtensor(some, T.arange(some.shape[0])), some.sum(), sg.grad((some**3).sum(), x),
        T.nonzero(x, return_matrix=True), T.flatnonzero(above), T.nonzero_values(x * above),
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    points = [{x: rng.normal(size=shape), y: np.zeros(shape[1])} for shape in ((4, 5), (1, 3))]
    nothing = [{x: np.zeros(shape), y: np.ones(shape[1])} for shape in ((4, 5), (0, 3), (2, 0))]
    everywhere(outputs, *points, *nothing, {x: np.ones((3, 2)), y: np.zeros(2)})


def test_derivatives():
    rng = np.random.default_rng(0)
    mask = np.array([[True, False, True], [False, True, True]])
    x, y = rng.normal(size=(2, 3)), rng.normal(size=4)
    derivatives_agree(lambda x, y: x[mask] * y, x, y)
    derivatives_agree(lambda x, y: T.set_subtensor(x[mask], y**2) * x, x, y)
    derivatives_agree(lambda x: x[x > 0] ** 2, x)


def test_a_mask_selects_nothing_twice():
    """So a derivative need not ask which of several values stayed."""
    x, y, mask = T.vector("x"), T.vector("y"), TensorType("bool", (None,))("mask")
    slope = sg.grad(T.set_subtensor(x[mask], y).sum(), y)
    assert not any(str(node.op) == "switch" for node in toposort([slope]))


@pytest.mark.parametrize("axis", [0, 1])
def test_masks_of_another_extent_are_refused(axis):
    x = TensorType("float64", (3, 4))("x")
    message = (
        rf"a mask with the extent 2 on axis 0 cannot select from x \(float64 matrix \(3, 4\)\),"
        rf" which has {3 + axis} on axis {axis}: a mask has an element for each"
    )
    with pytest.raises(ValueError, match=message):
        x[(slice(None),) * axis + (np.array([True, False]),)]


@pytest.mark.parametrize("mode", ["llvm", "reference"])
def test_masks_of_another_extent_are_found_when_run(mode):
    x, mask = T.vector("x"), TensorType("bool", (None,))("mask")
    f = sg.function([x, mask], x[mask].sum(), mode=mode)
    with pytest.raises(ValueError, match=r"an array of shape \(2,\) was specified to have \(3,\)"):
        f(np.ones(3), np.ones(2, bool))


def test_wrong_masks():
    x, truth = T.dvector("x"), TensorType("bool", ())("truth")
    with pytest.raises(IndexError, match="too many indices: 2 for x"):
        x[np.array([[True]])]
    with pytest.raises(TypeError, match="nonzero takes an array of at least one axis, not truth"):
        T.nonzero(truth)
    for op in (CountTrue(), lambda x: Nonzero()(x, 1)):
        with pytest.raises(
            TypeError, match=r"a mask is an array of bools, not x \(float64 vector\)"
        ):
            op(x)
