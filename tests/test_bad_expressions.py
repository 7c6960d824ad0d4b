"""Bad expressions: what can be known to be wrong is refused where it is written, and said."""

import re

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient import DisconnectedInputError, NullTypeGradError

x, y = T.dvectors("x", "y")
m, k = T.dmatrix("m"), T.dmatrix("k")
s, i = T.dscalar("s"), T.lscalar("i")
labels, u8, z = T.lvector("labels"), T.TensorType("uint8", ())("u8"), T.zscalar("z")
v3, v4 = (T.TensorType("float64", (n,))(f"v{n}") for n in (3, 4))
a23, a45 = (T.TensorType("float64", (r, c))(f"a{r}{c}") for r, c in ((2, 3), (4, 5)))


def check(expression, error, message):
    with pytest.raises(error) as caught:
        expression()
    # The location holds the line of source, in which the message stands too.
    assert message in re.sub("\nat .*", "", str(caught.value))


@pytest.mark.parametrize(
    "expression, message",
    [
        (lambda: v3 + v4, "add: shapes do not broadcast: v3 (float64 vector (3)), v4 (float64"),
        (lambda: a23 - v4, "sub: shapes do not broadcast: a23 (float64 matrix (2, 3)), "),
        (lambda: np.ones(3) * v4, "mul: shapes do not broadcast: "),
        (lambda: T.switch(x > 0, v3, v4), "switch: shapes do not broadcast: gt (bool vector), v3"),
        (lambda: T.dot(a23, a45), "dot: shapes do not fit: a23 (float64 matrix (2, 3)) and a45 ("),
        (lambda: T.dot(a23, v4), "summed over the extents 3 and 4"),
        (lambda: T.dot(v3, v4), "dot: shapes do not fit: v3 (float64 vector (3)) and v4"),
        (lambda: a23 @ a45, "dot: shapes do not fit"),
        (lambda: T.tensordot(a23, a45, axes=1), "tensordot: shapes do not fit: a23"),
        (lambda: a23.reshape((4, 2)), "a23 (float64 matrix (2, 3)) of 6 elements cannot be"),
        (lambda: x.reshape((-1, -1)), "reshape of x (float64 vector): one extent may be -1"),
        (lambda: x.reshape((2, -3)), "reshape of x (float64 vector): one extent may be -1"),
        (lambda: T.concatenate([a23, a45]), "join along axis 0: extents on axis 1 differ: a23"),
        (
            lambda: T.concatenate([m, k], axis=2),
            "concatenate: axis 2 is out of range for 2 dimensions: m (float64 matrix)",
        ),
        (lambda: T.concatenate([]), "concatenate: nothing to join"),
        (lambda: T.stack([v3, v4]), "stack: shapes differ: v3 (float64 vector (3)), v4"),
        (lambda: T.specify_shape(v3, (4,)), "specify_shape of v3 (float64 vector (3)): axis 0"),
        (lambda: T.specify_shape(x, (3, 4)), "specify_shape of x (float64 vector): 2 extents"),
        (
            lambda: T.broadcast_to(v3, (4,)),
            "v3 (float64 vector (3)) cannot be broadcast to",
        ),
        (lambda: T.alloc(v3, 4), "v3 (float64 vector (3)) cannot be broadcast to the extent 4"),
        (
            lambda: a23.squeeze(0),
            "cannot drop axis 0 of a23 (float64 matrix (2, 3))",
        ),
        (lambda: v3.dimshuffle(), "cannot drop axis 0 of v3 (float64 vector (3)): its"),
        (
            lambda: T.set_subtensor(v3[:2], v3),
            "set_subtensor: the value v3 (float64 vector (3))",
        ),
        (lambda: T.set_subtensor(x[0], y), "the value y (float64 vector) has more dimensions"),
        (lambda: T.zeros(-1), "full: the extent -1 is negative"),
        (lambda: T.repeat(x, -1), "repeat: the extent -1 is negative"),
        (lambda: T.eye(-1), "eye: a size is negative: -1 by -1"),
        (lambda: x.flatten(3), "flatten: x (float64 vector) cannot have 3 dimensions"),
        (lambda: T.TensorType("float64", ())("s") + v3 + v4, "add: shapes do not broadcast"),
    ],
)
def test_shapes_that_provably_do_not_fit(expression, message):
    check(expression, ValueError, message)


