"""Sums as linear combinations: Σ coefficient · term, with scalar coefficients.

Nested scalar factors, as in s · (t · x), are multiplied with each other first. Their product may
overflow or underflow where s · (t · x) does not, so their number is limited: see
`Coefficient.is_safe`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from symgraph.graph import Variable
from symgraph.ops import DimShuffle
from symgraph.ops.constant import number
from symgraph.rewrite.magnitudes import ROOM, fits, is_normal
from symgraph.rewrite.patterns import number_of, operands, unpadded
from symgraph.rewrite.rules.factored import function_name

# Longer sums are left unchanged, which bounds the cost of examining each of their nodes.
MOST_TERMS = 16


class Coefficient(NamedTuple):
    """A scalar coefficient: factor · Π over / Π under, of 0-d variables."""

    factor: float = 1.0
    over: tuple[Variable, ...] = ()
    under: tuple[Variable, ...] = ()

    def __neg__(self) -> "Coefficient":
        return self._replace(factor=-self.factor)

    def times(self, scalar: Variable) -> "Coefficient":
        known = number_of(scalar)
        if isinstance(known, float):
            return self._replace(factor=self.factor * known)
        return self._replace(over=(*self.over, _zero_dimensional(scalar)))

    def divided_by(self, scalar: Variable) -> "Coefficient":
        known = number_of(scalar)
        if isinstance(known, float) and known:
            return self._replace(factor=self.factor / known)
        return self._replace(under=(*self.under, _zero_dimensional(scalar)))

    @property
    def known(self) -> float | None:
        """Return the value where it contains no variable; None otherwise."""
        return None if self.over or self.under else self.factor

    def is_safe(self, dtype: str, unknown: int) -> bool:
        """Return whether the product of the scalars is a normal number.

        That is decided where all are known. Otherwise at most `unknown` of them may be unknown,
        beside at most one extent, and the known part must be within a factor of `ROOM` of 1.
        """
        if self.known is not None:
            return is_normal(self.factor, dtype)
        kinds = [_is_extent(v) for v in (*self.over, *self.under)]
        few = kinds.count(True) <= 1 and kinds.count(False) <= unknown
        return few and 1 / ROOM <= abs(self.factor) <= ROOM

    def written(self, dtype: str) -> Variable:
        """Return the coefficient as a 0-d variable."""
        result: Variable = number(self.factor, dtype)
        for variable in self.over:
            result = variable if result is number(1, dtype) else result * variable
        for variable in self.under:
            result = result / variable
        return result


@dataclass
class Term:
    """A term: the variable that is multiplied, and the coefficients whose sum multiplies it."""

    body: Variable
    coefficients: list[Coefficient]

    def coefficient(self, dtype: str) -> Variable:
        known = [c.known for c in self.coefficients if c.known is not None]
        total: Variable | None = number(sum(known), dtype) if known and sum(known) else None
        for coefficient in self.coefficients:
            if coefficient.known is None:
                part = coefficient.written(dtype)
                total = part if total is None else total + part
        return number(0, dtype) if total is None else total

    @property
    def known_size(self) -> float:
        """Return the sum of the magnitudes of the known coefficients."""
        return sum(abs(c.known) for c in self.coefficients if c.known is not None)

    @property
    def known(self) -> float | None:
        """Return the coefficient if it is a known number; None otherwise."""
        values = [coefficient.known for coefficient in self.coefficients]
        return None if None in values else sum(v for v in values if v is not None)


def linear_combination(
    output: Variable, opens: Callable[[Variable], bool], unknown: int = 1
) -> dict[Variable, Term] | None:
    """Return the terms of a sum of floats, by their bodies; None where there are too many of them.

    `opens` decides which operands are expanded: a value with other clients should stay whole. A
    scalar is an operand all of whose extents are 1; at most `unknown` unknown ones are multiplied
    with each other.
    """
    terms: dict[Variable, Term] = {}
    pending = [(output, Coefficient())]
    while pending:
        variable, factor = pending.pop()
        opened = _opened(variable, factor) if variable is output or opens(variable) else None
        if opened is None or not all(c.is_safe(variable.type.dtype, unknown) for _, c in opened):
            terms.setdefault(variable, Term(variable, [])).coefficients.append(factor)
        else:
            pending += opened
        if len(pending) + len(terms) > MOST_TERMS:
            return None
    dtype = output.type.dtype
    return terms if all(fits(term.known_size, dtype) for term in terms.values()) else None


def _opened(variable: Variable, factor: Coefficient) -> list[tuple[Variable, Coefficient]] | None:
    inputs = operands(variable)
    match function_name(variable):
        case "add":
            return [(inputs[1], factor), (inputs[0], factor)]
        case "sub":
            return [(inputs[1], -factor), (inputs[0], factor)]
        case "neg":
            return [(inputs[0], -factor)]
        case "mul":
            for scalar, other in (inputs, inputs[::-1]):
                if is_scalar(scalar, variable):
                    return [(other, factor.times(scalar))]
        case "true_div":
            if is_scalar(inputs[1], variable):
                return [(inputs[0], factor.divided_by(inputs[1]))]
    return None


def is_scalar(variable: Variable, of: Variable) -> bool:
    """Return whether a factor provably has one element, of the dtype of what it multiplies."""
    return (
        variable.type.dtype == of.type.dtype
        and all(extent == 1 for extent in variable.type.shape)
        and of.type.ndim > 0
    )


def _is_extent(scalar: Variable) -> bool:
    """Return whether this is an integer cast to a float, such as a count."""
    return any(np.dtype(v.type.dtype).kind in "iu" for v in operands(unpadded(scalar)))


def _zero_dimensional(scalar: Variable) -> Variable:
    inner = unpadded(scalar)
    return DimShuffle(())(inner) if inner.type.ndim else inner
