"""Operations that return their input unchanged and modify its derivative."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symgraph.gradient.cotangents import zeros_like
from symgraph.gradient.reverse import undefined_derivative
from symgraph.graph import Apply, Extent, NotDifferentiable, NullType, Op, Type, Variable
from symgraph.ops.constant import as_tensor
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys

Derivatives = Sequence[Variable | None]


class _Transparent(Op):
    """The first input itself, as a view; subclasses define its derivative."""

    view_map: ClassVar[dict[int, int]] = {0: 0}
    is_identity: ClassVar[bool] = True

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        set_keys(node.outputs[0], extent_keys(inputs[0]))
        return node

    def output_types(self, *inputs: Variable) -> Sequence[Type]:
        return [inputs[0].type]

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        return (values[0],)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [shapes[0]]

    def expand(self, node: Apply) -> list[Variable]:
        """Return the value in terms of simpler ops, for lowering."""
        return [scalar_functions["identity"](node.inputs[0])]


class ZeroGrad(_Transparent):
    """An identity whose derivative is zero and connected: asking for it is no error."""

    zero_gradient: ClassVar[bool] = True

    def vjp(self, node: Apply, cotangents: Derivatives) -> Derivatives:
        return [zeros_like(node.inputs[0])]

    def jvp(self, node: Apply, tangents: Derivatives) -> Derivatives:
        return [None]


class DisconnectedGrad(_Transparent):
    """An identity that does not propagate derivatives: its input counts as disconnected."""

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[False]]

    def vjp(self, node: Apply, cotangents: Derivatives) -> Derivatives:
        return [None]

    def jvp(self, node: Apply, tangents: Derivatives) -> Derivatives:
        return [None]


class UndefinedGrad(_Transparent):
    """An identity whose derivative is undefined."""

    def vjp(self, node: Apply, cotangents: Derivatives) -> Derivatives:
        raise NotDifferentiable("its derivative was declared undefined")

    def jvp(self, node: Apply, tangents: Derivatives) -> Derivatives:
        return self.vjp(node, tangents)


class GradClip(_Transparent):
    """An identity whose cotangent is clipped to the interval from `lower` to `upper`."""

    __props__: tuple[str, ...] = ("lower", "upper")

    def __init__(self, lower: float, upper: float) -> None:
        if not lower <= upper:
            raise ValueError(f"grad_clip: the lower bound {lower} is above the upper bound {upper}")
        self.lower = lower
        self.upper = upper

    def vjp(self, node: Apply, cotangents: Derivatives) -> Derivatives:
        return [scalar_functions["clip"](cotangents[0], self.lower, self.upper)]

    def jvp(self, node: Apply, tangents: Derivatives) -> Derivatives:
        raise NotDifferentiable("a clipped gradient has no forward derivative")


class GradScale(_Transparent):
    """An identity whose derivative is multiplied by a number."""

    __props__: tuple[str, ...] = ("multiplier",)

    def __init__(self, multiplier: float) -> None:
        self.multiplier = multiplier

    def vjp(self, node: Apply, cotangents: Derivatives) -> Derivatives:
        return [scalar_functions["mul"](cotangents[0], self.multiplier)]

    def jvp(self, node: Apply, tangents: Derivatives) -> Derivatives:
        if tangents[0] is None:
            return [None]
        return [scalar_functions["mul"](tangents[0], self.multiplier)]


def zero_grad(x: Any) -> Variable:
    """Return x, with a derivative of zero.

    x: an array. Returns the same values; asking for a derivative by what leads here is no error.

    >>> x = T.dscalar("x")
    >>> sg.grad(x * sg.gradient.zero_grad(x), x).eval({x: 3.0})
    array(3.)
    """
    return ZeroGrad()(as_tensor(x))


def consider_constant(x: Any) -> Variable:
    """Return x, taken as a constant in derivatives: they are zero, and asking for one is no error.

    x: an array. Returns the same values.

    >>> x = T.dscalar("x")
    >>> sg.grad(x * T.consider_constant(x), x).eval({x: 3.0})
    array(3.)
    """
    return zero_grad(x)


def disconnected_grad(x: Any) -> Variable:
    """Return x, cut off from derivatives.

    x: an array. Returns the same values. To differentiate by what only leads here raises
    DisconnectedInputError.

    >>> x = T.dscalar("x")
    >>> sg.grad(x * sg.gradient.disconnected_grad(x), x).eval({x: 3.0})
    array(3.)
    """
    return DisconnectedGrad()(as_tensor(x))


def undefined_grad(x: Any) -> Variable:
    """Return x, whose derivative does not exist.

    x: an array. Returns the same values. To differentiate by it raises NullTypeGradError.

    >>> sg.gradient.undefined_grad([1.0, 2.0]).eval()
    array([1., 2.])
    """
    return UndefinedGrad()(as_tensor(x))


def grad_clip(x: Any, lower_bound: float, upper_bound: float) -> Variable:
    """Return x, whose cotangent is clipped elementwise to an interval on its way back.

    x: an array. lower_bound, upper_bound: numbers. Returns the same values.

    >>> x = T.dscalar("x")
    >>> sg.grad(sg.gradient.grad_clip(x, -1.0, 1.0) ** 2, x).eval({x: 3.0})
    array(1.)
    """
    return GradClip(float(lower_bound), float(upper_bound))(as_tensor(x))


def grad_scale(x: Any, multiplier: float) -> Variable:
    """Return x, whose derivative is multiplied by a number.

    x: an array. multiplier: a number; -1 reverses the derivative. Returns the same values.

    >>> x = T.dscalar("x")
    >>> sg.grad(sg.gradient.grad_scale(x, -1.0) ** 2, x).eval({x: 3.0})
    array(-6.)
    """
    return GradScale(float(multiplier))(as_tensor(x))


def grad_undefined(op: Op, x_pos: int, x: Variable, comment: str = "") -> Variable:
    """Return a derivative that does not exist, for an op's `vjp`.

    op, x_pos, x: the op, and its input by number and as a variable.
    comment: the reason.
    Returns a variable of type NullType; a derivative that needs it raises NullTypeGradError.

    >>> x = T.dscalar("x")
    >>> sg.gradient.grad_undefined(T.exp(x).owner.op, 0, x, "for instance").type
    NullType(reason='exp has no derivative by its input 0, x. for instance')
    """
    return NullType(f"{op} has no derivative by its input {x_pos}, {x}. {comment}".strip())()


def grad_not_implemented(op: Op, x_pos: int, x: Variable, comment: str = "") -> Variable:
    """Return a derivative that nobody has written, for an op's `vjp`.

    op, x_pos, x: the op, and its input by number and as a variable.
    comment: the reason.
    Returns a variable of type NullType; a derivative that needs it raises NullTypeGradError.

    >>> x = T.dscalar("x")
    >>> sg.gradient.grad_not_implemented(T.exp(x).owner.op, 0, x).type
    NullType(reason='the derivative of exp by its input 0, x, is not implemented.')
    """
    return NullType(
        f"the derivative of {op} by its input {x_pos}, {x}, is not implemented. {comment}".strip()
    )()


__all__ = [
    "consider_constant",
    "disconnected_grad",
    "grad_clip",
    "grad_not_implemented",
    "grad_scale",
    "grad_undefined",
    "undefined_derivative",
    "undefined_grad",
    "zero_grad",
]
