"""What fails while a function runs: the same message on each back end, cause first, then the
operation with the user's line, then its inputs with dtypes, shapes and small values; and nothing
is changed."""

import re
import subprocess
import sys

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph import function, shared
from symgraph.debug import NodeError

MODES = ["reference", "llvm"]

x, y = T.dvectors("x", "y")
m, k = T.dmatrix("m"), T.dmatrix("k")
i, j = T.lscalars("i", "j")
where = T.lvector("where")
cube = T.dtensor3("cube")
ONES = np.ones((2, 3))

# (expression, values of its inputs, the error, the first line of its message)
FAILURES = [
    (x + y, {x: [1, 2], y: [1, 2, 3]}, ValueError, "operands could not be broadcast together with"),
    (m * x, {m: ONES, x: [1, 2]}, ValueError, "operands could not be broadcast together with"),
    (T.switch(x > 0, x, y), {x: [1, 2], y: [1, 2, 3]}, ValueError, "operands could not be"),
    (T.exp(x) + y, {x: np.zeros(0), y: [1, 2]}, ValueError, "operands could not be broadcast"),
    (T.dot(m, k), {m: ONES, k: ONES}, ValueError, "dot: shapes do not fit: (2, 3) and (2, 3),"),
    (T.dot(x, y), {x: [1], y: [1, 2]}, ValueError, "dot: shapes do not fit: (1,) and (2,),"),
    (T.dot(m, x), {m: ONES, x: [1, 2]}, ValueError, "dot: shapes do not fit: (2, 3) and (2,),"),
    (T.batched_dot(cube, cube), {cube: np.ones((2, 3, 4))}, ValueError, "an array of shape (2, 3,"),
    (x[i], {x: [1, 2], i: 5}, IndexError, "index 5 is out of bounds for axis 0 with size 2"),
    (x[i], {x: [1, 2], i: -3}, IndexError, "index -3 is out of bounds for axis 0 with size 2"),
    (m[:, i], {m: ONES, i: 3}, IndexError, "index 3 is out of bounds for axis 1 with size 3"),
    (x[0], {x: []}, IndexError, "index 0 is out of bounds for axis 0 with size 0"),
    (x[where], {x: [1, 2], where: [0, 7]}, IndexError, "index 7 is out of bounds for axis 0 with"),
    (m[where, where], {m: ONES, where: [0, 2]}, IndexError, "index 2 is out of bounds for axis 0"),
    (
        m[where, T.arange(i)],
        {m: ONES, where: [0, 1], i: 3},
        IndexError,
        "shape mismatch: indexing arrays could not be broadcast together with shapes (2,) (3,)",
    ),
    (x[::i], {x: [1, 2], i: 0}, ValueError, "slice step cannot be zero"),
    (
        T.set_subtensor(x[:2], y),
        {x: [1, 2], y: [1, 2, 3]},
        ValueError,
        "could not broadcast input array from shape (3,) into shape (2,)",
    ),
    (T.inc_subtensor(x[i], 1.0), {x: [1, 2], i: 4}, IndexError, "index 4 is out of bounds for"),
    (
        T.inc_subtensor(x[where], y),
        {x: [1, 2], where: [2], y: [1]},
        IndexError,
        "index 2 is out of bounds for axis 0 with size 2",
    ),
    (
        T.inc_subtensor(x[where], y),
        {x: [1, 2], where: [0, 1, 0], y: [1, 2]},
        ValueError,
        "operands could not be broadcast together",
    ),
    (x.reshape((i, 3)), {x: [1, 2], i: 2}, ValueError, "an array of shape (2,) (2 elements)"),
    (x.reshape((i, -1)), {x: [1, 2, 3], i: 2}, ValueError, "an array of shape (3,) (3 elements)"),
    (x.reshape((i,)), {x: [1, 2, 3], i: -5}, ValueError, "an array of shape (3,) (3 elements)"),
    (T.concatenate([m, k]), {m: ONES, k: ONES[:, :2]}, ValueError, "join along axis 0: shapes do"),
    (T.stack([x, y]), {x: [1, 2], y: [1]}, ValueError, "join along axis 0: shapes do not fit: [(1"),
    (T.specify_shape(x, (i,)), {x: [1, 2], i: 3}, ValueError, "an array of shape (2,) was"),
    (T.specify_shape(x, (3,)), {x: [1, 2]}, ValueError, "an array of shape (2,) was specified to"),
    (T.broadcast_to(x, (i,)), {x: [1, 2], i: 3}, ValueError, "an array of shape (2,) cannot be"),
    (m.dimshuffle(1), {m: ONES}, ValueError, "dimshuffle(1,): cannot drop axis 0 of an array of"),
    (
        T.zeros((i, 2)),
        {i: -3},
        ValueError,
        "an array of shape (1, 1) cannot be broadcast to (-3, 2",
    ),
    (T.alloc(1.0, i).sum(), {i: -3}, ValueError, "an array of shape (1,) cannot be broadcast to ("),
    (T.eye(i).sum(), {i: -3}, ValueError, "eye: a size is negative: -3 by -3"),
    (
        T.repeat(x, i),
        {x: [1, 2], i: -1},
        ValueError,
        "an array of shape (2, 1) cannot be broadcast",
    ),
    (T.arange(0, 10, i), {i: 0}, ValueError, "arange: the step is zero"),
    (x.max(), {x: []}, ValueError, "max of nothing: an array of shape (0,) is empty on axis 0"),
    (
        m.min(axis=1),
        {m: np.ones((2, 0))},
        ValueError,
        "min of nothing: an array of shape (2, 0) is",
    ),
    (x.argmax(), {x: []}, ValueError, "argmax of nothing: an array of shape (0,) is empty on axis"),
    (
        T.nnet.categorical_crossentropy(m, where),
        {m: ONES / 3, where: [0, 5]},
        IndexError,
        "index 5 is out of bounds for axis 1 with size 3",
    ),
]


