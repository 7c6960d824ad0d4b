"""Softmax and its logarithm, as operations."""

import numpy as np
import pytest
from support.op_checks import run, same

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

FUNCTIONS = [T.nnet.softmax, T.nnet.logsoftmax]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("shape", [(2, 0), (0, 2), (0, 0)])
@pytest.mark.parametrize("axis", [0, 1])
def test_of_nothing(function, shape, axis):
    """An empty axis has no maximum to be shifted by, and nothing to shift."""
    x = T.fmatrix("x")
    y = function(x, axis)
    for mode in ("reference", "llvm"):
        f = sg.function([x], [y, sg.grad((y**2).sum(), x)], mode=mode)
        for result in f(np.zeros(shape, "float32")):
            same(result, np.zeros(shape, "float32"))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_float16_is_rounded_once(function):
    """Computed in float32, also where the operation is written out."""
    values = np.random.default_rng(0).normal(size=(40, 30)).astype("float16")
    x = TensorType("float16", (None, None))("x")
    (written_out,) = function(x).owner.op.expand(function(x).owner)
    assert written_out.type.dtype == "float16"
    expected = run(function(x), {x: values})
    result = run(written_out, {x: values})
    # The sum's last bit may tip a rounding now and then.
    assert np.mean(result != expected) < 0.01
