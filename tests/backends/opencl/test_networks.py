"""Networks learn on OpenCL as with LLVM: the same costs over a few steps, the same weights."""

import numpy as np
import pytest
from symgraph.models import RBM, CharRNN, LeNet, LSTMClassifier, MLPClassifier

RNG = np.random.default_rng(0)
PICTURES = RNG.uniform(size=(24, 28 * 28)).astype("float32")
CLASSES = np.arange(24) % 3
TEXT = "the quick brown fox jumps over the lazy dog. " * 20
FEW = {"max_iter": 2, "random_state": 0}


def fitted(name, mode):
    match name:
        case "MLP":
            return MLPClassifier((16,), batch_size=8, mode=mode, **FEW).fit(PICTURES, CLASSES)
        case "LeNet":
            return LeNet(batch_size=8, mode=mode, **FEW).fit(PICTURES, CLASSES)
        case "LSTM":
            return LSTMClassifier(8, batch_size=8, mode=mode, **FEW).fit(PICTURES, CLASSES)
        case "char-RNN":
            return CharRNN(mode=mode, max_iter=1, random_state=0).fit(TEXT[:120])
    return RBM(6, 0.1, 8, k=2, mode=mode, **FEW).fit(PICTURES > 0.5)


@pytest.mark.parametrize("name", ["MLP", "LeNet", "LSTM", "char-RNN", "RBM"])
def test_weights_after_a_few_steps(name):
    found, expected = (fitted(name, mode).parameters for mode in ("opencl", "llvm"))
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.get_value(), b.get_value(), rtol=1e-3, atol=1e-4)
