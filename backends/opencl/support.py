"""Which nodes have kernels on a device; others run their NumPy meaning on the host."""

from symgraph.backends.llvm import supports as supported_by_llvm
from symgraph.backends.opencl.devices import DeviceFacts
from symgraph.backends.opencl.errors import DeviceError

from symgraph.graph import Apply, FunctionGraph
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


def demand_dtypes(facts: DeviceFacts, graph: FunctionGraph, name: str) -> None:
    """Raise DeviceError where a graph computes in double precision and the device cannot."""
    if facts.float64:
        return
    nodes = graph.toposort()
    made = [v for node in nodes for v in node.outputs]
    for variable in (*graph.inputs, *made):
        dtype = getattr(variable.type, "dtype", None)
        if dtype not in ("float64", "complex128"):
            continue
        raise DeviceError(
            f"{name}: {variable} is {variable.type}, and the device {facts.address}"
            f" ({facts.name}) has no float64; it was created at {variable.location}. Write the"
            " expression in float32 (SYMGRAPH_FLAGS=floatX=float32 makes T.matrix() and Python's"
            " floats so), or compile with mode='llvm'"
        )


def supports(facts: DeviceFacts, node: Apply) -> bool:
    """Return whether there are kernels for a node on a device."""
    if isinstance(node.op, LAPACK) or type(node.op) in IN_LLVM:
        return False
    return supported_by_llvm(node)
