"""An expression says of a computed variable what the user wrote: whatever is put in its place, also
of another shape, everything that was asked of it is asked of that."""

import numpy as np
import pytest
from hypothesis import given, reject
from support.agreement import EVERY, OTHERS, TRUTH, assert_agree, budget, call, compile_variant
from support.graph_drawing import graphs
from support.graph_pool import Pool

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import graph_inputs
from symgraph.ops.elemwise import scalar_functions

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


class ComputedInputs(Pool):
    """A pool whose inputs are computed: all of one dtype and rank from one variable, with its
    extents. The values drawn for them have extents of their own."""

    def made_input(self, type, name):
        hidden = type(f"hidden {type}")
        source = next((v for v in self.hidden if v.name == hidden.name), hidden)
        if source is hidden:
            self.hidden.append(hidden)
        return scalar_functions["identity"](source)

    def __init__(self, draw, **how):
        self.hidden = []
        super().__init__(draw, open_types=True, **how)


def free(drawn):
    """A free variable for each input of a drawn graph, and the outputs written with these."""
    leaves = [x.type(f"n{number}") for number, x in enumerate(drawn.inputs)]
    return leaves, sg.clone(drawn.outputs, dict(zip(drawn.inputs, leaves, strict=True)))


def agree_with(truth, drawn, outputs):
    """All variants give for the outputs, cut at the drawn inputs, what `truth` is: a pair of inputs
    and outputs of their own."""
    assert not {v for v in graph_inputs(outputs, stop_at=drawn.inputs) if "hidden" in str(v)}
    compiled = {TRUTH: compile_variant(TRUTH, *truth)}
    for variant in OTHERS:
        compiled[variant] = compile_variant(variant, drawn.inputs, outputs)
    assert_agree(*truth, drawn.values, compiled)


@budget(1)
@given(graphs(min_steps=2, max_steps=8, kind=ComputedInputs))
def test_a_graph_cut_at_computed_variables(drawn):
    agree_with(free(drawn), drawn, drawn.outputs)


@budget(1)
@given(graphs(min_steps=2, max_steps=8, kind=ComputedInputs, smooth=True))
def test_a_gradient_cut_at_computed_variables(drawn):
    leaves, outputs = free(drawn)

    def slopes(outputs, wrt):
        cost = T.stack([y.sum() for y in outputs]).sum()
        return sg.grad(cost, wrt, disconnected_inputs="ignore")

    try:
        expected = slopes(outputs, leaves)
    except sg.gradient.NullTypeGradError:
        reject()
    agree_with((leaves, expected), drawn, slopes(drawn.outputs, drawn.inputs))


