"""Theano's classes of operations on sparse matrices, and its objects of these classes.

Calling a class makes an object that applies symgraph's functions. In a compiled graph sparse
matrices are their parts, so that `isinstance(node.op, theano.sparse.Dot)` is true of the operations
on parts that do the same. None does for what moves no entry, as a transpose, or a matrix made of
parts.
"""

from collections.abc import Callable
from typing import Any

from symgraph import sparse, tensor
from symgraph.compat.theano.gof.node_classes import NodeClass
from symgraph.compat.theano.gof.node_objects import Applied, Maker, OperationObject, always
from symgraph.compat.theano.sparse.casting import cast
from symgraph.compat.theano.sparse.draws import binomial_draw, multinomial_draw, poisson_draw
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.gradient import Lop
from symgraph.graph import Variable
from symgraph.ops import (
    advanced_subtensor,
    compressed,
    compressed_structure,
    creation,
    elemwise,
    nonzero,
    reduce,
)
from symgraph.ops.random import RandomOp


def _named(*names: str) -> Callable[[Any], bool]:
    """Return a test of whether an operation computes one of these functions of elements."""
    return lambda op: not isinstance(op, elemwise.Elemwise) or str(op) in names


def _from_dense(format: str) -> Applied:
    convert = sparse.csr_from_dense if format == "csr" else sparse.csc_from_dense

    def apply(x: Any) -> Variable:
        x = as_tensor_variable(x)
        if x.ndim > 2:
            raise TypeError(f"SparseFromDense takes a tensor of at most 2 dimensions, not {x.type}")
        return convert(x.dimshuffle(*["x"] * (2 - x.ndim), *range(x.ndim)))

    return apply


def _sum(axis: int | None = None, sparse_grad: bool = True) -> Applied:
    return lambda x: sparse.sp_sum(x, axis, sparse_grad)


def _stack(name: str) -> Callable[..., Applied]:
    def make(format: str | None = None, dtype: Any = None) -> Applied:
        return lambda *blocks: getattr(sparse, name)(blocks, format, dtype)

    return make


def _derivative(of: Callable[..., Any], position: int = 0) -> Applied:
    """Return the cotangent of an input, given the inputs and, last, the cotangent of the result."""

    def apply(*given: Any) -> Any:
        *inputs, g = given
        inputs = [sparse.as_sparse_or_tensor_variable(v) for v in inputs]
        return Lop(of(*inputs), inputs[position], g)

    return apply


def _structured_dot_grad(format: str) -> Applied:
    def apply(indices: Any, indptr: Any, b: Any, g: Any) -> Variable:
        b, g = as_tensor_variable(b), as_tensor_variable(g)
        data = tensor.ones_like(as_tensor_variable(indices), dtype=g.dtype)
        pattern = sparse.CSM(format)(data, indices, indptr, (g.shape[0], b.shape[0]))
        return sparse.structured_dot_grad(pattern, b, g)

    return apply


def _csm_grad(kmap: Any = None) -> Applied:
    """Return the elements of a matrix, given by its parts, at the entries of another."""

    def apply(*parts: Any) -> Variable:
        x_parts, g_parts = parts[:4], parts[4:]
        data = as_tensor_variable(x_parts[0])
        # Which of the two formats these are of makes no difference, as it is that of both.
        made = sparse.CSR(data, *x_parts[1:])
        found: Variable = Lop(made, data, sparse.CSR(*g_parts))
        return found

    return apply


# --- operations of Theano's compiler, which take the parts of a matrix ---


def _dot_by_columns(val: Any, ind: Any, ptr: Any, rows: Any, b: Any) -> Variable:
    b = as_tensor_variable(b)
    return sparse.structured_dot(sparse.CSC(val, ind, ptr, (rows, b.shape[0])), b)


def _dot_by_rows(val: Any, ind: Any, ptr: Any, b: Any) -> Variable:
    b, ptr = as_tensor_variable(b), as_tensor_variable(ptr)
    return sparse.structured_dot(sparse.CSR(val, ind, ptr, (ptr.shape[0] - 1, b.shape[0])), b)


