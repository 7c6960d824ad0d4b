"""Derivatives as expressions: reverse (`grad`, `Lop`), forward (`Rop`), and their checks."""

from symgraph.gradient.forward import Rop
from symgraph.gradient.markers import (
    consider_constant,
    disconnected_grad,
    grad_clip,
    grad_scale,
    zero_grad,
)
from symgraph.gradient.reverse import DisconnectedInputError, Lop, NullTypeGradError, grad
from symgraph.gradient.verify import GradientError, numeric_grad, verify_grad

__all__ = [
    "DisconnectedInputError",
    "GradientError",
    "Lop",
    "NullTypeGradError",
    "Rop",
    "consider_constant",
    "disconnected_grad",
    "grad",
    "grad_clip",
    "grad_scale",
    "numeric_grad",
    "verify_grad",
    "zero_grad",
]
