"""How far long products may be off: sums are made of parts, each of few additions.

The bound is that of the theory: a sum over n terms in parts of p, of which every `lanes`-th goes
to the same sum, errs by `p + n / p / lanes` roundings of the terms' sizes at most. (Higham,
Accuracy and Stability of Numerical Algorithms, 4.2) Equal numbers, all of whose roundings are
alike, come near it; numbers added one after the other miss it by far.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.llvm_products import ALL, Layout, Product, plain
from symgraph.backends.llvm.routines.matmul.split_sums import PART
from symgraph.backends.llvm.routines.matmul.vectors import Lanes

import symgraph as sg
import symgraph.tensor as T

LENGTHS = (PART - 1, PART, PART + 1, 3 * PART + 5, 20_001)
NUMBERS = (1.9071, 3.0, 0.1, 1 / 3)
DTYPES = ("float32", "float64")
# Roundings of one term, of what lanes and the sums of a tile are added up to, and of the result.
FEW = 16


def columns_first(x: np.ndarray) -> Layout:
    return Layout(np.array(x.T).reshape(-1), x.shape, (1, x.shape[0]))


def assert_within(found, a, b, chain: float) -> None:
    """Off by no more than `chain` roundings."""
    exact, size = (f(a).astype("longdouble") @ f(b) for f in (lambda x: x, abs))
    unit = np.finfo(a.dtype).eps / 2
    wrong = np.abs(found - exact) > chain * unit * size
    assert not wrong.any(), (np.asarray(found)[wrong][:3], exact[wrong][:3])


@st.composite
def operands(draw: st.DrawFn, rows: int, inner: int, columns: int, dtype: str):
    kind = draw(st.sampled_from(("equal", "drawn")))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def array(*shape: int) -> np.ndarray:
        if kind == "equal":
            return np.full(shape, draw(st.sampled_from(NUMBERS)), dtype)
        return rng.random(shape).astype(dtype)

    return array(rows, inner), array(inner, columns)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (5, 1), (7, 40), (2, 5)])
@pytest.mark.parametrize("lie", list(itertools.product((plain, columns_first), repeat=2)))
@given(data=st.data())
def test_long_products_err_by_their_parts(shape, lie, data):
    inner, dtype = data.draw(st.sampled_from(LENGTHS)), data.draw(st.sampled_from(DTYPES))
    a, b = data.draw(operands(shape[0], inner, shape[1], dtype))
    hidden = data.draw(st.sampled_from(((), ALL)))
    product = Product(lie[0](a), lie[1](b), hidden=hidden)
    # What a scratch panel held is added to the result: at most so many parts.
    assert_within(product.run(), a, b, PART + inner / PART + FEW)


@given(data=st.data())
def test_inner_products_are_added_in_lanes(data):
    inner, dtype = data.draw(st.sampled_from(LENGTHS)), data.draw(st.sampled_from(DTYPES))
    a, b = data.draw(operands(1, inner, 1, dtype))
    sums = 8 * Lanes(dtype).count
    chain = min(PART, inner / sums) + inner / (PART * sums) + FEW
    found = Product(plain(a), plain(b), hidden=(inner,)).run()
    assert_within(found, a, b, chain)
    x, y = (T.vector(name, dtype) for name in "xy")
    products = sg.function([x, y], [T.dot(x, y), (x * y).sum()], mode="llvm")
    for found in products(a[0], b[:, 0]):
        assert_within(np.asarray([[found]]), a, b, chain)
