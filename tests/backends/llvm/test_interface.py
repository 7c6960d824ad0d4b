"""Kernels that are alike share a function."""

import numpy as np
import pytest
from support.machine_code import kernels_of

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType


def vector(extent):
    return TensorType("float32", (extent,))(f"v{extent}")


def moved(x):
    return T.tanh(x) - 0.5 * x


def test_long_extents_are_told_to_one_function():
    inputs = [vector(n) for n in (100, 700, 3000)]
    assert len(kernels_of(inputs, *map(moved, inputs))) == 1


def test_what_differs_otherwise_does_not_share():
    a, b = vector(100), vector(700)
    assert len(kernels_of([a, b], moved(a), T.tanh(b) - 0.25 * b)) == 2


def test_short_rows_keep_their_length():
    inputs = [vector(n) for n in (7, 20)]
    assert len(kernels_of(inputs, *map(moved, inputs))) == 2


def test_one_number_in_two_places_is_not_two_numbers():
    """A square whose rows lie apart as far as they are long is no rectangle."""
    square, flat = (TensorType("float32", shape)("x") for shape in ((100, 100), (100, 300)))
    assert len(kernels_of([square, flat], square[:, ::-1] + 1, flat[:, ::-1] + 1)) == 2


@pytest.mark.parametrize("threads", [1, 3])
def test_shared_functions_compute_what_each_kernel_says(threads):
    rng = np.random.default_rng(0)
    shapes = [(64, 100), (100, 900), (333, 80), (5, 64), (20_000,), (64,)]
    values = [rng.normal(size=shape).astype("float32") for shape in shapes]
    inputs = [TensorType("float32", shape)("x") for shape in shapes]
    outputs = [moved(x) for x in inputs] + [x[::-1].T + 1 for x in inputs]
    with sg.config.change_flags(threads=threads):
        results = sg.function(inputs, outputs)(*values)
    expected = sg.function(inputs, outputs, mode="reference")(*values)
    for result, right in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, right, rtol=1e-5, atol=1e-6)
