"""Products and quotients as lists of factors."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from symgraph.graph import Variable
from symgraph.ops import Elemwise, Reduce
from symgraph.ops.constant import number
from symgraph.ops.elemwise import scalar_functions
from symgraph.rewrite.patterns import operands, unpadded

# Longer products are left as they are, so that looking at each of their nodes stays cheap.
MOST_FACTORS = 12


@dataclass
class Product:
    """sign · Π over / Π under"""

    negative: bool = False
    over: list[Variable] = field(default_factory=list)
    under: list[Variable] = field(default_factory=list)

    def times(self, other: "Product") -> "Product":
        return Product(
            self.negative != other.negative, self.over + other.over, self.under + other.under
        )


def factors(output: Variable) -> Product | None:
    """The factors of an expression; None where there are too many of them."""
    product = Product()
    pending = [(output, True)]
    while pending:
        variable, is_over = pending.pop()
        inner = unpadded(variable)
        if inner.owner is not None and isinstance(inner.owner.op, Reduce):
            inner = variable
        match function_name(inner):
            case "mul":
                pending += [(v, is_over) for v in reversed(operands(inner))]
            case "true_div":
                numerator, denominator = operands(inner)
                pending += [(denominator, not is_over), (numerator, is_over)]
            case "reciprocal":
                pending.append((operands(inner)[0], not is_over))
            case "neg":
                product.negative = not product.negative
                pending.append((operands(inner)[0], is_over))
            case _:
                (product.over if is_over else product.under).append(inner)
        if len(pending) + len(product.over) + len(product.under) > MOST_FACTORS:
            return None
    return product


def function_name(variable: Variable) -> str | None:
    """The name of the scalar function that computes a float variable."""
    node = variable.owner
    if node is None or not isinstance(node.op, Elemwise):
        return None
    return node.op.scalar.name if variable.type.dtype.startswith("float") else None


def written(product: Product, dtype: str) -> Variable:
    """The product as an expression."""
    over, under = _multiplied(product.over), _multiplied(product.under)
    if under is None:
        result = number(1, dtype) if over is None else over
    else:
        result = scalar_functions["reciprocal"](under) if over is None else over / under
    return -result if product.negative else result


def _multiplied(variables: Sequence[Variable]) -> Variable | None:
    total: Variable | None = None
    for variable in variables:
        total = variable if total is None else total * variable
    return total