@pytest.mark.parametrize(
    "expression, error, message",
    [
        (
            lambda: v3[3],
            IndexError,
            "index 3 is out of bounds on axis 0 of v3",
        ),
        (lambda: v3[-4], IndexError, "index -4 is out of bounds on axis 0 of v3"),
        (lambda: x[1, 2], IndexError, "too many indices: 2 for x (float64 vector) of 1 dimensions"),
        (lambda: x[..., ...], IndexError, "an index can only have one Ellipsis"),
        (lambda: x[1.5], TypeError, "the index of x on axis 0 must be an integer, not 1.5"),
        (lambda: x[y], TypeError, "the index of x on axis 0 must be an integer, not y"),
        (lambda: x[:s], TypeError, "the index of x on axis 0 must be an integer, not s"),
        (lambda: x["a"], TypeError, "'a' holds no numbers"),
        (lambda: x[::0], ValueError, "a slice cannot step by zero"),
        (lambda: T.arange(0, 1, 0), ValueError, "arange: the step is zero"),
        (lambda: T.set_subtensor(x, y), TypeError, "set_subtensor takes a selection such as x[0]"),
    ],
)
def test_indices_that_provably_select_nothing(expression, error, message):
    check(expression, error, message)


@pytest.mark.parametrize(
    "expression, error, message",
    [
        (lambda: x.sum(axis=1), ValueError, "sum: axis 1 is out of range for 1 dimensions"),
        (lambda: m.sum(axis=-3), ValueError, "sum: axis -3 is out of range for 2 dimensions"),
        (lambda: m.sum(axis=(0, 0)), ValueError, "sum: an axis is named twice in [0, 0]"),
        (lambda: m.sum(axis=1.5), TypeError, "sum: an axis is an int, not 1.5"),
        (lambda: m.max(axis="a"), TypeError, "max: an axis is an int, not 'a'"),
        (lambda: m.argmax(axis=2), ValueError, "argmax: axis 2 is out of range for 2 dimensions"),
        (lambda: x.var(axis=3), ValueError, "var: axis 3 is out of range for 1 dimensions"),
        (lambda: T.nnet.softmax(m, axis=5), ValueError, "softmax: axis 5 is out of range"),
        (lambda: T.nnet.softmax(s), ValueError, "softmax: axis -1 is out of range for 0"),
        (lambda: m.dimshuffle(0, 0), ValueError, "dimshuffle(0, 0): an axis is named twice"),
        (
            lambda: m.dimshuffle(2),
            ValueError,
            "dimshuffle(2,): m (float64 matrix)",
        ),
        (lambda: m.transpose(0), ValueError, "transpose: (0,) is no permutation of the axes of m"),
        (
            lambda: T.concatenate([m, x]),
            TypeError,
            "join along axis 0: ranks do not fit",
        ),
        (
            lambda: T.as_tensor_variable([x, m]),
            TypeError,
            "stack: ranks differ: x",
        ),
        (lambda: s @ x, TypeError, "matmul takes no scalar such as s; use *"),
        (lambda: T.batched_dot(s, y), TypeError, "batched_dot takes 1 to 3 dimensions, not s"),
    ],
)
def test_ranks_and_axes_that_do_not_fit(expression, error, message):
    check(expression, error, message)


