"""Shapes of convolutions from one another, held against convolutions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T

nnet = T.nnet


@st.composite
def settings(draw):
    """Shapes of images and filters, and settings with which filters fit."""
    n = draw(st.integers(1, 3))
    kernel = [draw(st.integers(1, 3)) for _ in range(n)]
    dilation = tuple(draw(st.integers(1, 2)) for _ in range(n))
    stride = tuple(draw(st.integers(1, 3)) for _ in range(n))
    image = [
        (f - 1) * d + 1 + draw(st.integers(0, 4)) for f, d in zip(kernel, dilation, strict=True)
    ]
    pads = st.one_of(st.integers(0, 2), st.tuples(st.integers(0, 2), st.integers(0, 2)))
    mode = draw(st.one_of(st.sampled_from(["valid", "full", "half", "same"]),
                          st.tuples(*[pads] * n)))  # fmt: skip
    groups = draw(st.integers(1, 2))
    return (2, 2 * groups, *image), (groups, 2, *kernel), mode, stride, dilation, groups


CONVOLUTIONS = {1: nnet.conv1d, 2: nnet.conv2d, 3: nnet.conv3d}


@given(settings())
def test_shapes_are_those_of_convolutions(case):
    image, kernel, mode, stride, dilation, groups = case
    convolve = CONVOLUTIONS[len(stride)]
    x, w = T.TensorType("float32", image)("x"), T.TensorType("float32", kernel)("w")
    y = convolve(x, w, border_mode=mode, subsample=stride, filter_dilation=dilation,
                 num_groups=groups)  # fmt: skip
    shape = nnet.get_conv_output_shape(image, kernel, mode, stride, dilation)
    assert shape == y.type.shape
    assert nnet.check_conv_gradinputs_shape(image, kernel, shape, mode, stride, dilation)
    wrong = (*shape[:-1], shape[-1] + 1)
    assert not nnet.check_conv_gradinputs_shape(image, kernel, wrong, mode, stride, dilation)
    assert nnet.check_conv_gradinputs_shape(
        image, kernel, (*shape[:-1], None), mode, stride, dilation
    )
    back = nnet.get_conv_gradinputs_shape(kernel, shape, mode, stride, dilation, groups)
    assert back[:2] == image[:2]
    for found, extent, s in zip(back[2:], image[2:], stride, strict=True):
        assert found == (extent if s == 1 else None)
    weights = nnet.get_conv_gradweights_shape(image, shape, mode, stride, dilation, groups)
    assert weights[:2] == kernel[:2]
    modes = mode if isinstance(mode, tuple) else [mode] * len(stride)
    for found, extent, s, m in zip(weights[2:], kernel[2:], stride, modes, strict=True):
        assert found == (None if s != 1 or m in ("half", "same") else extent)


def test_symbolic_and_missing_extents():
    rows = T.lscalar("rows")
    shape = nnet.get_conv_output_shape((None, 3, rows, None), (5, 3, 3, 3), "valid", (2, 1))
    assert (shape[0], shape[1], shape[3]) == (None, 5, None)
    assert sg.function([rows], shape[2])(8) == 3
    back = nnet.get_conv_gradinputs_shape((5, None, 3, 3), (2, 5, rows, 4), "full", (1, 1))
    assert (back[1], back[3]) == (None, 2)
    assert sg.function([rows], back[2])(8) == 6
    unshared = nnet.get_conv_gradweights_shape(
        (2, 3, 8, 8), (2, 5, 6, 7), "valid", (1, 1), None, 1, True
    )
    assert unshared == (5, 6, 7, 3, 3, 2)
    assert not nnet.check_conv_gradinputs_shape((2, 3, 8), (5, 3, 3, 3), (2, 5, 6), "valid", (1,))
    with pytest.raises(ValueError, match="get_conv_output_shape: border_mode='odd': wanted are"):
        nnet.get_conv_output_shape((2, 3, 8), (5, 3, 3), "odd", (1,))
