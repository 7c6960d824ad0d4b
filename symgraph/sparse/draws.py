"""Random sparse matrices, drawn from `symgraph.RandomStreams`."""

from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike
from symgraph.tensor.shared_randomstreams import RandomStreams

from . import algorithms
from .constructors import as_sparse_variable
from .conversion import csc_from_dense, csr_from_dense, remove0, to_format
from .operations.elementwise import on_entries
from .operations.structure import CSMProperties, with_data
from .parts import SparseParts


def poisson(streams: RandomStreams, x: Any) -> Variable:
    """Draw counts from Poisson distributions whose means are the entries of a sparse matrix.

    streams: draws the numbers. x: a sparse matrix of means, at least 0.
    Returns a sparse matrix of the format and dtype of x, without entries that are zero. Derivative:
    zero. Raises TypeError for what is not sparse; when it runs ValueError for another mean.

    >>> sg.sparse.poisson(sg.RandomStreams(1), sg.sparse.as_csr([[0.0, 1e6]])).eval().nnz
    1
    """
    x = as_sparse_variable(x)
    return remove0(on_entries(lambda means: streams.poisson(lam=means, dtype=x.type.dtype), x))


def binomial(
    streams: RandomStreams,
    n: TensorLike,
    p: TensorLike,
    shape: Any,
    format: str = "csr",
    dtype: Any = "floatX",
) -> Variable:
    """Draw for each element the number of successes among `n` attempts.

    streams: draws the numbers. n: a number of attempts. p: the probability of success, from 0 to 1.
    shape: two integers, or a vector of them. format: 'csr' or 'csc'. dtype: of the matrix.
    Returns a sparse matrix. Derivative: zero. Raises TypeError, ValueError for other parameters.

    >>> sg.sparse.binomial(sg.RandomStreams(1), 5, 1.0, (1, 2)).eval().toarray()
    array([[5., 5.]])
    """
    size = T.as_tensor_variable(shape)
    drawn = T.cast(streams.binomial((size[0], size[1]), n, p), dtype)
    return csr_from_dense(drawn) if format == "csr" else to_format(csc_from_dense(drawn), format)


def multinomial(streams: RandomStreams, n: TensorLike, p: Any) -> Variable:
    """Draw for each row how often each of its entries comes up in `n` attempts.

    streams: draws the numbers. n: the number of attempts, or a vector of one for each row.
    p: a sparse matrix of probabilities; those of each row that has entries sum to 1.
    Returns a sparse matrix of the format and dtype of p, with its entries. Derivative: zero.
    Raises TypeError for what is not sparse; when it runs ValueError for other parameters.

    >>> p = sg.sparse.as_csr([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]])
    >>> sg.sparse.multinomial(sg.RandomStreams(1), [2, 3], p).eval().sum(axis=1).tolist()
    [[2.0], [3.0]]
    """
    p = as_sparse_variable(p)
    by_rows = to_format(p, "csr")
    parts = SparseParts(*CSMProperties()(by_rows))
    ends = T.cast(parts.indptr[1:], "int64")
    lengths = ends - parts.indptr[:-1]
    # The entries of a row lie at the end of a dense one, whose first element has the chance of a
    # row without entries.
    width = T.max(T.concatenate([lengths, T.constant(np.array([1]))])) + 1
    row = algorithms.majors(parts)
    column = width - ends[row] + T.arange(row.shape[0])
    chances = T.zeros((lengths.shape[0], width), parts.data.type.dtype)
    chances = T.set_subtensor(chances[row, column], parts.data)
    chances = T.set_subtensor(chances[:, 0], T.cast(T.eq(lengths, 0), chances.type.dtype))
    counts = streams.multinomial(n=n, pvals=chances)[row, column]
    return to_format(with_data(by_rows, T.cast(counts, p.type.dtype)), p.type.format)


__all__ = ["binomial", "multinomial", "poisson"]
