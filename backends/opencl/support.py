"""Which nodes have kernels on a device; others run their NumPy meaning on the host."""

from symgraph.backends.llvm import supports as supported_by_llvm
from symgraph.backends.opencl.devices import DeviceFacts

from symgraph.graph import Apply
from symgraph.lower.rules import IN_LLVM
from symgraph.ops import (
    LU,
    QR,
    SVD,
    Cholesky,
    Det,
    Eig,
    Eigh,
    EigvalsH,
    Expm,
    LeastSquares,
    MatrixInverse,
    Reflectors,
    RowOrder,
    SingularValues,
    SlogDet,
    Solve,
)

# Operations that call LAPACK.
LAPACK = (
    LU, QR, SVD, Cholesky, Det, Eig, Eigh, EigvalsH, Expm, LeastSquares, MatrixInverse, Reflectors,
    RowOrder, SingularValues, SlogDet, Solve,
)  # fmt: skip


def supports(facts: DeviceFacts, node: Apply) -> bool:
    """Return whether there are kernels for a node on a device."""
    if isinstance(node.op, LAPACK) or type(node.op) in IN_LLVM:
        return False
    return supported_by_llvm(node)
