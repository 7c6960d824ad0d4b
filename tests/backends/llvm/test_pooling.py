"""Native maxima of windows and their derivatives, over extents that fill and overflow vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import budget

import symgraph as sg
from symgraph.graph import FunctionGraph, TensorType
from symgraph.lower import lower
from symgraph.lower.program.types import Pool
from symgraph.ops import MaxPool, MaxPoolGradient, MaxPoolSelect


@st.composite
def drawn(draw):
    """A pooling whose windows lie within the array, and the array's shape."""
    n = draw(st.integers(1, 3))
    window = tuple(draw(st.integers(1, 3 if n < 3 else 2)) for _ in range(n))
    strides = tuple(draw(st.sampled_from([1, 2, 2, 3, 4])) for _ in range(n))
    most = (70, 20, 9)[n - 1]
    extents = [w + draw(st.integers(0, most)) for w in window]
    outer = draw(st.lists(st.integers(1, 3), max_size=2))
    return MaxPool(window, strides), (*outer, *extents)


def three(op, shape, dtype, known=True):
    """The maxima and both derivatives, and their inputs."""
    shapes = {"x": shape, "g": op.pooled(shape), "v": shape}
    x, g, v = (
        TensorType(dtype, extents if known else (None,) * len(extents))(name)
        for name, extents in shapes.items()
    )
    outputs = [op(x), op.related(MaxPoolGradient, x, g), op.related(MaxPoolSelect, x, v)]
    return [x, g, v], outputs, list(shapes.values())


def values_of(shapes, dtype, seed, ties=True, nans=False):
    rng = np.random.default_rng(seed)
    x, g, v = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    if ties:
        x = np.round(x)
    if nans:
        x[rng.random(x.shape) < 0.1] = np.nan
    return [x, g, v]


@budget(0.6)
@given(st.data())
def test_native_pooling_is_right(data):
    op, shape = data.draw(drawn())
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    inputs, outputs, shapes = three(op, shape, dtype, data.draw(st.booleans()))
    seed, ties, nans = data.draw(st.tuples(st.integers(0, 9), st.booleans(), st.booleans()))
    values = values_of(shapes, dtype, seed, ties, nans)
    program = lower(FunctionGraph(inputs, outputs), "pooled", lambda _: True).program
    assert sum(isinstance(s, Pool) for s in program.body) == 3
    found = sg.function(inputs, outputs)(*values)
    wanted = sg.function(inputs, outputs, mode="reference")(*values)
    for have, want in zip(found, wanted, strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("strides", [(2, 2), (1, 2), (3, 3)])
def test_results_do_not_depend_on_the_number_of_threads(strides):
    inputs, outputs, shapes = three(MaxPool((2, 2), strides), (9, 7, 33, 40), "float32")
    values = values_of(shapes, "float32", 0)
    found = []
    for threads in (1, 2, 5):
        with sg.config.change_flags(threads=threads):
            f = sg.function(inputs, outputs)
            found.append([result.tobytes() for result in f(*values)])
    assert found[0] == found[1] == found[2]
