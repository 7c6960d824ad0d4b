"""What error messages advise works when it is typed."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T

NAMES = {"sg": sg, "T": T, "np": np, "numpy": np}


def case(setup, wrong, error, message, right):
    return pytest.param(setup, wrong, error, message, right, id=message[:50])


# Statements that prepare, one that fails, what it says, and one that follows the advice.
CASES = [
    case(
        "s = sg.shared(np.zeros(3, 'float32'), name='s'); value = np.full(3, 0.1)",
        "s.set_value(value)",
        TypeError,
        "the value of s: expected dtype float32, got ndarray of dtype float64 and shape (3,), and"
        " casting would lose precision; write numpy.asarray(value).astype('float32')",
        "s.set_value(numpy.asarray(value).astype('float32'))",
    ),
    case(
        "value = np.zeros(3, 'float32')",
        "sg.shared(value, name='s').set_value(np.full(3, 0.1))",
        TypeError,
        "or make the variable by shared(..., allow_downcast=True)",
        "sg.shared(value, name='s', allow_downcast=True).set_value(np.full(3, 0.1))",
    ),
    case(
        "s = sg.shared(np.zeros(3), name='s')",
        "s.set_value(np.zeros((2, 2)))",
        TypeError,
        "the value of s: expected 1 dimension (float64 vector), got 2: shape (2, 2)",
        "s.set_value(np.zeros(4))",
    ),
    case(
        "x = T.fvector('x'); f = sg.function([x], x); value = np.full(3, 0.1)",
        "f(value)",
        TypeError,
        "casting would lose precision; write numpy.asarray(value).astype('float32')",
        "f(numpy.asarray(value).astype('float32'))",
    ),
    case(
        "x = T.fvector('x'); value = np.full(3, 0.1)",
        "sg.function([x], x)(value)",
        TypeError,
        "or allow it by function(..., allow_input_downcast=True)",
        "sg.function([x], x, allow_input_downcast=True)(value)",
    ),
    case(
        "x = T.iscalar('x'); value = [1.5]",
        "sg.function([sg.In(x, value=2**40)], x)",
        TypeError,
        "the default of x: expected dtype int32, got int 1099511627776, and casting would lose"
        " precision; write numpy.asarray(value).astype('int32')",
        "sg.function([sg.In(x, value=numpy.asarray(2**40).astype('int32'))], x)",
    ),
    case(
        "x = T.fvector('x'); value = np.full(3, 0.1)",
        "sg.function([], x, givens={x: value})",
        TypeError,
        "the given for x: expected dtype float32, got ndarray of dtype float64 and shape (3,), and"
        " casting would lose precision; write numpy.asarray(value).astype('float32')",
        "sg.function([], x, givens={x: numpy.asarray(value).astype('float32')})",
    ),
    case(
        "s = sg.shared(np.float32(1), name='s'); value = np.float64(0.1)",
        "sg.function([], [], updates={s: value})",
        TypeError,
        "the update of s: expected dtype float32, got float64 of dtype float64 and shape (), and"
        " casting would lose precision; write numpy.asarray(value).astype('float32')",
        "sg.function([], [], updates={s: numpy.asarray(value).astype('float32')})",
    ),
    case(
        "s = sg.shared(np.float32(1), name='s'); x = T.dscalar('x')",
        "sg.function([x], [], updates={s: x})",
        TypeError,
        "write it as T.cast(..., 'float32')",
        "sg.function([x], [], updates={s: T.cast(x, 'float32')})",
    ),
    case(
        "x = T.fvector('x'); y = T.dvector('y')",
        "sg.function([y], x, givens={x: y})",
        TypeError,
        "x (float32 vector) is given as y (float64 vector); cast it",
        "sg.function([y], x, givens={x: T.cast(y, x.dtype)})",
    ),
    case(
        "x = T.fvector('x'); y = T.dvector('y')",
        "sg.function([y], x, givens={x: y})",
        TypeError,
        "or allow new types with rebuild_strict=False",
        "sg.function([y], x, givens={x: y}, rebuild_strict=False)",
    ),
    case(
        "x = T.dvector('x')",
        "bool(x)",
        TypeError,
        "choose with switch(condition, a, b)",
        "T.switch(x, 1, 2)",
    ),
    case("x = T.dvector('x')", "len(x)", TypeError, "use x.shape[0]", "x.shape[0]"),
    case(
        "x = T.dvector('x'); index, value = 0, 1",
        "x[index] = value",
        TypeError,
        "write y = set_subtensor(x[index], value)",
        "y = T.set_subtensor(x[index], value)",
    ),
    case(
        "x = T.dvector('x'); value = 1",
        "value in x",
        TypeError,
        "write any(eq(x, value))",
        "T.any(T.eq(x, value))",
    ),
    case(
        "x = T.constant(2.0, name='x')",
        "float(x)",
        TypeError,
        "its value is x.eval()",
        "float(x.eval())",
    ),
    case(
        "x = T.zvector('x')",
        "sg.grad(x.sum(), x)",
        TypeError,
        "take its abs or real part",
        "T.real(x.sum())",
    ),
    case(
        "x = T.dmatrix('x')",
        "x @ 2",
        TypeError,
        "matmul takes no scalar such as 2.0; use *",
        "x * 2",
    ),
    case(
        "value = np.ma.array([1.0, 2.0], mask=[0, 1])",
        "T.constant(value)",
        TypeError,
        "a masked array makes no tensor: its mask would be lost; fill it first",
        "T.constant(value.filled(0))",
    ),
    case(
        "a = np.zeros(3); x = T.dvector('x')",
        "a += x",
        TypeError,
        "write a = a + x instead of a += x",
        "a = a + x",
    ),
    case(
        "b = T.constant(np.array([True])); c = b",
        "b - c",
        TypeError,
        "truth values have no sign; use xor or invert, or cast them to integers",
        "T.xor(b, c), T.invert(b), b.astype('int8') - c.astype('int8')",
    ),
]


@pytest.mark.parametrize(("setup", "wrong", "error", "message", "right"), CASES)
def test_the_advice_works(setup, wrong, error, message, right):
    names = dict(NAMES)
    exec(setup, names)
    with pytest.raises(error) as caught:
        exec(wrong, names)
    assert message in str(caught.value)
    exec(right, names)
