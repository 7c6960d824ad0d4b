"""Any index that NumPy takes: integers, slices, arrays, masks, new axes and an Ellipsis, mixed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import budget
from support.index_strategies import arrays_of_indices, dressed, narrowed, slices
from support.op_checks import arrays, derivatives_agree, everywhere, run

import symgraph.tensor as T
from symgraph.graph import TensorType, Variable

SHAPES = st.lists(st.integers(0, 4), min_size=1, max_size=4).map(tuple)


@st.composite
def expressions(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    """An index of any form; all that broadcast together have the axes of `common`, except that the
    elements a mask selects may be of another number, which NumPy refuses."""
    common = tuple(draw(st.lists(st.integers(0, 3), min_size=1, max_size=2)))
    used = draw(st.integers(0, len(shape)))
    entries: list[Any] = []
    axis = 0
    while axis < used:
        extent = shape[axis]
        kind = draw(st.sampled_from(["slice", "integer", "array", "mask", "truth"]))
        if kind == "truth":
            entries.append(draw(st.sampled_from([bool, np.bool_, np.array]))(draw(st.booleans())))
            continue
        if kind == "mask":
            covered = draw(st.integers(1, used - axis))
            entries.append(draw(arrays(shape[axis : axis + covered], "bool")))
            axis += covered
            continue
        if kind == "slice":
            entries.append(draw(slices(extent)))
        elif kind == "integer" and extent:
            within = st.integers(-extent, extent - 1)
            as_array = st.sampled_from([int, np.int32, np.array])
            entries.append(draw(as_array)(draw(within)))
        else:
            own = draw(narrowed(common)) if extent else (*common[:-1], 0)
            entries.append(draw(arrays_of_indices(extent, own)))
        axis += 1
    return draw(dressed(entries, len(shape)))


@st.composite
def symbolic(draw: st.DrawFn, index: Any, values: dict[Variable, Any]) -> Any:
    """The index, some of whose arrays are variables, entered into `values`."""
    if isinstance(index, tuple):
        return tuple(draw(symbolic(entry, values)) for entry in index)
    if isinstance(index, np.ndarray) and draw(st.booleans()):
        variable = TensorType(index.dtype, (None,) * index.ndim)("i")
        values[variable] = index
        return variable
    return index


@given(st.data())
@budget(0.5)
def test_reading_and_writing(data):
    array = data.draw(arrays(SHAPES, "float64"))
    index = data.draw(expressions(array.shape))
    x = TensorType("float64", (None,) * array.ndim)("x")
    values: dict[Variable, Any] = {x: array}
    entries = data.draw(symbolic(index, values))
    try:
        expected = array[index]
    except IndexError:
        with pytest.raises(IndexError):
            x[entries].eval(values)
        return
    y = TensorType("float64", (None,) * expected.ndim)("y")
    values[y] = np.arange(1.0, 1 + expected.size).reshape(expected.shape)
    selected = x[entries]
    outputs = [selected, T.set_subtensor(selected, y), T.inc_subtensor(selected, y)]
    written, increased = array.copy(), array.copy()
    written[index] = values[y]
    np.add.at(increased, index, values[y])
    for output, wanted in zip(outputs, (expected, written, increased), strict=True):
        np.testing.assert_array_equal(run(output, values), wanted)
        assert output.type.ndim == wanted.ndim
    everywhere(outputs, values)


def test_a_list_with_slices_is_an_index_of_several_entries():
    x = T.dmatrix("x")
    array = np.arange(12.0).reshape(3, 4)
    for index in ([slice(1, 3), slice(None, 2)], [0, slice(2)], [..., 1], [None, 1], [slice(2)]):
        np.testing.assert_array_equal(run(x[index], {x: array}), array[tuple(index)])
    np.testing.assert_array_equal(run(x[[2, 0]], {x: array}), array[[2, 0]])


def test_writing_into_new_axes_is_no_writing_by_truth_values():
    x, truth = T.dmatrix("x"), T.gt(T.dscalar("t"), 0)
    threshold = truth.owner.inputs[0]
    array = np.arange(12.0).reshape(3, 4)
    for positive in (1.0, -1.0):
        values = {x: array, threshold: positive}
        chosen = run(T.set_subtensor(x[truth], 0), values)
        np.testing.assert_array_equal(chosen, 0 * array if positive > 0 else array)
        widened = run(T.set_subtensor(x[None][T.stack([truth])], 0), values)
        np.testing.assert_array_equal(widened, chosen[None])


@given(st.data())
@budget(0.5)
def test_derivatives(data):
    array = data.draw(arrays(SHAPES, "float64"))
    index = data.draw(expressions(array.shape))
    try:
        shape = array[index].shape
    except IndexError:
        return
    part = data.draw(arrays(shape, "float64"))
    derivatives_agree(lambda x: x[index] ** 2, array)
    derivatives_agree(lambda x, y: T.set_subtensor(x[index], y) ** 2, array, part)
    derivatives_agree(lambda x, y: T.inc_subtensor(x[index], y) ** 2, array, part)
