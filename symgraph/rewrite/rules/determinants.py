"""Determinants and inverses that need not be computed: logarithms of determinants without overflow,
and equations solved without the inverse."""

from symgraph.graph import Apply, Variable
from symgraph.ops import Cofactors, Det, DimShuffle, Dot, MatrixInverse, Reduce, SlogDet, Solve
from symgraph.ops.constant import number
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.scalar import is_complex
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.engine import context_rule, node_rule
from symgraph.rewrite.patterns import name_of, operands
from symgraph.rewrite.rules.dots import transposed


@node_rule("log_of_det", "log")
def log_of_det(node: Apply) -> Variable | None:
    """log(det(a)) → the logarithm of slogdet(a), nan where the determinant is negative;
    log(abs(det(a))) → the logarithm of slogdet(a)"""
    determinant = node.inputs[0]
    is_absolute = name_of(determinant) == "abs"
    if is_absolute:
        (determinant,) = operands(determinant)
    inner, dtype = determinant.owner, node.outputs[0].type.dtype
    if inner is None or not isinstance(inner.op, Det) or determinant.type.dtype != dtype:
        return None
    if is_complex(determinant):
        return None
    sign, logarithm = SlogDet()(inner.inputs[0])
    if is_absolute:
        return logarithm
    return scalar_functions["switch"](sign < 0, number(float("nan"), dtype), logarithm)


@node_rule("det_of_transposed", Det)
def det_of_transposed(node: Apply) -> Variable | None:
    """det(a.T) → det(a)"""
    a = _before_transposing(node.inputs[0])
    return None if a is None else node.op(a)


@node_rule("inverse_of_transposed", Cofactors, MatrixInverse)
def inverse_of_transposed(node: Apply) -> Variable | None:
    """inv(a.T) → inv(a).T, so that equal inverses are merged; likewise for the cofactors"""
    a = _before_transposing(node.inputs[0])
    return None if a is None else transposed(node.op(a))


def _before_transposing(variable: Variable) -> Variable | None:
    """Return a, where this is the transposed matrix a; None for anything else."""
    node = variable.owner
    if node is None or not isinstance(node.op, DimShuffle) or node.op.order != (1, 0):
        return None
    return node.inputs[0] if node.inputs[0].type.ndim == 2 else None


def over_determinant(variable: Variable, a: Variable) -> Variable | None:
    """cofactors(a) / det(a) → inv(a).T, also in a sum of products with cofactors.

    Return the quotient, where the variable is the numerator; None where it is anything else.
    """
    node = variable.owner
    if node is None:
        return None
    if isinstance(node.op, Cofactors) and node.inputs[0] is a:
        return transposed(MatrixInverse()(a))
    turned = _before_transposing(variable)
    if turned is not None:
        inverse = over_determinant(turned, a)
        return None if inverse is None else transposed(inverse)
    if isinstance(node.op, Reduce) and node.op.kind == "sum" and name_of(node.inputs[0]) == "mul":
        for one, other in (operands(node.inputs[0]), operands(node.inputs[0])[::-1]):
            inverse = over_determinant(one, a)
            if inverse is not None:
                return node.op(inverse * other)
    return None


@context_rule("product_with_inverse", Dot)
def product_with_inverse(node: Apply, context: RewriteContext) -> Variable | None:
    """dot(inv(a), b) → solve(a, b); dot(b, inv(a)) → solve(a.T, b.T).T, where nothing else needs
    the inverse"""
    left, right = node.inputs
    matrix = _inverted(left, context)
    if matrix is not None and right.type.dtype == left.type.dtype:
        return Solve()(matrix, right)
    matrix = _inverted(right, context)
    if matrix is None or left.type.dtype != right.type.dtype:
        return None
    solved = Solve()(transposed(matrix), left if left.type.ndim == 1 else transposed(left))
    return solved if left.type.ndim == 1 else transposed(solved)


def _inverted(variable: Variable, context: RewriteContext) -> Variable | None:
    """Return a, where the variable is its inverse, or the transposed inverse of a.T, without other
    clients; None for anything else."""
    node, turned = variable.owner, False
    if not context.used_once(variable):
        return None
    if node is not None and isinstance(node.op, DimShuffle) and node.op.order == (1, 0):
        variable, turned = node.inputs[0], True
        node = variable.owner
    if node is None or not isinstance(node.op, MatrixInverse) or not context.used_once(variable):
        return None
    a = node.inputs[0]
    return transposed(a) if turned else a


RULES = (det_of_transposed, inverse_of_transposed)
STABLE = (log_of_det,)
SPECIALISED = (product_with_inverse,)
