"""Theano's operations as objects: `SpecifyShape()(x, shape)`, `Reshape(2)(x, shape)`.

Each object applies the function of symgraph that does the same; making one says, as in Theano, what
does not change from call to call.
"""

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any, ClassVar

from symgraph import tensor
from symgraph.compat.theano.aliases import Pickled
from symgraph.compat.theano.compile.function import used_variables
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.compat.theano.tensor.elementwise import function_of
from symgraph.compat.theano.tensor.ties import is_complex
from symgraph.graph import Op, Variable
from symgraph.loops import ifelse, loop
from symgraph.ops.reduce import normal_axes
from symgraph.ops.requirement import Require
from symgraph.tensor import nlinalg, slinalg

Applied = Callable[..., Any]
# Makes the function that an object applies, of the arguments of the object's class.
Maker = Callable[..., Applied]


class OperationObject:
    """An operation of Theano's name: call it with what makes tensors.

    `makes` makes what an object applies, of what the class is called with.
    arguments, keywords: what Theano's class takes; they are attributes, too. Equal objects are of
    one class, with equal arguments.
    Raises TypeError for a class that stands for operations in compiled graphs alone.
    """

    kind: ClassVar[str]
    makes: ClassVar[Maker | None] = None
    default_output = None

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        maker = self.maker()
        self.arguments, self.keywords = arguments, keywords
        self.apply = maker(*arguments, **keywords)
        given = signature(maker).bind(*arguments, **keywords)
        given.apply_defaults()
        for name, value in given.arguments.items():
            if name not in ("arguments", "keywords", "rest"):
                setattr(self, name, value)

    @classmethod
    def maker(cls) -> Maker:
        """Return what makes the function that an object applies, of the arguments of the class."""
        if cls.makes is None:
            raise TypeError(
                f"{cls.kind} stands for operations of symgraph in compiled graphs, and is not"
                " called; use the function of symgraph.tensor that does the same"
            )
        return cls.makes

    def __getattr__(self, name: str) -> Any:
        # A pickle of Theano's gives an object the attributes of Theano's alone.
        if name == "apply":
            return lambda *inputs: Pickled.apply(self, list(inputs))
        if name in ("arguments", "keywords"):
            return () if name == "arguments" else {}
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __call__(self, *inputs: Any, **keywords: Any) -> Any:
        used_variables.update(v for v in inputs if isinstance(v, Variable) and v.owner is None)
        name, as_list = keywords.pop("name", None), keywords.pop("return_list", False)
        found = self.apply(*inputs, **keywords)
        if name is not None:
            found.name = name
        return [found] if as_list and not isinstance(found, list | tuple) else found

    def make_node(self, *inputs: Any) -> Any:
        """Return the node that computes what a call returns."""
        found = self(*inputs)
        return (found[0] if isinstance(found, list | tuple) else found).owner

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Op):
            # As `node.op == Sum(axis)` asks of a compiled graph: whether the node does the same.
            return isinstance(other, type(self))
        return isinstance(other, OperationObject) and self._identity() == other._identity()

    def _identity(self) -> tuple[str, str, str]:
        return type(self).kind, str(self.arguments), str(sorted(self.keywords.items()))

    def __hash__(self) -> int:
        return hash(self._identity())

    def __str__(self) -> str:
        words = [f"{name}={value}" for name, value in sorted(self.keywords.items())]
        listed = ", ".join([*map(str, self.arguments), *words])
        return f"{self.kind}({listed})" if listed else self.kind

    __repr__ = __str__

    def __reduce__(self) -> Any:
        return _again, (type(self), self.arguments, self.keywords)