def run(expression, values, mode):
    return function(list(values), expression, mode=mode)(*values.values())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("expression, values, error, message", FAILURES)
def test_failures_of_a_run(expression, values, error, message, mode):
    with pytest.raises(error, match="^" + re.escape(message)) as caught:
        run(expression, values, mode)
    _, place, *inputs = str(caught.value).splitlines()
    assert isinstance(caught.value, NodeError)
    assert place.startswith(f"in {caught.value.node.op}, created at {__file__}:")
    assert len(inputs) == len(caught.value.node.inputs)
    for position, line in enumerate(inputs):
        assert re.match(rf"  input {position}: .+ is \w+ \([\d, ]*\)", line)


@pytest.mark.parametrize("expression, values, error, message", FAILURES)
def test_failures_are_told_alike_by_each_back_end(expression, values, error, message):
    told = []
    for mode in MODES:
        with pytest.raises(error) as caught:
            run(expression, values, mode)
        told.append(str(caught.value))
    assert told[0] == told[1]


@pytest.mark.parametrize("mode", MODES)
def test_a_whole_message(mode):
    hidden = T.tanh(T.dot(x, m))
    hidden.name = "hidden"
    wrong = hidden * y
    with pytest.raises(ValueError) as caught:
        run(wrong.sum(), {x: [1, 2], m: np.zeros((2, 3)), y: np.arange(9)}, mode)
    assert str(caught.value).splitlines() == [
        "operands could not be broadcast together with shapes (3,) (9,) ",
        f"in mul, created at {wrong.location}",
        "  input 0: hidden is float64 (3,) = [0., 0., 0.]",
        "  input 1: y is float64 (9,)",
    ]
    assert str(wrong.location).endswith("in test_a_whole_message: wrong = hidden * y")


@pytest.mark.parametrize("mode", MODES)
def test_a_failure_in_a_gradient_leads_to_the_users_line(mode):
    """The place is that of `grad`, and the inputs tell which part of the cost it belongs to."""
    cost = T.dot(m, x).sum()
    slope = sg.grad(cost, m)
    with pytest.raises(ValueError) as caught:
        run([cost, slope], {m: ONES, x: [1, 2]}, mode)
    assert str(caught.value).startswith("dot: shapes do not fit: (2, 3) and (2,)")
    assert __file__ in str(caught.value)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("values", [{x: [1, 2], i: 9}, {x: [1, 2, 3], i: 0}])
