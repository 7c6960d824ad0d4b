"""Compositions of inverse functions, replaced by simpler equivalents before differentiation.

The square of a norm is a sum of squares. Its derivative by way of the norm would be
2 norm · (1 / norm) · x, which is 0 / 0 at 0, although the whole is smooth there. So the derivative
engines differentiate the simplified form of such a composition; the value is computed as written.
"""

from collections.abc import Collection, Iterable

from symgraph.gradient.log_sigmoids import Plain, log_of_sigmoid, name_of, operands
from symgraph.graph import Apply, Constant, Variable, are_alike, toposort
from symgraph.ops.constant import number
from symgraph.ops.elemwise import Elemwise, scalar_functions
from symgraph.ops.rank_alignment import without_padding
from symgraph.ops.scalar import is_complex
from symgraph.ops.shape import DimShuffle

# The outer function returns the argument of the inner one, wherever that is defined.
UNDONE = {
    ("exp", "log"),
    ("exp2", "log2"),
    ("expm1", "log1p"),
    ("sin", "arcsin"),
    ("cos", "arccos"),
    ("tanh", "arctanh"),
    ("cosh", "arccosh"),
    ("erf", "erfinv"),
    ("reciprocal", "reciprocal"),
}


def in_plain_form(nodes: Iterable[Apply], kept: Collection[Variable]) -> list[Apply]:
    """Return the nodes, in order, with such compositions replaced. Cotangents of the variables in
    `kept` still pass through them, since derivatives by these are asked for."""
    result: list[Apply] = []
    for node in nodes:
        plain = _plain(node) if isinstance(node.op, Elemwise) else None
        if plain is None or not plain.stands_for(node.outputs[0], kept):
            result.append(node)
            continue
        value = scalar_functions["identity"](plain.value)
        *before, last = toposort([value], stop_at=plain.bases)
        # It replaces the very output that the cotangent belongs to.
        last.outputs = node.outputs
        result += [*before, last]
    return result


def _plain(node: Apply) -> Plain | None:
    name = node.op.scalar.name
    if name == "mul":
        return _product(*node.inputs)
    exponent = _exponent(node)
    if exponent is not None:
        return _power(node.inputs[0], exponent)
    if len(node.inputs) == 1:
        inner = node.inputs[0]
        if (name, name_of(inner)) in UNDONE:
            (x,) = operands(inner)
            return Plain(x, [x], [inner])
        if name == "exp" and name_of(inner) == "mul":
            return _exponential(inner)
        return log_of_sigmoid(node)
    return None


def _exponent(node: Apply) -> float | None:
    """Return c, where the node computes x ** c of its first input x for a real c; None
    otherwise."""
    name = node.op.scalar.name
    if name == "pow":
        exponent = without_padding(node.inputs[1])
        if isinstance(exponent, Constant) and exponent.data.size == 1:
            value = complex(exponent.data.item())
            return value.real if value.imag == 0 else None
        return None
    return {"sqrt": 0.5, "sqr": 2.0}.get(name)


def _root(variable: Variable) -> tuple[Variable, float] | None:
    """Return x and c, where this is x ** c with c between 0 and 1, whose derivative is infinite at
    0; None otherwise."""
    node = variable.owner
    exponent = _exponent(node) if node is not None and isinstance(node.op, Elemwise) else None
    if exponent is None or not 0 < exponent < 1:
        return None
    return operands(variable)[0], exponent


def _power(inner: Variable, exponent: float) -> Plain | None:
    """sqrt(x) ** 4 = x ** 2; abs(x) ** 2 = x ** 2; hypot(x, y) ** 2 = x ** 2 + y ** 2"""
    core = inner
    undone: list[Apply] = []
    while core.owner is not None and isinstance(core.owner.op, DimShuffle):
        undone.append(core.owner)
        core = core.owner.inputs[0]
    passed = [core, *(node.outputs[0] for node in undone)]

    def turned(x: Variable) -> Variable:
        for node in reversed(undone):
            x = node.op(x)
        return x

    root, name = _root(core), name_of(core)
    if root is not None and root[1] * exponent >= 1:
        return Plain(_raised(turned(root[0]), root[1] * exponent), [root[0]], passed)
    if name == "abs" and exponent > 0 and exponent % 2 == 0 and not is_complex(*operands(core)):
        (x,) = operands(core)
        return Plain(_raised(turned(x), exponent), [x], passed)
    if name == "hypot" and exponent == 2:
        x, y = operands(core)
        sqr = scalar_functions["sqr"]
        return Plain(turned(sqr(x) + sqr(y)), [x, y], passed)
    return None


def _product(a: Variable, b: Variable) -> Plain | None:
    """abs(x) · abs(x) = x ** 2; x · sqrt(x) = x ** 1.5; x · log(x) = xlogy(x, x)"""
    for x, other in ((a, b), (b, a)):
        name, root = name_of(other), _root(other)
        if name == "log" and are_alike(operands(other)[0], x):
            return Plain(scalar_functions["xlogy"](x, x), [x], [other])
        if root is not None and are_alike(root[0], x):
            return Plain(_raised(x, 1 + root[1]), [x], [other])
    if name_of(a) in ("sqrt", "pow", "abs", "hypot", None) and are_alike(a, b):
        plain = _power(a, 2)
        return plain and Plain(plain.value, plain.bases, [*plain.passed, b])
    return None


def _exponential(product: Variable) -> Plain | None:
    """exp(y · log(x)) = x ** y"""
    for y, logarithm in (operands(product), operands(product)[::-1]):
        if name_of(logarithm) == "log":
            (x,) = operands(logarithm)
            return Plain(scalar_functions["pow"](x, y), [x, y], [product, logarithm])
    return None


def _raised(x: Variable, exponent: float) -> Variable:
    if exponent == 1:
        return x
    return scalar_functions["pow"](x, number(exponent, x.type.dtype, x.type.ndim))