# What asks for an extent in some way; of a matrix, by which it can be multiplied.
OF_A_MATRIX = {
    "shape": lambda z: z.shape,
    "shape[0]": lambda z: z.shape[0],
    "size": lambda z: z.size,
    "mean": lambda z: z.mean(),
    "mean of an axis": lambda z: z.mean(axis=0),
    "var": lambda z: z.var(axis=1),
    "std": lambda z: z.std(),
    "flatten": lambda z: z.flatten(),
    "ravel": lambda z: z.ravel(),
    "reshape": lambda z: z.reshape((-1, 1)),
    "reshape to its own": lambda z: z.reshape((z.shape[1], z.shape[0])),
    "zeros_like": T.zeros_like,
    "full_like": lambda z: T.full_like(z, 3.0),
    "zeros": lambda z: T.zeros(z.shape),
    "alloc": lambda z: T.alloc(1.0, z.shape[1], z.shape[0]),
    "arange": lambda z: T.arange(z.shape[0]),
    "eye": lambda z: T.eye(z.shape[0]),
    "identity_like": T.identity_like,
    "softmax": lambda z: T.nnet.softmax(z),
    "logsumexp": lambda z: T.logsumexp(z, axis=1),
    "tile": lambda z: T.tile(z, (2, 1)),
    "repeat": lambda z: T.repeat(z, 2, axis=1),
    "roll": lambda z: T.roll(z, 1, axis=0),
    "diagonal": lambda z: T.diag(z),
    "tril": lambda z: T.tril(z),
    "concatenate": lambda z: T.concatenate([z, z * 2], axis=1).shape,
    "stack": lambda z: T.stack([z, z]).mean(axis=1),
    "split": lambda z: T.split(z, [1, z.shape[0] - 1], 2)[1],
    "negative index": lambda z: z[-1],
    "slice": lambda z: z[1:].mean(),
    "take": lambda z: T.take(z, [0, -1], axis=1, mode="wrap"),
    "tensordot": lambda z: T.tensordot(z, z, [[0], [0]]),
    "dot": lambda z: T.dot(z, z.T).mean(),
    "outer": lambda z: T.outer(z[0], z[1]),
    "argmax": lambda z: T.argmax(z) + z.shape[0],
    "sort": lambda z: T.sort(z, axis=None),
    "batch normalisation": lambda z: T.nnet.bn.batch_normalization(
        z, 1.0, 0.0, z.mean(axis=0), z.std(axis=0) + 1
    ),
    "cross entropy": lambda z: T.nnet.softmax(z)[T.arange(z.shape[0]), 0].mean(),
    "gradient of mean": lambda z: sg.grad(z.mean(), z),
    "gradient of var": lambda z: sg.grad(z.var(), z),
    "gradient of a product": lambda z: sg.grad((z * (z[:1] * 2)).sum(), z),
    "gradient of a broadcast": lambda z: sg.grad((z + z[:1]).mean(), z),
    "second derivative": lambda z: sg.gradient.hessian((z**3).mean(axis=0).sum(), z),
    "jacobian": lambda z: sg.gradient.jacobian(T.tanh(z).mean(axis=0), z),
    "R operator": lambda z: sg.Rop((z**2).mean(axis=0), z, T.ones_like(z)),
    "L operator": lambda z: sg.Lop((z**2).mean(axis=0), z, T.ones_like(z[0])),
    "constant": lambda z: sg.grad((z * z).sum(), z, consider_constant=[z]),
    "known gradients": lambda z: sg.grad(None, z, known_grads={z * 2: T.ones_like(z)}),
    "scan": lambda z: sg.scan(lambda row, z: row * z.mean(), [z], None, [z], strict=True)[0],
    "scan and its gradient": lambda z: sg.grad(
        sg.scan(lambda row, h: T.tanh(h + row), [z], [z[0] * 0])[0][-1].sum(), z
    ),
    "scan over parts": lambda z: sg.scan(lambda a, b: a + b.mean(), [z, z * 2])[0],
    "map": lambda z: sg.map(lambda row: row - row.mean(), [z])[0],
    "branch": lambda z: sg.ifelse(z.sum() > 0, z.mean(), z.size * 1.0),
    "branch of shapes": lambda z: sg.ifelse(z.mean() > 0, z.flatten(), z[0]).shape[0],
    "vectorized": lambda z: (lambda row: sg.vectorize_graph(row - row.mean(), {row: z}))(z[0]),
}  # fmt: skip

x, w, n = T.dmatrices("x", "w", "n")
# How z is computed; mostly shape inference knows its extents then.
COMPUTED = {
    "of one operand": lambda: T.exp(x),
    "of two operands": lambda: x + w,
    "product": lambda: T.dot(x, w),
    "transposed": lambda: x.T,
    "selected": lambda: x[1:, :-1],
    "joined": lambda: T.concatenate([x, w]),
    "reshaped": lambda: x.reshape((x.shape[1], x.shape[0])),
    "broadcast": lambda: T.zeros_like(x) + 1.5,
    "by a loop": lambda: sg.scan(lambda row: row * 2, [x])[0],
    "by a branch": lambda: sg.ifelse(x.sum() > 0, x, x * 2),
}


