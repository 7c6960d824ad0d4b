"""Convolutions as statements of the loop program, and as loops, in the interpreter."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support.drawn_convolutions import Drawn, drawn
from support.lowering import assert_lowers

from symgraph.graph import TensorType
from symgraph.lower.program.types import Convolve, NumpyCall
from symgraph.lower.program.walk import host_statements


def _arrays(data, case, dtype):
    seed = np.random.default_rng(data.draw(st.integers(0, 99)))
    shapes = case.image, case.kernel, case.output
    return [seed.integers(-3, 4, shape).astype(dtype) for shape in shapes]


@given(st.data())
def test_all_three_are_lowered(data):
    case = data.draw(drawn())
    dtype = data.draw(st.sampled_from(["int8", "float16", "float32", "float64"]))
    known = data.draw(st.booleans())
    values = _arrays(data, case, dtype)
    x, w, y = (
        TensorType(dtype, v.shape if known else (None,) * v.ndim)(name)
        for v, name in zip(values, "xwy", strict=True)
    )
    outputs = [case.forward(x, w), case.by_image(w, y), case.by_kernel(x, y)]
    program = assert_lowers([x, w, y], outputs, values)
    assert not any(isinstance(s, NumpyCall) for s in program.body)
    statements = [s for s in host_statements(program.body) if isinstance(s, Convolve)]
    native = dtype in ("float32", "float64") and not case.unshared
    assert len(statements) == (3 if native else 0)
    if native:
        computed = [s.computes for s in statements]
        # Where each group has one channel, the image's derivative is a convolution itself.
        mirrored = known and case.kernel[1] == 1 and set(case.strides) == {1}
        assert computed == ["output", "output" if mirrored else "image", "kernel"]


def test_the_arrays_may_be_views():
    """Flipped kernels, channels that come last, places of an output that do not lie in a row."""
    rng = np.random.default_rng(0)
    x, w = TensorType("float32", (2, 6, 7, 3))("x"), TensorType("float32", (4, 3, 2, 3))("w")
    y = TensorType("float32", (5, 5, 2, 4))("y")
    values = [rng.integers(-3, 4, v.type.shape).astype("float32") for v in (x, w, y)]
    image, kernel = x.dimshuffle(0, 3, 1, 2), w[:, :, ::-1, ::-1]
    output = y.dimshuffle(2, 3, 0, 1)
    case = _plain_case(image.type.shape, w.type.shape, output.type.shape)
    outputs = [
        case.forward(image, kernel), case.by_image(kernel, output), case.by_kernel(image, output),
    ]  # fmt: skip
    assert_lowers([x, w, y], outputs, values)


def _plain_case(image, kernel, output):
    return Drawn((1, 1), (1, 1), 1, False, ((0, 0), (0, 0)), image, kernel, output)
