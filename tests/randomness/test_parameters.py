"""Parameters that make no distribution are refused, in every stream and on every back end: at once
where they are known, else by the function that computes them, before anything is drawn."""

import re

import numpy as np
import pytest
from support.agreement import EVERY, TRUTH, Variant, compile_variant

import symgraph as sg
import symgraph.tensor as T
from symgraph.compat import theano
from symgraph.graph import Constant, Variable, ancestors
from symgraph.ops import Require

NAN, INF = float("nan"), float("inf")
STREAMS = {
    "philox": sg.RandomStreams,
    "mersenne": theano.RandomStreams,
    "mrg": theano.MRG_RandomStreams,
}
# Of each distribution: a parameter, what it may be, what it may not be, and what is said then.
SCALE = ([0.0, 2.0], [-1.0, -1e-30, NAN, INF, -INF], "at least 0 and finite")
LOCATION = ([-3.0, 0.0], [NAN, INF, -INF], "a finite number")
POSITIVE = ([1e-3, 2.0], [0.0, -1.0, NAN, INF], "above 0 and finite")
CHANCE = ([0.0, 0.3, 1.0], [-1e-30, 1.0000001, NAN, INF, -INF], "a probability, between 0 and 1")
COUNT = ([0, 3], [-1], "an integer, at least 0")
MEAN = ([0.0, 30.0], [-1e-9, NAN, INF], "at least 0 and below 2**62")
PVALS = ([[0.2, 0.8], [0.0, 1.0]], [[0.2, 0.9], [0.2, 0.2], [0.0, 0.0]], "is 1 (within")
SHARES = ([[0.5, 0.5]], [[-0.5, 1.5], [NAN, 0.5]], "a probability, between 0 and 1")
Q = (3,)
CASES = {
    "uniform low": (lambda r, v: r.uniform(Q, v, 5.0), *LOCATION),
    "uniform high": (lambda r, v: r.uniform(Q, -5.0, v), *LOCATION),
    "uniform order": (lambda r, v: r.uniform(Q, v, 1.0), [1.0], [1.5], "at least low"),
    "normal avg": (lambda r, v: r.normal(Q, v, 1.0), *LOCATION),
    "normal std": (lambda r, v: r.normal(Q, 0.0, v), *SCALE),
    "truncated_normal avg": (lambda r, v: r.truncated_normal(Q, v), *LOCATION),
    "truncated_normal std": (lambda r, v: r.truncated_normal(Q, 0.0, v), *SCALE),
    "laplace loc": (lambda r, v: r.laplace(Q, v), *LOCATION),
    "laplace scale": (lambda r, v: r.laplace(Q, 0.0, v), *SCALE),
    "gumbel loc": (lambda r, v: r.gumbel(Q, v), *LOCATION),
    "gumbel scale": (lambda r, v: r.gumbel(Q, 0.0, v), *SCALE),
    "exponential scale": (lambda r, v: r.exponential(Q, v), *SCALE),
    "gamma shape": (lambda r, v: r.gamma(Q, v), *SCALE),
    "gamma scale": (lambda r, v: r.gamma(Q, 1.0, v), *SCALE),
    "beta a": (lambda r, v: r.beta(Q, v, 1.0), *POSITIVE),
    "beta b": (lambda r, v: r.beta(Q, 1.0, v), *POSITIVE),
    "standard_t df": (lambda r, v: r.standard_t(Q, v), *POSITIVE),
    "gumbel_softmax temperature": (lambda r, v: r.gumbel_softmax(Q, [0.0, 1.0], v), *POSITIVE),
    "gumbel_softmax logits": (
        lambda r, v: r.gumbel_softmax(Q, v), [[0.0, -INF]], [[0.0, NAN], [INF, 0.0]], "below inf",
    ),
    "bernoulli p": (lambda r, v: r.bernoulli(Q, v), *CHANCE),
    "binomial p": (lambda r, v: r.binomial(Q, 1, v), *CHANCE),
    "binomial of several p": (lambda r, v: r.binomial(Q, 4, v), *CHANCE),
    "binomial n": (lambda r, v: r.binomial(Q, v, 0.5), *COUNT),
    "poisson lam": (lambda r, v: r.poisson(Q, v), *MEAN),
    "random_integers high": (lambda r, v: r.random_integers(Q, 2, v), [2, 9], [1], "at least low"),
    "multinomial sum": (lambda r, v: r.multinomial(Q, 2, v), *PVALS),
    "multinomial pvals": (lambda r, v: r.multinomial(Q, 1, v), *SHARES),
    "multinomial n": (lambda r, v: r.multinomial(Q, v, [0.5, 0.5]), *COUNT),
    "choice sum": (lambda r, v: r.choice(Q, 2, True, v), *PVALS),
    "choice p": (lambda r, v: r.choice(Q, 2, True, v), *SHARES),
    "choice a": (lambda r, v: r.choice(Q, v), [1, 4], [0, -2], "nothing to choose|at least 1"),
    "permutation n": (lambda r, v: r.permutation(Q, v), *COUNT),
}  # fmt: skip


def row(v):
    """A matrix of one row: the one stream takes no other probabilities."""
    known = v.data if isinstance(v, Constant) else v
    return T.shape_padleft(v) if isinstance(known, Variable) else np.asarray(known)[None]