def _again(kind: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> OperationObject:
    made: OperationObject = kind(*arguments, **keywords)
    return made


def always(function: Applied) -> Maker:
    """Return the maker of an operation whose object is made without arguments that matter."""
    return lambda *arguments, **keywords: function


def reduction(name: str) -> Callable[..., Applied]:
    def make(axis: Any = None, dtype: Any = None, acc_dtype: Any = None, **rest: Any) -> Applied:
        kept = {} if dtype is None else {"dtype": dtype}
        return lambda x: getattr(tensor, name)(as_tensor_variable(x), axis=axis, **kept)

    return make


# Of functions that reduce as no reduction of symgraph does, the value of nothing.
_NEUTRAL = {"or_": 0, "xor": 0, "and_": -1}


def careduce(
    scalar_op: Any,
    axis: Any = None,
    dtype: Any = None,
    acc_dtype: Any = None,
    pre_scalar_op: Any = None,
) -> Applied:
    name = getattr(scalar_op, "name", str(scalar_op))
    function = function_of(scalar_op)

    def apply(x: Any) -> Variable:
        x = as_tensor_variable(x)
        x = x if pre_scalar_op is None else function_of(pre_scalar_op)(x)
        if name in ("add", "mul"):
            kind = tensor.sum if name == "add" else tensor.prod
            return kind(x, axis, dtype or x.type.dtype, acc_dtype=acc_dtype)
        if name in ("maximum", "minimum") and not is_complex(x):
            return (tensor.max if name == "maximum" else tensor.min)(x, axis)
        if name in ("and_", "or_") and x.type.dtype == "bool":
            return (tensor.all if name == "and_" else tensor.any)(x, axis)
        return _by_steps(function, name, x, normal_axes(axis, x, "CAReduce"))

    return apply


def _by_steps(function: Any, name: str, x: Variable, axes: Sequence[int]) -> Variable:
    """Return a reduction by any function, in a loop over all that is reduced."""
    if not axes:
        return x
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    lines = x.dimshuffle(*axes, *kept)
    lines = tensor.reshape(lines, tensor.join(0, [-1], x.shape[kept]), 1 + len(kept))
    if name in _NEUTRAL:
        first = tensor.full_like(tensor.sum(lines, 0), _NEUTRAL[name], dtype=x.type.dtype)
    else:
        what = "CAReduce: the number of values that have no neutral one"
        lines = Require(what, "at least 1")(lines, lines.shape[0])
        first, lines = lines[0], lines[1:]
    found, _ = loop(lambda total, entry: (function(total, entry), None), first, lines)
    return found


def dimshuffle(input_broadcastable: Any, new_order: Any, inplace: bool = True) -> Applied:
    def apply(x: Any) -> Variable:
        x = as_tensor_variable(x)
        if len(input_broadcastable) != x.ndim:
            raise TypeError(
                f"DimShuffle for {len(input_broadcastable)} dimensions is applied to {x} ({x.type})"
            )
        return x.dimshuffle(*new_order)

    named = [axis for axis in new_order if axis != "x"]
    if len(set(named)) < len(named):
        raise ValueError(
            "The same input dimension may not appear twice in the list of output dimensions:"
            f" {tuple(new_order)}"
        )
    dropped = [a for a in range(len(input_broadcastable)) if a not in new_order]
    for axis in dropped:
        if not input_broadcastable[axis]:
            raise ValueError(
                f"You cannot drop a non-broadcastable dimension: axis {axis} of"
                f" {tuple(input_broadcastable)}"
            )
    return apply


def rebroadcast(*pairs: tuple[int, bool]) -> Applied:
    def apply(x: Any) -> Variable:
        x = as_tensor_variable(x)
        loose = [axis for axis, flag in pairs if not flag]
        functions: Any = tensor
        x = functions.unbroadcast(x, *loose) if loose else x
        return tensor.addbroadcast(x, *(axis for axis, flag in pairs if flag))

    return apply


def arange(dtype: Any) -> Applied:
    return lambda start, stop, step: tensor.arange(start, stop, step, dtype)


def eye(dtype: Any = None) -> Applied:
    return lambda n, m, k: tensor.eye(n, m, k, dtype)


def tri(dtype: Any = None) -> Applied:
    return lambda n, m, k: tensor.tri(n, m, k, dtype)


def split(len_splits: int) -> Applied:
    return lambda x, axis, sizes: tensor.split(x, sizes, len_splits, int(_value(axis)))


def _value(axis: Any) -> Any:
    return axis.data if isinstance(axis, Variable) and hasattr(axis, "data") else axis


def reshape(ndim: int, name: str | None = None) -> Applied:
    return lambda x, shape: tensor.reshape(as_tensor_variable(x), shape, ndim)


def extent(i: int) -> Applied:
    return lambda x: tensor.shape(as_tensor_variable(x))[i]


def flatten(outdim: int = 1) -> Applied:
    return lambda x: tensor.flatten(as_tensor_variable(x), outdim)


def assertion(msg: str = "Theano Assert failed!") -> Applied:
    """Return what requires conditions when a function runs, also those that are known before."""

    def apply(value: Any, *conditions: Any) -> Any:
        value = as_tensor_variable(value)
        truths = [tensor.all(tensor.neq(as_tensor_variable(c), 0)) for c in conditions]
        if not truths:
            return value
        holds = truths[0] if len(truths) == 1 else tensor.and_(*truths)
        return Require(msg, "asserted", AssertionError)(value, tensor.cast(holds, "int8"))

    return apply


def join(view: int = -1) -> Applied:
    return lambda axis, *parts: tensor.join(int(_value(axis)), *parts)


def make_vector(dtype: str = "int64") -> Applied:
    return lambda *scalars: tensor.cast(tensor.stack(list(scalars)), dtype)


def argmax(axis: Any = None) -> Applied:
    return lambda x: tensor.argmax(as_tensor_variable(x), axis)


def max_and_argmax(axis: Any = None) -> Applied:
    return lambda x: list(tensor.max_and_argmax(as_tensor_variable(x), axis))


def cumulative(axis: Any = None, mode: str = "add") -> Applied:
    name = {"add": "cumsum", "mul": "cumprod"}[mode]
    return lambda x: getattr(tensor, name)(as_tensor_variable(x), axis)


def difference(n: int = 1, axis: int = -1) -> Applied:
    return lambda x: tensor.diff(as_tensor_variable(x), n, axis)


def repeat(axis: Any = None) -> Applied:
    return lambda x, repeats: tensor.repeat(as_tensor_variable(x), repeats, axis)


def sort(kind: str = "quicksort", order: Any = None) -> Applied:
    return lambda x, axis=-1: tensor.sort(as_tensor_variable(x), _axis(axis), kind)


def argsort(kind: str = "quicksort", order: Any = None) -> Applied:
    return lambda x, axis=-1: tensor.argsort(as_tensor_variable(x), _axis(axis), kind)


def _axis(axis: Any) -> Any:
    found = _value(axis)
    return None if found is None else int(found)


def diagonal(offset: Any = 0, axis1: int = 0, axis2: int = 1, view: bool = False) -> Applied:
    return lambda x: tensor.diagonal(as_tensor_variable(x), offset, axis1, axis2)


def cholesky(lower: bool = True, on_error: str = "raise") -> Applied:
    return lambda x: slinalg.cholesky(as_tensor_variable(x), lower, on_error)


def dot(x: Any, y: Any) -> Variable:
    """Return the product of vectors and matrices alone."""
    given = [as_tensor_variable(v) for v in (x, y)]
    for operand in given:
        if operand.ndim not in (1, 2):
            raise TypeError(
                f"theano.tensor.Op: input must have ndim of 1 or 2, not {operand} ({operand.type});"
                " theano.tensor.dot takes all"
            )
    return tensor.dot(*given)


def prepend_constant(val: Any = 0) -> Applied:
    return lambda mat: prepended(val, mat)


def prepended(value: Any, matrix: Any) -> Variable:
    """Return a matrix with a column of one number before it."""
    matrix = as_tensor_variable(matrix)
    column = tensor.full((matrix.shape[0], 1), value, matrix.type.dtype)
    return tensor.concatenate([column, matrix], axis=1)


def search(side: str = "left") -> Applied:
    return lambda x, v, sorter=None: tensor.searchsorted(x, v, side, sorter)


def svd(full_matrices: bool = True, compute_uv: bool = True) -> Applied:
    def apply(x: Any) -> Any:
        found: Any = nlinalg.svd(as_tensor_variable(x), full_matrices, compute_uv)
        return list(found) if isinstance(found, tuple) else found

    return apply


def tensor_inverse(ind: int = 2) -> Applied:
    return lambda a: nlinalg.tensorinv(as_tensor_variable(a), ind)


def tensor_solve(axes: Any = None) -> Applied:
    return lambda a, b: nlinalg.tensorsolve(as_tensor_variable(a), as_tensor_variable(b), axes)


def eigh(UPLO: str = "L") -> Applied:
    return lambda x: list(nlinalg.eigh(as_tensor_variable(x), UPLO))


def eigvalsh(lower: bool = True) -> Applied:
    return lambda a, b=None: slinalg.eigvalsh(a, _value(b), lower)


def qr(mode: str = "reduced") -> Applied:
    def apply(x: Any) -> Any:
        found: Any = nlinalg.qr(as_tensor_variable(x), mode)
        return list(found) if isinstance(found, tuple) else found

    return apply


def if_else(n_outs: int, as_view: bool = False, name: str | None = None) -> Applied:
    def apply(condition: Any, *branches: Any) -> Any:
        if len(branches) != 2 * n_outs:
            raise ValueError(f"IfElse({n_outs}) takes {2 * n_outs} values, not {len(branches)}")
        given = [as_tensor_variable(branch) for branch in branches]
        if n_outs == 1:
            return ifelse(condition, given[0], given[1])
        return ifelse(condition, given[:n_outs], given[n_outs:])

    return apply
