"""Samples of the functions of sparse matrices, whose meaning is SciPy's or that of dense arrays."""

import numpy as np
import scipy.sparse
import scipy.special as sp

import symgraph.sparse as S
import symgraph.tensor as T
from support.samples.sample import Sample, pattern


def on_entries(function):
    """A function of the entries of a matrix of SciPy, and of further operands."""

    def meaning(x, *others):
        made = x.copy()
        made.data = function(x.data, *others)
        return made

    return meaning


def unary(name, function, domain="real"):
    return Sample(getattr(S, name), on_entries(function), f"csr! nm {domain}")


def with_number(name, function, domain):
    return Sample(
        lambda x: getattr(S, name)(x, 1.5),
        on_entries(lambda data: function(data, 1.5)),
        f"csc! nm {domain}",
    )


def dense(x):
    return x.toarray() if scipy.sparse.issparse(x) else x


def comparison(name, function):
    return Sample(
        lambda x, y: [getattr(S, name)(x, y), getattr(S, name)(x, S.dense_from_sparse(y))],
        lambda x, y: [function(dense(x), dense(y))] * 2,
        "csr nm",
        "csc nm",
        smooth=0,
    )


def parts_of(make, format):
    """A matrix of a vector of entries, in every place of `pattern`."""

    def build(data, x):
        rows, columns = x.shape[0], x.shape[1]
        places = pattern(rows, columns) if format == "csr" else pattern(rows, columns).T
        major, minor = T.nonzero(places)
        ends = T.cumsum(T.sum(places, axis=1))
        indptr = T.concatenate([T.zeros((1,), "int64"), ends])
        return make(data[major], minor, indptr, (rows, columns))

    return build


def meant_by_rows(data, x):
    return np.where(pattern(*x.shape), data[:, None], 0)


def meant_by_columns(data, x):
    return np.where(pattern(*x.shape), data, 0)


def listed(x, y):
    made = np.zeros_like(x)
    np.add.at(made, np.array([1, 0, 1]), y)
    return made


def sampled(x, values):
    """The elements of a dense matrix at the entries of a sparse one, in their order."""
    found = x.tocoo()
    return values[found.row, found.col]


