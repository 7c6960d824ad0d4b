"""Products and quotients as lists of factors.

The remaining factors are multiplied and divided in the original order: another product, or the same
one in another order, may overflow or underflow in between (see `symgraph.rewrite.magnitudes`).
"""

from dataclasses import dataclass, field

from symgraph.graph import Variable
from symgraph.ops import Elemwise, Reduce
from symgraph.ops.constant import number
from symgraph.ops.elemwise import scalar_functions
from symgraph.rewrite.patterns import operands, unpadded

# Longer products are left unchanged, which bounds the cost of examining each of their nodes.
MOST_FACTORS = 12


@dataclass
class FactoredProduct:
    """± Π over / Π under. Rules remove factors from the lists, and append others.

    `form` is how the factors were multiplied, in Polish notation: names of functions, each before
    its operands, and factors, each with whether it is in the numerator.
    """

    over: list[Variable] = field(default_factory=list)
    under: list[Variable] = field(default_factory=list)
    form: list["str | tuple[Variable, bool]"] = field(default_factory=list)

    def times(self, other: "FactoredProduct") -> "FactoredProduct":
        both = ["mul"] if self.form and other.form else []
        return FactoredProduct(
            self.over + other.over, self.under + other.under, [*both, *self.form, *other.form]
        )

    def divided_by(self, divisor: Variable) -> "FactoredProduct":
        return self.times(FactoredProduct([], [divisor], ["reciprocal", (divisor, False)]))

    def parts(self) -> "list[FactoredProduct]":
        """Return each factor as a product of its own; the sign is not a factor."""
        above = [FactoredProduct([v], [], [(v, True)]) for v in self.over]
        return above + [FactoredProduct().divided_by(v) for v in self.under]

    def without(self, part: "FactoredProduct") -> "FactoredProduct":
        """Return the product without one of its parts."""
        rest = FactoredProduct(list(self.over), list(self.under), self.form)
        for factor in part.over:
            rest.over.remove(factor)
        for factor in part.under:
            rest.under.remove(factor)
        return rest


def factors(output: Variable) -> FactoredProduct | None:
    """Return the factors of an expression; None where there are too many of them."""
    product = FactoredProduct()
    pending = [(output, True)]
    while pending:
        variable, is_over = pending.pop()
        inner = unpadded(variable)
        if inner.owner is not None and isinstance(inner.owner.op, Reduce):
            inner = variable
        name, inputs = function_name(inner), operands(inner)
        match name:
            case "mul":
                pending += [(v, is_over) for v in reversed(inputs)]
            case "true_div":
                pending += [(inputs[1], not is_over), (inputs[0], is_over)]
            case "reciprocal":
                pending.append((inputs[0], not is_over))
            case "neg":
                pending.append((inputs[0], is_over))
            case _:
                (product.over if is_over else product.under).append(inner)
                product.form.append((inner, is_over))
                name = None
        if name is not None:
            product.form.append(name)
        if len(pending) + len(product.over) + len(product.under) > MOST_FACTORS:
            return None
    return product


def function_name(variable: Variable) -> str | None:
    """Return the name of the scalar function that computes a float variable; None otherwise."""
    node = variable.owner
    if node is None or not isinstance(node.op, Elemwise):
        return None
    return node.op.scalar.name if variable.type.dtype.startswith("float") else None


# A value, or None for a factor of 1, and whether it is in the denominator.
_Part = tuple[Variable | None, bool]


def written(product: FactoredProduct, dtype: str) -> Variable:
    """Return the product as an expression in its form, with new factors in the positions of removed
    ones."""
    stack: list[_Part] = []
    places = _filled(product)
    for entry in reversed(product.form):
        if isinstance(entry, tuple):
            stack.append(places.pop())
        elif entry == "reciprocal":
            value, below = stack.pop()
            stack.append((value, not below))
        elif entry == "neg":
            value, below = stack.pop()
            stack.append((number(-1, dtype) if value is None else -value, below))
        else:
            left, (value, below) = stack.pop(), stack.pop()
            stack.append(_multiplied(left, (value, below != (entry == "true_div"))))
    result, below = stack.pop() if stack else (None, False)
    if result is None:
        return number(1, dtype)
    return scalar_functions["reciprocal"](result) if below else result


def _multiplied(left: _Part, right: _Part) -> _Part:
    (a, a_below), (b, b_below) = left, right
    if a is None or b is None:
        return right if a is None else left
    if a_below == b_below:
        return a * b, a_below
    return (b / a if a_below else a / b), False


def _filled(product: FactoredProduct) -> list[_Part]:
    """Return for each position of a factor in the form its present content: the factor, if it was
    not removed, or a new one, preferably from the same side of the fraction."""
    left = {True: list(product.over), False: list(product.under)}
    found: list[_Part] = []
    gaps: list[tuple[int, bool]] = []
    for entry in product.form:
        if isinstance(entry, tuple):
            variable, is_over = entry
            if variable in left[is_over]:
                left[is_over].remove(variable)
                found.append((variable, False))
            else:
                gaps.append((len(found), is_over))
                found.append((None, False))
    for side in (True, False):
        for variable in left[side]:
            place, own = next((gap for gap in gaps if gap[1] == side), gaps[0])
            gaps.remove((place, own))
            found[place] = (variable, own != side)
    return found
