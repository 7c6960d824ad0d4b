"""Bad input to `function` and to a compiled function: each kind has a message that says what is
wrong, with what, and where that was made; and nothing is half-changed afterwards.

Bad expressions stand in `test_bad_expressions`, what fails while it runs in `test_bad_runs`.
"""

import datetime
import re
import warnings

import numpy as np
import pytest
import scipy.sparse

import symgraph as sg
import symgraph.tensor as T
from symgraph import In, MissingInputError, Out, UnusedInputError, function, shared

x, y = T.dvector("x"), T.dvector("y")
a, n = T.dscalar("a"), T.lscalar("n")
m32 = T.fmatrix("m32")
s, w = shared(1.0, "s"), shared(np.zeros((2, 2), "float32"), "w")
fixed = T.TensorType("float64", (3,))("fixed")
positive = T.TensorType("float64", (None, 1))("positive")


@pytest.fixture(params=["reference", "llvm"])
def mode(request):
    with sg.config.change_flags(mode=request.param):
        yield request.param


def raises(error, message):
    """`pytest.raises` for a part of a message as it stands."""
    return pytest.raises(error, match=re.escape(message))


# --- what `function` is given ---


@pytest.mark.parametrize(
    "inputs, message",
    [
        (x, "inputs must be a list of variables, not x"),
        ({x: 1}, "inputs must be a list of variables, not {x: 1}"),
        ("x", "inputs must be a list of variables, not 'x'"),
        (None, "inputs must be a list of variables, not None"),
        ([3], "an input must be a variable or In, not 3"),
        (["x"], "an input must be a variable or In, not 'x'"),
        ([s], "the shared variable s cannot be an input; it is used where it occurs"),
        ([In(s)], "To call with another value, use givens"),
        ([T.constant(3)], "the input 3 is a constant; use givens to put something in its place"),
    ],
)
def test_what_is_no_list_of_inputs(inputs, message):
    with raises(TypeError, message):
        function(inputs, x)


@pytest.mark.parametrize("inputs", [[x, y, x], [x, In(x)]])
def test_an_input_that_is_listed_twice(inputs):
    with raises(ValueError, "function: x is an input twice"):
        function(inputs, x + y)


@pytest.mark.parametrize(
    "variable, options, error, message",
    [
        (3, {}, TypeError, "In takes a variable, not 3"),
        (x, {"name": 3}, TypeError, "In(x): the name of an input must be a str, not 3"),
        (x, {"mutable": True, "borrow": False}, ValueError, "In(x): mutable=True contradicts"),
        (x, {"implicit": True}, ValueError, "In(x): an implicit input needs a value"),
        (a, {"value": 1.0, "shared": True}, ValueError, "In(a): shared=True needs a Container"),
        (x, {"update": a}, TypeError, "In(x): the update is a float64 scalar, the input a float64"),
        (a, {"update": n}, TypeError, "In(a): the update is a int64 scalar, the input a float64"),
        (a, {"update": 1}, TypeError, "In(a): the update must be a variable, not 1"),
    ],
)
def test_inputs_that_contradict_themselves(variable, options, error, message):
    with raises(error, message):
        In(variable, **options)


@pytest.mark.parametrize(
    "entry, error, message",
    [
        (In(x, value=1), TypeError, "function: the default of x: expected 1 dimension"),
        (In(n, value=0.5), TypeError, "function: the default of n: expected dtype int64"),
        (In(fixed, value=[1.0]), ValueError, "the default of fixed: expected extent 3 on axis 0"),
        (In(x, value=[1], strict=True), TypeError, "the default of x: strict: expected a numpy"),
    ],
)
def test_defaults_that_are_no_values_of_their_inputs(entry, error, message):
    with raises(error, message):
        function([entry], entry.variable)


@pytest.mark.parametrize(
    "outputs, message",
    [
        ("x", "an output must be a variable, not 'x'"),
        ([x, None], "an output must be a variable, not None"),
        (len, "an output must be a variable, not <built-in function len>"),
        (Out("x"), "an output must be a variable, not 'x'"),
        ([[x]], "an output must be a variable, not [x]"),
        ({x}, "an output must be a variable, not {x}"),
        ({0: x}, "the keys of an output dict must be str, not 0"),
    ],
)
def test_what_is_no_output(outputs, message):
    with raises(TypeError, message):
        function([x], outputs)


