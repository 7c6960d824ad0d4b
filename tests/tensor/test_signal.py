"""Convolution of single images, and pooling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops.test_pool import cells
from scipy import signal
from support.op_checks import arrays, derivatives_agree, everywhere, run, same
from tensor.test_conv import tensor, value

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import MaxPool

pool = T.signal.pool


@given(st.data())
def test_images_and_filters_one_or_several(data):
    mode = data.draw(st.sampled_from(["valid", "full"]))
    stacks = [data.draw(st.lists(st.integers(1, 3), max_size=1)) for _ in range(2)]
    x = data.draw(arrays((*stacks[0], 5, 4), "float64"))
    w = data.draw(arrays((*stacks[1], 3, 2), "float64"))
    found = value(lambda a, b: T.signal.conv.conv2d(a, b, border_mode=mode), x, w)
    images, filters = x.reshape(-1, 5, 4), w.reshape(-1, 3, 2)
    expected = np.array(
        [[signal.convolve2d(image, each, mode) for each in filters] for image in images]
    )
    same(found, expected.reshape(*stacks[0], *stacks[1], *expected.shape[2:]))


@given(st.data())
def test_sequences_and_filters_one_or_several(data):
    mode, step = data.draw(st.sampled_from(["valid", "full"])), data.draw(st.integers(1, 3))
    stacks = [data.draw(st.lists(st.integers(1, 3), max_size=1)) for _ in range(2)]
    x = data.draw(arrays((*stacks[0], 6), "float64"))
    w = data.draw(arrays((*stacks[1], 3), "float64"))
    found = value(lambda a, b: T.signal.conv.conv1d(a, b, border_mode=mode, subsample=step), x, w)
    sequences, filters = x.reshape(-1, 6), w.reshape(-1, 3)
    expected = np.array([[np.convolve(s, f, mode)[::step] for f in filters] for s in sequences])
    same(found, expected.reshape(*stacks[0], *stacks[1], expected.shape[2]))
    with pytest.raises(TypeError, match=r"signal.conv.conv1d: filters has the dimensions \(length"):
        T.signal.conv.conv1d(x, T.dtensor3("w"))


def test_a_demonstration_of_strides_and_shapes():
    x, w = T.dmatrix("x"), T.dtensor3("w")
    y = T.signal.conv.conv2d(
        x, w, image_shape=(7, 7), filter_shape=(4, 3, 3), subsample=(2, 3), border_mode="valid"
    )
    assert y.type.shape == (4, 3, 2)
    with pytest.raises(TypeError, match=r"signal.conv.conv2d: input has the dimensions \(row"):
        T.signal.conv.conv2d(T.dtensor4("x"), w)


MODES = {
    "max": lambda window, absent, every: window.max(),
    "sum": lambda window, absent, every: window.sum(),
    "average_exc_pad": lambda window, absent, every: window.mean(),
    "average_inc_pad": lambda window, absent, every: window.sum() / every,
    "l2": lambda window, absent, every: np.sqrt((window**2).sum()),
}
POOLS = {1: pool.pool_1d, 2: pool.pool_2d, 3: pool.pool_3d, 4: pool.pool_nd}


@given(st.data())
def test_pooling(data):
    """Each window's cells, taken one window after the other."""
    n = data.draw(st.integers(1, 4))
    ws, stride = (tuple(data.draw(st.integers(1, 3)) for _ in range(n)) for _ in range(2))
    pad = tuple(data.draw(st.integers(0, w - 1)) for w in ws)
    ignore = data.draw(st.booleans())
    mode = data.draw(st.sampled_from(sorted(MODES)))
    least = [max(1, w - 2 * p) if ignore else 1 for w, p in zip(ws, pad, strict=True)]
    extents = [e + data.draw(st.integers(0, 3)) for e in least]
    outer = data.draw(st.lists(st.integers(1, 2), max_size=2))
    x = data.draw(arrays((*outer, *extents), "float64"))
    known = data.draw(st.booleans())
    a = TensorType("float64", x.shape if known else (None,) * x.ndim)("x")
    y = POOLS[n](a, ws, ignore, stride, pad, mode)
    found = run(y, {a: x})
    if known:
        assert y.type.shape == found.shape
    op = MaxPool(ws, stride, [(p, p) for p in pad], not ignore)
    flat, result = x.reshape(-1, *extents), found.reshape(-1, *found.shape[x.ndim - n :])
    for place, where in cells(op, extents):
        # The window's cells, pads included, up to the end of the padded array.
        every = np.prod([
            min(o * s - p + w, e + p) - (o * s - p)
            for o, s, w, p, e in zip(place, stride, ws, pad, extents, strict=True)
        ])  # fmt: skip
        for image, each in zip(flat, result, strict=True):
            expected = MODES[mode](image[where], None, every)
            np.testing.assert_allclose(each[place], expected, rtol=1e-12)


