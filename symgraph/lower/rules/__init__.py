"""Lower each operation that is not elementwise to views, loops or library calls.

There is one function per op class, in `RULES`; `VIEWS` are the ops that only reinterpret memory, or
that loops compute on the fly. Operations of other packages are added by `register`.
"""

from collections.abc import Callable

from symgraph.graph import Apply, LazyModule, Op
from symgraph.lower.rules import llvm_functions
from symgraph.lower.rules.creation import arange, eye, join, positions
from symgraph.lower.rules.gather import advanced_subtensor
from symgraph.lower.rules.reductions import sum_to
from symgraph.lower.rules.scatter import inc_subtensor
from symgraph.lower.rules.slices import subtensor
from symgraph.lower.rules.views import broadcast_to, dimshuffle, reshape, shape_of, specify_shape
from symgraph.lower.writing.builder import Builder
from symgraph.ops import (
    LU,
    QR,
    SVD,
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    Arange,
    ArgReduce,
    ArgSelect,
    ArgSort,
    BatchedDot,
    BroadcastTo,
    Categorical,
    Checked,
    Cholesky,
    Conv,
    ConvInputGradient,
    ConvKernelGradient,
    CountTrue,
    Cumulative,
    Det,
    DimShuffle,
    Dot,
    Eig,
    Eigh,
    EigvalsH,
    Expm,
    Eye,
    FourierTransform,
    Gemm,
    IfElse,
    IncSubtensor,
    Join,
    LeastSquares,
    LinearRecurrence,
    MatrixInverse,
    MaxPool,
    MaxPoolGradient,
    MaxPoolSelect,
    Multinomial,
    Nonzero,
    OverlapAdd,
    Permutation,
    Positions,
    Reflectors,
    Reshape,
    RowOrder,
    ScaledDot,
    Scan,
    SearchSorted,
    ShapeOf,
    SingularValues,
    SlogDet,
    Solve,
    Sort,
    SpecifyShape,
    Subtensor,
    SumTo,
    TakeOrdered,
    Windows,
)
from symgraph.ops.compressed import ColumnDot, RowDot, SampledDot
from symgraph.ops.compressed_structure import CountingSort, Ranges, RowNumbers

Rule = Callable[[Builder, Apply], None]


def _of(file: str, name: str) -> Rule:
    """Return a rule whose module is imported by the first program that needs it."""
    module = LazyModule(f"{__name__}.{file}")

    def rule(b: Builder, node: Apply) -> None:
        getattr(module, name)(b, node)

    return rule


RULES: dict[type[Op], Rule] = {
    AdvancedIncSubtensor: inc_subtensor,
    AdvancedSubtensor: advanced_subtensor,
    Arange: arange,
    ArgReduce: _of("arg_reductions", "arg_reduce"),
    ArgSelect: _of("sorting", "arg_select"),
    ArgSort: _of("sorting", "arg_sort"),
    BatchedDot: _of("dot", "batched_dot"),
    BroadcastTo: broadcast_to,
    Categorical: _of("random", "categorical"),
    Checked: _of("requirement", "checked"),
    Cholesky: _of("linalg", "cholesky"),
    ColumnDot: _of("compressed", "column_dot"),
    Conv: _of("conv", "convolution"),
    ConvInputGradient: _of("conv", "convolution"),
    ConvKernelGradient: _of("conv", "convolution"),
    CountingSort: _of("compressed", "counting_sort"),
    CountTrue: _of("masks", "count_true"),
    Cumulative: _of("cumulative", "cumulative"),
    Det: _of("linalg", "det"),
    DimShuffle: dimshuffle,
    Dot: _of("dot", "dot"),
    Eig: _of("factorisations", "eig"),
    Eigh: _of("factorisations", "eigh"),
    EigvalsH: _of("factorisations", "eigvalsh"),
    Expm: _of("expm", "expm"),
    Eye: eye,
    FourierTransform: _of("fourier", "fourier_transform"),
    Gemm: _of("dot", "gemm"),
    IfElse: _of("ifelse", "ifelse"),
    IncSubtensor: inc_subtensor,
    Join: join,
    LinearRecurrence: _of("cumulative", "linear_recurrence"),
    LeastSquares: _of("factorisations", "least_squares"),
    LU: _of("factorisations", "lu"),
    RowOrder: _of("factorisations", "row_order"),
    MatrixInverse: _of("linalg", "matrix_inverse"),
    MaxPool: _of("pool", "max_pool"),
    MaxPoolGradient: _of("pool", "max_pool_gradient"),
    MaxPoolSelect: _of("pool", "max_pool_select"),
    Multinomial: _of("random", "multinomial"),
    Nonzero: _of("masks", "nonzero"),
    OverlapAdd: _of("pool", "overlap_add"),
    Permutation: _of("random", "permutation"),
    Positions: positions,
    QR: _of("factorisations", "qr"),
    Reflectors: _of("factorisations", "reflectors"),
    Ranges: _of("compressed", "ranges"),
    Reshape: reshape,
    RowDot: _of("compressed", "row_dot"),
    RowNumbers: _of("compressed", "row_numbers"),
    SampledDot: _of("compressed", "sampled_dot"),
    ScaledDot: _of("dot", "scaled_dot"),
    Scan: _of("scan", "scan"),
    SearchSorted: _of("searching", "search_sorted"),
    ShapeOf: shape_of,
    SingularValues: _of("factorisations", "singular_values"),
    SlogDet: _of("linalg", "slogdet"),
    Sort: _of("sorting", "sort"),
    Solve: _of("linalg", "solve"),
    SpecifyShape: specify_shape,
    TakeOrdered: _of("sorting", "take_ordered"),
    Subtensor: subtensor,
    SumTo: sum_to,
    SVD: _of("factorisations", "svd"),
    Windows: _of("pool", "windows"),
}
VIEWS: set[type[Op]] = {
    BroadcastTo, DimShuffle, Positions, Reshape, ShapeOf, SpecifyShape, Subtensor, Windows,
}  # fmt: skip


# The operations that are lowered by functions in LLVM IR, which only some back ends run.
IN_LLVM: set[type[Op]] = set()


def register(op: type[Op], rule: Rule, *, view: bool = False) -> None:
    """Lower the nodes of an operation by a rule, on all back ends that run loop programs.

    `rule(b, node)` writes statements with the builder `b`, from `b.buffer(variable)` of each input,
    and binds a buffer to each output by `b.bind(variable, buffer)`. `view`: the rule writes no
    computation, but reinterprets the memory of an input. Raises ValueError for an operation that
    already has a rule.
    """
    if op in RULES:
        raise ValueError(f"{op.__name__} already has a rule by which it is lowered")
    RULES[op] = rule
    if view:
        VIEWS.add(op)


def register_llvm(op: type[Op], write: llvm_functions.Write, *, ns: float = 1.0) -> None:
    """Lower the nodes of an operation by a function in LLVM IR, on back ends that emit it.

    `write(b, node, inputs, outputs)` writes the body of the function with `b`, a builder of
    llvmlite; the arrays are `symgraph.lower.IRArray`s: pointer, extents, strides, `load`, `store`.
    It must set all elements of the outputs, whose extents `infer_shape` tells. It is called twice,
    and must write the same for equal operations on equal types. `ns`: the nanoseconds that an
    element takes; long calls give the interpreter's lock away. Raises ValueError for an operation
    that already has a rule.
    """
    register(op, llvm_functions.rule_of(write, ns))
    IN_LLVM.add(op)
