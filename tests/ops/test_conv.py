"""Convolution and its two derivatives."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drawn_convolutions import drawn, plain
from support.op_checks import arrays, derivatives_agree, everywhere, integers, run, same, variables

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import Conv, ConvInputGradient, ConvKernelGradient

DTYPES = st.sampled_from(["int8", "int64", "float16", "float32", "float64", "complex64"])


@given(st.data())
def test_a_convolution_is_its_sum(data):
    case = data.draw(drawn())
    image, kernel = (data.draw(arrays(shape, DTYPES)) for shape in (case.image, case.kernel))
    x, w = data.draw(variables(image)), data.draw(variables(kernel))
    same(run(case.forward(x, w), {x: image, w: kernel}), plain(case, image, kernel))


@given(st.data())
def test_the_three_are_derivatives_of_one_form(data):
    case = data.draw(drawn())
    v, k, g = (data.draw(arrays(s, "float64")) for s in (case.image, case.kernel, case.output))
    x, w, y = (data.draw(variables(array)) for array in (v, k, g))
    at = {x: v, w: k, y: g}
    form = (run(case.forward(x, w), at) * g).sum()
    assert (run(case.by_image(w, y), at) * v).sum() == form
    assert (run(case.by_kernel(x, y), at) * k).sum() == form


@given(st.data())
def test_derivatives(data):
    case = data.draw(drawn(max_spatial=2))
    v, k, g = (data.draw(arrays(s, "float64")) for s in (case.image, case.kernel, case.output))
    derivatives_agree(lambda x, w: case.forward(x, w) ** 2, v, k)
    derivatives_agree(lambda w, y: case.by_image(w, y) ** 2, k, g)
    derivatives_agree(lambda x, y: case.by_kernel(x, y) ** 2, v, g)


@given(st.data())
def test_second_derivatives(data):
    case = data.draw(drawn(max_spatial=2))
    v, k = (data.draw(arrays(s, "float64")) for s in (case.image, case.kernel))

    def slope(at):
        return lambda x, w: sg.grad((case.forward(x, w) ** 3).sum(), (x, w)[at])

    derivatives_agree(slope(0), v / 4, k / 4)
    derivatives_agree(slope(1), v / 4, k / 4)


@given(st.data())
def test_every_back_end_convolves_alike(data):
    case = data.draw(drawn())
    dtype = data.draw(DTYPES)
    v, k, g = (data.draw(arrays(s, dtype)) for s in (case.image, case.kernel, case.output))
    x, w, y = (data.draw(variables(array)) for array in (v, k, g))
    outputs = [case.forward(x, w), case.by_image(w, y), case.by_kernel(x, y)]
    everywhere(outputs, {x: v, w: k, y: g})


def test_pads_may_be_variables():
    x, w = T.dtensor3("x"), T.dtensor3("w")
    before, after, extent = T.lscalars("before", "after", "extent")
    y = Conv((2,), (1,))(x, w, before, after)
    image, kernel = np.arange(7.0).reshape(1, 1, 7), np.ones((1, 1, 3))
    everywhere([y], {x: image, w: kernel, before: 1, after: 1}, {x: image, w: kernel, before: 0,
                                                                after: 3})  # fmt: skip
    back = ConvInputGradient((2,), (1,))(w, x, before, after, extent)
    everywhere([back], {x: image, w: kernel, before: 0, after: 0, extent: 15},
               {x: image, w: kernel, before: 0, after: 0, extent: 16})  # fmt: skip


def test_what_is_known_of_extents_is_kept():
    x = TensorType("float32", (None, 2, 28, None))("x")
    w = TensorType("float32", (20, 2, 5, 5))("w")
    y = Conv((1, 2), (1, 1))(x, w, *integers(0, 0, 2, 2))
    assert y.type.shape == (None, 20, 24, None)
    by_x, by_w = sg.grad(y.sum(), [x, w])
    assert by_x.type == x.type
    assert by_w.type == w.type


def test_attributes_that_make_no_convolution_are_refused():
    with pytest.raises(ValueError, match=r"strides \(1, 1\) and dilations \(1,\) must have an e"):
        Conv((1, 1), (1,))
    with pytest.raises(ValueError, match=r"strides \(0,\), dilations \(1,\) and the number of gr"):
        Conv((0,), (1,))


IMAGE, KERNEL = TensorType("float32", (8, 28, 30, 3))("x"), TensorType("float32", (20, 3, 5, 5))
NO_PADS = (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("image", "kernel", "pads", "groups", "message"),
    [
        ((8, 28, 30, 3), (20, 3, 5, 5), NO_PADS, 1,
         r"the image has 28 channels, the kernel takes 3; are the image's channels last\? "
         r"dimshuffle\(0, 3, 1, 2\) puts them first"),
        ((8, 20, 9, 9), (20, 3, 5, 5), NO_PADS, 1,
         r"20 channels, the kernel takes 3; a kernel is \(output channels, input channels, ...\)"),
        ((8, 5, 9, 9), (20, 3, 5, 5), NO_PADS, 2,
         r"has 5 channels, the kernel takes 6 \(3 in each of 2 groups\); 5 channels do not d"),
        ((8, 6, 9, 9), (5, 3, 5, 5), NO_PADS, 2, "the 5 output channels do not divide into 2 gro"),
        ((8, 3, 4, 9), (20, 3, 5, 5), NO_PADS, 1,
         r"the kernel's extent 5 is larger than the padded image's, 0 \+ 4 \+ 0, on spatial axis"),
        ((8, 3, 9, 9), (20, 3, 5, 0), NO_PADS, 1, "the kernel is empty on spatial axis 1"),
        ((8, 3, 9, 9), (20, 3, 5, 5), (0, 0, 1, -1), 1, "the pads 1 and -1 of spatial axis 1 are"),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit(image, kernel, pads, groups, message):
    """Told when the expression is written, or else when it runs."""
    op = Conv((1, 1), (1, 1), groups)
    x, w = TensorType("float32", image)("x"), TensorType("float32", kernel)("W")
    with pytest.raises(ValueError, match=rf"the image x \(.*the kernel W \(.*: .*{message}"):
        op(x, w, *integers(*pads))
    x, w, p = T.ftensor4("x"), T.ftensor4("W"), [T.lscalar(f"p{i}") for i in range(4)]
    f = sg.function([x, w, *p], op(x, w, *p), mode="reference")
    with pytest.raises(ValueError, match=rf"image of shape \(8, .*kernel of shape .*{message}"):
        f(np.zeros(image, "f"), np.zeros(kernel, "f"), *pads)


def test_gradients_that_do_not_fit():
    x, w = T.ftensor3("x"), T.ftensor3("w")
    back = ConvInputGradient((1,), (2,))(w, x, *integers(0, 0, 9))
    with pytest.raises(ValueError, match=r"it has the places \(5\), but the output has \(6\)"):
        run(back, {w: np.zeros((1, 1, 3)), x: np.zeros((1, 1, 6))})
    with pytest.raises(ValueError, match="kernel makes 1 channels, the output has 2"):
        run(back, {w: np.zeros((1, 1, 3)), x: np.zeros((1, 2, 5))})
    small = ConvInputGradient((1,), (2,))(w, x, *integers(0, 0, 4))
    with pytest.raises(ValueError, match=r"extent 3, dilated 5, is larger .* 0 \+ 4 \+ 0"):
        run(small, {w: np.zeros((1, 1, 3)), x: np.zeros((1, 1, 5))})
    by_kernel = ConvKernelGradient((1,), (1,))(x, w, *integers(0, 0, 2))
    with pytest.raises(ValueError, match="batches of 2 and 3 images"):
        run(by_kernel, {x: np.zeros((2, 1, 3)), w: np.zeros((3, 1, 2))})
    own = Conv((1,), (1,), 1, True)
    k = T.ftensor4("k")
    with pytest.raises(ValueError, match=r"places \(4\), but the unshared kernel has \(3\)"):
        run(own(x, k, *integers(0, 0)), {x: np.zeros((1, 1, 5)), k: np.zeros((1, 3, 1, 2))})


def test_ranks_that_do_not_fit():
    with pytest.raises(TypeError, match=r"the image x \(float64 matrix\) must have 4 dimensions"):
        Conv((1, 1), (1, 1))(T.dmatrix("x"), T.dtensor4("w"), *integers(*NO_PADS))
    with pytest.raises(TypeError, match=r"the kernel w \(float64 4d\) must have 6 dimensions"):
        Conv((1, 1), (1, 1), 1, True)(T.dtensor4("x"), T.dtensor4("w"), *integers(*NO_PADS))
    with pytest.raises(TypeError, match="takes two arrays and 4 integers"):
        Conv((1, 1), (1, 1))(T.dtensor4("x"), T.dtensor4("w"))


def test_pickled_and_compared_by_its_attributes():
    op = Conv((1, 2), (2, 1), 3)
    assert pickle.loads(pickle.dumps(op)) == op
    assert op != Conv((1, 2), (2, 1))
    assert op != ConvInputGradient((1, 2), (2, 1), 3)


def test_float16_overflows_without_a_warning():
    large = np.full((1, 1, 3), 60000, "float16")
    x = TensorType("float16", (1, 1, 3))("x")
    for out in (T.nnet.conv1d(x, x), sg.grad(T.nnet.conv1d(x, x).sum(), x)):
        assert np.isposinf(run(out, {x: large})).any()
