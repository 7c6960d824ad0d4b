"""Derivatives as expressions: reverse (`grad`, `Lop`), forward (`Rop`), and their checks."""

from symgraph.gradient.errors import (
    DisconnectedInputError,
    DisconnectedType,
    NullTypeGradError,
    disconnected_type,
)
from symgraph.gradient.grad import Lop, grad
from symgraph.gradient.matrices import hessian, hessian_vector_product, jacobian
from symgraph.gradient.rop import Rop
from symgraph.gradient.subgraphs import subgraph_grad
from symgraph.gradient.transformations import (
    consider_constant,
    disconnected_grad,
    grad_clip,
    grad_not_implemented,
    grad_scale,
    grad_undefined,
    undefined_grad,
    zero_grad,
)
from symgraph.gradient.verify import GradientError, numeric_grad, verify_grad

__all__ = [
    "DisconnectedInputError",
    "DisconnectedType",
    "GradientError",
    "Lop",
    "NullTypeGradError",
    "Rop",
    "consider_constant",
    "disconnected_grad",
    "disconnected_type",
    "grad",
    "grad_clip",
    "grad_not_implemented",
    "grad_scale",
    "grad_undefined",
    "hessian",
    "hessian_vector_product",
    "jacobian",
    "numeric_grad",
    "subgraph_grad",
    "undefined_grad",
    "verify_grad",
    "zero_grad",
]
