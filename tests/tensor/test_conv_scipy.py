"""Convolutions of two axes with Theano's arguments, against SciPy's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal
from support.drawn_convolutions import drawn
from support.op_checks import arrays

import symgraph as sg
import symgraph.tensor as T


def by_scipy(case, image, kernel, flip):
    """The output, map by map: SciPy pads nothing, leaves out nothing, and knows no groups."""
    padded = np.pad(image, ((0, 0), (0, 0), *case.pads))
    spread = [
        (extent - 1) * d + 1 for extent, d in zip(kernel.shape[2:], case.dilations, strict=True)
    ]
    wide = np.zeros((*kernel.shape[:2], *spread))
    wide[:, :, :: case.dilations[0], :: case.dilations[1]] = kernel
    slide = signal.convolve2d if flip else signal.correlate2d
    inner, outs = kernel.shape[1], kernel.shape[0] // case.groups
    output = np.zeros(case.output)
    for b, k, *_ in np.ndindex(*case.output[:2]):
        maps = padded[b, k // outs * inner : (k // outs + 1) * inner]
        whole = sum(slide(m, w, "valid") for m, w in zip(maps, wide[k], strict=True))
        output[b, k] = whole[:: case.strides[0], :: case.strides[1]]
    return output


@given(st.data(), st.booleans())
def test_convolutions_are_scipys(data, flip):
    case = data.draw(drawn(min_spatial=2, max_spatial=2, unshared=False))
    image, kernel = (data.draw(arrays(s, "float64")) for s in (case.image, case.kernel))
    x, w = T.dtensor4("x"), T.dtensor4("w")
    y = T.nnet.conv2d(
        x, w, border_mode=case.pads, subsample=case.strides, filter_flip=flip,
        filter_dilation=case.dilations, num_groups=case.groups,
    )  # fmt: skip
    expected = by_scipy(case, image, kernel, flip)
    for mode in ("reference", "llvm"):
        found = sg.function([x, w], y, mode=mode)(image, kernel)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
