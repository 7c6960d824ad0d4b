"""Functions of sparse matrices with entries in any order, of any dtype, are SciPy's, on a back end
with rewriting or without. That all agree is tested on samples: `tests/test_public_functions.py`."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import EVERY, budget, compile_variant
from support.back_ends import TESTED
from support.sparse_cases import DTYPES, FORMATS, MATRIX, dense, matrices

import symgraph as sg
import symgraph.sparse as S
import symgraph.tensor as T

COMPILED = {}
UNARY = {
    "dense_from_sparse": (S.dense_from_sparse, lambda a: a),
    "transpose": (S.transpose, lambda a: a.T),
    "neg": (S.neg, lambda a: -a),
    "sum": (S.sp_sum, lambda a: a.sum(dtype=a.dtype)),
    "sum0": (lambda x: S.sp_sum(x, 0), lambda a: a.sum(0, dtype=a.dtype)),
    "sum1": (lambda x: S.sp_sum(x, 1), lambda a: a.sum(1, dtype=a.dtype)),
    "remove0": (S.remove0, lambda a: a),
    "clean": (S.clean, lambda a: a),
    "sorted": (S.ensure_sorted_indices, lambda a: a),
    "csr": (lambda x: S.to_format(x, "csr"), lambda a: a),
    "csc": (lambda x: S.to_format(x, "csc"), lambda a: a),
    "again": (lambda x: S.csc_from_dense(S.dense_from_sparse(x)), lambda a: a),
    "diag": (S.diag, lambda a: np.diag(a) if a.size else np.zeros(0, a.dtype)),
    "zeros": (S.sp_zeros_like, np.zeros_like),
    "square": (lambda x: S.mul(x, x), lambda a: a * a),
    "twice": (lambda x: x + x, lambda a: a + a),
    "cast": (lambda x: S.cast(x, "complex128"), lambda a: a.astype("complex128")),
    "rows": (lambda x: x[::-2], lambda a: a[::-2]),
    "part": (lambda x: x[1:, :-1], lambda a: a[1:, :-1]),
    "columns": (lambda x: x[:, ::-1], lambda a: a[:, ::-1]),
}
BINARY = {
    "add": (S.add, np.add),
    "sub": (S.sub, np.subtract),
    "mul": (S.mul, np.multiply),
    "vstack": (lambda x, y: S.vstack([x, y]), lambda a, b: np.vstack([a, b])),
    "hstack": (lambda x, y: S.hstack([x, y], "csr"), lambda a, b: np.hstack([a, b])),
    "outer": (lambda x, y: S.dot(x, y.T), lambda a, b: a @ b.T),
    "inner": (lambda x, y: S.true_dot(x.T, y), lambda a, b: a.T @ b),
}
COMPARISONS = {
    "eq": np.equal, "neq": np.not_equal, "lt": np.less, "gt": np.greater, "le": np.less_equal,
    "ge": np.greater_equal,
}  # fmt: skip


VARIANTS = st.sampled_from(EVERY)


def compiled(variant, key, inputs, make):
    """The compiled function of a variant, compiled once, and its outputs."""
    if (variant, key) not in COMPILED:
        outputs = make(*inputs)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        COMPILED[variant, key] = compile_variant(variant, inputs, outputs), outputs
    return COMPILED[variant, key]


def check(variant, key, inputs, make, values, expected):
    """The variant gives what is expected, in the announced dtype and format, twice."""
    f, outputs = compiled(variant, key, inputs, make)
    for _ in range(2):
        for output, result, wanted in zip(outputs, f(*values), expected, strict=True):
            assert result.dtype == output.type.dtype
            if isinstance(output.type, S.SparseType):
                assert result.format == output.type.format
                result.check_format(full_check=True)
            assert result.shape == np.shape(wanted)
            np.testing.assert_allclose(dense(result), wanted, rtol=1e-5, atol=1e-6)


def symbol(value, name):
    if scipy.sparse.issparse(value):
        return S.matrix(value.format, name, value.dtype)
    return T.TensorType(value.dtype, (None,) * value.ndim)(name)


def check_values(variant, name, make, values, expected):
    key = (name, *((v.dtype.name, getattr(v, "format", v.ndim)) for v in values))
    inputs = [symbol(v, f"x{n}") for n, v in enumerate(values)]
    check(variant, key, inputs, make, values, expected)


@budget(0.5)
@given(
    VARIANTS,
    st.sampled_from(sorted(UNARY)),
    st.sampled_from(DTYPES).flatmap(lambda d: matrices(dtype=d)),
)
def test_functions_of_one_matrix(variant, name, m):
    make, expected = UNARY[name]
    check_values(variant, name, make, [m], [expected(m.toarray())])


@st.composite
def pairs(draw, dtypes=DTYPES):
    shape = draw(st.tuples(st.integers(0, 4), st.integers(0, 4)))
    return [draw(matrices(shape, draw(st.sampled_from(dtypes)))) for _ in range(2)]


@budget(0.5)
@given(
    VARIANTS, st.sampled_from(sorted(BINARY)), pairs(("int32", "float32", "float64", "complex128"))
)
def test_functions_of_two_matrices(variant, name, both):
    make, expected = BINARY[name]
    check_values(variant, name, make, both, [expected(*(m.toarray() for m in both))])


@budget(0.5)
@given(
    VARIANTS, st.sampled_from(sorted(COMPARISONS)), pairs(("int32", "float64")), st.integers(0, 2)
)
def test_comparisons(variant, name, both, which):
    values = [m.toarray() if n == which else m for n, m in enumerate(both)]
    wanted = COMPARISONS[name](*map(dense, both))
    check_values(variant, f"compare {name}", getattr(S, name), values, [wanted])


@budget(0.5)
@given(VARIANTS, st.data())
def test_products_with_dense(variant, data):
    m, n, k = (data.draw(st.integers(0, 4)) for _ in range(3))
    dtypes = st.sampled_from(["int32", "float32", "float64", "complex128"])
    x = data.draw(matrices((m, n), data.draw(dtypes)))
    y = data.draw(matrices((n, k), data.draw(dtypes))).toarray()
    z = data.draw(matrices((k, m), data.draw(dtypes))).toarray()
    v = data.draw(matrices((n, 1), data.draw(dtypes))).toarray()[:, 0]
    a = x.toarray()
    for name in ("dot", "structured_dot"):
        product = getattr(S, name)
        check_values(
            variant,
            name,
            lambda x, y, z, v, product=product: [product(x, y), product(z, x), product(x, v)],
            [x, y, z, v],
            [a @ y, z @ a, a @ v],
        )


@budget(0.5)
@given(VARIANTS, st.data())
def test_dense_factors_and_terms(variant, data):
    m, n = (data.draw(st.integers(0, 4)) for _ in range(2))
    dtypes = st.sampled_from(["int32", "float64"])
    x = data.draw(matrices((m, n), data.draw(dtypes), duplicates=False))
    y = data.draw(matrices((m, n), data.draw(dtypes))).toarray()
    r, c = np.arange(m) + 1.5, np.arange(n) - 1.5
    a, pattern = x.toarray(), x.copy()
    pattern.data = np.ones(len(x.data))
    check_values(
        variant,
        "dense factors",
        lambda x, y, r, c: [
            x * y, x + y, y - x, x * 2, S.col_scale(x, c), S.row_scale(x, r), S.mul_s_v(x, c),
            S.structured_add_s_v(x, c), S.sp_ones_like(x), S.add_s_s_data(x, x),
        ],
        [x, y, r, c],
        [
            a * y, a + y, y - a, a * 2, a * c, a * r[:, None], a * c,
            a + pattern.toarray() * c, pattern.toarray(), a * 2,
        ],
    )  # fmt: skip


@budget(0.5)
@given(VARIANTS, matrices(duplicates=False), st.data())
def test_selected_elements(variant, m, data):
    columns = m.shape[1]
    if 0 in m.shape:
        return
    at = [data.draw(st.lists(st.integers(-e, e - 1), max_size=4)) for e in m.shape]
    both = min(map(len, at))
    i, j = np.array(at[0][:both], "int64"), np.array(at[1][:both], "int64")
    a = m.toarray()
    check_values(
        variant,
        "selected",
        lambda x, i, j: [x[i], x[i, j], x[0, x.shape[1] - 1]],
        [m, i, j],
        [a[i], a[i, j], a[0, columns - 1]],
    )


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_not_there_is_an_index_error(format):
    x = S.matrix(format, "x")
    i = T.lvector("i")
    m = MATRIX[format](np.eye(3))
    for output in (x[i], x[i, i]):
        f = sg.function([x, i], output)
        for wrong in ([3], [-4]):
            with pytest.raises(IndexError, match="out of bounds"):
                f(m, wrong)


@pytest.mark.parametrize("make", [S.add, S.mul, S.eq, S.lt, S.dot, S.structured_dot])
@pytest.mark.parametrize("mode", TESTED)
def test_other_shapes_are_refused(make, mode):
    x, y = S.csr_matrix("x"), S.csr_matrix("y")
    f = sg.function([x, y], make(x, y), mode=mode)
    with pytest.raises(ValueError, match=r"extent .*is that of the other operand"):
        f(MATRIX["csr"]((2, 3)), MATRIX["csr"]((2, 4)))


def test_products_have_no_fallback():
    x, y = S.csr_matrix("x"), T.dmatrix("y")
    outputs = [S.dot(x, y), S.dot(x, x.T), x + x.T, x * x, S.structured_dot(x, y)]
    grads = sg.grad(S.structured_dot(x, y).sum(), [x, y])
    assert sg.function([x, y], [*outputs, *grads], mode="llvm").fallbacks() == []
