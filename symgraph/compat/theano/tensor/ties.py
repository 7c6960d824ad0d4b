"""Maxima and minima whose derivative goes to each of several equal elements of an array, and to the
first of two equal operands, as in Theano.

symgraph shares it out among them. The values are symgraph's: the operation that carries the other
derivative gives way to them before anything is compiled.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from symgraph import tensor
from symgraph.compile import OpFromGraph
from symgraph.graph import TensorType, Variable
from symgraph.ops.broadcast import sum_to


def _with_rule(
    inputs: Sequence[Variable], output: Variable, rule: Callable[..., Any], name: str
) -> OpFromGraph:
    return OpFromGraph(inputs, [output], inline=True, lop_overrides=rule, name=name)


@lru_cache(maxsize=1024)
def _reduction(kind: str, type: TensorType, axis: Any, keepdims: bool) -> OpFromGraph:
    axes = tuple(range(type.ndim)) if axis is None else axis

    def rule(inputs: Any, outputs: Any, cotangents: Any) -> list[Variable]:
        (x,), (found,), (g,) = inputs, outputs, cotangents
        if not keepdims:
            order = ["x"] * type.ndim
            for place, left in enumerate(a for a in range(type.ndim) if a not in axes):
                order[left] = place  # type: ignore[call-overload]
            found, g = found.dimshuffle(order), g.dimshuffle(order)
        return [tensor.switch(tensor.eq(x, found), g, 0)]

    x = type()
    return _with_rule([x], getattr(tensor, kind)(x, axis, keepdims), rule, kind)


def reduced(kind: str, x: Variable, axis: Any, keepdims: bool) -> Variable:
    """Return the maximum or minimum over axes, with Theano's derivative.

    kind: 'max' or 'min'. x: a tensor. axis, keepdims: as for `symgraph.tensor.max`.

    >>> from symgraph.compat.theano.tensor.ties import reduced
    >>> x = T.dvector("x")
    >>> T.grad(reduced("max", x, None, False), x).eval({x: [1.0, 2.0, 2.0]})
    array([0., 1., 1.])
    """
    if np.dtype(x.type.dtype).kind != "f" or x.type.ndim == 0:
        return getattr(tensor, kind)(x, axis, keepdims)  # type: ignore[no-any-return]
    if axis is not None:
        given = np.atleast_1d(np.asarray(axis)).tolist()
        if not all(isinstance(a, int) and -x.ndim <= a < x.ndim for a in given):
            return getattr(tensor, kind)(x, axis, keepdims)  # type: ignore[no-any-return]
        axis = tuple(sorted({a % x.ndim for a in given}))
    found: Variable = _reduction(kind, x.type, axis, keepdims)(x)
    return found


def is_complex(x: Any) -> bool:
    """Return whether something is a tensor of complex numbers.

    >>> from symgraph.compat.theano.tensor.ties import is_complex
    >>> is_complex(T.zscalar("x")), is_complex(1)
    (True, False)
    """
    return isinstance(x, Variable) and getattr(x.type, "dtype", "").startswith("complex")


def compared(kind: str, x: Variable, y: Variable) -> Variable:
    """Compare complex numbers as NumPy does: by real parts, equal ones by imaginary parts.

    kind: 'lt', 'le', 'gt' or 'ge'. x, y: tensors; shapes broadcast.

    >>> from symgraph.compat.theano.tensor.ties import compared
    >>> bool(compared("lt", T.constant(1 + 1j), T.constant(1 + 2j)).eval())
    True
    """
    real, imag = ([part(v) for v in (x, y)] for part in (tensor.real, tensor.imag))
    strictly = getattr(tensor, kind[0] + "t")(*real)
    return tensor.or_(strictly, tensor.and_(tensor.eq(*real), getattr(tensor, kind)(*imag)))


@lru_cache(maxsize=1024)
def _larger(kind: str, left: TensorType, right: TensorType) -> OpFromGraph:
    def rule(inputs: Any, outputs: Any, cotangents: Any) -> list[Variable]:
        (x, y), (found,), (g,) = inputs, outputs, cotangents
        first = tensor.eq(x, found)
        shares = tensor.switch(first, g, 0), tensor.switch(first, 0, g)
        return [_fitting(share, v) for share, v in zip(shares, (x, y), strict=True)]

    x, y = left(), right()
    return _with_rule([x, y], getattr(tensor, kind)(x, y), rule, kind)


def _fitting(share: Variable, x: Variable) -> Variable:
    """Return a cotangent of the shape that operands broadcast to as one of the operand."""
    return sum_to(tensor.cast(share, x.type.dtype), x)


def larger(kind: str, x: Variable, y: Variable) -> Variable:
    """Return the larger or smaller of two tensors, element by element; its derivative goes to the
    first of equal ones.

    kind: 'maximum' or 'minimum'. x, y: tensors; shapes broadcast.

    >>> from symgraph.compat.theano.tensor.ties import larger
    >>> x = T.dscalar("x")
    >>> T.grad(larger("maximum", x, T.constant(0.0)), x).eval({x: 0.0})
    array(1.)
    """
    if is_complex(x) or is_complex(y):
        chosen = compared("ge" if kind == "maximum" else "le", x, y)
        return tensor.switch(tensor.or_(chosen, tensor.isnan(x)), x, y)
    if any(np.dtype(v.type.dtype).kind != "f" for v in (x, y)):
        return getattr(tensor, kind)(x, y)  # type: ignore[no-any-return]
    rank = max(x.type.ndim, y.type.ndim)
    x, y = (tensor.shape_padleft(v, rank - v.type.ndim) for v in (x, y))
    found: Variable = _larger(kind, x.type, y.type)(x, y)
    return found