@pytest.mark.parametrize("mode", sorted(MODES))
@pytest.mark.parametrize("ignore_border", [True, False])
def test_derivatives_of_pooling(mode, ignore_border):
    x = np.random.default_rng(0).permutation(70).reshape(2, 7, 5) / 16.0 - 2
    for how in ({"ws": 2}, {"ws": 3, "stride": 2}, {"ws": 3, "stride": (1, 2), "pad": (2, 1)}):
        how = {**how, "ignore_border": ignore_border, "mode": mode}
        derivatives_agree(lambda v, how=how: pool.pool_2d(v, **how) ** 2, x)
        derivatives_agree(lambda v, how=how: sg.grad((pool.pool_2d(v, **how) ** 3).sum(), v), x)


def test_a_window_of_zeros_has_no_derivative_by_l2():
    x = T.dmatrix("x")
    g = sg.grad(pool.pool_2d(x, 2, mode="l2").sum(), x)
    found = run(g, {x: [[0, 0, 3, 0], [0, 0, 4, 0]]})
    np.testing.assert_allclose(found, [[0, 0, 0.6, 0], [0, 0, 0.8, 0]], rtol=1e-14)


def test_averages_of_integers_are_not_cut():
    x = T.lmatrix("x")
    y = pool.pool_2d(x, 2, mode="average_exc_pad")
    assert run(y, {x: [[1, 2], [3, 5]]}).tolist() == [[2.75]]


def test_only_the_largest_are_left():
    x = np.array([[1, 4, -1, -2, 9], [3, 4, -5, -1, 9], [8, 8, 8, 8, 8]], float)
    found = value(lambda a: pool.max_pool_2d_same_size(a, (2, 2)), x)
    assert found.tolist() == [[0, 4, -1, 0, 0], [0, 4, 0, -1, 0], [0, 0, 0, 0, 0]]


def test_elements_drawn_in_proportion():
    x = np.array([[1, 0, 0, 0], [3, 0, 0, 0]], float)
    same(value(lambda a: pool.stochastic_pool_2d(a, 2), x), np.array([[2.5, 0]]))
    a = T.dtensor3("a")
    f = sg.function([a], pool.stochastic_pool_2d(a, 2, sg.RandomStreams(5)))
    many = f(np.tile(x, (4000, 1, 1)))
    assert set(many[:, 0, 0]) == {1, 3}
    assert (many[:, 0, 1] == 0).all()
    assert abs((many[:, 0, 0] == 3).mean() - 0.75) < 5 * np.sqrt(0.75 * 0.25 / 4000)
    # The slope goes to the element that was drawn.
    y = pool.stochastic_pool_2d(a, 2, sg.RandomStreams(5))
    value_, slope = sg.function([a], [y, sg.grad(y.sum(), a)])(np.tile(x, (9, 1, 1)))
    assert (slope[:, :, 0].sum(axis=1) == 1).all()
    assert (slope[:, :, 1:] == 0).all()
    same((slope * np.tile(x, (9, 1, 1))).sum(axis=(1, 2)), value_.sum(axis=(1, 2)))


def test_regions_in_proportion_to_the_image():
    x = np.arange(35.0).reshape(1, 5, 7)
    found = value(lambda a: pool.adaptive_pool_2d(a, (2, 3), "average"), x)
    rows, columns = [(0, 3), (2, 5)], [(0, 3), (2, 5), (4, 7)]
    expected = [[[x[0, a:b, c:d].mean() for c, d in columns] for a, b in rows]]
    np.testing.assert_allclose(found, expected)
    same(value(lambda a: pool.adaptive_pool_2d(a, 1), x), np.array([[[34.0]]]))
    with pytest.raises(ValueError, match="mode='least' is neither max nor average"):
        pool.adaptive_pool_2d(T.dmatrix(), 2, "least")


