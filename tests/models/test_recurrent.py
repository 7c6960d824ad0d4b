"""Recurrent layers by their formulas, stepped through in NumPy; masks; both directions; stacks."""

import numpy as np
import pytest
from symgraph.models import GRU, LSTM, Bidirectional, SimpleRNN, Stacked

import symgraph as sg
import symgraph.tensor as T

BATCH, TIME, N_IN, N_OUT = 3, 5, 4, 6


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def rnn_step(weights, x, h):
    return (np.tanh(x @ weights["W"] + h @ weights["U"] + weights["b"]),)


def lstm_step(weights, x, h, c):
    i, f, o, g = np.split(x @ weights["W"] + h @ weights["U"] + weights["b"], 4, axis=1)
    p = weights.get("p", np.zeros((3, 1)))
    c_new = sigmoid(f + p[1] * c) * c + sigmoid(i + p[0] * c) * np.tanh(g)
    return sigmoid(o + p[2] * c_new) * np.tanh(c_new), c_new


def gru_step(weights, x, h):
    (wr, wz, wn), (ur, uz, un), (br, bz, bn) = (
        np.split(weights[name], 3, axis=-1) for name in ("W", "U", "b")
    )
    r, z = sigmoid(x @ wr + h @ ur + br), sigmoid(x @ wz + h @ uz + bz)
    return (z * h + (1 - z) * np.tanh(x @ wn + (r * h) @ un + bn),)


def make(kind, rng, dtype="float64", name="layer"):
    """A layer, all of whose weights are drawn, its step in NumPy, and its number of states."""
    classes = {"rnn": SimpleRNN, "lstm": LSTM, "peepholes": LSTM, "gru": GRU}
    steps = {"rnn": rnn_step, "lstm": lstm_step, "peepholes": lstm_step, "gru": gru_step}
    more = {"peepholes": True} if kind == "peepholes" else {}
    layer = classes[kind](N_IN, N_OUT, rng=rng, dtype=dtype, name=name, **more)
    for p in layer.params:
        p.set_value(rng.normal(0, 0.5, p.get_value().shape).astype(dtype))
    return layer, steps[kind]


def stepped(layer, step, x, states, mask=None):
    """All states behind every step, each (batch, time, n_out)."""
    weights = {p.name.split(".")[-1]: p.get_value() for p in layer.params}
    rows = []
    for t in range(x.shape[1]):
        after = step(weights, x[:, t], *states)
        if mask is not None:
            after = [
                np.where(mask[:, t, None] != 0, a, b) for a, b in zip(after, states, strict=True)
            ]
        states = after
        rows.append(states)
    return [np.stack(state, axis=1) for state in zip(*rows, strict=True)]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