@pytest.mark.parametrize(
    "updates, error, message",
    [
        ({a: a}, TypeError, "only shared variables can be updated, not a"),
        ({"s": a}, TypeError, "only shared variables can be updated, not 's'"),
        ([(s, s), (s, a)], ValueError, "the shared variable s is updated twice"),
        ((s, s + 1), TypeError, "updates must be a dict or a list of pairs, like [(w, w + 1)]"),
        ([(s, 1, 2)], TypeError, "(s, 1, 2) is no pair"),
        ({(s, 1)}, TypeError, "updates must be a dict or a list of pairs, not {(s, 1)}"),
        (s, TypeError, "updates must be a dict or a list of pairs, not s"),
        (3, TypeError, "updates must be a dict or a list of pairs, not 3"),
        ({s: x}, TypeError, "the update of s (float64 scalar) is a float64 vector: the ranks"),
        ({w: w + s}, TypeError, "the update of w (float32 matrix) is a float64 matrix, and a"),
        ({s: [1]}, TypeError, "the update of s: expected 0 dimensions"),
        ({s: None}, TypeError, "the update of s: expected float64 scalar, got NoneType None"),
        ({s: a, s.clone(): a}, ValueError, "s and s hold one value; update one of them"),
    ],
)
def test_what_is_no_update(updates, error, message):
    with raises(error, message):
        function([a, x], updates=updates, on_unused_input="ignore")


@pytest.mark.parametrize(
    "givens, error, message",
    [
        ({"x": y}, TypeError, "function: givens replace variables, not 'x'"),
        ([(s, a), (s, a)], ValueError, "function: s is given twice"),
        ({a: s}, ValueError, "function: a is both an input and given"),
        ({n: a}, TypeError, "n (int64 scalar) is given as a (float64 scalar); cast it"),
        ({x: a}, TypeError, "x (float64 vector) is given as a (float64 scalar); cast it"),
        ({n: 0.5}, TypeError, "the given for n: expected dtype int64, got float 0.5"),
        ([a], TypeError, "givens must be a dict or a list of pairs"),
    ],
)
def test_what_is_no_given(givens, error, message):
    with raises(error, message):
        function([a], [a, s, n, x], givens=givens)


@pytest.mark.parametrize(
    "option, value, error, message",
    [
        ("name", 3, TypeError, "function: the name must be a str, not 3"),
        ("mode", "FAST", ValueError, "there is no back end 'FAST'; installed are llvm"),
        ("mode", 3, TypeError, "mode is the name of a back end, or one itself, not 3"),
        ("no_default_updates", s, TypeError, "a bool or a list of shared variables, not s"),
        ("no_default_updates", ["s"], TypeError, "a bool or a list of shared variables, not ['s']"),
        ("on_unused_input", "no", ValueError, "one of raise, warn, ignore, not 'no'"),
    ],
)
def test_bad_options_of_function(option, value, error, message):
    with raises(error, message):
        function([x], x, **{option: value})


def test_an_update_that_is_too_wide_names_its_line():
    new = w + s
    with pytest.raises(TypeError) as caught:
        function([], updates={w: new})
    assert str(caught.value) == (
        "function: the update of w (float32 matrix) is a float64 matrix, and a cast would lose"
        " precision; write it as T.cast(..., 'float32'), or look for what made it float64: s,"
        f" created at {s.location}. The update was created at {new.location}"
    )


def test_an_update_of_provably_other_extents():
    known = shared(np.zeros(3), "known", shape=(3,))
    with pytest.raises(TypeError, match="the extents on axis 0 differ"):
        function([], updates={known: T.concatenate([known, known])})


def test_a_missing_input_is_named_with_its_line():
    with pytest.raises(MissingInputError) as caught:
        function([x], x + y)
    assert str(caught.value) == (
        "missing input: the outputs need y (float64 vector), which is neither an input nor given;"
        f" created at {y.location}; the inputs are x"
    )
    assert caught.value.variable is y
    assert f"{__file__}:" in str(y.location)


def test_an_input_that_updates_need_is_missing():
    with pytest.raises(MissingInputError, match="the outputs need a .*; the inputs are none"):
        function([], updates={s: s + a})


def test_an_unused_input_is_named_with_its_line():
    with pytest.raises(UnusedInputError) as caught:
        function([x, y], x)
    assert str(caught.value) == (
        "function: input 1, y (float64 vector), is not used by any output or update; created at"
        f" {y.location}. Leave it out, or pass on_unused_input='ignore'"
    )


