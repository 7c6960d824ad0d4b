"""Operations as objects, what writes in place, and habits of derivatives and errors."""

import numpy as np
import theano
import theano.tensor as T
from theano.compile.ops import Shape_i
from theano.tensor import inplace
from theano.tensor.basic import Join
from theano.tensor.extra_ops import FillDiagonal, Unique
from theano.tensor.subtensor import AdvancedSubtensor1, IncSubtensor, Subtensor

x, y = T.dvector("x"), T.dvector("y")
m = T.dmatrix("m")
values = np.array([[3.0, 1.0], [2.0, 2.0]])


def raises(error, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except error:
        return True
    return False


# Objects are of the classes that compiled graphs are asked for, and have what they were made with.
join = Join()
f = theano.function([x, y], join(0, x, y))
assert f([1.0], [2.0]).tolist() == [1, 2]
assert any(isinstance(node.op, type(join)) for node in f.maker.fgraph.toposort())
assert Unique(True, axis=0).return_index and not Unique().return_inverse
found, first = Unique(True, axis=0)(m)
assert found.eval({m: [[2.0, 1], [0, 1], [2, 1]]}).tolist() == [[0, 1], [2, 1]]
assert [v.eval({m: values}).tolist() for v in T.Split(2)(m, 1, [1, 1])] == [[[3], [2]], [[1], [2]]]
part, one = [slice(None, theano.scalar.int64)], T.constant(1, dtype="int64")
assert Subtensor(part)(x, one).eval({x: [5.0, 6.0]}).tolist() == [5]
two = T.constant([2.0], dtype="float64")
assert IncSubtensor(part)(x, two, one).eval({x: [5.0, 6.0]}).tolist() == [7, 6]
assert AdvancedSubtensor1()(x, T.constant([1, 0])).eval({x: [5.0, 6.0]}).tolist() == [6, 5]
assert FillDiagonal()(m, 9.0).eval({m: values}).tolist() == [[9, 1], [2, 9]]
assert Shape_i(1)(m).eval({m: values}) == 2
assert raises(ValueError, T.DimShuffle, (False,), (0, 0)) or raises(
    ValueError, T.DimShuffle((False,), (0, 0)), x
)
bits = T.bvector("bits")
assert T.CAReduce(theano.scalar.xor)(bits).eval({bits: [3, 5, 8]}) == 3 ^ 5 ^ 8

# Functions in place write over arguments where that is accepted.
g = theano.function([x, y], inplace.add_inplace(x, y), accept_inplace=True)
array = np.array([1.0, 2.0])
assert g(array, [10.0, 20.0]).tolist() == [11, 22] and array.tolist() == [11, 22]
# So do the products of BLAS, also over a shared variable.
alpha, beta, column = T.dscalar("alpha"), T.dscalar("beta"), values[:, 0].copy()
made = T.blas.gemv_inplace(x, alpha, m, y, beta)
g = theano.function([x, alpha, m, y, beta], made, accept_inplace=True)
g(column, 2.0, values, np.ones(2), 0.5)
assert column.tolist() == [9.5, 9]
state = theano.shared(values.copy())
made = T.blas.gemm_inplace(state, np.float64(1), m, m, np.float64(2))
theano.function([m], made, accept_inplace=True)(np.eye(2))
assert state.get_value().tolist() == [[7, 2], [4, 5]]

# The first of equal operands has the slope; costs of integers have none.
by_x, by_y = theano.grad(T.maximum(x, y).sum(), [x, y])
assert theano.function([x, y], [by_x, by_y])([1.0], [1.0]) == [[1], [0]]
assert T.grad(T.argmax(x), x).eval({x: [1.0, 2.0]}).tolist() == [0, 0]
i = T.iscalar("i")
assert T.grad(i * 2, i).dtype == theano.config.floatX
assert raises(ValueError, T.Rop, x.shape[0], x, x)
assert raises(ValueError, T.Rop, T.argmax(x), x, x)

# The largest over several axes, counted in the array that they flatten to.
largest, where = T.max_and_argmax(m, axis=[0, 1])
assert largest.eval({m: values}) == 3 and where.eval({m: values}) == 0
axis = T.iscalar("axis")
h = theano.function([axis, m], T.join(axis, m, m))
assert h(0, values).shape == (4, 2) and h(-1, values).shape == (2, 4)

# Complex numbers are compared as NumPy does.
z = T.zvector("z")
numbers = np.array([1 + 1j, 2, 1 + 2j])
assert T.maximum(z, z[::-1]).eval({z: numbers}).tolist() == [1 + 2j, 2, 1 + 2j]

# Names and errors.
assert T.transpose(m).name == "m.T"
assert raises(IndexError, T.stack, [x, y], 4)
assert raises(IndexError, T.swapaxes, m, 0, 2)
assert raises(ValueError, T.nonzero, T.dscalar())
assert raises(TypeError, T.inc_subtensor, x[:1], m)
product = T.dot(np.ones(2), np.ones(3))
assert raises(ValueError, theano.function([], product))
with theano.scalar.autocast_float_as("float32"):
    assert (T.fvector() + 1.1).dtype == "float32"
assert (T.fvector() + 1.1).dtype == "float64"
assert str(theano.scalar.int8) == "int8"
n = T.dscalar("n")
assert theano.function([n], n.size)(7.0) == 1
