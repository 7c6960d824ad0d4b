"""The language model: what it computes, learns and writes; its file; what is wrong is named."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from symgraph.models import CharRNN, load
from symgraph.models.errors import ParameterError
from symgraph.models.language import Alphabet, CharNetwork
from symgraph.models.language.compiled_steps import windows

import symgraph as sg
import symgraph.tensor as T

FOX = "the quick brown fox jumps over the lazy dog. " * 40


def test_an_alphabet_numbers_characters_in_order():
    alphabet = Alphabet(["b😀a", "äb\ud800"])
    assert alphabet.characters == "abä\ud800😀"
    codes = alphabet.encode("a😀ä")
    assert codes.tolist() == [0, 4, 2]
    assert codes.dtype == np.int32
    assert alphabet.decode(codes) == "a😀ä"
    with pytest.raises(ParameterError, match=r"does not know: 'xz'$"):
        alphabet.encode("zaxz")
    with pytest.raises(ParameterError, match=r"'0123456789'\.\.\."):
        alphabet.encode("9876543210:")
    with pytest.raises(ParameterError, match="no alphabet"):
        Alphabet([""])


def test_windows_cut_a_text_into_parts_that_go_on():
    found = windows(np.arange(16), 2, 2, 3)
    assert found.tolist() == [
        [[0, 1, 2, 3], [6, 7, 8, 9]],
        [[3, 4, 5, 6], [9, 10, 11, 12]],
    ]


def one_hot(x, n):
    return np.eye(n)[x]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def stepped(cell, x, h, W, U, b):
    """One layer over x (batch, time, n_in), in NumPy: all its outputs."""
    c, rows = np.zeros_like(h), []
    n = h.shape[1]
    for t in range(x.shape[1]):
        a = x[:, t] @ W + b
        if cell == "rnn":
            h = np.tanh(a + h @ U)
        elif cell == "lstm":
            i, f, o, g = np.split(a + h @ U, 4, axis=1)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        else:
            r, z = np.split(sigmoid(a[:, : 2 * n] + h @ U[:, : 2 * n]), 2, axis=1)
            h = z * h + (1 - z) * np.tanh(a[:, 2 * n :] + (r * h) @ U[:, 2 * n :])
        rows.append(h)
    return np.stack(rows, axis=1)


@pytest.mark.parametrize("embedding", [0, 3])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_network_is_its_formula(cell, embedding):
    rng = np.random.default_rng(0)
    network = CharNetwork(6, cell, (4, 5), embedding, rng=rng, dtype="float64")
    for p in network.params:
        p.set_value(rng.normal(0, 0.5, p.get_value().shape))
    x = T.imatrix("x")
    codes = rng.integers(0, 6, (2, 7)).astype("int32")
    scores, last = network.read(x, network.first_states(2))
    # The same, one character after the other.
    states = network.first_states(2)
    for t in range(7):
        single, states = network.step(x[:, t], states)
    found, one_by_one, *ends = sg.function([x], [scores, single, *last, *states])(codes)
    values = [p.get_value() for p in network.params]
    signal = values.pop(0)[codes] if embedding else one_hot(codes, 6)
    for size in (4, 5):
        weights = [values.pop(0) for _ in "WUb"]
        signal = stepped(cell, signal, np.zeros((2, size)), *weights)
    V, d = values
    np.testing.assert_allclose(found, signal @ V + d, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one_by_one, found[:, -1], rtol=1e-9, atol=1e-12)
    half = len(ends) // 2
    for read, step in zip(ends[:half], ends[half:], strict=True):
        np.testing.assert_allclose(read, step, rtol=1e-9, atol=1e-12)


def by_hand(text, alphabet, values, steps, rate):
    """The book's listing, in NumPy: the cost of each step of Adagrad, a character's mean."""
    W, U, b, V, d = (value.copy() for value in values)
    params, memory = [W, U, b, V, d], [np.zeros_like(value) for value in values]
    codes, h, costs = alphabet.encode(text), np.zeros(len(U)), []
    for step in range(steps):
        xs, ys = codes[5 * step : 5 * step + 5], codes[5 * step + 1 : 5 * step + 6]
        hs, ps, cost = [h], [], 0.0
        for x, y in zip(xs, ys, strict=True):
            hs.append(np.tanh(W[x] + hs[-1] @ U + b))
            e = np.exp(hs[-1] @ V + d)
            ps.append(e / e.sum())
            cost -= np.log(ps[-1][y])
        h = hs[-1]
        grads = [np.zeros_like(p) for p in params]
        dW, dU, db, dV, dd = grads
        after = np.zeros_like(h)
        for t in reversed(range(5)):
            dy = ps[t].copy()
            dy[ys[t]] -= 1
            dV += np.outer(hs[t + 1], dy)
            dd += dy
            raw = (1 - hs[t + 1] ** 2) * (dy @ V.T + after)
            db += raw
            dW[xs[t]] += raw
            dU += np.outer(hs[t], raw)
            after = raw @ U.T
        for p, g, m in zip(params, grads, memory, strict=True):
            g = np.clip(g, -0.5, 0.5)
            m += g * g
            p -= rate * g / np.sqrt(m + 1e-8)
        costs.append(cost / 5)
    return costs


@pytest.mark.parametrize("mode", ["reference", "llvm"])
def test_it_learns_as_the_listing_of_the_book(mode):
    text = FOX[:101]
    model = CharRNN("rnn", 7, sequence_length=5, clip=0.5, max_iter=1, random_state=0, mode=mode)
    model.set_params(dtype="float64").build(text)
    values = [p.get_value() for p in model.parameters]
    expected = by_hand(text, model.alphabet_, values, 20, 0.1)
    model.resume(text, 1)
    assert model.history_.cost[0] == pytest.approx(np.mean(expected), rel=1e-9)
    assert model.history_.errors["training"][0] == pytest.approx(np.mean(expected) / np.log(2))


@pytest.mark.parametrize(
    ("settings", "rate"),
    [
        ({"cell": "rnn"}, 0.1),
        ({"cell": "lstm", "embedding": 8, "batch_size": 4}, 0.1),
        ({"cell": "gru", "hidden_layer_sizes": (30, 30), "batch_size": 2}, 0.1),
    ],
)
def test_it_learns_a_sentence_and_writes_it(settings, rate):
    model = CharRNN(learning_rate=rate, max_iter=25, random_state=0, dtype="float32", **settings)
    model.fit(FOX, validation=FOX[:91])
    assert model.history_.errors["validation"][-1] < 0.25
    assert model.score(FOX[:91]) == pytest.approx(
        -np.log(2) * model.history_.errors["validation"][-1]
    )
    assert model.sample(45, "the quick ", 0) == FOX[10:55]
    warm = model.sample(200, "the quick ", 0.3, random_state=1)
    assert warm == model.sample(200, "the quick ", 0.3, random_state=1)
    assert "fox jumps over" in warm
    wild = model.sample(200, "the quick ", 50.0, random_state=1)
    # Nearly all characters alike: 45 of them are of few words.
    assert "fox jumps over" not in wild
    assert len(set(wild)) == len(model.alphabet_)
    assert wild != model.sample(200, "the quick ", 50.0, random_state=2)
    assert model.sample(0) == ""


def test_characters_are_drawn_as_often_as_they_are_likely():
    model = CharRNN("rnn", 3, random_state=0, dtype="float64").build("abcd")
    V, d = model.parameters[3:]
    V.set_value(np.zeros((3, 4)))
    d.set_value(np.log([0.1, 0.2, 0.3, 0.4]))
    n = 20000
    for temperature in (1.0, 0.5):
        likely = np.array([0.1, 0.2, 0.3, 0.4]) ** (1 / temperature)
        likely /= likely.sum()
        text = model.sample(n, "a", temperature, random_state=5)
        seen = np.array([text.count(c) for c in "abcd"])
        chi_square = ((seen - n * likely) ** 2 / (n * likely)).sum()
        assert chi_square < 16.3  # 0.1 % of samples of this size, 3 degrees of freedom


def test_the_score_is_that_of_the_whole_text_however_long():
    model = CharRNN("gru", 4, random_state=0, dtype="float64").build(FOX)
    long = FOX * 3
    codes = model.alphabet_.encode(long)[np.newaxis]
    parts = model._parts
    scores, _ = parts.network.read(T.constant(codes[:, :-1]), parts.network.first_states(1))
    table = scores.eval()[0]
    table -= np.log(np.exp(table).sum(axis=1, keepdims=True))
    expected = table[np.arange(codes.size - 1), codes[0, 1:]].mean()
    assert model.score(long) == pytest.approx(expected, rel=1e-10)


def test_a_saved_model_goes_on_as_if_it_had_never_stopped(tmp_path):
    settings = {"cell": "lstm", "hidden_layer_sizes": (6, 5), "embedding": 4, "batch_size": 3}
    whole = CharRNN(max_iter=4, random_state=2, dtype="float32", **settings).fit(FOX)
    CharRNN(max_iter=2, random_state=2, dtype="float32", **settings).fit(FOX).save(tmp_path / "c")
    resumed = load(tmp_path / "c")
    assert resumed.alphabet_.characters == whole.alphabet_.characters
    assert resumed.get_params()["hidden_layer_sizes"] == (6, 5)
    resumed.resume(FOX, 4)
    assert resumed.history_.cost == whole.history_.cost
    for p, q in zip(whole.parameters, resumed.parameters, strict=True):
        np.testing.assert_array_equal(p.get_value(), q.get_value())
    copy = pickle.loads(pickle.dumps(whole))
    assert copy.sample(30, random_state=0) == resumed.sample(30, random_state=0)
    assert clone(whole).get_params() == whole.get_params()


def test_settings_may_change_while_the_weights_fit():
    model = CharRNN(max_iter=1, random_state=0).fit(FOX)
    model.set_params(batch_size=2, learning_rate=0.05, optimizer="adam").resume(FOX, 2)
    assert model.history_.epochs == 2
    with pytest.raises(ParameterError, match="hidden_layer_sizes changed since the model was"):
        model.set_params(hidden_layer_sizes=(99,)).resume(FOX, 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cell": "elman"}, "no cell is called 'elman'; there are rnn, lstm, gru"),
        ({"optimizer": "sdg"}, "no optimizer is called 'sdg'; there are sgd"),
        ({"hidden_layer_sizes": (5, 0)}, "hidden_layer_sizes must be an integer from 1, not 0"),
        ({"hidden_layer_sizes": ()}, "at least one layer"),
        ({"embedding": -1}, "embedding must be an integer from 0, not -1"),
        ({"sequence_length": 0}, "sequence_length must be an integer from 1, not 0"),
        ({"clip": float("nan")}, "clip must be a finite number"),
        ({"dtype": "int8"}, "dtype must be float32 or float64, not 'int8'"),
    ],
)
def test_settings_out_of_range_are_named(settings, message):
    with pytest.raises(ParameterError, match=message):
        CharRNN(**settings).fit(FOX)


def test_texts_that_do_not_serve_are_named():
    with pytest.raises(ParameterError, match="it has 25 characters, at least 26 are needed"):
        CharRNN().fit(FOX[:25])
    with pytest.raises(ParameterError, match="it has 99 characters, at least 101 are needed"):
        CharRNN(batch_size=4).fit(FOX[:99])
    with pytest.raises(ParameterError, match="a text must be a str, not a list"):
        CharRNN().fit(["a", "b"])
    model = CharRNN(max_iter=1, random_state=0).fit(FOX)
    with pytest.raises(ParameterError, match="does not know: '!'"):
        model.sample(5, "why!")
    with pytest.raises(ParameterError, match="length must be an integer from 0, not -1"):
        model.sample(-1)
    with pytest.raises(ParameterError, match="temperature must be a finite number from 0"):
        model.sample(5, temperature=-1.0)
    with pytest.raises(ParameterError, match="at least 2 are needed"):
        model.score("a")
