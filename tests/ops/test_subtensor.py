"""Indexing with integers and slices, and writing to what they select."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.index_strategies import around, basic_indices, ellipsis_first, slices, symbolic
from support.op_checks import arrays, derivatives_agree, everywhere, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Constant, TensorType, toposort
from symgraph.ops import IncSubtensor, Subtensor
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.subtensor import Slice

SHAPES = st.lists(st.integers(0, 4), max_size=3).map(tuple)


def select(array, index):
    """array[index], or the error's class."""
    try:
        return array[index]
    except IndexError:
        return IndexError


@given(st.data())
def test_indices_select_as_in_numpy(data):
    array = data.draw(arrays(SHAPES))
    index = data.draw(basic_indices(array.shape) | ellipsis_first(array.shape))
    x = data.draw(variables(array))
    values = {x: array}
    expected = select(array, index)
    if expected is IndexError:
        with pytest.raises(IndexError, match="out of bounds"):
            run(x[data.draw(symbolic(index, values))], values)
        return
    got = run(x[data.draw(symbolic(index, values))], values)
    same(got, expected)
    assert not got.size or np.shares_memory(got, array)


@given(st.data())
def test_any_slice_of_any_extent(data):
    """With all bounds known the type knows the extent, if it knows that of the axis."""
    extent = data.draw(st.integers(0, 5))
    index = data.draw(slices(extent))
    array = np.arange(extent)
    for x in (T.lvector("x"), TensorType("int64", (extent,))("x")):
        same(run(x[index], {x: array}), array[index])
    assert x[index].type.shape == array[index].shape


@given(st.data())
def test_writing_to_a_selection(data):
    array = data.draw(arrays(SHAPES, "float64"))
    index = data.draw(basic_indices(array.shape) | ellipsis_first(array.shape))
    expected = select(array, index)
    if expected is IndexError:
        return
    narrow = [extent if data.draw(st.booleans()) else 1 for extent in expected.shape]
    narrow = narrow[data.draw(st.integers(0, len(narrow))) :]
    part = data.draw(arrays(tuple(narrow), st.sampled_from(["float64", "int8", "float32"])))
    x, y = data.draw(variables(array)), data.draw(variables(part))
    values = {x: array, y: part}
    selected = x[data.draw(symbolic(index, values))]
    written, increased = array.copy(), array.copy()
    written[index] = part
    increased[index] += part
    same(run(T.set_subtensor(selected, y), values), written)
    same(run(T.inc_subtensor(selected, y), values), increased)


@given(st.data())
def test_derivatives(data):
    array = data.draw(arrays(SHAPES, "float64"))
    index = data.draw(basic_indices(array.shape))
    expected = select(array, index)
    if expected is IndexError:
        return
    narrow = tuple(extent if data.draw(st.booleans()) else 1 for extent in expected.shape)
    part = data.draw(arrays(narrow, "float64"))
    derivatives_agree(lambda x: x[index] ** 2, array)
    derivatives_agree(lambda x, y: T.set_subtensor(x[index], y) ** 2, array, part)
    derivatives_agree(lambda x, y: T.inc_subtensor(x[index], y) ** 2, array, part)


def test_second_derivatives():
    point = np.arange(6.0).reshape(2, 3)
    index = (slice(None, None, -1), slice(1, None))
    derivatives_agree(lambda x: sg.grad((x[index] ** 3).sum(), x), point)
    for write in (T.set_subtensor, T.inc_subtensor):
        derivatives_agree(
            lambda x, y, write=write: sg.grad((write(x[index], y) ** 3).sum(), x),
            point,
            point[:1, :2],
        )