@pytest.mark.parametrize(
    "expression, error, message",
    [
        (lambda: T.TensorType("float80", ()), TypeError, "'float80' names no dtype; those known"),
        (lambda: T.scalar(dtype="object"), TypeError, "no tensor has the dtype object"),
        (lambda: T.cast(x, "str"), TypeError, "no tensor has the dtype str"),
        (lambda: T.TensorType("float64", (-1,)), TypeError, "an extent is None or an int >= 0"),
        (lambda: T.TensorType("float64", (1.5,)), TypeError, "an extent is None or an int >= 0"),
        (lambda: T.matrix(3), TypeError, "the name of a variable must be a str, not 3"),
        (lambda: x & 1, TypeError, "and_ of float64 and float64: only integers and truth values"),
        (lambda: ~x, TypeError, "invert of float64: only integers and truth values have bits: x"),
        (lambda: z < 1, TypeError, "lt of complex128 and complex128: complex numbers"),
        (lambda: T.maximum(z, 1), TypeError, "maximum of complex128 and complex128: complex"),
        (lambda: T.floor(z), TypeError, "floor of complex128: it is defined for real numbers only"),
        (lambda: T.cast(z, "float64"), TypeError, "take real, imag, abs or angle of"),
        (lambda: z % 2, TypeError, "mod of complex128 and complex128: it is defined for real"),
        (lambda: z // 2, TypeError, "floor_div of complex128 and complex128: it is defined"),
        (lambda: u8 + 300, OverflowError, "the Python int 300 does not fit the dtype uint8"),
        (lambda: i + 2**70, OverflowError, "does not fit the dtype int64"),
        (lambda: T.set_subtensor(labels[0], z), TypeError, "z (complex128 scalar) cannot be"),
    ],
)
def test_dtypes_that_do_not_fit(expression, error, message):
    check(expression, error, message)


@pytest.mark.parametrize(
    "expression, message",
    [
        (lambda: T.constant("a"), "'a' holds no numbers, so it makes no tensor"),
        (lambda: T.constant([[1], [1, 2]]), "[[1], [1, 2]] is a ragged sequence, so it makes no"),
        (lambda: T.constant(x), "a constant needs a value, not the variable x"),
        (lambda: T.constant(np.ma.zeros(2)), "a masked array makes no tensor: its mask would be"),
        (lambda: T.as_tensor_variable(len), "<built-in function len> holds no numbers"),
        (lambda: x + "a", "'a' holds no numbers"),
        (lambda: x + None, "None holds no numbers"),
        (lambda: x * [[1], [1, 2]], "[[1], [1, 2]] is a ragged sequence"),
        (lambda: x + np.array([None, 1]), "array([None, 1], dtype=object) holds no numbers"),
        (lambda: x ** {1}, "{1} holds no numbers"),
        (
            lambda: T.exp(x, y),
            "exp: takes 1 positional argument but 2 were given\nit takes (x), and was given"
            " (x (float64 vector), y (float64 vector))",
        ),
        (lambda: T.clip(x, 1), "clip: missing 1 required positional argument: 'high'"),
    ],
)
def test_operands_that_are_no_tensors(expression, message):
    check(expression, TypeError, message)


@pytest.mark.parametrize(
    "expression, message",
    [
        (
            lambda: bool(x > 0),
            "gt is symbolic and has no truth value before it is",
        ),
        (lambda: 1 if s > 0 else 2, "choose with switch(condition, a, b), compare variables with"),
        (lambda: 0 < s < 1, "gt is symbolic and has no truth value"),
        (lambda: (s > 0) and (s < 1), "gt is symbolic and has no truth value"),
        (lambda: len(x), "the length of x (float64 vector) is not known; use x.shape[0]"),
        (lambda: list(x), "cannot iterate: the length of x (float64 vector) is not known"),
        (lambda: float(s), "s is symbolic; its value is s.eval()"),
        (lambda: range(i), "i is symbolic; its value is i.eval()"),
        (lambda: [1, 2][i], "i is symbolic; its value is i.eval()"),
        (lambda: x.__setitem__(0, 1), "x is symbolic and cannot be assigned to; write y ="),
        (lambda: np.fft.hfft(x), "numpy.fft.hfft of x (float64 vector): it has no symbolic form"),
        (lambda: sg.shared(x), "takes a value, not the symbolic variable x; compute it first"),
    ],
)
def test_variables_are_no_values(expression, message):
    check(expression, TypeError, message)


cost = (x**2).sum()


@pytest.mark.parametrize(
    "expression, error, message",
    [
        (
            lambda: sg.grad(x, x),
            TypeError,
            "the cost must be a scalar, but x (float64",
        ),
        (lambda: sg.grad(i, x), TypeError, "the cost must be real, of a float dtype, but i (int64"),
        (lambda: sg.grad(z, x), TypeError, "the cost must be real, but z (complex128 scalar, made"),
        (lambda: sg.grad(3.0, x), TypeError, "the cost must be a variable, not 3.0"),
        (lambda: sg.grad(cost, y), DisconnectedInputError, "with respect to y (float64"),
        (lambda: sg.grad(cost, "x"), TypeError, "wrt must hold variables, not 'x'"),
        (
            lambda: sg.grad(cost, {x, y}),
            TypeError,
            "wrt must be a variable, list or tuple",
        ),
        (lambda: sg.grad(cost, x, disconnected_inputs="no"), ValueError, "it takes one of raise"),
        (
            lambda: sg.grad(T.jv(s, s), s),
            NullTypeGradError,
            "jv has no derivative by its order",
        ),
        (
            lambda: sg.grad(sg.gradient.undefined_grad(s) * 2, s),
            NullTypeGradError,
            "its derivative was declared undefined",
        ),
        (
            lambda: sg.grad(cost, x, known_grads={x: s}),
            TypeError,
            "known_grads gave a derivative",
        ),
        (lambda: sg.Rop(x * 2, x, s), TypeError, "eval_points gave a derivative of type"),
        (
            lambda: sg.verify_grad(lambda v: v, [np.array([1, 2])]),
            TypeError,
            "only floats",
        ),
    ],
)
def test_derivatives_that_do_not_exist(expression, error, message):
    check(expression, error, message)


def test_an_error_of_a_derivative_names_the_users_line():
    with pytest.raises(TypeError) as caught:
        sg.grad(x, x)
    assert f"made at {x.location}" in str(caught.value)
    assert f"{__file__}:" in str(x.location)


def test_a_refused_expression_leaves_no_trace():
    """What was refused is in no graph, and what it was to be made of is as it was."""
    before = (x.name, x.type, x.owner)
    with pytest.raises(ValueError):
        T.concatenate([x, v3]) + v4[:1] + v3 + v4
    assert (x.name, x.type, x.owner) == before
    np.testing.assert_array_equal((x + v3).eval({x: [1.0], v3: np.zeros(3)}), [1, 1, 1])