def test_a_failing_call_changes_nothing_and_the_next_one_works(mode, values):
    total, count, weights = shared(0.0), shared(0), shared(np.zeros(2))
    total.default_update = total + 1
    f = function(
        [x, i],
        [x[i], total],
        updates=[(count, count + 1), (weights, weights + x)],
        mode=mode,
    )
    kept = weights.get_value(borrow=True)
    for _ in range(2):
        with pytest.raises((IndexError, ValueError)):
            f(*values.values())
    assert (total.get_value(), count.get_value()) == (0, 0)
    assert weights.get_value(borrow=True) is kept
    np.testing.assert_array_equal(kept, 0)
    assert f([1.0, 2.0], 1) == [2, 0]
    assert (total.get_value(), count.get_value(), weights.get_value().tolist()) == (1, 1, [1, 2])


@pytest.mark.parametrize("mode", MODES)
def test_integers_divided_by_zero_give_zero(mode):
    """NumPy's rule, without its warning; and never a trap of the processor."""
    for dtype in ("int8", "int64", "uint32"):
        a, b = (T.TensorType(dtype, (None,))(name) for name in "ab")
        values = {a: np.array([5, 0, 1], dtype), b: np.array([0, 0, 1], dtype)}
        quotient, rest = run([a // b, a % b], values, mode)
        assert quotient.tolist() == [0, 0, 1]
        assert rest.tolist() == [0, 0, 0]


@pytest.mark.parametrize("mode", MODES)
def test_the_one_integer_quotient_that_overflows_wraps(mode):
    least = np.array([np.iinfo("int64").min])
    a, b = T.lvectors("a", "b")
    quotient, rest = run([a // b, a % b], {a: least, b: [-1]}, mode)
    assert quotient == least
    assert rest == 0


@pytest.mark.parametrize("mode", MODES)
def test_floats_divided_by_zero_are_infinite_or_nan(mode):
    values = {x: [1, -1, 0], y: [0, 0, 0]}
    quotient, floored, rest = run([x / y, x // y, x % y], values, mode)
    np.testing.assert_array_equal(quotient, [np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(floored, [np.inf, -np.inf, np.nan])
    np.testing.assert_array_equal(rest, [np.nan] * 3)
    assert run(T.log(x), {x: [0, -1, 1]}, mode)[0] == -np.inf


def test_sizes_beyond_64_bits_do_not_pass_for_small_ones():
    """In a process of its own: a write beyond the memory would end it."""
    program = (
        "import symgraph as sg, symgraph.tensor as T\n"
        "i = T.lscalar('i')\n"
        "ones = T.zeros((i, i)) + 1\n"
        "for y in (ones, T.dot(ones, ones), T.eye(i)[::-1], T.zeros((i, i, i)) + 1):\n"
        "    f = sg.function([i], y, mode='llvm')\n"
        "    for size in (2**24, 2**31, 2**32, 2**62):\n"
        "        try:\n"
        "            f(size)\n"
        "        except (MemoryError, ValueError):\n"
        "            print('refused', end=' ')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.split() == ["refused"] * 16


def test_the_place_is_the_innermost_line_of_the_users_program():
    def build():
        return x[i] + 1

    expression = build()
    assert expression.location.function == "build"
    assert expression.location.filename == __file__


def test_warnings_of_numpy_do_not_escape():
    """A run computes with infinities and nans silently, also with warnings as errors."""
    program = (
        "import numpy as np, symgraph as sg, symgraph.tensor as T\n"
        "x = T.dvector('x')\n"
        "y = [1 / x, T.log(x), x ** 0.5, T.exp(x * 1e9), (x * 1e308) * 1e308, x.mean(), x.var()]\n"
        "n = T.lvector('n')\n"
        "for mode in ('reference', 'llvm'):\n"
        "    sg.function([x], y, mode=mode)([0.0, -1.0, np.inf, np.nan])\n"
        "    sg.function([x], x.mean(), mode=mode)([])\n"
        "    sg.function([n], [n // n, n % n, n ** n, n << n], mode=mode)([0, -1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