def test_unpooling():
    x = np.array([[1.0, 2], [3, 4]])
    found = value(lambda a: pool.unpool_2d(a, 2), x)
    assert found.tolist() == [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]
    of = np.array([[5, 1, 1, 2.0], [0, 1, 3, 4]])
    back = value(lambda a, b: pool.unpool_2d(a, 2, of=b), x[:1], of)
    assert back.tolist() == [[1, 0, 0, 0], [0, 0, 0, 2]]
    derivatives_agree(lambda a: pool.unpool_2d(a, (2, 3)) ** 2, x)


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ({"ws": 0}, ValueError, "pool_2d: ws=0 is neither an int above 0 nor 2 of them"),
        ({"ws": 2, "stride": (1,)}, ValueError, r"pool_2d: stride=\(1,\) is neither an int above"),
        ({"ws": 2, "pad": (0, 2)}, ValueError, "pool_2d: a pad of 2 is not smaller than ws, which"),
        ({"ws": 2, "pad": (0, -1)}, ValueError, r"pad=\(0, -1\) is neither an int >= 0 nor 2 of"),
        ({"ws": 2, "mode": "min"}, ValueError, "mode='min' is none of max, sum, average_inc_pad,"),
        ({"ws": T.dscalar("w")}, TypeError, "pool_2d: ws: an extent must be an integer scalar"),
        ({"ws": (T.lscalar("w"), 0)}, ValueError, "pool_2d: ws=0 is neither an int above 0"),
    ],
)  # fmt: skip
def test_arguments_that_are_none(how, error, message):
    with pytest.raises(error, match=message):
        pool.pool_2d(TensorType("float64", (None, 4))("x"), **how)


