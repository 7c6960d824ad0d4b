"""Values that a program tries its expressions with, variables of its own class, and flags."""

import pickle

import numpy as np
import theano
import theano.tensor as T
from theano.tensor.var import TensorVariable


class Named(TensorVariable):
    """A variable that knows more, as random variables do."""

    def __init__(self, type, owner=None, index=None, name=None, spread=1.0):
        super(Named, self).__init__(type, owner, index, name)
        self.spread = spread
        self.tag.test_value = np.zeros(3, type.dtype)


theano.config.compute_test_value = "raise"
x, y = T.dvector("x"), T.dmatrix("y")
x.tag.test_value = np.array([1.0, 2.0, 3.0])
y.tag.test_value = np.ones((2, 3))
z = T.dot(y, x) + theano.shared(np.array([10.0, 20.0]))
assert np.array_equal(z.tag.test_value, [16.0, 26.0])
assert np.array_equal(theano.grad(z.sum(), x).tag.test_value, [2.0, 2.0, 2.0])
sums, _ = theano.scan(lambda row: row.sum(), sequences=y, outputs_info=None)
assert np.array_equal(sums.tag.test_value, [3.0, 3.0])

# An error shows where the expression is written.
y.tag.test_value = np.ones((2, 4))
for wrong in (lambda: T.dot(y, x), lambda: T.exp(T.dvector("none"))):
    try:
        wrong()
    except ValueError:
        pass
    else:
        raise AssertionError("there is a value that does not fit, or none")

own = Named(T.dvector().type, name="own", spread=2.0)
assert isinstance(own, TensorVariable) and own.spread == 2.0 and own.name == "own"
assert np.array_equal((own + x).tag.test_value, [1.0, 2.0, 3.0])
again = pickle.loads(pickle.dumps(own, 2))
assert type(again) is Named and again.spread == 2.0 and again.name == "own"
assert np.array_equal(again.tag.test_value, np.zeros(3))
copied = theano.clone((own * 2).sum(), {own: x})
assert theano.function([x], copied)([1.0, 2.0]) == 6.0

with theano.configparser.change_flags(compute_test_value="off"):
    assert not hasattr(T.exp(x).tag, "test_value")
theano.config.compute_test_value = "off"
assert theano.function([own], own * own.spread)([1.0, 2.0]).tolist() == [2.0, 4.0]
names = [variable.fullname for variable in theano.configparser._config_var_list]
assert {"floatX", "compute_test_value", "traceback.limit"} <= set(names)

# NumPy's functions that have no expression keep variables as they are.
kept = np.atleast_1d(x)
assert kept.shape == (1,) and kept[0] is x

# A module and a function of one name.
import theano.tensor.var  # noqa: E402

assert np.isclose(theano.function([x], T.var(x))([1.0, 3.0]), 1.0)
assert theano.grad(T.gt(x, 0).sum(), x).eval({x: [1.0, 2.0]}).tolist() == [0.0, 0.0]
