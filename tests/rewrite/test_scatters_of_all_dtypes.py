"""Sums with scattered values keep their sign in every dtype."""

import numpy as np
import pytest
from support import agreement

import symgraph.tensor as T
from symgraph.graph import TensorType

DTYPES = ("int8", "uint16", "int64", "float16", "float32", "float64", "complex64", "complex128")


@pytest.mark.parametrize("dtype", DTYPES)
def test_sums_differences_and_multiples(dtype):
    x, y, s = (TensorType(dtype, shape)() for shape in ((None,), (None,), ()))
    scattered = T.inc_subtensor(T.zeros_like(x)[1:3], y)
    outputs = [x + scattered, scattered + x, x - scattered, s * scattered, -scattered]
    values = [np.array(v, dtype) for v in ([1, 2, 3, 4], [5, 7], 3)]
    spread = np.array([0, 5, 7, 0], dtype)
    expected = [values[0] + spread, spread + values[0], values[0] - spread, values[2] * spread]
    for variant in agreement.EVERY:
        found = agreement.compile_variant(variant, [x, y, s], outputs)(*values)
        for one, other in zip(found, [*expected, -spread], strict=True):
            np.testing.assert_array_equal(one, other)
