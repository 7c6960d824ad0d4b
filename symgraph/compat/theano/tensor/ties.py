"""Maxima and minima as in Theano: of an array, with a derivative that goes to each of several equal
elements, and of complex numbers.

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


def larger(kind: str, x: Variable, y: Variable) -> Variable:
    """Return the larger or smaller of two tensors, element by element, complex ones as `compared`.

    kind: 'maximum' or 'minimum'. x, y: tensors; shapes broadcast.

    >>> from symgraph.compat.theano.tensor.ties import larger
    >>> larger("maximum", T.constant(1 + 1j), T.constant(1 + 2j)).eval()
    array(1.+2.j)
    """
    if not (is_complex(x) or is_complex(y)):
        return getattr(tensor, kind)(x, y)  # type: ignore[no-any-return]
    chosen = compared("ge" if kind == "maximum" else "le", x, y)
    return tensor.switch(tensor.or_(chosen, tensor.isnan(x)), x, y)
