"""Draws are made in the loops that use them: the same numbers, and no array of them in memory."""

import numpy as np
import pytest
from support.random_numbers import MODES
from symgraph.backends.llvm.emission import random_blocks

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower.program.types import Compute, Loop, Store
from symgraph.lower.program.walk import kernels, statements
from symgraph.ops.random_bits import RandomBits, word_at

# Of unknown extents each may be broadcast to the other: loops over one are not those over both.
COLUMNS = (311, 3)
MATRICES = {n: T.TensorType("float64", (None, n))("x") for n in COLUMNS}
VECTORS = {n: T.TensorType("float64", (n,))("p") for n in COLUMNS}
v = T.dvector("v")


def make(streams, x):
    return streams.uniform(x.shape, dtype="float32")


# Functions of x and p that draw, and how many arrays their kernels write, results included.
USES = {
    "dropout": (lambda s, x, p: x * s.bernoulli(x.shape, 0.5, dtype="float64"), 1),
    "noise": (lambda s, x, p: x + p * s.normal(x.shape, dtype="float64"), 1),
    "Gibbs": (lambda s, x, p: T.lt(make(s, x), T.nnet.sigmoid(T.dot(x, x.T).dot(x) + p)), 1),
    "after a product": (lambda s, x, p: T.dot(x, x.T) + s.exponential((37, 37)), 1),
    "two at once": (lambda s, x, p: make(s, x) - p * s.normal(x.shape, dtype="float64"), 1),
    "all added up": (lambda s, x, p: (x * make(s, x)).sum(), 1),
    "rows added up": (lambda s, x, p: (x * make(s, x)).sum(axis=1), 1),
    "columns added up": (lambda s, x, p: (x * make(s, x)).sum(axis=0), 1),
    "largest of rows": (lambda s, x, p: (x + s.gumbel(x.shape, dtype="float64")).max(axis=1), 1),
    "across": (lambda s, x, p: x.T * s.uniform((x.shape[1], x.shape[0]), dtype="float32"), 1),
    "softmax": (lambda s, x, p: T.nnet.softmax(x + s.gumbel(x.shape, dtype="float64")), None),
    "only once": (lambda s, x, p: T.exp(make(s, x)) + make(s, x).sum(axis=0), None),
    "a power of itself": (lambda s, x, p: s.uniform(x.shape, dtype="float64") ** p, 1),
    "two dtypes": (lambda s, x, p: make(s, x) + s.uniform(x.shape, dtype="float64"), 1),
}


def used(name, columns, mode="llvm"):
    """A function of x and p, of so many columns, that draws."""
    x, p = MATRICES[columns], VECTORS[columns]
    result = USES[name][0](sg.RandomStreams(5), x, p)
    return sg.function([x, p], result, mode=mode, on_unused_input="ignore")


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("name", USES)
def test_uses_of_draws_mean_what_they_say(name, columns):
    random = np.random.default_rng(0)
    x, p = random.normal(size=(37, columns)), random.uniform(size=columns)
    functions = [used(name, columns, mode) for mode in MODES]
    for _ in range(2):
        first, *others = [f(x, p) for f in functions]
        for other in others:
            np.testing.assert_allclose(other, first, rtol=1e-5, atol=1e-6)


def drawing_kernels(f):
    (native,) = f.executable.programs
    return [k for k in kernels(native.program.body) if any("random_word" in f for f in computed(k))]


def computed(kernel):
    """The names of the functions that a kernel computes."""
    return {s.fn for s in statements(kernel.body) if isinstance(s, Compute)}


@pytest.mark.parametrize("name", [name for name, (_, count) in USES.items() if count])
def test_neither_words_nor_draws_are_put_in_memory(name):
    drawing = drawing_kernels(used(name, 311))
    written = {s.buffer.root for k in drawing for s in statements(k.body) if isinstance(s, Store)}
    assert len(written) == USES[name][1]


@pytest.mark.parametrize("side_by_side", [8, 32])
@pytest.mark.parametrize("width", [32, 64])
@pytest.mark.parametrize(
    "shape", [(5000,), (3, 2500), (700, 3), (37, 311), (5, 1, 130), (2, 3, 1024), (1, 4097)]
)
def test_words_of_rows_and_strips(monkeypatch, side_by_side, width, shape):
    """Rows and strips that begin within blocks of counters, and end there; on processors with
    registers for fewer counters or more."""
    monkeypatch.setattr(random_blocks, "lanes", lambda: side_by_side)
    factor = T.TensorType(f"uint{width}", (None,) * len(shape))("factor")
    first = T.TensorType("uint64", ())("first")
    bits = RandomBits(width, part=1)(T.constant(9, "uint64"), first, *map(T.constant, shape))
    ones = np.ones((*shape[:-2], 1, shape[-1]) if len(shape) > 1 else shape, f"uint{width}")
    with sg.config.change_flags(cache=False):
        f = sg.function([first, factor], bits * factor)
    positions = np.arange(int(np.prod(shape)), dtype="uint64").reshape(shape)
    for start in (0, 2**32 - 40, 2**64 - 7):
        expected = word_at(width, *(np.asarray(n, "uint64") for n in (9, start, 1)), positions)
        assert (f(np.uint64(start), ones) == expected).all()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_numbers_do_not_depend_on_threads(threads):
    results = []
    for count in (1, threads):
        with sg.config.change_flags(threads=count):
            s = sg.RandomStreams(3)
            draw = s.normal((700, 1100), dtype="float32")
            f = sg.function([v], [draw + v, (draw * v).sum(axis=0), s.uniform((300_001,))])
            results.append(f(np.zeros(1100)))
    for one, other in zip(*results, strict=True):
        assert np.array_equal(one, other)


def test_a_draw_waits_for_what_it_is_compared_with():
    """The loops of a Gibbs step: those of the products aside there is one nest."""
    drawing = drawing_kernels(used("Gibbs", 311))
    assert drawing
    for kernel in drawing:
        assert "sigmoid" in computed(kernel)
        assert any(isinstance(s, Loop) for s in kernel.body)