def test_every_back_end_selects_and_writes():
    """One function of symbolic bounds, called with bounds within and outside."""
    x, y = T.dmatrix("x"), T.dscalar("y")
    a, b, c, i = T.lscalars("a", "b", "c", "i")
    parts = [x[a:b:c], x[::c, a:], x[:b, ::-1], x[a:b, i], x[:, :b][::c]]
    outputs = [*parts, *(T.set_subtensor(part, y) for part in parts)]
    outputs += [T.inc_subtensor(part, part * 2) for part in parts]
    outputs += [sg.grad((part**2).sum(), x) for part in parts]
    rng = np.random.default_rng(0)
    points = []
    for _ in range(60):
        shape = rng.integers(0, 5, 2)
        bounds = dict(zip((a, b, i), rng.integers(-6, 7, 3), strict=True))
        step = rng.choice([1, 2, -1, -3, 2**62, -(2**62), 0], p=[0.2] * 4 + [0.08, 0.08, 0.04])
        points.append({x: rng.normal(size=shape), y: 7.0, **bounds, c: step})
    everywhere(outputs, *points)


def test_every_back_end_takes_constant_indices():
    x = T.TensorType("int8", (None, None, None))("x")
    every = [
        x[1],
        x[-1, 0],
        x[..., -1],
        x[1:-1, ::2],
        x[:, None, ::-1],
        x[-3:, :, 1],
        x[5:2],
        x[:0],
    ]
    every += [T.inc_subtensor(part, 3) for part in every]
    rng = np.random.default_rng(0)
    shapes = [(2, 3, 4), (1, 2, 3), (3, 1, 2), (0, 1, 1), (4, 4, 1), (2, 0, 0)]
    for part in every:
        everywhere([part], *({x: rng.integers(-5, 5, shape)} for shape in shapes))


def test_a_step_of_zero():
    x, n = T.dvector("x"), T.lscalar("n")
    with pytest.raises(ValueError, match="a slice cannot step by zero"):
        x[::0]
    with pytest.raises(ValueError, match="slice step cannot be zero"):
        run(x[::n], {x: [1.0], n: 0})


def test_known_integers_out_of_bounds_are_refused_at_once():
    x = TensorType("float64", (None, 3))("x")
    for index in (3, -4):
        with pytest.raises(
            IndexError,
            match=rf"index {index} is out of bounds on axis 1 of x \(float64 matrix \(\?, 3",
        ):
            x[0, index]


def test_too_many_indices():
    x = T.dmatrix("x")
    with pytest.raises(
        IndexError, match=r"too many indices: 3 for x \(float64 matrix\) of 2 dimensions"
    ):
        x[0, 0, 0]
    with pytest.raises(IndexError, match="an index can only have one Ellipsis"):
        x[..., ...]
    with pytest.raises(IndexError, match=r"too many indices: 2 for v"):
        Subtensor(("int", "int"))(T.dvector("v"), T.lscalar(), T.lscalar())


@pytest.mark.parametrize("index", [1.0, "a", T.dscalar("d"), slice(0.5), np.float64(1), 1j])
def test_what_is_no_integer_is_no_index(index):
    x = T.dmatrix("x")
    with pytest.raises(TypeError, match="the index of x on axis 1 must be an integer|no numbers"):
        x[0, index]


def test_bounds_of_slices_are_scalars():
    with pytest.raises(TypeError, match="a bound of a slice must be a scalar, not int64 vector"):
        T.dvector("x")[T.lvector("i") :]


def test_an_operation_checks_its_indices():
    x = T.dvector("x")
    with pytest.raises(TypeError, match=r"an index must be an integer, not d \(float64 scalar\)"):
        Subtensor(("int",))(x, T.dscalar("d"))
    with pytest.raises(TypeError, match="does not fit 2 indices"):
        Subtensor(("int",))(x, T.lscalar(), T.lscalar())


