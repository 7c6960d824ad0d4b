"""Contract products with the sums that they are added to, as fused multiply-adds.

A fused multiply-add does not round the product, which changes its value, so it is allowed only
where the sum is the product's only use. A value that is used twice must be one number: softmax(x *
y) subtracts the largest product from each product, and would get more than 0 if the two were
rounded differently. The decision is made here, from the graph, and not by the target, which sees
one loop at a time: so every place that recomputes a sum computes the same value.
"""

from collections.abc import Set
from typing import NamedTuple

import numpy as np

from symgraph.graph import Apply, Constant, FunctionGraph, Variable
from symgraph.lower.fusion.reduction import Reduction
from symgraph.lower.program.values import Value
from symgraph.lower.writing.builder import Builder
from symgraph.ops import BroadcastTo, DimShuffle, Elemwise


class UnroundedProduct(NamedTuple):
    """Two factors whose product has not been rounded."""

    x: Value
    y: Value


# The value that an element contributes to a reduction.
Term = Value | UnroundedProduct

# float16 is rounded after every operation.
DTYPES = {"float32", "float64"}


class Contracted(NamedTuple):
    """A contracted sum: which of its inputs is a product, the node of that product, its factors."""

    position: int
    product: Apply
    factors: tuple[Variable, Variable]


def contracted(node: Apply, within: Set[Apply], graph: FunctionGraph) -> Contracted | None:
    """Return the product that a sum, difference or reduction adds unrounded, if one of the nodes
    `within` computes it for that use alone; else None.

    A difference of two products rounds both, so that equal ones cancel.
    """
    name = node.op.scalar.name if isinstance(node.op, Elemwise) else "sum"
    if name not in ("add", "sub", "sum") or node.outputs[0].type.dtype not in DTYPES:
        return None
    if name == "sub" and all(factors_of(_unspread(v)) for v in node.inputs):
        return None
    for position, variable in enumerate(node.inputs[:2]):
        factors, maker = factors_of(variable), variable.owner
        if factors is None or maker is None or maker not in within:
            continue
        if variable.type.dtype == node.outputs[0].type.dtype and _is_seen_once(variable, graph):
            return Contracted(position, maker, factors)
    return None


def factors_of(variable: Variable) -> tuple[Variable, Variable] | None:
    """Return the factors of a product; None where the variable is not a product."""
    node = variable.owner
    if node is None or not isinstance(node.op, Elemwise):
        return None
    first, *rest = node.inputs
    match node.op.scalar.name:
        case "mul":
            return first, rest[0]
        case "sqr":
            return first, first
        case "pow" if isinstance(rest[0], Constant) and (rest[0].data == 2).all():
            return first, first
    return None


def _unspread(variable: Variable) -> Variable:
    """Return the array behind broadcasts and DimShuffles."""
    while variable.owner is not None and isinstance(variable.owner.op, BroadcastTo | DimShuffle):
        variable = variable.owner.inputs[0]
    return variable


def _is_seen_once(product: Variable, graph: FunctionGraph) -> bool:
    """Return whether a product has one use, and no other node of the graph computes it from its
    factors: x * y and y * x, or sqr(x) and x * x, are one number each."""
    factors = factors_of(product)
    assert factors is not None
    if len(graph.clients[product]) != 1:
        return False
    rarest = min(factors, key=lambda v: len(graph.clients[v]))
    nodes = [client for client, _ in graph.clients[rarest] if isinstance(client, Apply)]
    made = {v for node in nodes for v in node.outputs} - {product}
    return not any(_is_product_of(variable, set(factors)) for variable in made)


def _is_product_of(variable: Variable, wanted: set[Variable]) -> bool:
    factors = factors_of(variable)
    return factors is not None and set(factors) == wanted


def sum_of(
    b: Builder, node: Apply, position: int, product: UnroundedProduct, other: Value
) -> Value:
    """Write the sum or difference that a node computes, whose input at `position` is the
    product."""
    dtype = node.outputs[0].type.dtype
    x, y, z = (b.cast(value, dtype) for value in (*product, other))
    if node.op.scalar.name == "sub":
        if position == 0:
            z = b.compute("neg", dtype, z)
        else:
            x = b.compute("neg", dtype, x)
    return b.compute("multiply_add", dtype, x, y, z)


def combined(b: Builder, reduction: Reduction, dtype: str, total: Value, term: Term) -> Value:
    """Write the combination, in the given dtype, of a running total with an element's term.
    Floating-point sums may be reassociated."""
    fn = reduction.kind.combine
    args = [b.cast(total, dtype)]
    if isinstance(term, UnroundedProduct):
        fn, args = "multiply_add", [b.cast(term.x, dtype), b.cast(term.y, dtype), *args]
    else:
        args.append(b.cast(term, dtype))
    return b.compute(fn, dtype, *args, reassociable=np.dtype(dtype).kind in "fc")


def rounded(b: Builder, dtype: str, term: Term) -> Value:
    """Return a term as a number of the dtype, a product rounded."""
    if not isinstance(term, UnroundedProduct):
        return b.cast(term, dtype)
    return b.compute("mul", dtype, b.cast(term.x, dtype), b.cast(term.y, dtype))
