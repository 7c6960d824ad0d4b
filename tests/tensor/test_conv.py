"""Convolution layers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal
from support.op_checks import arrays, derivatives_agree, run, same

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

CONV = {1: T.nnet.conv1d, 2: T.nnet.conv2d, 3: T.nnet.conv3d}


def tensor(array, name="x"):
    return TensorType(array.dtype, (None,) * array.ndim)(name)


def value(f, *arrays, dtype="float64"):
    """f of arrays."""
    given = [np.asarray(array, dtype) for array in arrays]
    variables = [tensor(array) for array in given]
    return run(f(*variables), dict(zip(variables, given, strict=True)))


def scipys(x, w, flip, subsample, dilation, groups):
    """SciPy's convolution or correlation, channel by channel."""
    reach = ((f - 1) * d + 1 for f, d in zip(w.shape[2:], dilation, strict=True))
    spread = np.zeros((*w.shape[:2], *reach))
    spread[(..., *(slice(None, None, d) for d in dilation))] = w
    one = signal.convolve if flip else signal.correlate
    steps = tuple(slice(None, None, s) for s in subsample)
    part, filters = x.shape[1] // groups, len(w) // groups
    return np.array([
        [
            sum(
                one(image[k // filters * part + c], spread[k, c], "valid", method="direct")
                for c in range(part)
            )[steps]
            for k in range(len(w))
        ]
        for image in x
    ])  # fmt: skip


@st.composite
def layers(draw):
    n = draw(st.integers(1, 3))
    each = st.integers(1, 3 if n < 3 else 2)
    f, d, s = (tuple(draw(each) for _ in range(n)) for _ in range(3))
    pads = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(n))
    reach = [(a - 1) * b + 1 for a, b in zip(f, d, strict=True)]
    least = [max(1, r - sum(p)) for r, p in zip(reach, pads, strict=True)]
    extents = [e + draw(st.integers(0, 3)) for e in least]
    groups = draw(st.integers(1, 2))
    x = draw(arrays((draw(st.integers(1, 2)), groups * draw(st.integers(1, 2)), *extents), "f8"))
    w = draw(arrays((groups * draw(st.integers(1, 2)), x.shape[1] // groups, *f), "f8"))
    return x, w, pads, s, d, groups


@given(layers(), st.booleans())
def test_every_layer_is_scipys(drawn, flip):
    x, w, pads, s, d, groups = drawn
    n = len(s)
    found = value(
        lambda a, b: CONV[n](
            a, b, border_mode=pads, subsample=s, filter_flip=flip, filter_dilation=d,
            num_groups=groups,
        ),
        x, w,
    )  # fmt: skip
    wide = np.pad(x, ((0, 0), (0, 0), *pads))
    np.testing.assert_array_equal(found, scipys(wide, w, flip, s, d, groups))


def pads_of(mode, extent, reach, stride):
    """Before and behind, from the definition of each mode."""
    if mode == "same":
        places = -(-extent // stride)
        total = max((places - 1) * stride + reach - extent, 0)
        return total // 2, total - total // 2
    pad = {"valid": 0, "full": reach - 1, "half": reach // 2}.get(mode, mode)
    return pad if isinstance(pad, tuple) else (pad, pad)


@given(st.data())
def test_border_modes(data):
    mode = data.draw(st.sampled_from(["valid", "full", "half", "same", 1, (2, 0)]))
    stride, dilation = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))
    length, extent = data.draw(st.integers(1, 4)), data.draw(st.integers(7, 9))
    x, w = np.arange(1.0, extent + 1)[None, None], np.arange(1.0, length + 1)[None, None]
    reach = (length - 1) * dilation + 1
    wide = np.pad(x, ((0, 0), (0, 0), pads_of(mode, extent, reach, stride)))
    expected = scipys(wide, w, True, (stride,), (dilation,), 1)
    known = data.draw(st.booleans())
    a = TensorType("float64", x.shape if known else (None, None, None))("x")
    b = TensorType("float64", w.shape if known else (None, None, None))("w")
    mode = (mode,) if isinstance(mode, tuple) else mode
    y = T.nnet.conv1d(a, b, border_mode=mode, subsample=stride, filter_dilation=dilation)
    same(run(y, {a: x, b: w}), expected)
    if known:
        assert y.type.shape == expected.shape
    if mode == "same":
        assert expected.shape[2] == -(-extent // stride)
    # One mode serves all axes, or each has its own.
    again = T.nnet.conv2d(
        a.dimshuffle(0, 1, "x", 2), b.dimshuffle(0, 1, "x", 2),
        border_mode=("valid", *mode) if isinstance(mode, tuple) else ("valid", mode),
        subsample=(1, stride), filter_dilation=(1, dilation),
    )  # fmt: skip
    same(run(again, {a: x, b: w}), expected[:, :, None])


@given(st.data())
def test_unshared_filters_are_those_of_their_places(data):
    x = data.draw(arrays((2, 4, 5, 4), "float64"))
    w = data.draw(arrays((6, 2, 2, 2, 3, 2), "float64"))
    flip = data.draw(st.booleans())
    found = value(
        lambda a, b: T.nnet.conv2d(
            a, b, subsample=2, num_groups=2, unshared=True, filter_flip=flip
        ),
        x, w,
    )  # fmt: skip
    for i in range(2):
        for j in range(2):
            patch = x[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 2]
            expected = scipys(patch, w[:, i, j], flip, (1, 1), (1, 1), 2)
            same(found[:, :, i : i + 1, j : j + 1], expected)


MODES = st.sampled_from(["valid", "full", "half", "same", (1, (0, 2))])


@given(st.data())
def test_gradients_as_functions_are_adjoint(data):
    """<conv(K, V), G> = <V, convT(K, G)> = <K, grad(G, V)>."""
    how = {
        "border_mode": data.draw(MODES),
        "subsample": (data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))),
        "filter_flip": data.draw(st.booleans()),
        "filter_dilation": (1, data.draw(st.integers(1, 2))),
        "num_groups": data.draw(st.integers(1, 2)),
    }
    v = data.draw(arrays((2, 2, data.draw(st.integers(5, 7)), 6), "float64"))
    k = data.draw(arrays((4, 2 // how["num_groups"], 3, 2), "float64"))
    out = value(lambda a, b: T.nnet.conv2d(a, b, **how), v, k)
    g = data.draw(arrays(out.shape, "float64"))
    back = value(lambda a, b: T.nnet.conv2d_grad_wrt_inputs(a, b, v.shape, **how), g, k)
    by_k = value(lambda a, b: T.nnet.conv2d_grad_wrt_weights(a, b, k.shape, **how), v, g)
    assert (out * g).sum() == (back * v).sum() == (by_k * k).sum()
    how["input_dilation"] = how.pop("subsample")
    wanted = (None, None, *v.shape[2:])
    transposed = value(lambda a, b: T.nnet.conv2d_transpose(a, b, wanted, **how), g, k)
    same(transposed, back)


def test_gradients_of_volumes_as_functions():
    rng = np.random.default_rng(0)
    v, k = rng.integers(-3, 4, (2, 3, 4, 5, 6)) * 1.0, rng.integers(-3, 4, (2, 3, 2, 3, 2)) * 1.0
    how = {"border_mode": "half", "subsample": (1, 2, 1)}
    x, w = tensor(v), tensor(k)
    out = T.nnet.conv3d(x, w, **how)
    by_x, by_w = sg.grad((out**2).sum() / 2, [x, w])
    at = {x: v, w: k}
    same(run(T.nnet.conv3d_grad_wrt_inputs(out, w, v.shape, **how), at), run(by_x, at))
    same(run(T.nnet.conv3d_grad_wrt_weights(x, out, k.shape, **how), at), run(by_w, at))


@given(st.data())
def test_derivatives_of_layers(data):
    how = {
        "border_mode": data.draw(MODES),
        "subsample": data.draw(st.integers(1, 2)),
        "filter_flip": data.draw(st.booleans()),
        "num_groups": data.draw(st.integers(1, 2)),
    }
    v = data.draw(arrays((1, 2, 4, 5), "float64"))
    k = data.draw(arrays((2, 2 // how["num_groups"], 3, 2), "float64"))
    derivatives_agree(lambda x, w: T.nnet.conv2d(x, w, **how) ** 2, v, k)
    derivatives_agree(
        lambda x, w: sg.grad((T.nnet.conv2d(x, w, **how) ** 3).sum(), w), v / 4, k / 4
    )


def test_what_is_told_of_shapes_is_known_and_checked():
    x, w = T.ftensor4("x"), T.ftensor4("w")
    y = T.nnet.conv2d(x, w, input_shape=(None, 1, 28, 28), filter_shape=(20, 1, 5, 5))
    assert y.type.shape == (None, 20, 24, 24)
    assert T.nnet.conv2d(x, w, image_shape=(500, 1, 28, 28)).type.shape == (500, None, None, None)
    f = sg.function([x, w], y)
    with pytest.raises(ValueError, match=r"\(3, 1, 28, 27\) was specified to have \(3, 1, 28, 28"):
        f(np.zeros((3, 1, 28, 27), "f"), np.zeros((20, 1, 5, 5), "f"))
    with pytest.raises(ValueError, match=r"conv2d: input_shape=\(1, 28, 28\) has 3 entries for"):
        T.nnet.conv2d(x, w, input_shape=(1, 28, 28))


def test_the_wanted_extents_decide_between_those_that_fit():
    """With strides several images make one result; the transposed layer is told which."""
    g, w = np.ones((1, 1, 2, 2)), np.ones((1, 1, 3, 3))
    for extent in (5, 6):
        back = value(
            lambda a, b, e=extent: T.nnet.conv2d_transpose(
                a, b, (None, None, e, e), input_dilation=(2, 2)
            ),
            g, w,
        )  # fmt: skip
        assert back.shape == (1, 1, extent, extent)
        assert back.sum() == 36
    n = T.lscalar("n")
    x, k = tensor(g), tensor(w)
    y = T.nnet.conv2d_transpose(x, k, (None, None, n, 5), input_dilation=2)
    assert run(y, {x: g, k: w, n: 6}).shape == (1, 1, 6, 5)
    with pytest.raises(ValueError, match="must say the extents of all axes behind 2"):
        T.nnet.conv2d_transpose(x, k, (None, None, None, 5))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"border_mode": "around"}, ValueError,
         r"conv2d: border_mode='around': wanted are 'valid', 'full', 'half', 'same', or for each"),
        ({"border_mode": (1, 2, 3)}, ValueError,
         r"border_mode=\(1, 2, 3\) has 3 entries, one for each of rows, columns is wanted"),
        ({"border_mode": (1, (2, -1))}, ValueError, "an int >= 0 or a pair of them"),
        ({"subsample": (1, 0)}, ValueError,
         r"conv2d: subsample=\(1, 0\) is neither an int above 0 nor 2 of them"),
        ({"filter_dilation": (1, 1, 1)}, ValueError, r"filter_dilation=\(1, 1, 1\) is neither an"),
        ({"num_groups": 0}, ValueError, "num_groups=0 is no int above 0"),
    ],
)  # fmt: skip
def test_arguments_that_are_none(change, error, message):
    with pytest.raises(error, match=message):
        T.nnet.conv2d(T.ftensor4("x"), T.ftensor4("w"), **change)


def test_ranks_and_shapes_that_do_not_fit():
    w = T.ftensor4("w")
    with pytest.raises(TypeError, match=r"conv2d: input has 4 dimensions, \(batch, channels, rows, "
                       r"columns\), not x \(float32 matrix\); dimshuffle\('x', 'x', 0, 1\) makes a"
                       ):  # fmt: skip
        T.nnet.conv2d(T.fmatrix("x"), w)
    with pytest.raises(TypeError, match=r"filters has 6 dimensions, \(output channels, one exte"):
        T.nnet.conv2d(T.ftensor4("x"), w, unshared=True)
    x = TensorType("float32", (8, 28, 28, 3))("photos")
    w = TensorType("float32", (20, 3, 5, 5))("W")
    with pytest.raises(ValueError, match=r"the image photos .* and the kernel W .*are the image"):
        T.nnet.conv2d(x, w)


@pytest.mark.parametrize("mode", ["reference", "llvm"])
def test_errors_of_a_call_name_the_filters_and_the_line(mode):
    x, w = T.ftensor4("photos"), T.ftensor4("W")
    f = sg.function([x, w], T.nnet.conv2d(x, w), mode=mode)
    told = (
        r"(?s)channels last.*created at .*test_conv.py.*photos is .*: W \(turned round\) is float32"
    )
    with pytest.raises(ValueError, match=told):
        f(np.zeros((8, 28, 28, 3), "f"), np.zeros((20, 3, 5, 5), "f"))
