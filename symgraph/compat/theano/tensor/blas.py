"""`theano.tensor.blas`: the functions of BLAS, as Theano's operations that call them."""

from typing import Any

import numpy as np

from symgraph import tensor
from symgraph.compat.theano.compile.overwriting import WRITTEN_OVER
from symgraph.compat.theano.gof.node_classes import CLASSES
from symgraph.compat.theano.gof.node_objects import MAKERS
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import Variable
from symgraph.ops.blas import Gemm as Product
from symgraph.ops.blas import ScaledDot
from symgraph.ops.shape import DimShuffle

__getattr__, __dir__ = resolver(__name__, ".gof.node_classes", "symgraph.tensor")


def _operands(what: str, ndims: str, given: tuple[Any, ...]) -> list[Variable]:
    """Return operands, of the wanted numbers of dimensions and of one dtype, of floats or complex
    numbers. Raises TypeError."""
    if len(given) != len(ndims):
        raise TypeError(f"{what} takes {len(ndims)} operands, not {len(given)}")
    operands = [as_tensor_variable(x) for x in given]
    for x, ndim in zip(operands, map(int, ndims), strict=True):
        if x.type.ndim != ndim:
            raise TypeError(f"{what} takes {ndim} dimensions, not {x} ({x.type})")
        if np.dtype(x.type.dtype).kind not in "fc":
            raise TypeError(f"{what} takes floats or complex numbers, not {x} ({x.type})")
        if x.type.dtype != operands[0].type.dtype:
            raise TypeError(f"{what} takes operands of one dtype, not {operands[0]} and {x}")
    return operands


def _over(first: Variable, found: Variable, inplace: bool) -> Variable:
    """Return a result, which in place is written over the first operand."""
    if inplace:
        WRITTEN_OVER[found] = first
    return found


def _gemm(inplace: bool = False) -> Any:
    def apply(*given: Any) -> Variable:
        operands = _operands("gemm", "20220", given)
        return _over(operands[0], Product()(*operands), inplace)

    return apply


def _gemv(inplace: bool = False) -> Any:
    def apply(*given: Any) -> Variable:
        y, alpha, a, x, beta = _operands("gemv", "10210", given)
        column = Product()(y.dimshuffle(0, "x"), alpha, a, x.dimshuffle(0, "x"), beta)
        return _over(y, DimShuffle((0,))(column), inplace)

    return apply


def _ger(destructive: bool = False) -> Any:
    def apply(*given: Any) -> Variable:
        a, alpha, x, y = _operands("ger", "2011", given)
        fitting = tensor.specify_shape(a, [x.shape[0], y.shape[0]])
        return _over(a, fitting + alpha * tensor.outer(x, y), destructive)

    return apply


def _scaled(*given: Any) -> Variable:
    a, b, scale = _operands("dot22scalar", "220", given)
    found: Variable = ScaledDot()(scale, a, b)
    return found


MAKERS["Gemm"] = _gemm
MAKERS["Gemv"] = _gemv
MAKERS["Ger"] = _ger
MAKERS["Dot22Scalar"] = lambda: _scaled
# What is written in place is for the back end to say.
gemm = gemm_no_inplace = CLASSES["Gemm"](False)
gemm_inplace = CLASSES["Gemm"](True)
gemv = gemv_no_inplace = CLASSES["Gemv"](False)
gemv_inplace = CLASSES["Gemv"](True)
ger, ger_destructive = CLASSES["Ger"](False), CLASSES["Ger"](True)
ger.destructive, ger_destructive.destructive = False, True
_dot22, _dot22scalar = CLASSES["Dot22"](), CLASSES["Dot22Scalar"]()
