"""A sequence that no step uses may leave a loop, but not what it demands."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T

x, w, n = T.dmatrix("x"), T.dmatrix("w"), T.lscalar("n")


def never_used(entry, h):
    return h + 1


def used_for_a_product(entry, h):
    """Which is computed before the loop, of what there is."""
    return h + T.dot(entry, w).sum()


def used_for_its_slope(entry, h):
    return T.tanh(h * entry.sum())


@pytest.mark.parametrize("optimizer", ["None", "fast_run"])
@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize("step", [never_used, used_for_a_product, used_for_its_slope])
def test_too_short_a_sequence_is_an_error(step, mode, optimizer):
    h, _ = sg.scan(step, sequences=x, outputs_info=T.ones(()), n_steps=n)
    outputs = [h[-1], sg.grad(h[-1], x, disconnected_inputs="ignore")]
    with sg.config.change_flags(mode=mode, optimizer=optimizer):
        f = sg.function([x, w, n], outputs, on_unused_input="ignore")
    values = np.ones((3, 2)), np.ones((2, 2))
    with pytest.raises(ValueError, match="4 steps, but sequence 0 has 3 entries"):
        f(*values, 4)
    last, slope = f(*values, 2)
    assert np.isfinite(last)
    assert slope.shape == (3, 2)
