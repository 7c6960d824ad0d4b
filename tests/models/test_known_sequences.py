"""Known answers of the book's chapter 6.2 and of the course CS231n, whose exercises it follows."""

import numpy as np
import pytest
from symgraph.models import LSTM, Dense, Embedding, SimpleRNN
from symgraph.models.parts.costs import masked_negative_log_likelihood

import symgraph as sg
import symgraph.tensor as T


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def spread(low, high, *shape):
    """Numbers from low to high, evenly, in this shape."""
    return np.linspace(low, high, int(np.prod(shape))).reshape(shape)


def with_weights(layer, *values):
    for p, value in zip(layer.params, values, strict=True):
        p.set_value(value.reshape(p.get_value().shape))
    return layer


def test_one_step_of_the_simple_layer(rng):
    layer = with_weights(
        SimpleRNN(10, 4, rng=rng, dtype="float64"),
        spread(-0.1, 0.9, 10, 4),
        spread(-0.3, 0.7, 4, 4),
        spread(-0.2, 0.4, 4),
    )
    x, h = spread(-0.4, 0.7, 3, 1, 10), spread(-0.2, 0.5, 3, 4)
    found = layer(T.constant(x), [T.constant(h)]).eval()[:, 0]
    expected = [
        [-0.58172089, -0.50182032, -0.41232771, -0.31410098],
        [0.66854692, 0.79562378, 0.87755553, 0.92795967],
        [0.97934501, 0.99144213, 0.99646691, 0.99854353],
    ]
    np.testing.assert_allclose(found, expected, atol=5e-9)


def test_a_sequence_through_the_simple_layer(rng):
    layer = with_weights(
        SimpleRNN(4, 5, rng=rng, dtype="float64"),
        spread(-0.2, 0.4, 4, 5),
        spread(-0.4, 0.1, 5, 5),
        spread(-0.7, 0.1, 5),
    )
    x, h = spread(-0.1, 0.3, 2, 3, 4), spread(-0.3, 0.1, 2, 5)
    expected = [
        [
            [-0.42070749, -0.27279261, -0.11074945, 0.05740409, 0.22236251],
            [-0.39525808, -0.22554661, -0.0409454, 0.14649412, 0.32397316],
            [-0.42305111, -0.24223728, -0.04287027, 0.15997045, 0.35014525],
        ],
        [
            [-0.55857474, -0.39065825, -0.19198182, 0.02378408, 0.23735671],
            [-0.27150199, -0.07088804, 0.13562939, 0.33099728, 0.50158768],
            [-0.51014825, -0.30524429, -0.06755202, 0.17806392, 0.40333043],
        ],
    ]
    np.testing.assert_allclose(layer(T.constant(x), [T.constant(h)]).eval(), expected, atol=1e-8)


def gradients(output, weight, wrt):
    """Those of the sum of weighted outputs."""
    return sg.function([], sg.grad(T.sum(weight * output), wrt))()


def back_through_time(x, first, h, W, U, upstream):
    """The book's §6.2.4 and §6.2.6, with dW = xᵀ d and dU = hᵀ d, which its listing exchanges:
    of x, the first state, W, U and b."""
    dx, dW, dU, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(U), np.zeros(len(U))
    carried = np.zeros_like(first)
    for t in reversed(range(x.shape[1])):
        before = h[:, t - 1] if t else first
        d = (1 - h[:, t] ** 2) * (upstream[:, t] + carried)
        dx[:, t], carried = d @ W.T, d @ U.T
        dW += x[:, t].T @ d
        dU += before.T @ d
        db += d.sum(axis=0)
    return dx, carried, dW, dU, db


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize("steps", [1, 10])
def test_the_way_back_through_the_simple_layer(steps, mode, rng):
    samples, n_in, n_out = 2, 3, 5
    layer = SimpleRNN(n_in, n_out, rng=rng, dtype="float64")
    W, U, b = (rng.normal(size=p.get_value().shape) for p in layer.params)
    with_weights(layer, W, U, b)
    x, first = T.dtensor3("x"), T.dmatrix("first")
    given = rng.normal(size=(samples, steps, n_in)), rng.normal(size=(samples, n_out))
    upstream = rng.normal(size=(samples, steps, n_out))
    outputs = layer(x, [first])
    wrt = [x, first, *layer.params]
    found = sg.function([x, first], [outputs, *sg.grad(T.sum(upstream * outputs), wrt)], mode=mode)
    h, *slopes = found(*given)
    expected = back_through_time(*given, h, W, U, upstream)
    for slope, wanted in zip(slopes, expected, strict=True):
        np.testing.assert_allclose(slope, wanted, rtol=1e-9, atol=1e-12)


