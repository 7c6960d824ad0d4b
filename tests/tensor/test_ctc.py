"""The cost of label sequences that are not aligned, held against all alignments."""

from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from support.op_checks import derivatives_agree, everywhere, run

import symgraph as sg
import symgraph.tensor as T

ctc = T.nnet.ctc


def by_alignments(x, labels, length):
    """-log of the sum over all sequences of symbols that mean the labels."""
    wanted = [label for label in labels if label >= 0]
    chances = special.softmax(x, axis=1)
    total = 0.0
    for path in product(range(x.shape[1]), repeat=length):
        merged = [symbol for symbol, _ in groupby(path)]
        if [symbol for symbol in merged if symbol] == wanted:
            total += np.prod([chances[t, symbol] for t, symbol in enumerate(path)])
    with np.errstate(divide="ignore"):
        return -np.log(total)


@st.composite
def drawn(draw):
    times, symbols, batch, count = (
        draw(st.integers(a, b)) for a, b in ((0, 5), (1, 3), (0, 3), (0, 3))
    )
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    # Padding stands anywhere.
    labels = (
        rng.integers(1, max(symbols, 2), (batch, count))
        if symbols > 1
        else np.full((batch, count), -1)
    )
    labels = np.where(rng.uniform(size=labels.shape) < 0.3, -1, labels)
    return rng.normal(0, 2, (times, batch, symbols)), labels, rng.integers(0, times + 1, batch)


VARIABLES = T.dtensor3("x"), T.lmatrix("labels"), T.ivector("lengths")
COST = ctc(*VARIABLES)


@given(drawn())
def test_the_sum_over_all_alignments(case):
    x, labels, lengths = case
    found = run(COST, dict(zip(VARIABLES, case, strict=True)))
    expected = [by_alignments(x[:, i], labels[i], n) for i, n in enumerate(lengths)]
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


X = np.random.default_rng(0).normal(size=(5, 4, 3))
LABELS = np.array([[1, 2, 1], [-1, 2, 2], [2, -1, -1], [-1, -1, -1]])
LENGTHS = np.array([5, 4, 1, 3])


def test_derivatives():
    derivatives_agree(lambda x: ctc(x, LABELS, LENGTHS) ** 2, X)
    derivatives_agree(lambda x: sg.grad((ctc(x, LABELS, LENGTHS) ** 2).sum(), x), X)


def test_every_back_end_natively():
    x, labels, lengths = T.ftensor3("x"), T.imatrix("labels"), T.lvector("n")
    y = ctc(x, labels, lengths)
    assert y.type.dtype == "float32"
    outputs = [y, sg.grad(y.sum(), x)]
    rng = np.random.default_rng(1)
    many = rng.normal(0, 3, (20, 3, 7)), rng.integers(1, 7, (3, 5)), rng.integers(10, 21, 3)
    everywhere(
        outputs,
        {x: X, labels: LABELS, lengths: LENGTHS},
        dict(zip((x, labels, lengths), many, strict=True)),
        {x: X[:, :0], labels: LABELS[:0], lengths: LENGTHS[:0]},
        {x: X, labels: LABELS[:, :0], lengths: LENGTHS},
    )
    assert sg.function([x, labels, lengths], outputs).fallbacks() == []


def test_half_precision_is_computed_in_single():
    x = T.TensorType("float16", (None,) * 3)("x")
    y = ctc(x, LABELS, LENGTHS)
    assert y.type.dtype == "float16"
    wide = run(COST, dict(zip(VARIABLES, (X.astype("float16"), LABELS, LENGTHS), strict=True)))
    np.testing.assert_array_equal(run(y, {x: X}), wide.astype("float32").astype("float16"))


def test_sequences_too_long_cost_infinitely_much_and_pull_nowhere():
    labels, lengths = np.array([[1, 1], [1, 2]]), np.array([2, 2])
    x = T.dtensor3("x")
    y = ctc(x, labels, lengths)
    at = {x: X[:2, :2]}
    assert run(y, at)[0] == np.inf
    assert np.isfinite(run(y, at)[1])
    slope = run(sg.grad(T.minimum(y, 1e9).sum(), x), at)
    assert (slope[:, 0] == 0).all()
    assert np.isfinite(slope).all()
    assert (slope[:, 1] != 0).any()


def test_long_sequences_do_not_underflow():
    x = np.random.default_rng(0).normal(0, 9, (3000, 1, 5))
    labels = np.random.default_rng(1).integers(1, 5, (1, 400))
    variables = T.dtensor3("x"), T.lmatrix("labels"), T.lvector("n")
    y = ctc(*variables)
    value, slope = sg.function(variables, [y, sg.grad(y[0], variables[0])])(x, labels, [3000])
    assert 1000 < value[0] < np.inf
    assert np.isfinite(slope).all()
    # The derivative by scores before a softmax sums to zero at each time.
    np.testing.assert_allclose(slope.sum(axis=2), 0, atol=1e-9)


def test_what_does_not_fit():
    x, labels, n = T.dtensor3("x"), T.lmatrix("labels"), T.lvector("n")
    for given_, message in (
        (
            (T.dmatrix("x"), labels, n),
            r"ctc: activations are floats \(time, batch, symbols\), not x",
        ),
        ((x, T.dmatrix("labels"), n), r"ctc: labels are integers \(batch, labels\), not labels"),
        ((x, labels, T.lscalar("n")), r"ctc: input_lengths are integers \(batch,\), not n"),
    ):
        with pytest.raises(TypeError, match=message):
            ctc(*given_)
    f = sg.function([x, labels, n], ctc(x, labels, n))
    with pytest.raises(ValueError, match="specified to have"):
        f(X, LABELS[:2], LENGTHS)
    with pytest.raises(IndexError, match="index 3 is out of bounds"):
        f(X, LABELS + (LABELS == 2), LENGTHS)
