"""Maxima of windows, windows and their overlapping sum as loops, in the interpreter."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from ops.test_pool import drawn
from support.lowering import assert_lowers

from symgraph.graph import TensorType
from symgraph.lower.program.types import NumpyCall
from symgraph.ops import MaxPoolGradient, MaxPoolSelect, OverlapAdd, Windows

DTYPES = st.sampled_from(["bool", "int8", "int64", "float16", "float32", "float64"])


def _assert_lowered(inputs, outputs, values):
    program = assert_lowers(inputs, outputs, values, rtol=1e-6)
    assert not any(isinstance(s, NumpyCall) for s in program.body)


@given(st.data())
def test_maxima_of_windows_are_lowered(data):
    op, shape = data.draw(drawn())
    seed = np.random.default_rng(data.draw(st.integers(0, 99)))
    pooled = op.pooled(shape)
    dtypes = data.draw(DTYPES), data.draw(DTYPES)
    x, g, v = (
        seed.integers(0, 3, extents).astype(dtype)
        for extents, dtype in zip((shape, pooled, shape), (dtypes[0], *dtypes[1:] * 2), strict=True)
    )
    if x.dtype.kind == "f" and data.draw(st.booleans()):
        x[seed.random(shape) < 0.2] = np.nan
    known = data.draw(st.booleans())
    inputs = [
        TensorType(str(array.dtype), array.shape if known else (None,) * array.ndim)(name)
        for array, name in zip((x, g, v), "xgv", strict=True)
    ]
    outputs = [
        op(inputs[0]),
        op.related(MaxPoolGradient, inputs[0], inputs[1]),
        op.related(MaxPoolSelect, inputs[0], inputs[2]),
    ]
    _assert_lowered(inputs, outputs, [x, g, v])


@given(st.data())
def test_windows_and_their_sum_are_lowered(data):
    n = data.draw(st.integers(1, 2))
    window, strides = (tuple(data.draw(st.integers(1, 3)) for _ in range(n)) for _ in range(2))
    extents = [w + data.draw(st.integers(0, 4)) for w in window]
    shape = (*data.draw(st.lists(st.integers(0, 2), max_size=1)), *extents)
    value = np.random.default_rng(0).integers(0, 3, shape).astype(data.draw(DTYPES))
    x = TensorType(str(value.dtype), (None,) * value.ndim)("x")
    seen = Windows(window, strides)(x)
    back = OverlapAdd(window, strides)(seen, *[x.shape[at - n] for at in range(n)])
    _assert_lowered([x], [seen, back], [value])
