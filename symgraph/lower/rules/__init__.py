"""How each operation that is not elementwise becomes views, loops or library calls.

One function per op class, in `RULES`; `VIEWS` are those that only describe memory anew,
or that loops compute as they go.
"""

from collections.abc import Callable
from typing import Any

from symgraph.graph import Apply
from symgraph.lower.builder import Builder
from symgraph.lower.rules.conv import convolution
from symgraph.lower.rules.creation import arange, eye, join, positions
from symgraph.lower.rules.dot import batched_dot, dot, gemm, scaled_dot
from symgraph.lower.rules.gather import advanced_subtensor
from symgraph.lower.rules.ifelse import ifelse
from symgraph.lower.rules.masks import count_true, nonzero
from symgraph.lower.rules.pool import (
    max_pool,
    max_pool_gradient,
    max_pool_select,
    overlap_add,
    windows,
)
from symgraph.lower.rules.random import categorical, multinomial, permutation
from symgraph.lower.rules.reductions import arg_reduce, sum_to
from symgraph.lower.rules.scan import scan
from symgraph.lower.rules.scatter import inc_subtensor
from symgraph.lower.rules.slices import subtensor
from symgraph.lower.rules.views import broadcast_to, dimshuffle, reshape, shape_of, specify_shape
from symgraph.ops import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    Arange,
    ArgReduce,
    BatchedDot,
    BroadcastTo,
    Categorical,
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

RULES: dict[Any, Rule] = {
    AdvancedIncSubtensor: inc_subtensor,
    AdvancedSubtensor: advanced_subtensor,
    Arange: arange,
    ArgReduce: arg_reduce,
    BatchedDot: batched_dot,
    BroadcastTo: broadcast_to,
    Categorical: categorical,
    Conv: convolution,
    ConvInputGradient: convolution,
    ConvKernelGradient: convolution,
    CountTrue: count_true,
    DimShuffle: dimshuffle,
    Dot: dot,
    Eye: eye,
    Gemm: gemm,
    IfElse: ifelse,
    IncSubtensor: inc_subtensor,
    Join: join,
    MaxPool: max_pool,
    MaxPoolGradient: max_pool_gradient,
    MaxPoolSelect: max_pool_select,
    Multinomial: multinomial,
    Nonzero: nonzero,
    OverlapAdd: overlap_add,
    Permutation: permutation,
    Positions: positions,
    Reshape: reshape,
    ScaledDot: scaled_dot,
    Scan: scan,
    ShapeOf: shape_of,
    SpecifyShape: specify_shape,
    Subtensor: subtensor,
    SumTo: sum_to,
    Windows: windows,
}
VIEWS = (BroadcastTo, DimShuffle, Positions, Reshape, ShapeOf, SpecifyShape, Subtensor, Windows)