def _usmm_by_columns(
    alpha: Any, val: Any, ind: Any, ptr: Any, rows: Any, y: Any, z: Any
) -> Variable:
    return as_tensor_variable(alpha) * _dot_by_columns(val, ind, ptr, rows, y) + z


def _on_data(function: Callable[..., Variable], format: str) -> Applied:
    """Return the entries of a function of a matrix, given by its parts, and of a dense operand."""

    def apply(data: Any, indices: Any, indptr: Any, b: Any) -> Variable:
        b, indptr = as_tensor_variable(b), as_tensor_variable(indptr)
        shape = (b.shape[0] if b.ndim == 2 else indptr.shape[0] - 1, b.shape[-1])
        return sparse.csm_data(function(sparse.CSM(format)(data, indices, indptr, shape), b))

    return apply


def _sampled_by_rows(x: Any, y: Any, data: Any, ind: Any, ptr: Any, columns: Any) -> list[Any]:
    x = as_tensor_variable(x)
    found = sparse.sampling_dot(x, y, sparse.CSR(data, ind, ptr, (x.shape[0], columns)))
    return sparse.csm_properties(found)[:3]


def _sum_with_dense(format: str, inplace: bool = False) -> Applied:
    def apply(data: Any, indices: Any, indptr: Any, y: Any) -> Variable:
        y = as_tensor_variable(y)
        return sparse.add(sparse.CSM(format)(data, indices, indptr, (y.shape[0], y.shape[1])), y)

    return apply


