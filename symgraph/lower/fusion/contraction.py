"""Products that are added without being rounded first, as fused multiply-adds do.

That changes the product, so it may happen only where the sum is all that sees it. A value that is
used twice is one number: softmax(x * y) subtracts from each product the largest of them, and gets
more than 0 where the two were rounded differently. Which products these are is decided here, from
the graph, and not by the target, which sees one loop at a time: every place that computes a sum
again then computes the same one.
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
    """Two factors whose product is not rounded yet."""

    x: Value
    y: Value


# What a reduction takes of an element.
Term = Value | UnroundedProduct

# float16 is rounded after every operation.
DTYPES = {"float32", "float64"}


class Contracted(NamedTuple):
    """Of a sum: which input is a product, the node that makes it, and what is multiplied."""

    position: int
    product: Apply
    factors: tuple[Variable, Variable]


def contracted(node: Apply, within: Set[Apply], graph: FunctionGraph) -> Contracted | None:
    """The product that a sum, difference or reduction adds unrounded, if one of the nodes `within`
    computes it for that alone.

    A difference of two products takes both rounded: equal ones then cancel.
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
    """What a product is of; None where the variable is none."""
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
    """What an array repeats."""
    while variable.owner is not None and isinstance(variable.owner.op, BroadcastTo | DimShuffle):
        variable = variable.owner.inputs[0]
    return variable


def _is_seen_once(product: Variable, graph: FunctionGraph) -> bool:
    """Whether a product has one use, and is computed from its factors nowhere else in the graph:
    x * y and y * x, sqr(x) and x * x are one number each."""
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
    """The sum or difference that a node is, whose input at the position is the product."""
    dtype = node.outputs[0].type.dtype
    x, y, z = (b.cast(value, dtype) for value in (*product, other))
    if node.op.scalar.name == "sub":
        if position == 0:
            z = b.compute("neg", dtype, z)
        else:
            x = b.compute("neg", dtype, x)
    return b.compute("multiply_add", dtype, x, y, z)


def combined(b: Builder, reduction: Reduction, dtype: str, total: Value, term: Term) -> Value:
    """A total of the dtype and what an element adds to it, in any order."""
    fn = reduction.kind.combine
    args = [b.cast(total, dtype)]
    if isinstance(term, UnroundedProduct):
        fn, args = "multiply_add", [b.cast(term.x, dtype), b.cast(term.y, dtype), *args]
    else:
        args.append(b.cast(term, dtype))
    return b.compute(fn, dtype, *args, reassociable=np.dtype(dtype).kind == "f")


def rounded(b: Builder, dtype: str, term: Term) -> Value:
    """The number of the dtype that a term is."""
    if not isinstance(term, UnroundedProduct):
        return b.cast(term, dtype)
    return b.compute("mul", dtype, b.cast(term.x, dtype), b.cast(term.y, dtype))
