"""A program as tutorials have it: data in shared variables, givens, updates, random numbers."""

import pickle

import numpy as np
import theano
import theano.tensor as T
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.shared_randomstreams import RandomStreams

rng = np.random.RandomState(1234)
points = rng.rand(40, 3).astype(theano.config.floatX)
data = theano.shared(points, borrow=True)
labels = T.cast(theano.shared((points.sum(1) > 1.5).astype(theano.config.floatX)), "int32")


class Layer:
    def __init__(self, input, W=None):
        if not W:
            W = theano.shared(value=np.zeros((3, 2), dtype=theano.config.floatX), name="W")
        self.W = W
        self.b = theano.shared(value=np.zeros((2,), dtype=theano.config.floatX), name="b")
        self.p_y_given_x = T.nnet.softmax(T.dot(input, self.W) + self.b)
        self.y_pred = T.argmax(self.p_y_given_x, axis=1)

    def cost(self, y):
        return -T.mean(T.log(self.p_y_given_x)[T.arange(y.shape[0]), y])


x, y, index = T.matrix("x"), T.ivector("y"), T.lscalar()
layer = Layer(input=x)
cost = layer.cost(y)
updates = [(p, p - 1.0 * g) for p, g in zip([layer.W, layer.b], T.grad(cost, [layer.W, layer.b]))]
batch = {x: data[index * 10 : (index + 1) * 10], y: labels[index * 10 : (index + 1) * 10]}
train = theano.function([index], cost, updates=updates, givens=batch)
first = np.mean([train(i) for i in range(4)])
for _ in range(200):
    last = np.mean([train(i) for i in range(4)])
assert np.isclose(first, 0.7053, atol=2e-2) and last < 0.3

saved = pickle.loads(pickle.dumps([layer.W.get_value(), layer.b.get_value()]))
assert np.array_equal(saved[0], layer.W.get_value())

draws = RandomStreams(seed=234)
f = theano.function([], draws.uniform((2, 2)))
first, second = f(), f()
assert first.shape == (2, 2) and (first != second).all()
assert np.allclose(first, [[0.12672381, 0.97091597], [0.13989098, 0.88754825]])
g = theano.function([], MRG_RandomStreams(seed=1).binomial(size=(1000,), p=0.3))
assert 0.2 < g().mean() < 0.4