UNARY = {
    "structured_exp": (np.exp, "real"), "structured_log": (np.log, "positive"),
    "structured_sigmoid": (sp.expit, "real"), "sqr": (np.square, "real"),
    "sqrt": (np.sqrt, "positive"), "sin": (np.sin, "real"), "tan": (np.tan, "small"),
    "arcsin": (np.arcsin, "small"), "arctan": (np.arctan, "real"), "sinh": (np.sinh, "real"),
    "arcsinh": (np.arcsinh, "real"), "tanh": (np.tanh, "real"), "arctanh": (np.arctanh, "small"),
    "rint": (np.rint, "real"), "ceil": (np.ceil, "real"), "floor": (np.floor, "real"),
    "trunc": (np.trunc, "real"), "sgn": (np.sign, "real"), "absolute": (np.abs, "real"),
    "deg2rad": (np.deg2rad, "real"), "rad2deg": (np.rad2deg, "real"),
    "log1p": (np.log1p, "positive"), "expm1": (np.expm1, "real"), "conj": (np.conj, "real"),
    "sp_ones_like": (np.ones_like, "real"),
}  # fmt: skip
NUMBERS = {
    "structured_add": (np.add, "real"), "structured_minimum": (np.minimum, "above1"),
    "structured_maximum": (np.maximum, "above1"), "structured_pow": (np.power, "positive"),
}  # fmt: skip
COMPARISONS = {
    "eq": np.equal, "neq": np.not_equal, "lt": np.less, "gt": np.greater, "le": np.less_equal,
    "ge": np.greater_equal,
}  # fmt: skip
SAMPLES = {
    **{f"sparse.{name}": unary(name, *told) for name, told in UNARY.items()},
    **{f"sparse.{name}": with_number(name, *told) for name, told in NUMBERS.items()},
    **{f"sparse.{name}": comparison(name, function) for name, function in COMPARISONS.items()},
    # Parts.
    "sparse.CSR": Sample(parts_of(S.CSR, "csr"), meant_by_rows, "n", "nm"),
    "sparse.CSC": Sample(parts_of(S.CSC, "csc"), meant_by_columns, "m", "nm"),
    "sparse.csm_properties": Sample(
        S.csm_properties,
        lambda x: [x.data, x.indices, x.indptr, x.shape],
        "csr! nm",
    ),
    "sparse.csm_data": Sample(S.csm_data, lambda x: x.data, "csr! nm"),
    "sparse.csm_indices": Sample(S.csm_indices, lambda x: x.indices, "csr! nm"),
    "sparse.csm_indptr": Sample(S.csm_indptr, lambda x: x.indptr, "csc! nm"),
    "sparse.csm_shape": Sample(S.csm_shape, lambda x: np.array(x.shape), "csc! nm"),
    "sparse.sp_zeros_like": Sample(S.sp_zeros_like, lambda x: x * 0, "csr nm"),
    # Conversions.
    "sparse.dense_from_sparse": Sample(S.dense_from_sparse, dense, "csr! nm"),
    "sparse.csr_from_dense": Sample(S.csr_from_dense, np.array, "nm"),
    "sparse.csc_from_dense": Sample(S.csc_from_dense, np.array, "nm"),
    "sparse.to_format": Sample(lambda x: S.to_format(x, "csc"), lambda x: x, "csr nm"),
    "sparse.cast": Sample(lambda x: S.cast(x, "float64"), lambda x: x, "csr nm"),
    "sparse.transpose": Sample(S.transpose, lambda x: x.T, "csr nm"),
    "sparse.ensure_sorted_indices": Sample(S.ensure_sorted_indices, lambda x: x, "csr nm"),
    "sparse.remove0": Sample(S.remove0, lambda x: x, "csr! nm"),
    "sparse.clean": Sample(S.clean, lambda x: x, "csr nm"),
    # Sums and products of elements.
    "sparse.neg": Sample(S.neg, lambda x: -x, "csr nm"),
    "sparse.add": Sample(S.add, lambda x, y: x + y, "csr nm", "csc nm"),
    "sparse.sub": Sample(
        lambda x, y, z: [S.sub(x, y), S.sub(z, y)],
        lambda x, y, z: [x - y, z - dense(y)],
        "csr! nm",
        "csc! nm",
        "nm",
    ),
    "sparse.mul": Sample(
        lambda x, y, z: [S.mul(x, y), S.mul(x, z)],
        lambda x, y, z: [x.multiply(y), dense(x) * z],
        "csr nm",
        "csc nm",
        "nm",
    ),
    "sparse.add_s_s_data": Sample(S.add_s_s_data, lambda x, y: x + y, "csr! nm", "csr! nm"),
    "sparse.mul_s_v": Sample(S.mul_s_v, lambda x, v: dense(x) * v, "csr nm", "m"),
    "sparse.col_scale": Sample(S.col_scale, lambda x, v: dense(x) * v, "csc nm", "m"),
    "sparse.row_scale": Sample(S.row_scale, lambda x, v: dense(x) * v[:, None], "csr nm", "n"),
    "sparse.structured_add_s_v": Sample(
        S.structured_add_s_v,
        lambda x, v: np.where(pattern(*x.shape), dense(x) + v, 0),
        "csr! nm",
        "m",
    ),
    "sparse.sp_sum": Sample(
        lambda x: [S.sp_sum(x), S.sp_sum(x, 0), S.sp_sum(x, 1)],
        lambda x: [dense(x).sum(), dense(x).sum(0), dense(x).sum(1)],
        "csr nm",
    ),
    # Rows, columns and elements.
    "sparse.get_item_list": Sample(
        lambda x: S.get_item_list(x, [1, 0, 1, -1]), lambda x: x[[1, 0, 1, -1]], "csr 3m"
    ),
    "sparse.get_item_2lists": Sample(
        lambda x: S.get_item_2lists(x, [1, 0, 1, -1], [0, 2, 0, 1]),
        lambda x: dense(x)[[1, 0, 1, -1], [0, 2, 0, 1]],
        "csr 33",
    ),
    "sparse.get_item_scalar": Sample(
        lambda x: S.get_item_scalar(x, (1, 0)), lambda x: dense(x)[1, 0], "csr 3m", least=1
    ),
    "sparse.get_item_2d": Sample(
        lambda x: S.get_item_2d(x, (slice(None, None, -1), slice(1, None))),
        lambda x: dense(x)[::-1, 1:],
        "csr nm",
    ),
    "sparse.diag": Sample(
        S.diag, lambda x: np.array([dense(x)[i, i] for i in range(min(x.shape))]), "csr nm"
    ),
    "sparse.square_diagonal": Sample(S.square_diagonal, np.diag, "n"),
    "sparse.construct_sparse_from_list": Sample(
        lambda x, y: S.construct_sparse_from_list(x, y, [1, 0, 1]), listed, "2m", "3m"
    ),
    "sparse.hstack": Sample(
        lambda x, y: S.hstack([x, y], "csr"),
        lambda x, y: np.hstack([dense(x), dense(y)]),
        "csr nm",
        "csc nk",
    ),
    "sparse.vstack": Sample(
        lambda x, y: S.vstack([x, y]),
        lambda x, y: np.vstack([dense(x), dense(y)]),
        "csr nm",
        "csc km",
    ),
    # Products.
    "sparse.dot": Sample(
        lambda x, y, z: [S.dot(x, y), S.dot(x, z)],
        lambda x, y, z: [x @ y, x @ z],
        "csr nm",
        "csc mk",
        "mk",
    ),
    "sparse.structured_dot": Sample(
        lambda x, y, v: [S.structured_dot(x, y), S.structured_dot(v, x)],
        lambda x, y, v: [x @ y, v @ dense(x)],
        "csr! nm",
        "mk",
        "n",
    ),
    "sparse.true_dot": Sample(S.true_dot, lambda x, y: x @ y, "csr nm", "mk"),
    "sparse.sampling_dot": Sample(
        S.sampling_dot, lambda x, y, p: p.multiply(x @ y.T), "nk", "mk", "csr! nm"
    ),
    "sparse.structured_dot_grad": Sample(
        S.structured_dot_grad, lambda x, b, g: sampled(x, g @ b.T), "csr! nm", "mk", "nk"
    ),
    "sparse.usmm": Sample(
        lambda a, x, y, z: S.usmm(a, x, y, z),
        lambda a, x, y, z: a * (x @ y) + z,
        "",
        "csr nm",
        "mk",
        "nk",
    ),
}
