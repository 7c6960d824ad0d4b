"""Products of matrices, of which one is sparse at least."""

from collections.abc import Sequence
from typing import Any

import symgraph.tensor as T
from symgraph.graph import Apply, TensorType, Type, Variable
from symgraph.ops.compressed import SampledDot
from symgraph.ops.scalar import promote

from .. import algorithms
from ..parts import SparseParts
from .base import Bilinear, Gradients, check_sparse, check_tensor, is_sparse
from .structure import CSM, CSMProperties, SparseFromDense, Transpose


def work_dtype(*dtypes: str) -> str:
    """Return the dtype of a product; that of truth values is int8."""
    found = promote(list(dtypes))
    return "int8" if found == "bool" else found


class DotSD(Bilinear):
    """A sparse matrix times a dense vector or matrix, dense. The derivative by the sparse matrix is
    regular: it has an entry for each element."""

    def output_types(self, x: Variable, y: Variable) -> Sequence[Type]:
        type = check_sparse("sparse dot", x)
        check_tensor("sparse dot", y, 1, 2)
        return [TensorType(work_dtype(type.dtype, y.type.dtype), (None, *y.type.shape[1:]))]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[Variable]:
        x, y = inputs
        dtype = node.outputs[0].type.dtype
        x = x._replace(data=T.cast(x.data, dtype))
        return [algorithms.row_dot(x, node.inputs[0].type.format, T.cast(y, dtype))]

    def pulled_both(self, x: Variable, y: Variable, g: Variable) -> Gradients:
        is_vector = y.type.ndim == 1
        outer = g.dimshuffle(0, "x") * y.dimshuffle("x", 0) if is_vector else T.dot(g, y.T)
        return [SparseFromDense(x.type.format)(outer), self(Transpose()(x), g)]


class DotSS(Bilinear):
    """The product of two sparse matrices, sparse, in the format of the first; canonical."""

    def output_types(self, x: Variable, y: Variable) -> Sequence[Type]:
        first, second = check_sparse("sparse dot", x), check_sparse("sparse dot", y)
        return [first.clone(dtype=work_dtype(first.dtype, second.dtype))]

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[SparseParts]:
        x, y = node.inputs
        type = node.outputs[0].type
        a, b = (
            algorithms.in_format(
                p._replace(data=T.cast(p.data, type.dtype)), v.type.format, type.format
            )
            for p, v in zip(inputs, (x, y), strict=True)
        )
        if type.format == "csr":
            return [algorithms.product(a, b)]
        # The transpose of a csc matrix is a csr matrix of the same parts.
        turned = algorithms.product(algorithms.turned(b), algorithms.turned(a))
        return [algorithms.turned(turned)]

    def pulled_both(self, x: Variable, y: Variable, g: Variable) -> Gradients:
        return [self(g, Transpose()(y)), self(Transpose()(x), g)]


def structured_dot_sd(x: Variable, y: Variable) -> Variable:
    """Return a sparse matrix times a dense vector or matrix, with a structured derivative."""
    dtype = work_dtype(x.type.dtype, y.type.dtype)
    data, indices, indptr, shape = CSMProperties()(x)
    parts = SparseParts(T.cast(data, dtype), indices, indptr, shape)
    return algorithms.row_dot(parts, x.type.format, T.cast(y, dtype))


def sampled(pattern: Variable, x: Variable, y: Variable, factor: Any = None) -> Variable:
    """Return x times the transpose of y, both dense, at the entries of a sparse matrix: `factor`
    times it, if given, one for each entry."""
    _, indices, indptr, shape = CSMProperties()(pattern)
    if pattern.type.format == "csc":
        x, y = y, x
    dtype = promote([x.type.dtype, y.type.dtype])
    values = SampledDot()(indices, indptr, T.cast(x, dtype), T.cast(y, dtype))
    if factor is not None:
        values = values * factor
    found: Variable = CSM(pattern.type.format)(values, indices, indptr, shape)
    return found


def transposed(x: Variable) -> Variable:
    """Return the transpose of a sparse or dense matrix."""
    if is_sparse(x):
        found: Variable = Transpose()(x)
        return found
    return x.T
