"""Functions of numbers of a program's own, and Theano's classes of them."""

import numpy as np
import theano
import theano.tensor as T
from theano import scalar
from theano.scalar.basic_scipy import GammaLn


class Cubed(scalar.UnaryScalarOp):
    def impl(self, x):
        return x**3

    def grad(self, inputs, output_gradients):
        return [output_gradients[0] * 3 * inputs[0] ** 2]


class Scaled(scalar.BinaryScalarOp):
    nfunc_spec = ("multiply", 2, 1)

    def __init__(self, *args, **kwargs):
        scalar.BinaryScalarOp.__init__(self, *args, **kwargs)

    def impl(self, x, y):
        return x * y

    def grad(self, inputs, output_gradients):
        # By one operand only.
        _, y = inputs
        return [output_gradients[0] * y, y.zeros_like()]


cubed = T.Elemwise(Cubed(scalar.upgrade_to_float, name="cubed"), name="cubed")
x, rows = T.dmatrix("x"), T.dvector("rows")
values = np.array([[1.0, -2.0], [0.5, 3.0]])

f = theano.function([x], [cubed(x), theano.grad(cubed(x).sum(), x)])
value, gradient = f(values)
assert np.allclose(value, values**3) and np.allclose(gradient, 3 * values**2)
assert cubed(T.lscalar()).dtype == "float64" and cubed(T.bscalar()).dtype == "float32"
assert isinstance(cubed(x).owner.op, T.Elemwise)
assert isinstance(cubed(x).owner.op.scalar_op, Cubed)
theano.tensor.verify_grad(cubed, [values], rng=np.random.RandomState(0))

# Operands broadcast, and derivatives are summed to their shapes.
scaled = T.Elemwise(Scaled(scalar.upcast_out, name="scaled"))
g = theano.grad((scaled(rows, x) * cubed(rows)).sum(), rows)
expected = (values * 4 * np.array([2.0, 3.0]) ** 3).sum(0)
assert np.allclose(theano.function([x, rows], g)(values, [2.0, 3.0]), expected)

# Equal functions are one.
assert Cubed(scalar.upgrade_to_float) == Cubed(scalar.upgrade_to_float)
assert Cubed(scalar.upgrade_to_float) != Cubed(scalar.same_out)

lgamma = T.Elemwise(GammaLn(scalar.upgrade_to_float, name="lgamma"), name="lgamma")
assert np.allclose(theano.function([rows], lgamma(rows))([4.0]), [np.log(6.0)])
assert isinstance(T.exp(x).owner.op.scalar_op, scalar.Exp)
assert not isinstance(T.exp(x).owner.op.scalar_op, scalar.Log)
assert isinstance((x + x).owner.op.scalar_op, scalar.Add)

a, b = scalar.float64("a"), scalar.float64("b")
both = T.Elemwise(scalar.Composite([a, b], [a * b + 1, a - b]))
found = theano.function([x, rows], both(x, rows))(values, [2.0, 3.0])
assert np.allclose(found[0], values * [2.0, 3.0] + 1) and np.allclose(found[1], values - [2.0, 3.0])

types = scalar.transfer_type(1)(scalar.int8, scalar.float32)
assert list(types) == [scalar.float32] and str(scalar.float32) == "float32"
for rule, given, told in [
    (scalar.upgrade_to_float, [scalar.int8], "float32"),
    (scalar.upcast_out, [scalar.int32, scalar.float32], "float64"),
    (scalar.same_out_min8, [scalar.bool], "int8"),
    (scalar.real_out, [scalar.complex64], "float32"),
    (scalar.int_out, [scalar.float32], "int64"),
]:
    assert rule(*given)[0].dtype == told, rule
for rule, given in [
    (scalar.upgrade_to_float_no_complex, scalar.complex64),
    (scalar.same_out_float_only, scalar.int8),
    (scalar.same_out_nobool, scalar.bool),
]:
    try:
        rule(given)
    except TypeError:
        pass
    else:
        raise AssertionError(rule)
