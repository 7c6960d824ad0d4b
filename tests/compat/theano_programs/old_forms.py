"""Arguments and values of former versions of Theano."""

import numpy as np
import theano
import theano.tensor as T
from theano import Param
from theano.compile.pfunc import pfunc
from theano.tensor.signal.pool import pool_2d

x, v = T.dmatrix("x"), T.dvector("v")
rows = np.arange(6.0).reshape(2, 3)

# A softmax takes a vector as a row.
assert T.nnet.softmax(v).ndim == 2 and T.nnet.logsoftmax(v).ndim == 2
value = T.nnet.softmax(v).eval({v: np.zeros(4)})
assert value.shape == (1, 4) and np.allclose(value, 0.25)

assert T.stack(v, v).ndim == 2 and T.stack([v, v], axis=1).ndim == 2
a, b = T.matrices("ab")
assert (a.name, b.name) == ("a", "b") and len(T.dscalars(2)) == 2
assert T.flatten(x, outdim=1).ndim == 1
assert T.TensorType("float64", [np.bool_(False), True], name="r").broadcastable == (False, True)
assert T.dmatrix.dtype == "float64" and T.dmatrix("m").type == T.dmatrix
assert x.type == T.TensorType("float64", (False, False))

image = T.dtensor4("image")
pooled = pool_2d(image, ds=(2, 2), ignore_border=True)
assert pooled.eval({image: np.ones((1, 1, 5, 4))}).shape == (1, 1, 2, 2)
assert T.signal.pool.Pool(ignore_border=True)(image, (2, 2)).ndim == 4

assert theano.function([x, Param(v, default=[1.0, 1, 1])], T.dot(x, v))(rows).tolist() == [3, 12]
assert pfunc([x], x.sum())(rows) == 15

# Below the lower bound a clipped element is the lower bound, even above the upper one.
assert T.clip(v, 2.0, 1.0).eval({v: [0.0, 1.5, 3.0]}).tolist() == [2, 2, 1]
# The slope of relu at 0 is the mean of both sides'.
assert T.grad(T.nnet.relu(v).sum(), v).eval({v: [-1.0, 0.0, 1.0]}).tolist() == [0, 0.5, 1]
# Integers are rounded to floats.
assert T.ceil(T.lscalar()).dtype == "float64"

assert T.get_scalar_constant_value(T.constant(3) * 2) == 6
try:
    T.get_scalar_constant_value(v[0])
except T.NotScalarConstantError:
    pass
else:
    raise AssertionError("v[0] is no constant")