_PRODUCT = (compressed.RowDot, compressed.ColumnDot, compressed_structure.Ranges)
_SUMS = (compressed.RowDot, compressed.ColumnDot, reduce.Reduce)
_SORT = compressed_structure.CountingSort
_DRAW = RandomOp
_NONE: tuple[Any, ...] = ()
# By name: the operations on parts that do the same, which of them, and what makes an object.
_TABLE: dict[str, tuple[Any, Callable[[Any], bool] | None, Maker]] = {
    "AddSD": (elemwise.Elemwise, _named("add"), always(sparse.add)),
    "AddSD_ccode": (
        elemwise.Elemwise,
        _named("add"),
        _sum_with_dense,
    ),
    "AddSS": ((_SORT, sparse.AddSS), None, always(sparse.add)),
    "AddSSData": (elemwise.Elemwise, _named("add"), always(sparse.add_s_s_data)),
    "Binomial": (_DRAW, None, binomial_draw),
    "CSM": (sparse.CSM, None, lambda format, kmap=None: sparse.CSM(format)),
    "CSMGrad": (_NONE, None, _csm_grad),
    "CSMGradC": (_NONE, None, _csm_grad),
    "CSMProperties": (sparse.CSMProperties, None, lambda kmap=None: sparse.csm_properties),
    "Cast": (
        (elemwise.Elemwise, sparse.Cast),
        _named("cast"),
        lambda out_type: lambda x: cast(x, out_type),
    ),
    "ColScaleCSC": (elemwise.Elemwise, _named("mul"), always(sparse.col_scale)),
    "ConstructSparseFromList": (_SORT, None, always(sparse.construct_sparse_from_list)),
    "DenseFromSparse": (
        (advanced_subtensor.AdvancedIncSubtensor, sparse.DenseFromSparse),
        None,
        lambda structured=True: lambda x: sparse.dense_from_sparse(x, structured),
    ),
    "Diag": (_SORT, None, always(sparse.diag)),
    "Dot": (_PRODUCT, None, always(sparse.dot)),
    "EnsureSortedIndices": (
        (_SORT, sparse.EnsureSortedIndices),
        None,
        lambda inplace=False: sparse.ensure_sorted_indices,
    ),
    "GetItem2Lists": (_SORT, None, always(sparse.get_item_2lists)),
    "GetItem2ListsGrad": (_SORT, None, always(_derivative(sparse.get_item_2lists))),
    "GetItem2d": (compressed_structure.Ranges, None, always(sparse.get_item_2d)),
    "GetItemList": (compressed_structure.Ranges, None, always(sparse.get_item_list)),
    "GetItemListGrad": (_SORT, None, always(_derivative(sparse.get_item_list))),
    "GetItemScalar": (_SORT, None, always(lambda x, index: sparse.get_item_scalar(x, index))),
    "HStack": (_SORT, None, _stack("hstack")),
    "MulSD": ((elemwise.Elemwise, sparse.MulSD), _named("mul"), always(sparse.mul)),
    "MulSDCSC": (elemwise.Elemwise, _named("mul"), always(_on_data(sparse.mul, "csc"))),
    "MulSDCSR": (elemwise.Elemwise, _named("mul"), always(_on_data(sparse.mul, "csr"))),
    "MulSS": ((elemwise.Elemwise, sparse.MulSS), _named("mul"), always(sparse.mul)),
    "MulSV": (elemwise.Elemwise, _named("mul"), always(sparse.mul_s_v)),
    "MulSVCSR": (elemwise.Elemwise, _named("mul"), always(_on_data(sparse.mul_s_v, "csr"))),
    "Multinomial": (_DRAW, None, always(multinomial_draw)),
    "Neg": (elemwise.Elemwise, _named("neg", "mul"), always(sparse.neg)),
    "Poisson": (_DRAW, None, always(poisson_draw)),
    "Remove0": (
        (nonzero.Nonzero, sparse.Remove0), None, lambda inplace=False: sparse.remove0
    ),
    "RowScaleCSC": (elemwise.Elemwise, _named("mul"), always(sparse.row_scale)),
    "SamplingDot": (compressed.SampledDot, None, always(sparse.sampling_dot)),
    "SamplingDotCSR": (compressed.SampledDot, None, always(_sampled_by_rows)),
    "SpSum": ((*_SUMS, sparse.SpSum), None, _sum),
    "SparseFromDense": ((nonzero.Nonzero, sparse.SparseFromDense), None, _from_dense),
    "SquareDiagonal": (creation.Arange, None, always(sparse.square_diagonal)),
    "StructuredAddSV": (elemwise.Elemwise, _named("add"), always(sparse.structured_add_s_v)),
    "StructuredAddSVCSR": (
        elemwise.Elemwise, _named("add"), always(_on_data(sparse.structured_add_s_v, "csr"))
    ),
    "StructuredDot": (_PRODUCT, None, always(sparse.structured_dot)),
    "StructuredDotCSC": (_PRODUCT, None, always(_dot_by_columns)),
    "StructuredDotCSR": (_PRODUCT, None, always(_dot_by_rows)),
    "StructuredDotGradCSC": (
        compressed.SampledDot, None, always(_structured_dot_grad("csc"))
    ),
    "StructuredDotGradCSR": (
        compressed.SampledDot, None, always(_structured_dot_grad("csr"))
    ),
    "Transpose": (sparse.Transpose, None, always(sparse.transpose)),
    "TrueDot": (
        _PRODUCT,
        None,
        lambda grad_preserves_dense=True: lambda x, y: sparse.true_dot(
            x, y, grad_preserves_dense
        ),
    ),
    "Usmm": (_PRODUCT, None, always(sparse.usmm)),
    "UsmmCscDense": (_PRODUCT, None, lambda inplace=False: _usmm_by_columns),
    "VStack": (_SORT, None, _stack("vstack")),
}  # fmt: skip
_COMPARISONS = {
    "Equal": "eq", "NotEqual": "neq", "LessThan": "lt", "GreaterThan": "gt", "LessEqual": "le",
    "GreaterEqual": "ge",
}  # fmt: skip
_TABLE |= {
    word + operands: (elemwise.Elemwise, _named(name), always(getattr(sparse, name)))
    for word, name in _COMPARISONS.items()
    for operands in ("SS", "SD")
}


