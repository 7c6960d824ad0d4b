"""What a program demands of shapes is demanded after rewriting, whatever types already tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T

extents = st.integers(0, 2)
shapes = st.tuples(extents, extents)


def told(draw, shape):
    """A type that knows some of the extents."""
    return tuple(draw(st.sampled_from([extent, None])) for extent in shape)


DEMANDS = {
    "specify_shape": lambda x, y: T.specify_shape(x, y.shape),
    "specify_shape twice": lambda x, y: T.specify_shape(
        T.specify_shape(x, [y.shape[0], x.shape[1]]), [x.shape[0], y.shape[1]]
    ),
    "reshape": lambda x, y: T.reshape(x, y.shape),
    "broadcast_to": lambda x, y: T.broadcast_to(x, y.shape),
    "add": lambda x, y: x + y,
}


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize("demand", DEMANDS.values(), ids=DEMANDS)
@given(st.data(), shapes, shapes)
def test_a_refused_shape_is_refused_after_rewriting(demand, mode, data, x_shape, y_shape):
    x = T.TensorType("float64", told(data.draw, x_shape))("x")
    y = T.TensorType("float64", told(data.draw, y_shape))("y")
    try:
        result = demand(x, y)
    except (TypeError, ValueError):
        return
    values = np.ones(x_shape), np.ones(y_shape)

    def refused(optimizer):
        with sg.config.change_flags(optimizer=optimizer, mode=mode):
            try:
                return sg.function([x, y], result, on_unused_input="ignore")(*values).shape
            except ValueError:
                return "refused"

    assert refused("fast_run") == refused("None")
