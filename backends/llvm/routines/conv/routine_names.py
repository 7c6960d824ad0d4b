"""The names of the routines for convolutions."""

from typing import TypeAlias

from symgraph.backends.llvm.routines.conv.direct import Direct, Total
from symgraph.backends.llvm.routines.conv.pooling import Pooling
from symgraph.backends.llvm.routines.conv.winograd import Winograd
from symgraph.backends.llvm.routines.naming import CONVOLUTION, Names

Spec: TypeAlias = Direct | Total | Winograd | Pooling
NAMES = Names(
    CONVOLUTION,
    {"direct": Direct, "total": Total, "winograd": Winograd, "pooling": Pooling},
)


def name_of(spec: Spec) -> str:
    """Return a name as `symgraph_convolution.direct.output.float32.1x1.1x1.5x5.20.50.8.64.1`."""
    return NAMES.of(spec)


def spec_of(name: str) -> Spec:
    """Return the specification of the routine with a name."""
    spec: Spec = NAMES.spec(name)
    return spec
