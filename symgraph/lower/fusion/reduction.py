"""Describe reductions as loops compute them: the combining function, the axes, the dtype."""

from typing import NamedTuple

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.extents.table import ExtentTable
from symgraph.lower.program.values import Literal
from symgraph.ops import Reduce, SumTo
from symgraph.ops.reduce import REDUCE_KINDS, ReduceKind


class Reduction(NamedTuple):
    """A reduction of `kind` over `axes` of a node's first input; reduced axes remain with extent 1
    (`keeps`) or are removed."""

    name: str
    axes: tuple[int, ...]
    keeps: bool

    @property
    def kind(self) -> ReduceKind:
        return REDUCE_KINDS[self.name]


def reduction_of(node: Apply, table: ExtentTable) -> Reduction | None:
    """Return the reduction that a node is; None for other operations, and where the summed axes are
    only known at run time."""
    if isinstance(node.op, Reduce):
        return Reduction(node.op.kind, tuple(node.op.axes), False)
    if not isinstance(node.op, SumTo):
        return None
    axes = []
    pairs = zip(table[node.inputs[0]], table[node.outputs[0]], strict=True)
    for axis, (have, want) in enumerate(pairs):
        if have is want or have == want:
            continue
        if want != 1:
            return None
        axes.append(axis)
    return Reduction("sum", tuple(axes), True)


def accumulator_dtype(node: Apply) -> str:
    dtype = node.outputs[0].type.dtype
    return "float32" if dtype == "float16" else dtype


def identity(node: Apply, reduction: Reduction) -> Literal:
    """Return the value of an empty reduction; for maxima the smallest value of the dtype."""
    kind, dtype = reduction.kind, accumulator_dtype(node)
    if kind.identity is not None:
        return Literal(np.dtype(dtype).type(kind.identity).item(), dtype)
    sign = -1 if reduction.name == "max" else 1
    if np.dtype(dtype).kind == "f":
        return Literal(sign * float("inf"), dtype)
    if dtype == "bool":
        return Literal(sign > 0, dtype)
    bounds = np.iinfo(dtype)
    return Literal(bounds.min if sign < 0 else bounds.max, dtype)