def test_a_sequence_through_the_lstm(rng):
    layer = with_weights(
        LSTM(5, 4, rng=rng, dtype="float64"),
        spread(-0.2, 0.9, 5, 16),
        spread(-0.3, 0.6, 4, 16),
        spread(0.2, 0.7, 16),
    )
    x, h = spread(-0.4, 0.6, 2, 3, 5), spread(-0.4, 0.8, 2, 4)
    expected = [
        [
            [0.01764008, 0.01823233, 0.01882671, 0.0194232],
            [0.11287491, 0.12146228, 0.13018446, 0.13902939],
            [0.31358768, 0.33338627, 0.35304453, 0.37250975],
        ],
        [
            [0.45767879, 0.4761092, 0.4936887, 0.51041945],
            [0.6704845, 0.69350089, 0.71486014, 0.7346449],
            [0.81733511, 0.83677871, 0.85403753, 0.86935314],
        ],
    ]
    firsts = [T.constant(h), T.zeros((2, 4), "float64")]
    np.testing.assert_allclose(layer(T.constant(x), firsts).eval(), expected, atol=1e-8)


def test_one_step_of_the_lstm(rng):
    layer = with_weights(
        LSTM(4, 5, rng=rng, dtype="float64"),
        spread(-2.1, 1.3, 4, 20),
        spread(-0.7, 2.2, 5, 20),
        spread(0.3, 0.7, 20),
    )
    x = spread(-0.4, 1.2, 3, 1, 4)
    firsts = [T.constant(spread(-0.3, 0.7, 3, 5)), T.constant(spread(-0.4, 0.9, 3, 5))]
    h, c = sg.function([], layer.states(T.constant(x), firsts))()
    expected_h = [
        [0.24635157, 0.28610883, 0.32240467, 0.35525807, 0.38474904],
        [0.49223563, 0.55611431, 0.61507696, 0.66844003, 0.7159181],
        [0.56735664, 0.66310127, 0.74419266, 0.80889665, 0.858299],
    ]
    expected_c = [
        [0.32986176, 0.39145139, 0.451556, 0.51014116, 0.56717407],
        [0.66382255, 0.76674007, 0.87195994, 0.97902709, 1.08751345],
        [0.74192008, 0.90592151, 1.07717006, 1.25120233, 1.42395676],
    ]
    np.testing.assert_allclose(h[:, 0], expected_h, atol=1e-8)
    np.testing.assert_allclose(c[:, 0], expected_c, atol=1e-8)


def test_an_embedding_takes_rows_and_its_gradient_adds_them_up(rng):
    words = np.array([[0, 3, 1, 2], [2, 1, 0, 3]])
    layer = with_weights(Embedding(5, 3, rng=rng, dtype="float64"), spread(0, 1, 5, 3))
    found = layer(T.constant(words))
    np.testing.assert_array_equal(found.eval(), spread(0, 1, 5, 3)[words])
    weight = rng.normal(size=(2, 4, 3))
    gradient = sg.grad(T.sum(weight * found), layer.W).eval()
    expected = np.zeros((5, 3))
    np.add.at(expected, words, weight)
    np.testing.assert_allclose(gradient, expected, rtol=1e-12)
    assert not gradient[4].any()


