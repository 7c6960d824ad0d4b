"""Variables as programs for Theano treat them."""

import numpy as np
import theano
import theano.tensor as T

W = theano.shared(np.zeros((2, 3)), name="W")
x = T.matrix("x")

# A variable is true, so that `if not W` asks whether there is one.
assert W and x and W
try:
    bool(x < 1)
except TypeError as error:
    assert "boolean" in str(error)
else:
    raise AssertionError("a comparison has no truth value")

# A program keeps what it likes with variables.
x.tag.role = "input"
x._keras_shape = (None, 3)
W.regularized = True
assert x.tag.role == "input" and x._keras_shape == (None, 3) and W.regularized
assert not hasattr(x, "unknown") and not hasattr(x.tag, "test_value")
del W.regularized
assert not hasattr(W, "regularized")

# Python numbers are of the smallest dtype that holds them.
assert T.constant(9).dtype == "int8" and T.constant(1000).dtype == "int16"
assert T.sqrt(9).dtype == "float32" and T.constant(0.5).dtype == "float32"
assert (T.fvector() * 0.1).dtype == "float64" and (T.fvector() * 0.5).dtype == "float32"
assert (T.bvector() + 300).dtype == "int16" and (T.ivector() + 1).dtype == "int32"
assert (T.fvector() + 100000).dtype == "float64"
theano.config.floatX = "float32"
assert (T.fvector() * 0.1).dtype == "float32" and T.vector().dtype == "float32"
theano.config.floatX = "float64"

# Methods that NumPy has not.
f = theano.function([x], [x.zeros_like(), x.flatten(ndim=1), x.exp(), x.clip(0, 1)])
zeros, flat, exponentials, clipped = f([[0.0, 2.0]])
assert (zeros == 0).all() and flat.shape == (2,)
assert np.allclose(exponentials, np.exp([[0.0, 2.0]])) and clipped.max() == 1
assert x.clone().type == x.type and x.get_parents() == []
