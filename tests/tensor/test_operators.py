"""Python's operators on variables: all of them, on either side, beside numbers and arrays."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import arrays, everywhere, run, same, variables

import symgraph.tensor as T
from symgraph.graph import TensorType, Variable

ARITHMETIC = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow"]
BITS = ["and_", "or_", "xor", "lshift", "rshift"]
COMPARISONS = ["lt", "le", "gt", "ge"]
UNARY = ["neg", "pos", "abs", "invert"]


def numpy_value(f, *operands):
    with np.errstate(all="ignore"):
        return np.asarray(f(*operands))


@pytest.mark.parametrize("name", ARITHMETIC + COMPARISONS)
@given(data=st.data())
def test_of_two_variables(name, data):
    f = getattr(operator, name)
    a = data.draw(arrays((2, 3), st.sampled_from(["int8", "int64", "float32", "float64"])))
    b = data.draw(arrays((3,), st.sampled_from(["uint8", "int64", "float32", "float64"])))
    if name == "pow":
        b = np.abs(b)
    x, y = data.draw(variables(a)), data.draw(variables(b))
    same(run(f(x, y), {x: a, y: b}), numpy_value(f, a, b))


@pytest.mark.parametrize("name", ARITHMETIC + COMPARISONS)
@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "float16", "float32", "float64"])
def test_beside_numbers_and_arrays_on_either_side(name, dtype):
    """Python's numbers are weak, NumPy's are not; the result is NumPy's own."""
    f = getattr(operator, name)
    a = np.array([1, 2, 3]).astype(dtype)
    x = TensorType(dtype, (None,))("x")
    for other in (2, 2.5, True, np.float32(1.5), np.int16(2), np.array([1, 2, 3]), [1, 2, 3]):
        beside = np.asarray(other) if isinstance(other, list) else other
        same(run(f(x, other), {x: a}), numpy_value(f, a, beside))
        same(run(f(other, x), {x: a}), numpy_value(f, beside, a))


@pytest.mark.parametrize("name", BITS)
def test_of_bits(name):
    f = getattr(operator, name)
    a, b = np.array([5, -3, 100], "int16"), np.array([3, 1, 2], "int8")
    x, y = T.wvector("x"), T.bvector("y")
    same(run(f(x, y), {x: a, y: b}), f(a, b))
    for other in (2, np.int64(3), np.array([1, 2, 3]), [1, 2, 3]):
        beside = np.asarray(other) if isinstance(other, list) else other
        same(run(f(x, other), {x: a}), f(a, beside))
        same(run(f(other, x), {x: a}), f(beside, a))


def test_logic_of_truth_values():
    p, q = (TensorType("bool", (None,))(n) for n in "pq")
    values = {p: [True, True, False, False], q: [True, False, True, False]}
    same(run(p & q, values), np.array([True, False, False, False]))
    same(run(p | q, values), np.array([True, True, True, False]))
    same(run(p ^ q, values), np.array([False, True, True, False]))
    same(run(~p, values), np.array([False, False, True, True]))
    same(run(p & True, values), np.array([True, True, False, False]))


@pytest.mark.parametrize("name", UNARY)
def test_of_one_variable(name):
    f = getattr(operator, name)
    a = np.array([-2, 0, 3], "int8")
    x = T.bvector("x")
    same(run(f(x), {x: a}), f(a))


def test_divmod():
    x, y = T.lvector("x"), T.lvector("y")
    a, b = np.array([7, -7, 7]), np.array([3, 3, -3])
    for got, expected in zip(divmod(x, y), divmod(a, b), strict=True):
        same(run(got, {x: a, y: b}), expected)
    for got, expected in zip(divmod(20, y), divmod(20, b), strict=True):
        same(run(got, {y: b}), expected)


def test_matrix_products():
    a, b = T.dmatrices("a", "b")
    values = {a: [[1.0, 2], [3, 4]], b: [[5.0, 6], [7, 8]]}
    x, y = (np.array(values[v]) for v in (a, b))
    same(run(a @ b, values), x @ y)
    same(run(x @ b, values), x @ y)
    same(run(a @ y, values), x @ y)


def test_numpys_arrays_leave_the_work_to_variables():
    """Not an array of objects, one variable for each element."""
    x = T.dmatrix("x")
    a = np.ones((2, 2))
    for result in (
        a + x,
        a * x,
        a < x,
        a @ x,
        a - x,
        np.float64(2) / x,
        a**x,
        np.bool_(True) & (x > 0),
    ):
        assert isinstance(result, Variable)
        assert result.type.ndim == 2
    assert (a < x).owner.op == T.lt(a, x).owner.op