def test_what_cannot_be_written():
    x, v = TensorType("float64", (4, None))("x"), TensorType("float64", (3,))("v")
    with pytest.raises(
        ValueError, match=r"set_subtensor: the value v .* does not fit the selected"
    ):
        T.set_subtensor(x[:2, 0], v)
    with pytest.raises(ValueError, match="inc_subtensor: the value v .* has more dimensions than"):
        T.inc_subtensor(x[0, 0], v)
    with pytest.raises(TypeError, match=r"set_subtensor: z \(complex128 .* cannot be written into"):
        T.set_subtensor(x[0, 0], T.zscalar("z"))
    with pytest.raises(TypeError, match=r"cannot be written into .*int64"):
        T.set_subtensor(T.lvector("i")[0], T.dscalar("d"))
    with pytest.raises(TypeError, match=r"set_subtensor: 1\.5 cannot be written into .*int64"):
        T.set_subtensor(T.lvector("i")[0], 1.5)
    with pytest.raises(TypeError, match=r"inc_subtensor: nan cannot be written into .*int64"):
        T.inc_subtensor(T.lvector("i")[0], float("nan"))
    with pytest.raises(TypeError, match=r"set_subtensor takes a selection such as x\[0\] or"):
        T.set_subtensor(x * 2, 0)
    with pytest.raises(TypeError, match=r"inc_subtensor takes a selection such as x\[0\], not 3"):
        T.inc_subtensor(3, 0)
    with pytest.raises(ValueError, match=r"SetSubtensor\{:i\}: the value c \(float64 matrix"):
        IncSubtensor((Slice(stop=True),), True)(x, T.tensor("c", "float64", (3, 1)), T.constant(2))


def test_a_value_that_does_not_fit_is_an_error_when_run():
    x, y = T.dvectors("x", "y")
    with pytest.raises(ValueError, match=r"could not broadcast.*\(3,\).*\(2,\)"):
        run(T.set_subtensor(x[:2], y), {x: np.zeros(4), y: np.zeros(3)})
    everywhere([T.set_subtensor(x[:2], y)], {x: np.zeros(4), y: np.zeros(3)})
    everywhere([T.inc_subtensor(x[1:], y)], {x: np.zeros(4), y: np.zeros(2)})


def test_writing_through_exchanged_and_new_axes():
    x, values = T.dmatrix("x"), np.arange(6.0).reshape(2, 3)
    rows = np.array([10.0, 20.0])
    expected = values.copy()
    expected[:, 1:] = rows[:, None]
    same(run(T.set_subtensor(x[:, 1:].T, rows), {x: values}), expected)
    expected = values.copy()
    expected[None, 0] += 1
    same(run(T.inc_subtensor(x[None, 0], 1), {x: values}), expected)


def test_whole_axes_stay_provably_as_long():
    x = T.dtensor3("x")
    assert extent_keys(x[:, 1:, 0])[0] == (x, 0)
    assert extent_keys(x[1]) == ((x, 1), (x, 2))
    assert extent_keys(T.set_subtensor(x[0], 1.0)) == extent_keys(x)


def test_an_extent_of_a_shape_reads_no_values():
    x = T.dmatrix("x")
    for extent in (x.shape[0], x.shape[-2], T.shape(x)[0]):
        assert [str(node.op) for node in toposort([extent])] == ["ShapeOf{axis=0}"]
    fixed = TensorType("float64", (None, 7))("y")
    assert isinstance(fixed.shape[1], Constant)
    with pytest.raises(IndexError, match="index 2 is out of bounds"):
        x.shape[2]
    same(run(x.shape[::-1], {x: np.zeros((2, 3))}), np.array([3, 2]))


def test_elements_of_constants_are_constants():
    c = T.constant([4, 5, 6])
    assert isinstance(c[1], Constant)
    same(c[-1].data, np.int64(6))


@given(st.data())
def test_extents_of_slices_are_inferred_from_symbolic_bounds(data):
    """`run` compares each inferred extent with the true one; here far outside, too."""
    extent = data.draw(st.integers(0, 4))
    bounds = [data.draw(around(extent) | st.sampled_from([-(2**62), 2**62])) for _ in range(2)]
    step = data.draw(st.sampled_from([1, -1, 3, -2, 2**62, -(2**62), 2**63 - 1, -(2**63)]))
    x, i, j, k = T.lvector("x"), *T.lscalars("i", "j", "k")
    array = np.arange(extent)
    values = {x: array, i: bounds[0], j: bounds[1], k: step}
    same(run(x[i:j:k], values), array[bounds[0] : bounds[1] : step])
    same(run(x[:j:k], values), array[: bounds[1] : step])
    same(run(x[i::k], values), array[bounds[0] :: step])