# Their sums need not be 1, as in Theano: see `test_theano.py`.
ROWS = {
    "multinomial pvals": (lambda r, v: r.multinomial(None, 1, row(v)), *SHARES),
    "choice p": (lambda r, v: r.choice(1, None, False, row(v)), *SHARES),
}
MRG = ("uniform", "normal", "truncated_normal", "binomial p", "binomial of several p")
MERSENNE = (
    "uniform", "normal", "binomial", "poisson", "random_integers", "choice", "permutation",
    "multinomial",
)  # fmt: skip


def cases():
    for name, case in CASES.items():
        yield pytest.param("philox", *case, id=f"philox {name}")
        if name.startswith(MERSENNE):
            yield pytest.param("mersenne", *case, id=f"mersenne {name}")
        if name.startswith(MRG):
            yield pytest.param("mrg", *case, id=f"mrg {name}")
    for name, case in ROWS.items():
        yield pytest.param("mrg", *case, id=f"mrg {name}")


def said(text):
    return "|".join(map(re.escape, text.split("|")))


@pytest.mark.parametrize("kind, make, good, bad, text", list(cases()))
def test_what_is_known_is_refused_at_once(kind, make, good, bad, text):
    for value in good:
        streams = STREAMS[kind](7)
        x = make(streams, T.constant(np.asarray(value)))
        assert not any(
            isinstance(v.owner.op, Require) for v in ancestors([x]) if v.owner is not None
        )
        assert x.eval().shape[0] in (3, 1)
    for value in bad:
        for given in (value, np.asarray(value), T.constant(np.asarray(value))):
            streams = STREAMS[kind](7)
            with pytest.raises(ValueError, match=said(text)):
                make(streams, given)
            assert not streams.state_updates


@pytest.mark.parametrize("kind, make, good, bad, text", list(cases()))
def test_what_is_computed_is_refused_before_anything_is_drawn(kind, make, good, bad, text):
    for variant in (TRUTH, Variant("llvm", True)):
        first = np.asarray(good[0])
        given = T.TensorType(first.dtype, (None,) * first.ndim)("given")
        streams, count = STREAMS[kind](7), sg.shared(0, "count")
        drawn = make(streams, given)
        f = compile_variant(variant, [given], [drawn], updates={count: count + 1})
        assert (
            kind == "mersenne"
            or variant.mode != "llvm"
            or not any(isinstance(node.op, Require) for node in f.fallbacks())
        )
        for value in good:
            f(np.asarray(value, first.dtype))
        states = [np.array(s.container.value) for s, _ in streams.state_updates]
        for value in bad:
            with pytest.raises(ValueError, match=said(text)) as caught:
                f(np.asarray(value, first.dtype))
            assert "test_parameters.py" in str(caught.value)
            assert count.get_value() == len(good)
            for (state, _), before in zip(streams.state_updates, states, strict=True):
                np.testing.assert_array_equal(state.container.value, before)


@pytest.mark.parametrize("variant", EVERY, ids=str)
def test_what_a_step_computes_is_refused_in_that_step(variant):
    """And in the branch that is chosen; derivatives pass through what is allowed."""
    p, s = T.dvector("p"), T.dscalar("s")
    streams = sg.RandomStreams(3)
    coins, _ = sg.map(lambda chance: streams.binomial(Q, 1, chance), p)
    walk, _ = sg.scan(
        lambda h, scale: h + streams.normal((), 0.0, scale),
        outputs_info=T.constant(0.0),
        non_sequences=s,
        n_steps=3,
    )
    noise = streams.normal(Q, s, s)
    chosen = sg.ifelse(s >= 0, streams.normal(Q, 0.0, s).sum(), s)
    slopes = [sg.grad(walk[-1], s), sg.grad(noise.sum(), s)]
    f = compile_variant(variant, [p, s], [coins, walk[-1], noise, *slopes])
    _, end, numbers, by_walk, by_noise = f([0.0, 1.0], 2.0)
    np.testing.assert_allclose([by_walk * 2, by_noise * 2], [end, numbers.sum()], rtol=1e-12)
    with pytest.raises(ValueError, match="binomial: p is a probability, .*, not 1.5"):
        f([0.5, 1.5], 2.0)
    with pytest.raises(ValueError, match="normal: std is at least 0 and finite, not -2.0"):
        f([0.5, 0.5], -2.0)
    branch = compile_variant(variant, [s], [chosen])
    assert branch(-1.0)[0] == -1
    assert branch(1.0)[0] != 0


def test_a_batch_of_parameters():
    mean, means = T.dvector("mean"), T.dmatrix("means")
    noisy = T.exp(mean) + sg.RandomStreams(3).normal((3,)) * mean.sum()
    shifted = sg.RandomStreams(3).normal((3,), mean)
    for whole in (noisy, shifted):
        batched = sg.vectorize_graph(whole, {mean: means})
        f = sg.function([means], batched, no_default_updates=True)
        g = sg.function([mean], whole, no_default_updates=True)
        given = np.array([[0.0, 1.0, 2.0], [-1.0, 0.5, 3.0]])
        np.testing.assert_allclose(f(given)[0], g(given[0]), rtol=1e-14)
    with pytest.raises(ValueError, match="normal: avg is a finite number, not nan"):
        f(np.full((2, 3), NAN))