def test_assignments_make_new_variables():
    x = T.dvector("x")
    y = x
    y += 1
    y *= 2
    assert y is not x
    same(run(y, {x: [1.0, 2]}), [4.0, 6])
    same(run(x, {x: [1.0, 2]}), [1.0, 2])


def test_equality_is_identity_and_eq_compares():
    x, y = T.dvectors("x", "y")
    assert x == x
    assert x != y
    assert len({x, y, x}) == 2
    assert x in [y, x]
    same(run(T.eq(x, y), {x: [1.0, 2], y: [1.0, 3]}), np.array([True, False]))
    same(run(T.neq(x, y), {x: [1.0, 2], y: [1.0, 3]}), np.array([False, True]))


def test_every_back_end_runs_the_operators():
    x, y = T.TensorType("int32", (None, None))("x"), T.fvector("y")
    every = [getattr(operator, name) for name in ARITHMETIC + COMPARISONS if name != "pow"]
    outputs = [f(*pair) for f in every for pair in ((x, y), (x, 3), (3, x), (y, 2.5), (2.5, y))]
    outputs += [-x, abs(x), ~x, x & 5, x | 5, x ^ 5, x << 2, x >> 1, 1 << (x & 7), x**2, y**3, 2**y]
    everywhere(
        outputs,
        {x: [[1, -2, 3], [0, 100, -7]], y: [0.5, -2, 3]},
        {x: np.zeros((0, 1)), y: [1.0]},
        {x: [[5]], y: []},
    )


# --- what a variable is not ---


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (
            lambda x: bool(x),
            "x is symbolic and has no truth value before it is computed; choose with",
        ),
        (lambda x: x > 0 and x < 1, "gt is symbolic and has no truth value"),
        (lambda x: 0 < x < 1, "gt is symbolic and has no truth value"),
        (lambda x: not x, "x is symbolic and has no truth value"),
        (lambda x: max(x, 0), "gt is symbolic and has no truth value|lt is symbolic"),
        (lambda x: float(x), r"x is symbolic; its value is x.eval\(\)"),
        (lambda x: int(x), r"x is symbolic; its value is x.eval\(\)"),
        (lambda x: complex(x), r"x is symbolic; its value is x.eval\(\)"),
        (lambda x: range(x), r"x is symbolic; its value is x.eval\(\)"),
        (lambda x: [1, 2][x], r"x is symbolic; its value is x.eval\(\)"),
        (lambda x: len(x), r"x \(int64 scalar\) is a scalar and has no length"),
        (lambda x: list(x), r"cannot iterate: x \(int64 scalar\) is a scalar"),
        (lambda x: 3 in x, "x is symbolic, so what it contains is not known"),
        (lambda x: operator.setitem(x, 0, 1), r"x is symbolic and cannot be assigned to; write"),
        (lambda x: x.__setitem__(..., 1), r"y = set_subtensor\(x\[index\], value\)"),
    ],
)
def test_a_variable_is_no_value(use, message):
    with pytest.raises(TypeError, match=message):
        use(T.lscalar("x"))


def test_a_length_that_is_not_known():
    x = T.dvector("x")
    with pytest.raises(
        TypeError, match=r"the length of x \(float64 vector\) is not known; use x.sha"
    ):
        len(x)
    with pytest.raises(TypeError, match="cannot iterate: the length of x"):
        for _ in x:
            pass
    with pytest.raises(TypeError, match="cannot iterate: the length of x"):
        _, _ = x


def test_a_length_that_is_known():
    x = TensorType("float64", (3, None))("x")
    assert len(x) == 3
    first, _, last = x
    values = {x: np.arange(6.0).reshape(3, 2)}
    same(run(first, values), [0.0, 1])
    same(run(last, values), [4.0, 5])
    assert len(list(x.shape)) == 2
    with pytest.raises(TypeError, match="what it contains is not known"):
        assert 1.0 not in x


@pytest.mark.parametrize("other", ["text", None, object(), {}, {1, 2}])
def test_what_is_no_number_is_no_operand(other):
    x = T.dvector("x")
    with pytest.raises(TypeError, match="holds no numbers, so it makes no tensor"):
        x + other
    with pytest.raises(TypeError, match="holds no numbers, so it makes no tensor"):
        other * x


def test_powers_modulo_a_number_are_not_offered():
    with pytest.raises(TypeError):
        pow(T.lscalar("x"), 2, 5)
