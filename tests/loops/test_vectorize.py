"""`vectorize_graph`: every element of a batch becomes what the expression makes of it alone."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.graph_drawing import graphs

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType, graph_inputs, toposort
from symgraph.ops import BatchedDot, Scan

RNG = np.random.default_rng(0)


def numbers(*shape):
    return RNG.normal(size=shape)


def symbol(array, dtype=None):
    return TensorType(dtype or str(array.dtype), (None,) * array.ndim)()


def alone(f, depth, arrays, batched):
    """f of each element of the batch, stacked: by one function of one element."""
    singles = [a[(0,) * depth] if b else a for a, b in zip(arrays, batched, strict=True)]
    symbols = [symbol(np.asarray(single)) for single in singles]
    one = sg.function(symbols, f(*symbols), on_unused_input="ignore")
    extents = next(a for a, b in zip(arrays, batched, strict=True) if b).shape[:depth]
    made = [
        one(*(a[at] if b else a for a, b in zip(arrays, batched, strict=True)))
        for at in itertools.product(*map(range, extents))
    ]
    return np.array(made).reshape((*extents, *made[0].shape))


def together(f, depth, arrays, batched):
    symbols = [symbol(a[(0,) * depth] if b else a) for a, b in zip(arrays, batched, strict=True)]
    wide = [symbol(a) for a in arrays]
    replace = {s: w for s, w, b in zip(symbols, wide, batched, strict=True) if b}
    output = sg.vectorize_graph(f(*symbols), replace)
    rest = [w if b else s for s, w, b in zip(symbols, wide, batched, strict=True)]
    return output, sg.function(rest, output, on_unused_input="ignore")(*arrays)


def agrees(f, *arrays, batched=None, loops=False):
    """For batches of one and of two axes; `arrays` are those of a single call."""
    for depth in (1, 2):
        batch = (3,) if depth == 1 else (2, 3)
        chosen = batched or (True,) * len(arrays)
        wide = [
            (numbers(*batch, *a.shape) if a.dtype.kind == "f" else RNG.permuted(
                np.broadcast_to(a, (*batch, *a.shape)), axis=-1)) if b else a
            for a, b in zip(arrays, chosen, strict=True)
        ]  # fmt: skip
        output, value = together(f, depth, wide, chosen)
        np.testing.assert_allclose(value, alone(f, depth, wide, chosen), rtol=1e-12, atol=1e-13)
        nodes = toposort([output])
        assert any(isinstance(node.op, Scan) for node in nodes) == loops


M, V, S = numbers(3, 3), numbers(3), np.asarray(1.5)
ORDER = np.array([2, 0, 1])

EXPRESSIONS = [
    (lambda a, b: T.tanh(a) * b + 1, M, V),
    (lambda a: (a - a.mean(axis=0)) / a.std(axis=1, keepdims=True), M),
    (lambda a: T.argmax(a, axis=0), M),
    (lambda a: a.dimshuffle(1, "x", 0), M),
    (lambda a: T.nnet.softmax(a), M),
    (lambda a, b: T.dot(a, b), M, M),
    (lambda a, b: T.dot(a, b), M, V),
    (lambda a, b: T.dot(b, a), M, V),
    (lambda a, b: T.dot(a, b), V, V),
    (lambda a: a.reshape((-1, 1)), M),
    (lambda a: T.concatenate([a, a[:1], T.zeros((1, 3))]), M),
    (lambda a: T.stack([a[0], a[:, 1], a[::-1].sum(axis=0)]), M),
    (lambda a: a[ORDER] + a[ORDER, ORDER], M),
    (lambda a: a[ORDER, :, None].sum(axis=1), M),
    (lambda a: a[T.arange(a.shape[0]), ORDER], M),
    (lambda a: T.set_subtensor(a[1], a[0] * 2), M),
    (lambda a: T.inc_subtensor(a[ORDER], a[0]), M),
    (lambda a: T.inc_subtensor(a[:, 1:], 1.0), M),
    (lambda a: T.tile(a, (2, 1)) ** 2, M),
    (lambda a, s: T.switch(a > s, a, -s), M, S),
    (lambda a: sg.grad((T.tanh(T.dot(a, a)) ** 2).sum(), a), M),
    (lambda a: sg.grad(-T.log(T.nnet.softmax(a))[T.arange(3), ORDER].sum(), a), M),
]


@pytest.mark.parametrize("case", range(len(EXPRESSIONS)))
def test_every_element_is_what_it_is_alone(case):
    f, *arrays = EXPRESSIONS[case]
    agrees(f, *arrays)


@pytest.mark.parametrize("batched", [(True, False), (False, True)])
@pytest.mark.parametrize("pair", [(M, M), (M, V), (V, M), (V, V)])
def test_products_with_something_that_is_not_batched(pair, batched):
    agrees(T.dot, *pair, batched=batched)


def test_indices_that_are_batched():
    agrees(lambda a, i: a[i], M, ORDER, batched=(False, True))
    agrees(lambda a, i: a[:, i], M, ORDER, batched=(False, True))
    agrees(lambda a, i: a[i, i[::-1]], M, ORDER, batched=(False, True))


@pytest.mark.parametrize(
    "select",
    [
        lambda a, i: a[i],
        lambda a, i: a[:, i],
        lambda a, i: a[:, :, i[::-1]],
        lambda a, i: a[:, i, i[::-1]],
        lambda a, i: a[i, :, i[::-1]],
        lambda a, i: a[i, ORDER],
        lambda a, i: a[:, i[:, None], i[None]],
        lambda a, i: T.take_along_axis(a, T.stack([i, i, i]).dimshuffle(0, 1, "x"), 1),
        lambda a, i: T.choose(i, a),
        lambda a, i: T.choose(i, [a[0], a[1], 1.5]),
    ],
)
def test_indices_and_arrays_that_are_batched(select):
    agrees(select, numbers(3, 3, 3), ORDER)


def test_what_has_no_rule_runs_in_a_loop():
    agrees(lambda a, b: sg.scan(lambda r, h: T.tanh(r + h), a, b)[0], M, V, loops=True)


def test_shapes_may_differ_on_the_way():
    agrees(lambda a: a[a > 0].sum(), M, loops=True)
    agrees(lambda a: T.nonzero(a > 0)[0].sum() * a, M, loops=True)
    agrees(lambda a, s: (a[a[:, 0].argmin() :] * s).sum(axis=0), M, S, loops=True)
    agrees(lambda a: T.set_subtensor(a[a > 0], 1.0), M, loops=True)
    agrees(lambda a, b: a[a > 0].sum() * b, M, V, batched=(True, False), loops=True)


def test_results_of_different_shapes_are_an_error():
    x, rows = T.vector("x"), T.matrix("rows")
    f = sg.function([rows], sg.vectorize_graph(x[x.argmin() :], {x: rows}))
    with pytest.raises(ValueError, match=r"step 1 gives an output of shape \(1,\)"):
        f([[0.0, 1.0], [1.0, 0.0]])


def test_products_of_batches_are_one_operation():
    a, b = T.matrix("a"), T.matrix("b")
    product = sg.vectorize_graph(T.dot(a, b), {a: T.tensor3(), b: T.tensor3()})
    assert sum(isinstance(node.op, BatchedDot) for node in toposort([product])) == 1


def test_batches_broadcast():
    x, y = T.vector("x"), T.vector("y")
    many_x, many_y = T.tensor3(), T.matrix()
    both, alone = sg.vectorize_graph([T.dot(x, y), y * 2], {x: many_x, y: many_y})
    values = [numbers(4, 1, 3), numbers(5, 3)]
    got = sg.function([many_x, many_y], [both, alone])(*values)
    np.testing.assert_allclose(got[0], (values[0] * values[1]).sum(axis=-1))
    np.testing.assert_allclose(got[1], 2 * values[1][None])


def test_what_does_not_depend_on_it_stays():
    x, y = T.vector("x"), T.vector("y")
    rows = T.matrix("rows")
    kept, count = y + 1, x.shape[0]
    first, second = sg.vectorize_graph((kept, count), {x: rows})
    assert first is kept
    assert second.type.ndim == 0
    assert graph_inputs([second]) == [rows]


def test_draws():
    rng = sg.RandomStreams(3)
    x, rows = T.vector("x"), T.matrix("rows")
    noise = rng.normal((3,))
    f = sg.function([rows], sg.vectorize_graph(x + noise, {x: rows}))
    got = f(np.zeros((4, 3)))
    assert np.array_equal(got, np.broadcast_to(got[0], (4, 3)))
    with pytest.raises(TypeError, match=r"the random numbers .* made at .*test_vectorize.py"):
        sg.vectorize_graph(rng.poisson((3,), lam=x), {x: rows})


@settings(max_examples=20)
@given(graphs(min_steps=2, max_steps=6, dtypes=("float64", "int64", "bool")), st.data())
def test_random_graphs(drawn, data):
    """A batch of equal elements gives equal elements."""
    if not drawn.inputs:
        return
    chosen = [data.draw(st.booleans()) for _ in drawn.inputs]
    wide = {
        x: TensorType(x.type.dtype, (None, *x.type.shape))()
        for x, picked in zip(drawn.inputs, chosen, strict=True)
        if picked
    }
    outputs = sg.vectorize_graph(drawn.outputs, wide)
    plain = sg.function(drawn.inputs, drawn.outputs, mode="reference", on_unused_input="ignore")
    batched = sg.function(
        [wide.get(x, x) for x in drawn.inputs], outputs, mode="reference", on_unused_input="ignore"
    )
    values = drawn.values
    given_values = [
        np.broadcast_to(v, (2, *np.shape(v))) if x in wide else v
        for x, v in zip(drawn.inputs, values, strict=True)
    ]
    try:
        expected = plain(*values)
    except (ValueError, IndexError, ZeroDivisionError):
        return
    for got, want, was in zip(batched(*given_values), expected, drawn.outputs, strict=True):
        if got.ndim == was.type.ndim:
            got = got[None]
        for element in got:
            np.testing.assert_allclose(element, want, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("replace", "kind", "message"),
    [
        (lambda x: {x: T.scalar()}, TypeError, "what replaces x (float64 vector) needs its axes"),
        (lambda x: {x: T.zmatrix("z")}, TypeError, "has another dtype: z (complex128 matrix)"),
        (lambda x: {"x": x}, TypeError, "replace exchanges variables, not 'x'"),
        (lambda x: [(x, x)], TypeError, "replace must be a dict, not [(x, x)]"),
    ],
)
def test_wrong_replacements(replace, kind, message):
    x = T.vector("x")
    with pytest.raises(kind, match=f"vectorize_graph: .*{re.escape(message)}"):
        sg.vectorize_graph(x + 1, replace(x))


def test_wrong_extents_and_outputs():
    x = TensorType("float64", (3,))("x")
    with pytest.raises(ValueError, match="has the extent 4, not 3, on its axis 0"):
        sg.vectorize_graph(x + 1, {x: TensorType("float64", (None, 4))("y")})
    with pytest.raises(TypeError, match=r"outputs\[0\] must be a variable, not 3"):
        sg.vectorize_graph([3], {x: T.matrix()})
