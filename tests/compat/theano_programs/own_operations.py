"""Operations and types of a program's own."""

import numpy as np
import theano
import theano.tensor as T
from theano import gof


class Tripled(theano.Op):
    __props__ = ()

    def make_node(self, x):
        x = T.as_tensor_variable(x)
        return theano.Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = 3 * inputs[0]

    def infer_shape(self, node, shapes):
        return shapes

    def grad(self, inputs, output_gradients):
        return [3 * output_gradients[0]]

    def R_op(self, inputs, eval_points):
        return [None if eval_points[0] is None else 3 * eval_points[0]]


class Both(gof.Op):
    itypes = [T.dvector, T.dscalar]
    otypes = [T.dvector, T.dscalar]

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] * inputs[1]
        output_storage[1][0] = np.asarray(inputs[0].sum())


x, s = T.dvector("x"), T.dscalar("s")
y = Tripled()(x)
assert Tripled() == Tripled() and hash(Tripled()) == hash(Tripled())
f = theano.function([x], [y, T.grad(T.sum(y**2), x), y.shape, T.Rop(y, x, T.ones_like(x))])
value, gradient, shape, moved = f(np.array([1.0, 2.0]))
assert value.tolist() == [3, 6] and gradient.tolist() == [18, 36]
assert shape.tolist() == [2] and moved.tolist() == [3, 3]
T.verify_grad(Tripled(), [np.ones(3)], rng=np.random.RandomState(1))

scaled, total = theano.function([x, s], Both()(x, s))([1.0, 2.0], 4.0)
assert scaled.tolist() == [4, 8] and total == 3
assert isinstance(y.owner, theano.Apply) and y.owner.op == Tripled()
assert isinstance(y, theano.Variable) and isinstance(y, T.TensorVariable)


# What is a view, or is written over, is said by maps from outputs to lists of inputs.
class Reversed(theano.Op):
    __props__ = ("declared",)

    def __init__(self, declared):
        self.declared = declared
        if declared:
            self.view_map = {0: [0]}

    def make_node(self, x):
        return theano.Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0][::-1]


class Counted(theano.Op):
    __props__ = ()
    destroy_map = {0: [1]}

    def make_node(self, x, count):
        return theano.Apply(self, [x, count], [count.type()])

    def perform(self, node, inputs, output_storage):
        inputs[1][...] += len(inputs[0])
        output_storage[0][0] = inputs[1]


for mode in ("FAST_RUN", "FAST_COMPILE", "DebugMode"):
    f = theano.function([x], Reversed(True)(x * 2), mode=mode)
    assert f([1.0, 2.0]).tolist() == [4, 2]
    count = theano.shared(np.zeros(2))
    g = theano.function([x], Counted()(x, count), mode=mode, accept_inplace=True)
    g([1.0, 2.0, 3.0])
    g([1.0])
    assert count.get_value().tolist() == [4, 4]


# DebugMode finds what is not declared.
class Undeclared(Counted):
    destroy_map = {}


for wrong, error in (
    (Reversed(False)(x * 2), theano.compile.debugmode.BadViewMap),
    (Undeclared()(x, x * 2), theano.compile.debugmode.BadDestroyMap),
):
    try:
        theano.function([x], wrong, mode="DebugMode")([1.0, 2.0])
    except error:
        continue
    raise AssertionError(error)
