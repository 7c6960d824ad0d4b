"""Theano's operations as objects: `SpecifyShape()(x, shape)`, `Reshape(2)(x, shape)`.

Each object applies the function of symgraph that does the same; making one says, as in Theano, what
does not change from call to call.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from symgraph import tensor
from symgraph.compat.theano.gof.graph import inputs
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import Constant, Op, Variable
from symgraph.loops import ifelse
from symgraph.ops.requirement import Require
from symgraph.tensor import nlinalg, slinalg
from symgraph.tensor import nnet as networks

Applied = Callable[..., Any]


# By Theano's name, the class that stands for operations of symgraph; `node_classes` fills it.
NATIVE: dict[str, Any] = {}


class OperationObject:
    """An operation of Theano's name: call it with what makes tensors.

    kind: the class of Theano's name. arguments: what the object was made with.
    apply: computes what it is called for. Equal objects are of one kind, with equal arguments.
    """

    default_output = None

    def __init__(
        self,
        kind: str,
        arguments: tuple[Any, ...],
        apply: Applied,
        keywords: dict[str, Any] | None = None,
    ) -> None:
        self.kind, self.apply = kind, apply
        self.given = arguments, keywords or {}
        self.arguments = (*arguments, *sorted(self.given[1].items()))

    def __call__(self, *inputs: Any, **keywords: Any) -> Any:
        name = keywords.pop("name", None)
        found = self.apply(*inputs, **keywords)
        if name is not None:
            found.name = name
        return found

    def make_node(self, *inputs: Any) -> Any:
        """Return the node that computes what a call returns."""
        found = self(*inputs)
        return (found[0] if isinstance(found, list | tuple) else found).owner

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Op):
            # As `node.op == Sum(axis)` asks of a compiled graph: whether the node does the same.
            return self.kind in NATIVE and isinstance(other, NATIVE[self.kind])
        return isinstance(other, OperationObject) and (self.kind, str(self.arguments)) == (
            other.kind,
            str(other.arguments),
        )

    def __hash__(self) -> int:
        return hash((self.kind, str(self.arguments)))

    def __str__(self) -> str:
        return f"{self.kind}{self.arguments}" if self.arguments else self.kind

    __repr__ = __str__

    def __reduce__(self) -> Any:
        return _made_again, (self.kind, *self.given)


def _made_again(kind: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    return operation_object(kind, arguments, **keywords)


def _always(function: Applied) -> Callable[..., Applied]:
    """Return the maker of an operation whose object is made without arguments that matter."""
    return lambda *arguments, **keywords: function


def _reduction(name: str) -> Callable[..., Applied]:
    def make(axis: Any = None, dtype: Any = None, acc_dtype: Any = None, **rest: Any) -> Applied:
        kept = {} if dtype is None else {"dtype": dtype}
        return lambda x: getattr(tensor, name)(as_tensor_variable(x), axis=axis, **kept)

    return make


def _careduce(scalar_op: Any, axis: Any = None) -> Applied:
    names = {"add": "sum", "mul": "prod", "maximum": "max", "minimum": "min"}
    names |= {"and_": "all", "or_": "any"}
    found = names.get(str(scalar_op))
    if found is None:
        raise NotImplementedError(
            f"CAReduce of {scalar_op}: symgraph reduces by {', '.join(names)}; write a loop with"
            " theano.reduce for others"
        )
    return lambda x: getattr(tensor, found)(as_tensor_variable(x), axis=axis)


def _dimshuffle(input_broadcastable: Any, new_order: Any, inplace: bool = True) -> Applied:
    def apply(x: Any) -> Variable:
        x = as_tensor_variable(x)
        if len(input_broadcastable) != x.ndim:
            raise TypeError(
                f"DimShuffle for {len(input_broadcastable)} dimensions is applied to {x} ({x.type})"
            )
        return x.dimshuffle(*new_order)

    dropped = [a for a in range(len(input_broadcastable)) if a not in new_order]
    for axis in dropped:
        if not input_broadcastable[axis]:
            raise ValueError(
                f"You cannot drop a non-broadcastable dimension: axis {axis} of"
                f" {tuple(input_broadcastable)}"
            )
    return apply


def _rebroadcast(*pairs: tuple[int, bool]) -> Applied:
    def apply(x: Any) -> Variable:
        x = as_tensor_variable(x)
        loose = [axis for axis, flag in pairs if not flag]
        functions: Any = tensor
        x = functions.unbroadcast(x, *loose) if loose else x
        return tensor.addbroadcast(x, *(axis for axis, flag in pairs if flag))

    return apply


def _arange(dtype: Any) -> Applied:
    return lambda start, stop, step: tensor.arange(start, stop, step, dtype)


def _eye(dtype: Any = None) -> Applied:
    return lambda n, m, k: tensor.eye(n, m, k, dtype)


def _tri(dtype: Any = None) -> Applied:
    return lambda n, m, k: tensor.tri(n, m, k, dtype)


def _split(len_splits: int) -> Applied:
    return lambda x, axis, sizes: tensor.split(x, sizes, len_splits, int(_value(axis)))


def _value(axis: Any) -> Any:
    return axis.data if isinstance(axis, Variable) and hasattr(axis, "data") else axis


def _reshape(ndim: int, name: str | None = None) -> Applied:
    return lambda x, shape: tensor.reshape(as_tensor_variable(x), shape, ndim)


def _flatten(outdim: int = 1) -> Applied:
    return lambda x: tensor.flatten(as_tensor_variable(x), outdim)


def _open(variable: Variable) -> bool:
    """Return whether a value depends on anything but constants."""
    return any(not isinstance(v, Constant) for v in inputs([variable]))


def _assertion(msg: str = "Theano Assert failed!") -> Applied:
    def apply(value: Any, *conditions: Any) -> Any:
        value = as_tensor_variable(value)
        truths = [tensor.neq(as_tensor_variable(c), 0) for c in conditions]
        known = [bool(np.all(t.eval())) for t in truths if not _open(t)]
        if not all(known):
            raise AssertionError(msg)
        left = [tensor.all(t) for t in truths if _open(t)]
        if not left:
            return value
        holds = left[0] if len(left) == 1 else tensor.and_(*left)
        return Require(msg, "true", AssertionError)(value, tensor.cast(holds, "int8"))

    return apply


def _join(view: int = -1) -> Applied:
    return lambda axis, *parts: tensor.join(_value(axis), *parts)


def _make_vector(dtype: str = "int64") -> Applied:
    return lambda *scalars: tensor.cast(tensor.stack(list(scalars)), dtype)


def _argmax(axis: Any = None) -> Applied:
    return lambda x: tensor.argmax(as_tensor_variable(x), axis)


def _max_and_argmax(axis: Any = None) -> Applied:
    return lambda x: list(tensor.max_and_argmax(as_tensor_variable(x), axis))


def _cumulative(axis: Any = None, mode: str = "add") -> Applied:
    name = {"add": "cumsum", "mul": "cumprod"}[mode]
    return lambda x: getattr(tensor, name)(as_tensor_variable(x), axis)


def _difference(n: int = 1, axis: int = -1) -> Applied:
    return lambda x: tensor.diff(as_tensor_variable(x), n, axis)


def _repeat(axis: Any = None) -> Applied:
    return lambda x, repeats: tensor.repeat(as_tensor_variable(x), repeats, axis)


def _sort(kind: str = "quicksort", order: Any = None) -> Applied:
    return lambda x, axis=-1: tensor.sort(as_tensor_variable(x), _axis(axis), kind)


def _argsort(kind: str = "quicksort", order: Any = None) -> Applied:
    return lambda x, axis=-1: tensor.argsort(as_tensor_variable(x), _axis(axis), kind)


def _axis(axis: Any) -> Any:
    found = _value(axis)
    return None if found is None else int(found)


def _diagonal(offset: Any = 0, axis1: int = 0, axis2: int = 1, view: bool = False) -> Applied:
    return lambda x: tensor.diagonal(as_tensor_variable(x), offset, axis1, axis2)


def _cholesky(lower: bool = True, on_error: str = "raise") -> Applied:
    return lambda x: slinalg.cholesky(as_tensor_variable(x), lower, on_error)


def _prepend_constant(val: Any = 0) -> Applied:
    return lambda mat: _prepended(val, mat)


def _prepended(value: Any, matrix: Any) -> Variable:
    """Return a matrix with a column of one number before it."""
    matrix = as_tensor_variable(matrix)
    column = tensor.full((matrix.shape[0], 1), value, matrix.type.dtype)
    return tensor.concatenate([column, matrix], axis=1)


def _search(side: str = "left") -> Applied:
    return lambda x, v, sorter=None: tensor.searchsorted(x, v, side, sorter)


def _unique(
    return_index: bool = False, return_inverse: bool = False, return_counts: bool = False
) -> Applied:
    flags = (return_index, return_inverse, return_counts)

    def apply(x: Any) -> Any:
        found: Any = tensor.unique(as_tensor_variable(x), *flags)
        return list(found) if isinstance(found, tuple) else found

    return apply


def _svd(full_matrices: bool = True, compute_uv: bool = True) -> Applied:
    def apply(x: Any) -> Any:
        found: Any = nlinalg.svd(as_tensor_variable(x), full_matrices, compute_uv)
        return list(found) if isinstance(found, tuple) else found

    return apply


def _eigh(UPLO: str = "L") -> Applied:
    return lambda x: list(nlinalg.eigh(as_tensor_variable(x), UPLO))


def _eigvalsh(lower: bool = True) -> Applied:
    return lambda a, b=None: slinalg.eigvalsh(a, _value(b), lower)


def _qr(mode: str = "reduced") -> Applied:
    def apply(x: Any) -> Any:
        found: Any = nlinalg.qr(as_tensor_variable(x), mode)
        return list(found) if isinstance(found, tuple) else found

    return apply


def _if_else(n_outs: int, as_view: bool = False, name: str | None = None) -> Applied:
    def apply(condition: Any, *branches: Any) -> Any:
        if len(branches) != 2 * n_outs:
            raise ValueError(f"IfElse({n_outs}) takes {2 * n_outs} values, not {len(branches)}")
        given = [as_tensor_variable(branch) for branch in branches]
        if n_outs == 1:
            return ifelse(condition, given[0], given[1])
        return ifelse(condition, given[:n_outs], given[n_outs:])

    return apply


MAKERS: dict[str, Callable[..., Applied]] = {
    "All": _reduction("all"),
    "Alloc": _always(tensor.alloc),
    "Any": _reduction("any"),
    "ARange": _arange,
    "ArgSortOp": _argsort,
    "Argmax": _argmax,
    "Assert": _assertion,
    "CumOp": _cumulative,
    "Eigh": _eigh,
    "Eigvalsh": _eigvalsh,
    "Expm": _always(slinalg.expm),
    "IfElse": _if_else,
    "MatrixPinv": _always(nlinalg.pinv),
    "QRFull": _qr,
    "QRIncomplete": _qr,
    "SVD": _svd,
    "TensorInv": lambda ind=2: lambda a: nlinalg.tensorinv(as_tensor_variable(a), ind),
    "TensorSolve": lambda axes=None: (
        lambda a, b: nlinalg.tensorsolve(as_tensor_variable(a), as_tensor_variable(b), axes)
    ),
    "AllocDiag": lambda offset=0, axis1=0, axis2=1: (
        lambda x: tensor.alloc_diag(as_tensor_variable(x), offset, axis1, axis2)
    ),
    "CrossentropyCategorical1HotGrad": _always(networks.crossentropy_categorical_1hot_grad),
    "SoftmaxGrad": _always(networks.softmax_grad),
    "SearchsortedOp": _search,
    "Unique": _unique,
    "BatchedDot": _always(tensor.batched_dot),
    "CrossentropyCategorical1Hot": _always(networks.crossentropy_categorical_1hot),
    "CAReduce": _careduce,
    "CAReduceDtype": lambda scalar_op, axis=None, **rest: _careduce(scalar_op, axis),
    "Cholesky": _cholesky,
    "Det": _always(nlinalg.det),
    "DiffOp": _difference,
    "DimShuffle": _dimshuffle,
    "Dot": _always(tensor.dot),
    "Dot22": _always(tensor.dot),
    "ExtractDiag": _diagonal,
    "Eye": _eye,
    "Flatten": _flatten,
    "Join": _join,
    "LogSoftmax": _always(networks.logsoftmax),
    "MakeVector": _make_vector,
    "MatrixInverse": _always(nlinalg.matrix_inverse),
    "MaxAndArgmax": _max_and_argmax,
    "Prepend_scalar_constant_to_each_row": _prepend_constant,
    "Prepend_scalar_to_each_row": _always(_prepended),
    "Prod": _reduction("prod"),
    "Rebroadcast": _rebroadcast,
    "RepeatOp": _repeat,
    "Reshape": _reshape,
    "Shape": _always(tensor.shape),
    "Shape_i": lambda i: lambda x: tensor.shape(as_tensor_variable(x))[i],
    "Softmax": _always(networks.softmax),
    "SoftmaxWithBias": _always(networks.softmax_with_bias),
    "SortOp": _sort,
    "SpecifyShape": _always(tensor.specify_shape),
    "Split": _split,
    "Sum": _reduction("sum"),
    "Tri": _tri,
}


def operation_object(kind: str, arguments: tuple[Any, ...], **keywords: Any) -> OperationObject:
    """Return the object of an operation. Raises TypeError for a class that makes none.

    kind: Theano's name of the class. arguments, keywords: of the class.

    >>> from symgraph.compat.theano.gof.node_objects import operation_object
    >>> operation_object("Sum", (0,))(T.dmatrix("x")).ndim
    1
    """
    if kind not in MAKERS:
        raise TypeError(
            f"{kind} stands for operations of symgraph in compiled graphs, and is not called; use"
            " the function of symgraph.tensor that does the same"
        )
    apply = MAKERS[kind](*arguments, **keywords)
    return OperationObject(kind, arguments, apply, keywords)
