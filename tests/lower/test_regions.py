"""Statements that go along the same turns are found, and mean the same block by block."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from support import lowering

import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.lower.program.text import text_of
from symgraph.lower.program.types import MatMul, TiledRegion
from symgraph.lower.program.walk import host_statements
from symgraph.lower.regions.products_of_extents import Size, Sizes
from symgraph.lower.target import Target
from symgraph.lower.verifier import VerificationError, verify

# Blocks of one or two turns, whatever that gains.
SMALL = replace(
    Target(),
    near_bytes=1,
    still_near_bytes=4,
    least_blocks=1,
    block_columns=2,
    block_rows=2,
    several_columns=4,
    least_iteration_bytes=0,
    least_bytes=0,
)
assert_lowers = partial(lowering.assert_lowers, target=SMALL)
lowered = partial(lowering.lowered, target=SMALL)


def variables(*shapes, known=False):
    return [
        TensorType("float64", shape if known else (None, *shape[1:]))(f"x{n}")
        for n, shape in enumerate(shapes)
    ]


def values(*shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in shapes]


def regions(program):
    return [s for s in host_statements(program.body) if isinstance(s, TiledRegion)]


DENSE = {
    "epilogue": lambda x, w, v: T.tanh(T.dot(x, w) + v[0]),
    "prologue": lambda x, w, v: T.exp(T.dot(T.exp(x), w)),
    "derivative": lambda x, w, v: T.grad((T.tanh(T.dot(T.tanh(T.dot(x, w)), v.T)) ** 2).sum(), x),
    "rows behind": lambda x, w, v: T.nnet.softmax(T.dot(x, w)),
    "sum over rows behind": lambda x, w, v: T.tanh(T.dot(x, w)).sum(axis=0),
    "an operand that is made over": lambda x, w, v: T.dot(T.tanh(T.dot(x, w)), v.T) + 2 * x,
}


@pytest.mark.parametrize("rows", [0, 1, 7])
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("name", DENSE)
def test_products(name, rows, known):
    shapes = (rows, 3), (3, 5), (3, 5)
    x, w, v = variables(*shapes, known=known)
    w, v = variables(*shapes[1:], known=True)
    program = assert_lowers([x, w, v], [DENSE[name](x, w, v)], values(*shapes), rtol=1e-12)
    if rows == 7:
        assert regions(program)


@pytest.mark.parametrize("images", [0, 1, 5])
@pytest.mark.parametrize("taps", [2, 3])
def test_convolutions_and_pooling(images, taps):
    shapes = (images, 2, 6, 6), (3, 2, taps, taps), (3,)
    (x,), (k, b) = variables(shapes[0]), variables(*shapes[1:], known=True)
    top = T.signal.pool.pool_2d(T.nnet.conv2d(x, k), (2, 2), ignore_border=True)
    y = T.tanh(top + b.dimshuffle("x", 0, "x", "x"))
    program = assert_lowers([x, k, b], [y, T.grad((y**2).sum(), x)], values(*shapes), rtol=1e-12)
    assert any(len(region.members) >= 3 for region in regions(program))


def test_what_iterations_share_is_no_part_of_them():
    """A product with what the whole of another makes begins anew."""
    shapes = (6, 3), (3, 5)
    (x,), (w,) = variables(shapes[0]), variables(shapes[1], known=True)
    y = T.dot(x, w)
    program = assert_lowers([x, w], [T.dot(y.T, T.tanh(y))], values(*shapes), rtol=1e-12)
    assert all(
        len([s for s in region.statements if isinstance(s, MatMul)]) == 1
        for region in regions(program)
    )


def test_the_text_names_the_blocks():
    (x,), (w,) = variables((6, 3)), variables((3, 5), known=True)
    program = lowered([x, w], [T.tanh(T.dot(x, w))]).program
    assert "by blocks of " in text_of(program)


def test_iterations_that_meet_break_a_rule():
    (x,), (w,) = variables((6, 3)), variables((3, 6), known=True)
    program = lowered([x, w], [T.tanh(T.dot(x, w))]).program
    (region,) = regions(program)
    product, kernel = region.members
    axis = 1 - product.axis
    region.members = (product._replace(axis=axis), kernel)
    with pytest.raises(VerificationError, match="MatMul does not go along the iterations"):
        verify(program)
    region.extent = product.statement.out.extents[axis]
    with pytest.raises(VerificationError, match="iterations"):
        verify(program)


def test_products_of_extents_are_compared_however_they_were_multiplied():
    (x,), (w,) = variables((6, 3)), variables((3, 6), known=True)
    program = lowered([x, w], [T.tanh(T.dot(x, w))]).program
    sizes = Sizes(program)
    (region,) = regions(program)
    n = sizes.of(region.members[0].statement.out.extents[0])
    whole = sizes.times(Size(6), n)
    assert sizes.quotient(whole, n) == Size(6)
    assert sizes.quotient(whole, Size(4)) is None
    assert sizes.quotient(n, whole) is None
