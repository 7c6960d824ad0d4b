"""What is wrong with a loop is said in the words of its caller."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T

X, M, S, N = T.dvector("x"), T.dmatrix("m"), T.dscalar("s"), T.iscalar("n")
W = sg.shared(np.ones(3), "w")
COIN = sg.RandomStreams(1).uniform(())


def keep(*values):
    return values[0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: sg.scan(keep, S), TypeError, r"sequences\[0\], s .* has no axis to step over"),
        (lambda: sg.scan(keep, [X, "a"]), TypeError, r"sequences\[1\] must be a tensor"),
        (
            lambda: sg.scan(keep, {"input": X, "tap": [0]}),
            ValueError,
            r"sequences\[0\]: unknown key 'tap'; known are 'input', 'taps'",
        ),
        (lambda: sg.scan(keep, {"taps": [0]}), ValueError, r"sequences\[0\]: the dict has no 'inp"),
        (
            lambda: sg.scan(keep, {"input": X, "taps": [0.5]}),
            TypeError,
            r"sequences\[0\]: taps must be integers, not \[0.5\]",
        ),
        (lambda: sg.scan(keep, {"input": X, "taps": []}), ValueError, "taps is empty"),
        (lambda: sg.scan(keep, {"input": X, "taps": [1, 1]}), ValueError, "name one twice"),
        (
            lambda: sg.scan(keep, X, {"initial": X, "taps": [-1], "inplace": 0}),
            ValueError,
            r"outputs_info\[0\]: unknown key 'inplace'; known are 'initial', 'taps'",
        ),
        (
            lambda: sg.scan(keep, X, [None, {"taps": [-2]}]),
            ValueError,
            r"outputs_info\[1\] has taps \[-2\] but no 'initial' value",
        ),
        (
            lambda: sg.scan(keep, X, {"initial": X, "taps": [0]}),
            ValueError,
            r"outputs_info\[0\]: taps \[0\]: an output is read from steps before",
        ),
        (
            lambda: sg.scan(keep, X, {"initial": S, "taps": [-2]}),
            ValueError,
            r"outputs_info\[0\]: taps \[-2\] need 2 initial values .* s .* has no axis",
        ),
        (
            lambda: sg.scan(keep, X, {"initial": np.zeros(2), "taps": [-3, -1]}),
            ValueError,
            r"outputs_info\[0\]: taps \[-3, -1\] need 3 initial values .* holds 2",
        ),
        (lambda: sg.scan(keep, outputs_info=S), ValueError, "scan: without .* pass n_steps"),
        (lambda: sg.scan(keep, X, n_steps=2.0), TypeError, "n_steps must be an integer scalar"),
        (lambda: sg.scan(keep, X, n_steps=X), TypeError, "n_steps must be an integer .* not x"),
        (
            lambda: sg.scan(keep, X, n_steps=-1),
            ValueError,
            "n_steps=-1 is negative; .*backwards",
        ),
        (
            lambda: sg.scan(keep, [np.zeros(3)], n_steps=4),
            ValueError,
            r"n_steps=4, but sequences\[0\], .* has entries for 3 steps",
        ),
        (
            lambda: sg.scan(keep, {"input": np.zeros(4), "taps": [-2, 0]}, n_steps=3),
            ValueError,
            r"has entries for 2 steps with its taps \[-2, 0\]",
        ),
        (
            lambda: sg.scan(keep, X, truncate_gradient=N),
            TypeError,
            "truncate_gradient must be an int, not n",
        ),
        (lambda: sg.scan(keep, X, truncate_gradient=-2), ValueError, "truncate_gradient=-2: it is"),
        (
            lambda: sg.scan(lambda v, s: s + v, X),
            TypeError,
            r"(?s)scan: fn takes \(v, s\), but a step hands it 1 argument .*'s'\):\s+"
            r"1. x\[t\] of sequences\s+First come the sequences' entries",
        ),
        (
            lambda: sg.scan(lambda v: v, X, [None, S], W),
            TypeError,
            r"(?s)hands it 3 arguments .*2. s\[t-1\] of outputs_info\[1\]\s+3. w of non_sequences",
        ),
        (
            lambda: sg.reduce(lambda a, b: a, X, [T.constant(0.0), T.constant(1.0)]),
            TypeError,
            r"(?s)reduce: fn takes \(a, b\).*2. the value at t-1 of outputs_info\[0\]",
        ),
        (lambda: sg.scan(lambda: None, n_steps=2), TypeError, "returned no outputs"),
        (
            lambda: sg.function([X], sg.scan(lambda v: v, X)),
            TypeError,
            r"an output must be a variable, not \{.*outputs, updates = scan",
        ),
        (lambda: sg.scan(keep, X, n_steps="3"), TypeError, "n_steps must be an integer .* not '3'"),
        (lambda: sg.scan("f", X), TypeError, "fn must be a function, not 'f'"),
        (lambda: sg.scan(lambda v: None, X), TypeError, "returned no outputs .* is its return"),
        (lambda: sg.scan(lambda v: "a", X), TypeError, "output 0 of fn must be a tensor"),
        (
            lambda: sg.scan(lambda v, s: [s, v], X, S),
            ValueError,
            "fn returned 2 outputs, but outputs_info describes 1; .*None for one",
        ),
        (
            lambda: sg.scan(lambda v, s: s * 0.5, X, T.constant(0, "int32"), name="count"),
            TypeError,
            r"scan 'count': outputs_info\[0\]: the initial value 0 \(int32 scalar\) and the step's"
            r" result differ in dtype: .*made at .*; cast the initial value to float64",
        ),
        (
            lambda: sg.scan(lambda v, s: s + M, X, S),
            TypeError,
            r"outputs_info\[0\]: .* makes the state a float64 scalar, of 0 dimensions, but the step"
            r" returns add \(float64 matrix\), made at .*, of 2",
        ),
        (
            lambda: sg.scan(lambda v, s: T.zeros(3) + v, X, np.zeros(2)),
            ValueError,
            r"differ in the extent of axis 0, 2 and 3, but a state keeps its extents",
        ),
        (
            lambda: sg.scan(lambda v: v * COIN, X, strict=True),
            ValueError,
            r"fn uses Draw{distribution='uniform', .* made at .*COIN = .*which non_sequences",
        ),
        (
            lambda: sg.scan(lambda v, s: v * s + W.sum(), X, non_sequences=S, strict=True),
            ValueError,
            r"strict=True, but fn uses w \(float64 vector, made at .*which non_sequences",
        ),
        (
            lambda: sg.scan(lambda v: (v, sg.until(X > 0)), X),
            TypeError,
            "until: the condition",
        ),
        (
            lambda: sg.scan(lambda v: {W: M}, X),
            TypeError,
            r"scan: the update of w \(float64 vector\) is a float64 matrix: the ranks differ",
        ),
        (lambda: sg.scan(lambda v: {S: S}, X), TypeError, "only shared variables are updated"),
        (
            lambda: sg.scan_checkpoints(keep, X, save_every_N=2),
            ValueError,
            "outputs_info is needed",
        ),
        (
            lambda: sg.scan_checkpoints(keep, X, S, save_every_N=0),
            ValueError,
            "save_every_N must be at least 1",
        ),
        (
            lambda: sg.scan_checkpoints(
                lambda s: s * 2, outputs_info=S, n_steps=7, save_every_N=3, padding=False
            ),
            ValueError,
            "padding=False, but 7 steps are no multiple of save_every_N=3",
        ),
        (
            lambda: sg.loop(lambda c, x: (c["a"], x), {"a": S}, X),
            TypeError,
            r"loop: step must return a carry of the form \{'a': '\*'\}, as it got, not \*",
        ),
        (
            lambda: sg.loop(lambda c, x: ({"a": c["a"] + M}, x), {"a": S}, X),
            TypeError,
            r"loop: carry\['a'\]: the initial value s .* makes the state a float64 scalar",
        ),
        (lambda: sg.loop(lambda c, x: c, S, X), TypeError, "step must return the next carry and"),
        (lambda: sg.loop(keep, S), ValueError, "without xs .* pass length"),
        (lambda: sg.loop(keep, S, (X, S)), TypeError, r"xs\[1\], s .* has no axis to step over"),
    ],
)
def test_the_argument_that_is_wrong_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_strict_allows_what_non_sequences_hold_and_is_computed_from_it():
    ys, _ = sg.scan(lambda v, s, w: v * T.exp(s) + w.sum(), X, None, [S, W], strict=True)
    assert ys.eval({X: [1], S: 0}).tolist() == [4]


@pytest.fixture(params=["reference", "llvm"])
def mode(request):
    return request.param


def test_an_error_in_a_step_tells_which_step_and_the_users_line(mode):
    ys, _ = sg.scan(lambda v, i: v[i], [M, N + T.arange(3)], name="picks")
    f = sg.function([M, N], ys, mode=mode)
    with pytest.raises(
        IndexError, match=r"(?s)test_errors.py.*lambda v, i: v\[i\].*in step 2\nin Scan"
    ):
        f(np.ones((3, 4)), 2)


def test_a_state_that_changes_its_extents_is_an_error_that_shows_both(mode):
    ys, _ = sg.scan(lambda s: T.concatenate([s, s]), outputs_info=X, n_steps=3)
    f = sg.function([X], ys, mode=mode)
    message = r"(?s)state 0 has the shape \(4,\), the state has \(2,\).*lambda s: T.conc"
    with pytest.raises(ValueError, match=message):
        f([1, 2])


def test_values_that_do_not_fit_are_errors_when_running(mode):
    def run(outputs, inputs, values):
        return sg.function(inputs, outputs, mode=mode)(*values)

    ys, _ = sg.scan(lambda v: v * 2, X, n_steps=N)
    with pytest.raises(ValueError, match="4 steps, but sequence 0 has 3 entries"):
        run(ys, [X, N], [np.ones(3), 4])
    with pytest.raises(ValueError, match="number of steps is negative: -1"):
        run(ys, [X, N], [np.ones(3), -1])
    fibonacci, _ = sg.scan(lambda a, b: a + b, None, {"initial": X, "taps": [-2, -1]}, n_steps=3)
    with pytest.raises(ValueError, match=r"taps \[-2, -1\], so 2 initial values needed, not 1"):
        run(fibonacci, [X], [np.ones(1)])
    ranges, _ = sg.scan(lambda i: T.arange(i), [T.arange(N)])
    with pytest.raises(ValueError, match="step 1 gives an output of shape"):
        run(ranges, [N], [3])
    with pytest.raises(ValueError, match="after no steps at all the shape of the output"):
        run(ranges, [N], [0])


def test_what_was_given_axes_is_told_by_its_own_name():
    f = sg.function([M, X], M + X, mode="reference")
    with pytest.raises(ValueError, match=r"input 1: x, with axes put before, is float64 \(1, 2\)"):
        f(np.ones((3, 4)), np.ones(2))


def test_updates_of_what_is_not_shared():
    with pytest.raises(TypeError, match=r"^scan: fn returned an update of x, but only shared"):
        sg.scan(lambda row: (row, {X: row}), M)