def _class(name: str) -> Any:
    native, tells, makes = _TABLE[name]
    namespace = {
        "native": native,
        "tells": staticmethod(tells) if tells else None,
        "makes": staticmethod(makes),
        "kind": f"sparse.{name}",
        "__module__": __name__,
        "__doc__": f"Stands for symgraph's operations that do what Theano's sparse {name} does.",
    }
    return NodeClass(name, (OperationObject,), namespace)


CLASSES: dict[str, Any] = {name: _class(name) for name in _TABLE}
globals().update(CLASSES)
# Theano's objects of these classes.
OBJECTS: dict[str, Any] = {
    name: CLASSES[kind](*arguments)
    for name, (kind, *arguments) in {
        "CSC": ("CSM", "csc"), "CSR": ("CSM", "csr"), "add_s_d": ("AddSD",),
        "add_s_s": ("AddSS",), "add_s_s_data": ("AddSSData",), "bcast": ("Cast", "int8"),
        "ccast": ("Cast", "complex64"), "construct_sparse_from_list": ("ConstructSparseFromList",),
        "csc_dbinomial": ("Binomial", "csc", "float64"),
        "csc_fbinomial": ("Binomial", "csc", "float32"),
        "csc_from_dense": ("SparseFromDense", "csc"),
        "csm_grad_c": ("CSMGradC",), "csm_properties": ("CSMProperties",),
        "csr_dbinomial": ("Binomial", "csr", "float64"),
        "csr_fbinomial": ("Binomial", "csr", "float32"),
        "csr_from_dense": ("SparseFromDense", "csr"),
        "dcast": ("Cast", "float64"), "dense_from_sparse": ("DenseFromSparse",), "diag": ("Diag",),
        "eliminate_zeros": ("Remove0",), "ensure_sorted_indices": ("EnsureSortedIndices",),
        "fcast": ("Cast", "float32"), "get_item_2d": ("GetItem2d",),
        "get_item_2lists": ("GetItem2Lists",), "get_item_2lists_grad": ("GetItem2ListsGrad",),
        "get_item_list": ("GetItemList",), "get_item_list_grad": ("GetItemListGrad",),
        "get_item_scalar": ("GetItemScalar",), "icast": ("Cast", "int32"),
        "lcast": ("Cast", "int64"), "mul_s_d": ("MulSD",), "mul_s_d_csc": ("MulSDCSC",),
        "mul_s_d_csr": ("MulSDCSR",), "mul_s_s": ("MulSS",), "mul_s_v": ("MulSV",),
        "mul_s_v_csr": ("MulSVCSR",), "multinomial": ("Multinomial",), "neg": ("Neg",),
        "poisson": ("Poisson",), "remove0": ("Remove0",), "sampling_dot": ("SamplingDot",),
        "sampling_dot_csr": ("SamplingDotCSR",), "sd_csc": ("StructuredDotCSC",),
        "sd_csr": ("StructuredDotCSR",), "sdg_csc": ("StructuredDotGradCSC",),
        "sdg_csr": ("StructuredDotGradCSR",), "square_diagonal": ("SquareDiagonal",),
        "structured_add_s_v": ("StructuredAddSV",),
        "structured_add_s_v_csr": ("StructuredAddSVCSR",), "transpose": ("Transpose",),
        "usmm": ("Usmm",), "usmm_csc_dense": ("UsmmCscDense",), "wcast": ("Cast", "int16"),
        "zcast": ("Cast", "complex128"),
    }.items()
}  # fmt: skip
OBJECTS |= {
    f"{word}_s_{operand}": CLASSES[word.title().replace("_", "") + f"S{operand.upper()}"]()
    for word in ("equal", "not_equal", "less_than", "greater_than", "less_equal", "greater_equal")
    for operand in "sd"
}
globals().update(OBJECTS)
csm_grad = CLASSES["CSMGrad"]
usmm_csc_dense_inplace = CLASSES["UsmmCscDense"](inplace=True)