KINDS = ["rnn", "lstm", "peepholes", "gru"]


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_layers_are_their_formulas(kind, masked, mode, rng):
    layer, step = make(kind, rng)
    x, mask = T.dtensor3("x"), T.lmatrix("mask")
    firsts = [T.dmatrix(name) for name in layer.state_names]
    states = layer.states(x, firsts, mask if masked else None)
    given = [rng.normal(size=(BATCH, TIME, N_IN)), rng.integers(0, 2, (BATCH, TIME))]
    first = [rng.normal(size=(BATCH, N_OUT)) for _ in firsts]
    call = sg.function([x, mask, *firsts], states, mode=mode, on_unused_input="ignore")
    expected = stepped(layer, step, given[0], first, given[1] if masked else None)
    for found, wanted in zip(call(*given, *first), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_states_begin_at_zero_and_time_may_run_backwards(kind, rng):
    layer, step = make(kind, rng)
    x, mask = T.dtensor3("x"), T.lmatrix("mask")
    value = rng.normal(size=(BATCH, TIME, N_IN))
    # Padding behind the end, which the way back meets first.
    kept = (np.arange(TIME) < np.array([[5], [3], [1]])).astype("int64")
    call = sg.function([x, mask], layer(x, mask=mask, go_backwards=True))
    zero = [np.zeros((BATCH, N_OUT))] * len(layer.state_names)
    expected = stepped(layer, step, value[:, ::-1], zero, kept[:, ::-1])[0][:, ::-1]
    np.testing.assert_allclose(call(value, kept), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_differences(kind, rng):
    layer, _ = make(kind, rng)
    x, mask = T.dtensor3("x"), T.lmatrix("mask")
    weight = rng.normal(size=(BATCH, TIME, N_OUT))
    cost = T.sum(weight * layer(x, mask=mask))
    given = rng.normal(size=(BATCH, TIME, N_IN)), rng.integers(0, 2, (BATCH, TIME))
    value = sg.function([x, mask], cost)
    gradients = sg.function([x, mask], sg.grad(cost, layer.params))(*given)
    for p, gradient in zip(layer.params, gradients, strict=True):
        start, way = p.get_value(), rng.normal(size=p.get_value().shape)
        p.set_value(start + 1e-5 * way)
        above = value(*given)
        p.set_value(start - 1e-5 * way)
        slope = (above - value(*given)) / 2e-5
        p.set_value(start)
        np.testing.assert_allclose((gradient * way).sum(), slope, rtol=1e-6, atol=1e-8)


def test_a_bidirectional_layer_reads_both_ways(rng):
    (forward, f_step), (backward, b_step) = make("lstm", rng, name="f"), make("gru", rng, name="b")
    both = Bidirectional(forward, backward)
    x, mask = T.dtensor3("x"), T.dmatrix("mask")
    value, kept = rng.normal(size=(BATCH, TIME, N_IN)), np.ones((BATCH, TIME))
    kept[0, 3:] = 0
    firsts = [rng.normal(size=(BATCH, N_OUT)) for _ in range(3)]
    outputs = both(x, [firsts[:2], firsts[2:]], mask)
    found, ends = sg.function([x, mask], [outputs, both.ends(outputs)])(value, kept)
    ahead = stepped(forward, f_step, value, firsts[:2], kept)[0]
    back = stepped(backward, b_step, value[:, ::-1], firsts[2:], kept[:, ::-1])[0][:, ::-1]
    np.testing.assert_allclose(found, np.concatenate([ahead, back], axis=2), rtol=1e-9)
    np.testing.assert_allclose(ends, np.hstack([ahead[:, -1], back[:, 0]]), rtol=1e-9)
    assert [p.name for p in both.params] == ["f.W", "f.U", "f.b", "b.W", "b.U", "b.b"]


@pytest.mark.parametrize("mode", ["reference", "llvm"])
def test_a_stack_hands_its_outputs_up(mode, rng):
    """Two directions below, one layer above, all with a mask, beside loops in NumPy."""
    (ahead, a_step), (back, b_step) = make("gru", rng, name="a"), make("peepholes", rng, name="b")
    above = LSTM(2 * N_OUT, 2, rng=rng, dtype="float64")
    stack = Stacked([Bidirectional(ahead, back), above])
    x, mask = T.dtensor3("x"), T.lmatrix("mask")
    value, kept = rng.normal(size=(BATCH, TIME, N_IN)), rng.integers(0, 2, (BATCH, TIME))
    first = [rng.normal(size=(BATCH, 2)) for _ in range(2)]
    found = sg.function([x, mask], stack(x, [None, first], mask), mode=mode)(value, kept)
    zero = np.zeros((BATCH, N_OUT))
    forth = stepped(ahead, a_step, value, [zero], kept)[0]
    reverse = stepped(back, b_step, value[:, ::-1], [zero, zero], kept[:, ::-1])[0][:, ::-1]
    below = np.concatenate([forth, reverse], axis=2)
    np.testing.assert_allclose(found, stepped(above, lstm_step, below, first, kept)[0], rtol=1e-9)
    assert (stack.n_in, stack.n_out, len(stack.params)) == (N_IN, 2, 10)


def test_gradients_go_down_a_stack(rng):
    """Beside differences, with masks."""
    (ahead, _), (back, _) = make("lstm", rng, name="a"), make("gru", rng, name="b")
    stack = Stacked([Bidirectional(ahead, back), GRU(2 * N_OUT, 2, rng=rng, dtype="float64")])
    x, mask = T.dtensor3("x"), T.lmatrix("mask")
    given = rng.normal(size=(BATCH, TIME, N_IN)), rng.integers(0, 2, (BATCH, TIME))
    cost = T.sum(rng.normal(size=(BATCH, TIME, 2)) * stack(x, mask=mask))
    value = sg.function([x, mask], cost)
    gradients = sg.function([x, mask], sg.grad(cost, stack.params))(*given)
    for p, gradient in zip(stack.params, gradients, strict=True):
        start, way = p.get_value(), rng.normal(size=p.get_value().shape)
        p.set_value(start + 1e-5 * way)
        above = value(*given)
        p.set_value(start - 1e-5 * way)
        slope = (above - value(*given)) / 2e-5
        p.set_value(start)
        np.testing.assert_allclose((gradient * way).sum(), slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_integers_stand_for_vectors_of_one_place(kind, rng):
    layer, _ = make(kind, rng)
    words = rng.integers(0, N_IN, (BATCH, TIME))
    found = layer(T.constant(words)), layer(T.constant(np.eye(N_IN)[words]))
    slopes = [sg.grad(T.sum(T.sqr(outputs)), layer.W) for outputs in found]
    one, other, slope, expected = sg.function([], [*found, *slopes])()
    np.testing.assert_allclose(one, other, rtol=1e-12)
    np.testing.assert_allclose(slope, expected, rtol=1e-9, atol=1e-12)


def test_first_weights(rng):
    layer = LSTM(30, 20, rng=rng, dtype="float32", forget_bias=1.5, name="memory")
    assert [p.name for p in layer.params] == ["memory.W", "memory.U", "memory.b"]
    assert {p.type.dtype for p in layer.params} == {"float32"}
    np.testing.assert_array_equal(layer.b.get_value(), np.repeat([0, 1.5, 0, 0], 20))
    for block in np.split(layer.U.get_value(), 4, axis=1):
        np.testing.assert_allclose(block.T @ block, np.eye(20), atol=1e-5)
    # Glorot's bound for one gate, not for all four together.
    limit = np.sqrt(6 / 50)
    assert 0.98 * limit < np.abs(layer.W.get_value()).max() <= limit


def test_a_float32_layer_stays_float32(rng):
    layer, _ = make("lstm", rng, "float32")
    assert layer(T.ftensor3("x"), mask=T.lmatrix("mask")).type.dtype == "float32"


def test_what_does_not_fit_is_named(rng):
    layer, other = LSTM(4, 6, rng=rng, name="memory"), GRU(5, 6, rng=rng)
    x = T.tensor3("x")
    with pytest.raises(ValueError, match=r"memory: initial must hold 2 states \(h, c\), not 1"):
        layer(x, [T.matrix()])
    with pytest.raises(ValueError, match="memory reads 4 numbers, gru 5"):
        Bidirectional(layer, other)
    with pytest.raises(ValueError, match="gru reads 5 numbers a step, memory below it gives 6"):
        Stacked([layer, other])
    with pytest.raises(ValueError, match="at least one layer"):
        Stacked([])
    with pytest.raises(ValueError, match="the states of 1 layers, not of 2"):
        Stacked([layer])(x, [None, None])
    with pytest.raises(ValueError, match="initial must be a pair"):
        Bidirectional(layer, layer)(x, [None])


def test_inputs_of_other_axes_are_named(rng):
    layer, x = GRU(3, 4, rng=rng, name="memory"), T.dtensor3("x")
    wide = T.TensorType("float64", (None, None, 4))("wide")
    for wrong, kind, message in [
        (lambda: layer(T.dmatrix("m")), TypeError, r"memory: x is \(batch, time, 3\), or .* not m"),
        (lambda: layer(T.ltensor3("i")), TypeError, r"\(batch, time\) of integers; not i"),
        (lambda: layer(x, mask=T.dvector("v")), TypeError, r"mask is \(batch, time\); not v"),
        (lambda: layer(wide), ValueError, "memory: x has 3 features; not wide"),
    ]:
        with pytest.raises(kind, match=message):
            wrong()
