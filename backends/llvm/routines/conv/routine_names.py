"""The names of convolutions' routines."""

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
    """As `symgraph_convolution.direct.output.float32.1x1.1x1.5x5.20.50.8.64.1`."""
    return NAMES.of(spec)


def spec_of(name: str) -> Spec:
    """What the routine of a name is written for."""
    spec: Spec = NAMES.spec(name)
    return spec
