"""Matrix products of any extents, strides and factors, against NumPy in higher precision."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.llvm_products import ALL, Layout, Product, plain

# Around the vectors, tiles, panels and scratch panels of both dtypes.
EXTENTS = (0, 1, 2, 3, 5, 6, 7, 10, 13, 16, 17, 31, 33, 64, 65, 97)
INNER = (0, 1, 2, 7, 16, 17, 47, 48, 49, 130, 257, 520)
LAYOUTS = ("rows", "columns", "steps", "backwards", "mirrored", "one row", "one column")
FACTORS = (1.0, -0.5, 0.0, 3.0)
DTYPES = ("float32", "float64")


def laid_out(x: np.ndarray, layout: str) -> Layout:
    """The matrix (its first row or column again and again, where it is broadcast) with nan in
    all memory between its elements."""
    rows, columns = x.shape
    if layout == "rows":
        return plain(x)
    if layout == "columns":
        return Layout(np.array(x.T).reshape(-1), x.shape, (1, max(rows, 1)))
    strides = {
        "steps": (2 * columns + 3, 2),
        "backwards": (-(columns + 1), 1),
        "mirrored": (1, -(rows + 2)),
        "one row": (0, 1),
        "one column": (1, 0),
    }[layout]
    reach = [(extent - 1) * stride for extent, stride in zip(x.shape, strides, strict=True)]
    offset = -min(0, reach[0]) - min(0, reach[1]) if x.size else 0
    memory = np.full(offset + sum(max(0, r) for r in reach) + 1 if x.size else 1, np.nan, x.dtype)
    made = Layout(memory, x.shape, strides, offset)
    if x.size:
        made.view[...] = x[:1] if layout == "one row" else x[:, :1] if strides[1] == 0 else x
    return made


def assert_right(product: Product, found: np.ndarray) -> None:
    """Within the error of sums in any order: (k + 4) eps of the sum of the terms' sizes."""
    a, b = (x.view.astype(np.longdouble) for x in (product.a, product.b))
    alpha, beta = product.factors.astype(np.longdouble)
    with np.errstate(all="ignore"):
        want, size = alpha * (a @ b), abs(alpha) * (abs(a) @ abs(b))
        if product.c is not None:
            c = product.c.view.astype(np.longdouble)
            want, size = want + beta * c, size + abs(beta * c)
        bound = (a.shape[1] + 4) * np.finfo(found.dtype).eps * size
        wrong = ~(np.abs(found - want) <= bound) & ~(np.isnan(want) & np.isnan(found))
        wrong &= ~(found == want)
    assert found.dtype == product.dtype
    assert not wrong.any(), (np.argwhere(wrong)[:5], found[wrong][:5], want[wrong][:5])


@st.composite
def products(draw: st.DrawFn, layouts=LAYOUTS) -> Product:
    rows, columns = draw(st.sampled_from(EXTENTS)), draw(st.sampled_from(EXTENTS))
    inner, dtype = draw(st.sampled_from(INNER)), draw(st.sampled_from(DTYPES))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    layout = st.sampled_from(layouts)

    def matrix(*shape: int) -> Layout:
        return laid_out(rng.normal(size=shape).astype(dtype), draw(layout))

    a, b = matrix(rows, inner), matrix(inner, columns)
    added = draw(st.sampled_from(("nothing", "another", "itself")))
    c = None
    if added != "nothing":
        c = (
            matrix(rows, columns)
            if added == "another"
            else plain(rng.normal(size=(rows, columns)).astype(dtype))
        )
    alpha, beta = draw(st.sampled_from(FACTORS)), draw(st.sampled_from(FACTORS))
    # Everything known, nothing known, or nothing of the rows, as of a batch.
    hidden = draw(st.sampled_from(((), ALL, (rows,))))
    return Product(a, b, c, alpha, beta, hidden, added == "itself")


@given(product=products())
def test_products_are_right_however_they_lie(product):
    assert_right(product, product.run())


@given(product=products(layouts=LAYOUTS[:2]))
def test_products_of_plain_and_transposed_matrices_are_right(product):
    assert_right(product, product.run())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layouts", [(x, y) for x in LAYOUTS[:3] for y in LAYOUTS[:3]])
@pytest.mark.parametrize("shape", [(9, 70, 11), (12, 70, 40), (1, 60, 33), (33, 60, 1)])
def test_nan_and_inf_stay_in_their_rows_and_columns(shape, layouts, dtype):
    rows, inner, columns = shape
    rng = np.random.default_rng(0)
    a = rng.normal(size=(rows, inner)).astype(dtype)
    b = rng.normal(size=(inner, columns)).astype(dtype)
    a[rows // 2, inner - 1], b[0, columns // 2] = np.nan, np.inf
    product = Product(laid_out(a, layouts[0]), laid_out(b, layouts[1]))
    found = product.run()
    assert_right(product, found)
    strange = np.zeros((rows, columns), bool)
    strange[rows // 2] = strange[:, columns // 2] = True
    np.testing.assert_array_equal(np.isfinite(found), ~strange)


@pytest.mark.parametrize("hidden", [(), ALL])
def test_zeros_count(hidden):
    a, b, c = (np.full((3, 3), value, np.float32) for value in (np.nan, 1, np.inf))
    assert np.isnan(Product(plain(a), plain(b), None, 0.0, hidden=hidden).run()).all()
    assert np.isnan(Product(plain(b), plain(b), plain(c), 1.0, 0.0, hidden).run()).all()


@given(product=products(layouts=LAYOUTS[:2]))
def test_sums_of_nothing_are_zero_or_what_is_added(product):
    a, b = product.a, product.b
    none = (Layout(a.memory, (a.shape[0], 0), (1, 1)), Layout(b.memory, (0, b.shape[1]), (1, 1)))
    for hidden in ((), ALL):
        empty = Product(*none, product.c, 1.0, 2.0, hidden, product.inplace)
        want = 0 if product.c is None else 2 * product.c.view
        np.testing.assert_array_equal(empty.run(), np.broadcast_to(want, product.shape))