def test_unused_inputs_may_be_ignored_or_warned_of():
    assert function([x, y], x, on_unused_input="ignore")([1.0], [2.0]) == [1]
    with pytest.warns(UserWarning, match="input 1, y .* is not used") as caught:
        function([x, y], x, on_unused_input="warn")
    assert caught[0].filename == __file__
    with sg.config.change_flags(on_unused_input="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        function([x, y], x)


def test_what_only_an_update_a_default_or_a_given_uses_is_used():
    function([a], updates={s: a})
    function([In(a, value=1.0, update=a + 1)], T.constant(1.0))
    function([x], y.sum(), givens={y: x})


# --- what a compiled function is called with ---


@pytest.mark.parametrize(
    "args, kwargs, message",
    [
        ((), {}, "f: missing arguments x, a"),
        (([1.0],), {}, "f: missing argument a"),
        (([1.0], 2, 3, 4), {}, "f takes 3 arguments (x, a, rate), got 4"),
        (([1.0], 2), {"b": 1}, "f has no input 'b'; its inputs are x, a, rate"),
        (([1.0], 2), {"a": 1}, "f: input a is given twice"),
        (([1.0], 2), {"rate": [1]}, "f: input 2 (rate): expected 0 dimensions"),
        (({x: [1.0], y: 2},), {}, "f has no input y; its inputs are x, a, rate"),
        (({x: [1.0], "x": 2},), {}, "f: input x is given twice"),
        (({"a": 1.0},), {"a": 2}, "f: an input is given in the dict and by name"),
        (([1.0], None), {}, "f: input 1 (a): expected float64 scalar, got NoneType None"),
    ],
)
def test_wrong_arguments(mode, args, kwargs, message):
    f = function([x, a, In(T.dscalar(), value=1.0, name="rate")], x * a, name="f",
                 on_unused_input="ignore")  # fmt: skip
    with raises(TypeError, message):
        f(*args, **kwargs)


@pytest.mark.parametrize(
    "value, message",
    [
        (1.0, "expected 1 dimension (float64 vector), got 0: shape ()"),
        ([[1.0]], "expected 1 dimension (float64 vector), got 2: shape (1, 1)"),
        ([[1.0], [1.0, 2.0]], "expected float64 vector, got a ragged sequence"),
        ("text", "expected float64 vector, got str 'text', which holds no numbers"),
        (["1", "2"], "got list ['1', '2'], which holds no numbers"),
        (2**64, "got int 18446744073709551616, which fits no dtype"),
        (None, "got NoneType None, which holds no numbers"),
        ([None], "got list [None], which holds no numbers"),
        ({1.0}, "got set {1.0}, which holds no numbers"),
        ((i for i in range(3)), "got generator <generator object"),
        (len, "got builtin_function_or_method <built-in function len>, which holds"),
        (np.array([1, "a"], object), "got ndarray of dtype object and shape (2,), which holds no"),
        (np.array([1.0, None]), "got ndarray of dtype object and shape (2,), which holds no"),
        (np.ma.zeros(2), "got a masked array, whose mask would be lost; fill it first"),
        (np.zeros(2, "complex128"), "expected dtype float64, got ndarray of dtype complex128"),
        ([1j], "expected dtype float64, got list [1j], and casting would lose precision"),
        (np.zeros(2, "longdouble"), "expected dtype float64, got ndarray of dtype"),
        (np.zeros(2, "M8[s]"), "dtype datetime64[s] and shape (2,), which holds no numbers"),
        ([datetime.date.today()], "which holds no numbers"),
        (np.zeros(2, [("a", "f8")]), "which holds no numbers"),
        (scipy.sparse.csr_matrix([[1.0]]), "which holds no numbers"),
        (y, "expected a value of type float64 vector, got the symbolic variable y"),
        (shared(np.zeros(2), "v"), "got the symbolic variable v"),
    ],
)
def test_values_that_no_input_takes(mode, value, message):
    f = function([a, x], x * a, name="scale")
    with raises(TypeError, message) as caught:
        f(1.0, value)
    text = str(caught.value)
    assert text.startswith("scale: input 1 (x): expected")
    assert text.endswith(f"The input was created at {x.location}")
    assert f(1.0, [2.0]) == [2]


@pytest.mark.parametrize(
    "dtype, value",
    [
        ("float32", np.float64(0.1)),
        ("float32", np.arange(3)),
        ("int64", 0.5),
        ("int64", [1.0, np.nan]),
        ("int8", 128),
        ("uint8", -1),
        ("uint64", -1.0),
        ("bool", 2),
        ("int32", np.int64(1)),
        ("float16", 1e-9),
    ],
)
def test_values_that_the_dtype_would_lose(mode, dtype, value):
    v = T.TensorType(dtype, (None,) * np.ndim(value))("v")
    with raises(TypeError, f"input 0 (v): expected dtype {dtype}, got ") as caught:
        function([v], v)(value)
    assert "casting would lose precision; write numpy.asarray(value).astype" in str(caught.value)
    assert "or allow it by function(..., allow_input_downcast=True)" in str(caught.value)


def test_values_of_other_extents_than_known(mode):
    f = function([fixed, positive], [fixed, positive])
    with raises(ValueError, "input 0 (fixed): expected extent 3 on axis 0 (float64 vector (3))"):
        f(np.zeros(2), np.zeros((2, 1)))
    with raises(ValueError, "input 1 (positive): expected extent 1 on axis 1"):
        f(np.zeros(3), np.zeros((2, 2)))


def test_a_known_extent_of_zero_is_checked(mode):
    nothing = T.TensorType("float64", (0,))("nothing")
    with raises(ValueError, "expected extent 0 on axis 0"):
        function([nothing], nothing)(np.zeros(2))


# --- nothing is half-changed ---


def test_a_bad_argument_changes_nothing(mode):
    state = T.dscalar("state")
    total, last = shared(0.0), shared(np.zeros(2))
    f = function(
        [x, In(state, value=5.0, update=state + 1)],
        state * 1,
        updates={total: total + x.sum(), last: x},
    )
    for bad in ([[1.0]], "text", None):
        with pytest.raises(TypeError):
            f(bad)
    assert (f[state], total.get_value(), last.get_value().tolist()) == (5, 0, [0, 0])
    f([1.0])
    assert (f[state], total.get_value(), last.get_value().tolist()) == (6, 1, [1])


def test_a_failing_run_changes_nothing(mode):
    state = T.dscalar("state")
    first, second = shared(0.0), shared(np.zeros(2))
    f = function(
        [x, n, In(state, value=5.0, update=state + 1)],
        x[n],
        updates=[(first, first + 1), (second, second + x)],
    )
    with pytest.raises(IndexError):
        f([1.0, 2.0], 7)
    with pytest.raises(ValueError):
        f([1.0, 2.0, 3.0], 0)
    assert (f[state], first.get_value(), second.get_value().tolist()) == (5, 0, [0, 0])
    assert f([1.0, 2.0], 1) == 2
    assert (f[state], first.get_value(), second.get_value().tolist()) == (6, 1, [1, 2])


def test_a_new_value_of_other_extents_than_known_changes_nothing(mode):
    v = T.dmatrix("v")
    first, known = shared(0.0), shared(np.zeros((2, 3)), "known", shape=(2, None))
    f = function([v], updates=[(first, first + 1), (known, v)], name="f")
    with raises(ValueError, "f: the new value of known: expected extent 2 on axis 0") as caught:
        f(np.ones((3, 3)))
    assert "nothing was updated. known was created at " in str(caught.value)
    assert (first.get_value(), known.get_value().sum()) == (0, 0)
    f(np.ones((2, 1)))
    assert (first.get_value(), known.get_value().sum()) == (1, 2)


def test_a_sticky_default_of_other_extents_than_known_changes_nothing(mode):
    v = T.dvector("v")
    kept = T.TensorType("float64", (2,))("kept")
    f = function([v, In(kept, value=[1.0, 2.0], update=T.specify_shape(v, (2,)))], kept * 1)
    with raises(ValueError, "an array of shape (3,) was specified to have (2,)"):
        f(np.ones(3))
    assert f[kept].tolist() == [1, 2]


def test_a_bad_assignment_changes_nothing(mode):
    f = function([In(a, value=1.0)], a * s)
    with raises(TypeError, "expected 0 dimensions"):
        f[a] = [1, 2]
    with raises(TypeError, "expected 0 dimensions"):
        f[s] = [1, 2]
    assert f() == 1
