"""`theano.tensor.blas`: the functions of BLAS, as Theano's operations that call them."""

from symgraph.compat.theano.gof.node_classes import CLASSES
from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".gof.node_classes", "symgraph.tensor")


# What is written in place is for the back end to say.
gemm = gemm_no_inplace = CLASSES["Gemm"](False)
gemm_inplace = CLASSES["Gemm"](True)
gemv = gemv_no_inplace = CLASSES["Gemv"](False)
gemv_inplace = CLASSES["Gemv"](True)
ger, ger_destructive = CLASSES["Ger"](False), CLASSES["Ger"](True)
ger.destructive, ger_destructive.destructive = False, True
_dot22, _dot22scalar = CLASSES["Dot22"](), CLASSES["Dot22Scalar"]()