@given(st.data())
def test_windows_whose_extents_are_symbolic(data):
    """The same as of numbers, windows larger than the image included, and so are derivatives."""
    n = data.draw(st.integers(1, 3))
    ws, stride = (tuple(data.draw(st.integers(1, 4)) for _ in range(n)) for _ in range(2))
    pad = tuple(data.draw(st.integers(0, w - 1)) for w in ws)
    how = data.draw(st.booleans()), data.draw(st.sampled_from(sorted(MODES)))
    x = data.draw(arrays(st.lists(st.integers(1, 5), min_size=n, max_size=n + 1), "float64"))
    a = TensorType("float64", (None,) * x.ndim)("x")
    point: dict = {a: x}
    given_ = []
    for each in (ws, stride, pad):
        kind = data.draw(st.sampled_from(["ints", "vector", "scalars", "some"]))
        if kind == "vector":
            variable = T.lvector()
            point[variable] = each
            given_.append(variable)
            continue
        entries = []
        for k, entry in enumerate(each):
            variable = T.lscalar()
            symbolic = kind == "scalars" or (kind == "some" and k == 0)
            if symbolic:
                point[variable] = entry
            entries.append(variable if symbolic else entry)
        given_.append(tuple(entries))
    y = POOLS[n](a, given_[0], how[0], given_[1], given_[2], how[1])
    z = POOLS[n](a, ws, how[0], stride, pad, how[1])
    found, expected = run(y, point), run(z, {a: x})
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    by, wanted = (run(sg.grad((v**2).sum(), a), point) for v in (y, z))
    np.testing.assert_allclose(by, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mode", sorted(MODES))
@pytest.mark.parametrize("ignore_border", [True, False])
def test_symbolic_windows_on_every_back_end(mode, ignore_border):
    x, w, s, p = T.dtensor3("x"), T.lvector("w"), T.iscalar("s"), T.lvector("p")
    y = pool.pool_2d(x, w, ignore_border, s, p, mode)
    outputs = [y, sg.grad((y**3).sum(), x)]
    f = sg.function([x, w, s, p], outputs)
    assert f.fallbacks() == []
    rng = np.random.default_rng(0)
    for extents, window, stride, pads in (
        ((2, 7, 6), (3, 2), 2, (1, 0)), ((1, 4, 4), (1, 4), 1, (0, 3)),
        ((0, 4, 4), (2, 2), 3, (1, 1)), ((2, 3, 2), (4, 4), 1, (0, 0)),
    ):  # fmt: skip
        everywhere(outputs, {x: rng.normal(size=extents), w: window, s: stride, p: pads})
    value = rng.permutation(30).reshape(1, 6, 5) / 8.0
    with pytest.raises(ValueError, match="pool_2d: stride is at least 1, not 0"):
        f(value, [2, 2], 0, [0, 0])
    with pytest.raises(ValueError, match="pool_2d: ws - pad is at least 1, not 0"):
        f(value, [3, 2], 1, [0, 2])
    with pytest.raises(ValueError, match="specified"):
        f(value, [3], 1, [0, 2])


def test_second_derivatives_of_symbolic_windows():
    x = np.random.default_rng(0).permutation(42).reshape(7, 6) / 16.0 - 1
    two = T.ones((2,), "int64").sum()
    for mode in sorted(MODES):
        how = {"ws": (3, two), "stride": (two, 1), "pad": (1, 0), "mode": mode}
        derivatives_agree(lambda v, how=how: pool.pool_2d(v, **how) ** 2, x)
        derivatives_agree(lambda v, how=how: sg.grad((pool.pool_2d(v, **how) ** 3).sum(), v), x)


def test_windows_larger_than_the_image():
    """With ignore_border there are none, as in Theano; otherwise one is cut to the image."""
    x = T.dmatrix("x")
    value = np.arange(6.0).reshape(2, 3)
    for mode in sorted(MODES):
        none = pool.pool_2d(x, (2, 4), ignore_border=True, mode=mode)
        whole = pool.pool_2d(x, (9, 9), mode=mode)
        outputs = [none, sg.grad(none.sum(), x), whole, sg.grad((whole**2).sum(), x)]
        assert run(none, {x: value}).shape == (1, 0)
        assert run(whole, {x: value}).shape == (1, 1)
        np.testing.assert_array_equal(run(outputs[1], {x: value}), np.zeros((2, 3)))
        everywhere(outputs, {x: value}, {x: value[:1]}, {x: value[:, :2]})
    with pytest.raises(ValueError, match=r"windows of \(2, 4\) have no cell in .* which is empty"):
        run(pool.pool_2d(x, (2, 4)), {x: np.zeros((0, 3))})


def test_only_the_largest_of_symbolic_patches():
    x, p = T.dmatrix("x"), T.lvector("p")
    value = np.random.default_rng(0).normal(size=(5, 6))
    for patch in ((2, 2), (3, 4), (1, 1), (9, 9)):
        found = run(pool.max_pool_2d_same_size(x, p), {x: value, p: patch})
        expected = run(pool.max_pool_2d_same_size(x, patch), {x: value})
        np.testing.assert_array_equal(found, expected)
    everywhere([pool.max_pool_2d_same_size(x, p)], {x: value, p: (2, 3)})


def test_too_few_dimensions():
    with pytest.raises(TypeError, match=r"pool_2d: input has at least 2 dimensions, not x \(fl"):
        pool.pool_2d(T.dvector("x"), 2)


# --- the worked examples of the books ---


def test_a_maximum_hardly_moves_with_its_input():
    """Fig. 9.8 of Deep Learning: windows of 3, and the input shifted by one."""
    for x, expected in (([0.1, 1, 0.2, 0.1], [1, 1, 1, 0.2]), ([0.3, 0.1, 1, 0.2], [0.3, 1, 1, 1])):
        found = value(lambda a: pool.pool_1d(a, 3, True, stride=1, pad=1), np.array(x))
        assert found.tolist() == expected


def test_a_last_window_with_fewer_cells():
    """Fig. 9.10 of Deep Learning."""
    x = np.array([0.1, 1, 0.2, 0.1, 0, 0.1])
    assert value(lambda a: pool.pool_1d(a, 3, stride=2), x).tolist() == [1, 0.2, 0.1]
    assert value(lambda a: pool.pool_1d(a, 3, True, stride=2), x).tolist() == [1, 0.2]


def test_learned_invariance():
    """Fig. 9.9 of Deep Learning: the largest of several detectors answers whichever turned 5 is
    there, so maxima over channels do not change where another detector answers."""
    rng = np.random.default_rng(0)
    turned = rng.normal(size=(3, 5, 5))
    filters, x = tensor(turned[:, None], "w"), tensor(turned[:1, None])
    answers = T.nnet.conv2d(x, filters, filter_flip=False)
    largest = pool.pool_1d(answers.dimshuffle(0, 2, 3, 1), 3)
    for at in range(3):
        found = run(answers, {x: turned[at : at + 1, None], filters: turned[:, None]})
        assert found.argmax() == at
        most = run(largest, {x: turned[at : at + 1, None], filters: turned[:, None]})
        np.testing.assert_allclose(most.ravel(), [(turned[at] ** 2).sum()])
