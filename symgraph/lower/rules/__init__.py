"""Lower each operation that is not elementwise to views, loops or library calls.

There is one function per op class, in `RULES`; `VIEWS` are the ops that only reinterpret memory, or
that loops compute on the fly. Operations of other packages are added by `register`.
"""

from collections.abc import Callable

from symgraph.graph import Apply, LazyModule, Op
from symgraph.lower.rules import llvm_functions
from symgraph.lower.rules.creation import arange, eye, join, positions
from symgraph.lower.rules.gather import advanced_subtensor
from symgraph.lower.rules.reductions import arg_reduce, sum_to
from symgraph.lower.rules.scatter import inc_subtensor
from symgraph.lower.rules.slices import subtensor
from symgraph.lower.rules.views import broadcast_to, dimshuffle, reshape, shape_of, specify_shape
from symgraph.lower.writing.builder import Builder
from symgraph.ops import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    Arange,
    ArgReduce,
    ArgSort,
    BatchedDot,
    BroadcastTo,
    Categorical,
    Checked,
    Conv,
    ConvInputGradient,
    ConvKernelGradient,
    CountTrue,
    DimShuffle,
    Dot,
    Eye,
    Gemm,
    IfElse,
    IncSubtensor,
    Join,
    MaxPool,
    MaxPoolGradient,
    MaxPoolSelect,
    Multinomial,
    Nonzero,
    OverlapAdd,
    Permutation,
    Positions,
    Reshape,
    ScaledDot,
    Scan,
    ShapeOf,
    SpecifyShape,
    Subtensor,
    SumTo,
    Windows,
)

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
    ArgReduce: arg_reduce,
    ArgSort: _of("sorting", "arg_sort"),
    BatchedDot: _of("dot", "batched_dot"),
    BroadcastTo: broadcast_to,
    Categorical: _of("random", "categorical"),
    Checked: _of("requirement", "checked"),
    Conv: _of("conv", "convolution"),
    ConvInputGradient: _of("conv", "convolution"),
    ConvKernelGradient: _of("conv", "convolution"),
    CountTrue: _of("masks", "count_true"),
    DimShuffle: dimshuffle,
    Dot: _of("dot", "dot"),
    Eye: eye,
    Gemm: _of("dot", "gemm"),
    IfElse: _of("ifelse", "ifelse"),
    IncSubtensor: inc_subtensor,
    Join: join,
    MaxPool: _of("pool", "max_pool"),
    MaxPoolGradient: _of("pool", "max_pool_gradient"),
    MaxPoolSelect: _of("pool", "max_pool_select"),
    Multinomial: _of("random", "multinomial"),
    Nonzero: _of("masks", "nonzero"),
    OverlapAdd: _of("pool", "overlap_add"),
    Permutation: _of("random", "permutation"),
    Positions: positions,
    Reshape: reshape,
    ScaledDot: _of("dot", "scaled_dot"),
    Scan: _of("scan", "scan"),
    ShapeOf: shape_of,
    SpecifyShape: specify_shape,
    Subtensor: subtensor,
    SumTo: sum_to,
    Windows: _of("pool", "windows"),
}
VIEWS: set[type[Op]] = {
    BroadcastTo, DimShuffle, Positions, Reshape, ShapeOf, SpecifyShape, Subtensor, Windows,
}  # fmt: skip


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
    element takes; long calls give the interpreter's lock away. Where an input or output is complex,
    the NumPy meaning runs instead. Raises ValueError for an operation that already has a rule.
    """
    register(op, llvm_functions.rule_of(write, ns))