# What is put in its place: also of an extent of 1.
VALUES = (np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]), np.array([[0.5], [2.0]]))


def listed(result):
    return list(result) if isinstance(result, list | tuple) else [result]


@pytest.mark.parametrize("use", OF_A_MATRIX.values(), ids=OF_A_MATRIX)
def test_what_is_asked_of_a_variable_is_asked_of_what_replaces_it(use):
    computed = [compute() for compute in COMPUTED.values()]
    outputs = [listed(use(z)) for z in computed]
    for z, found in zip(computed, outputs, strict=True):
        assert not {x, w} & set(graph_inputs(found, stop_at=[z]))
    truth = compile_variant(TRUTH, [n], listed(use(n)))
    for variant, z, found in zip(EVERY * 2, computed, outputs, strict=False):
        f = compile_variant(variant, [n], found, givens={z: n})
        for value in VALUES:
            expected, given = call(truth, [value]), call(f, [value])
            assert (expected.error is None) == (given.error is None)
            for left, right in zip(expected.results or (), given.results or (), strict=True):
                assert left.shape == right.shape
                np.testing.assert_allclose(right, left, rtol=1e-12, atol=1e-14)


def by_input(z, outputs, value):
    return sg.function([z], outputs)(value)


def by_default(z, outputs, value):
    return sg.function([sg.In(z, value=value)], outputs)()


def by_givens(z, outputs, value):
    return sg.function([n], outputs, givens={z: n})(value)


def by_a_given_value(z, outputs, value):
    return sg.function([], outputs, givens={z: value})()


def by_clone(z, outputs, value):
    return sg.function([n], sg.clone(outputs, {z: n}))(value)


def by_graph_replace(z, outputs, value):
    return sg.function([n], sg.graph_replace(outputs, {z: n}))(value)


def by_eval(z, outputs, value):
    return [output.eval({z: value}) for output in outputs]


def by_name(z, outputs, value):
    z.name = "z"
    return [output.eval({"z": value}) for output in outputs]


def by_vectorize(z, outputs, value):
    batch = T.dtensor3("batch")
    found = sg.function([batch], sg.vectorize_graph(outputs, {z: batch}))(np.stack([value, value]))
    return [
        result if result.ndim == y.type.ndim else result[1]
        for result, y in zip(found, outputs, strict=True)
    ]


def in_a_strict_step(z, outputs, value):
    found, _ = sg.scan(lambda z: outputs, None, None, [z], n_steps=1, strict=True)
    return [y[0] for y in sg.function([z], found)(value)]


WAYS = [
    by_input,
    by_default,
    by_givens,
    by_a_given_value,
    by_clone,
    by_graph_replace,
    by_eval,
    by_name,
    by_vectorize,
    in_a_strict_step,
]


@pytest.mark.parametrize("compute", COMPUTED.values(), ids=COMPUTED)
@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_replacing_reaches_all_that_was_asked(way, compute):
    z = compute()
    outputs = [z.mean(), z.flatten() * 2, z + z.shape[0], sg.grad((z.var() + z[:1] * z).sum(), z)]
    for value in VALUES:
        found = way(z, outputs, value)
        first = np.zeros_like(value)
        first[0] = value.sum(axis=0)
        slope = 2 * (value - value.mean()) + value[:1] + first
        expected = [value.mean(), value.ravel() * 2, value + len(value), slope]
        for left, right in zip(expected, found, strict=True):
            np.testing.assert_allclose(right, left, rtol=1e-12)


def test_a_function_of_a_computed_variable_needs_nothing_that_it_is_computed_from():
    s = sg.shared(np.ones(3), "s")
    v = T.dvector("v")
    stream = T.shared_randomstreams.RandomStreams(1)
    draw = stream.uniform((3,))
    z = v * s + draw
    f = sg.function([z], z.mean() * 2)
    assert f(np.arange(3.0)) == 2
    assert not f.get_shared()