def test_a_layer_over_samples_and_steps(rng):
    """The book's "temporal affine", §6.2.9: (N, T, D) · (D, M) + b, and its way back."""
    layer = with_weights(Dense(4, 3, rng=rng, dtype="float64"), spread(-1, 1, 4, 3), np.arange(3.0))
    x, upstream = rng.normal(size=(2, 5, 4)), rng.normal(size=(2, 5, 3))
    given = T.constant(x)
    found = layer(given)
    W, b = (p.get_value() for p in layer.params)
    np.testing.assert_allclose(found.eval(), x @ W + b, rtol=1e-12)
    dx, dW, db = gradients(found, upstream, [given, *layer.params])
    np.testing.assert_allclose(dx, upstream @ W.T, rtol=1e-12)
    np.testing.assert_allclose(dW, np.einsum("ntd,ntm->dm", x, upstream), rtol=1e-10)
    np.testing.assert_allclose(db, upstream.sum(axis=(0, 1)), rtol=1e-10)


def test_the_way_back_through_the_masked_cost(rng):
    """(p - 1[y]) / N where the mask is, nothing elsewhere (§6.2.10)."""
    samples, steps, classes = 7, 8, 9
    scores = T.dtensor3("scores")
    y, mask = rng.integers(0, classes, (samples, steps)), rng.uniform(size=(samples, steps)) > 0.5
    flat = T.nnet.logsoftmax(scores.reshape((-1, classes)))
    cost = masked_negative_log_likelihood(
        flat.reshape(scores.shape), T.constant(y), T.constant(mask)
    )
    value = 3 * rng.normal(size=(samples, steps, classes))
    found = sg.grad(cost, scores).eval({scores: value})
    p = np.exp(value) / np.exp(value).sum(axis=2, keepdims=True)
    expected = (p - np.eye(classes)[y]) * mask[:, :, np.newaxis] / samples
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(
    ("samples", "steps", "classes", "share", "expected", "within"),
    [
        (100, 1, 10, 1.0, 2.302473, 5e-4),
        (100, 10, 10, 1.0, 23.025985, 5e-3),
        (5000, 10, 10, 0.1, 2.317802, 6e-2),
    ],
)
def test_the_masked_cost_of_the_book(samples, steps, classes, share, expected, within, rng):
    scores, y, mask = T.dtensor3("scores"), T.lmatrix("y"), T.matrix("mask", dtype="bool")
    flat = T.nnet.logsoftmax(scores.reshape((-1, classes)))
    cost = masked_negative_log_likelihood(flat.reshape(scores.shape), y, mask)
    value = cost.eval(
        {
            scores: 0.001 * rng.normal(size=(samples, steps, classes)),
            y: rng.integers(0, classes, (samples, steps)),
            mask: rng.uniform(size=(samples, steps)) <= share,
        }
    )
    assert value == pytest.approx(expected, abs=within)


def test_the_cost_of_the_captioning_network(rng):
    """The book's `CaptioningRNN` with all weights spread: 9.83235591003."""
    samples, features, word, hidden, words, steps = 10, 20, 30, 40, 3, 13
    made = {"rng": rng, "dtype": "float64"}
    picture, last = Dense(features, hidden, **made), Dense(hidden, words, **made)
    embedding, layer = Embedding(words, word, **made), SimpleRNN(word, hidden, **made)
    for part in (picture, last, embedding, layer):
        shapes = [p.get_value().shape for p in part.params]
        with_weights(part, *(spread(-1.4, 1.3, *shape) for shape in shapes))
    captions = (np.arange(samples * steps) % words).reshape(samples, steps)
    first = picture(T.constant(spread(-1.5, 0.3, samples, features)))
    h = layer(embedding(T.constant(captions[:, :-1])), [first])
    flat = T.nnet.logsoftmax(last.linear(h).reshape((-1, words)))
    target = captions[:, 1:]
    cost = masked_negative_log_likelihood(
        flat.reshape((samples, steps - 1, words)), T.constant(target), T.constant(target != 0)
    )
    assert cost.eval() == pytest.approx(9.83235591003, abs=1e-10)
