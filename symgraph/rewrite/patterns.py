"""Rules written as algebra: `rule("log1p", lambda x: T.log(1 + x), lambda x: T.log1p(x))`.

A pattern is a function of pattern variables that builds an expression with the language itself. It
is called once, with scalars, and the resulting expression is matched against graphs: an operation
matches by its name, whatever the dtypes and ranks; a number by its value, wherever it is broadcast;
a pattern variable matches any expression, the same one at each of its occurrences. Operands of
commutative functions match in either order. The replacement is a function of the bound expressions.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, cast

import numpy as np

from symgraph.graph import (
    Apply,
    Constant,
    SourceLocation,
    TensorType,
    Variable,
    at_location,
    toposort,
)
from symgraph.ops import DimShuffle, Elemwise
from symgraph.ops.elemwise import scalar_functions

COMMUTATIVE = {"add", "mul", "maximum", "minimum", "eq", "neq", "and_", "or_", "xor", "logaddexp"}

Binding = dict[Variable, Variable]


@dataclass(frozen=True)
class PatternRule:
    """A rewrite rule `before` → `after`. `where` may reject a match; `dtypes` are the kinds of
    NumPy dtypes of the matched value for which the rule holds: floats unless specified
    otherwise.

    `better` names what the rule improves ("overflow", "rounding"): values may then differ where
    the written expression overflows or cancels; otherwise they agree everywhere, also at
    infinities and nan.

    All matched nodes must compute in one dtype: -x of an int8 wraps around where the int64 that it
    is added to would not. So variables have the dtype of the matched value or, among floats, some
    float dtype.
    """

    name: str
    before: Callable[..., Variable]
    after: Callable[..., Variable]
    kinds: str = "f"
    where: Callable[..., bool] | None = None
    better: str | None = None
    variables: tuple[Variable, ...] = field(init=False, repr=False)
    pattern: Variable = field(init=False, repr=False)
    # The variables used in computation, as opposed to those that only decide.
    operands: tuple[Variable, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        code = cast(FunctionType, self.before).__code__
        names = code.co_varnames[: code.co_argcount]
        # Looking up the user's line would take longer than everything else here.
        with at_location(SourceLocation(code.co_filename, code.co_firstlineno, self.name)):
            variables = tuple(TensorType("float64", ())(name) for name in names)
            pattern = self.before(*variables)
        object.__setattr__(self, "variables", variables)
        object.__setattr__(self, "pattern", pattern)
        deciding = {
            node.inputs[0] for node in toposort([pattern]) if node.op.scalar.name == "switch"
        }
        object.__setattr__(self, "operands", tuple(v for v in variables if v not in deciding))

    @property
    def key(self) -> str:
        """Return the name of the pattern's outermost scalar function."""
        assert self.pattern.owner is not None
        return self.pattern.owner.op.scalar.name

    @property
    def needs(self) -> frozenset[str]:
        """Return the names that must be among a node's operands to match: see `operand_names`."""
        assert self.pattern.owner is not None
        return operand_names(self.pattern.owner) - {""}

    def __call__(self, node: Apply, context: Any = None) -> Variable | None:
        """Return the replacement for the node's output, or None where the pattern does not
        match."""
        output = node.outputs[0]
        if np.dtype(output.type.dtype).kind not in self.kinds:
            return None
        for binding in matches(self.pattern, output, set(self.variables)):
            found = [binding[variable] for variable in self.variables]
            if not all(
                _computes_in(binding[variable].type.dtype, output.type.dtype)
                for variable in self.operands
            ):
                continue
            if self.where is None or self.where(*found):
                return self._replacement(found, output.type.dtype)
        return None

    def _replacement(self, found: Sequence[Variable], dtype: str) -> Variable:
        """Return the replacement, computed in no narrower dtype than the original: among floats, a
        constant that the replacement lacks may have determined the dtype."""
        result = self.after(*found)
        if _is_narrower(result, dtype):
            cast = scalar_functions["cast"]
            wide = [cast(v, dtype) if _is_narrower(v, dtype) else v for v in found]
            result = self.after(*wide)
        return result


def _computes_in(dtype: str, result: str) -> bool:
    kind = np.dtype(result).kind
    if kind == "b":
        return True
    return np.dtype(dtype).kind == kind if kind in "fc" else dtype == result


def _is_narrower(variable: Variable, dtype: str) -> bool:
    """Return whether it is of a narrower float dtype, all of whose values the dtype has."""
    own = np.dtype(variable.type.dtype)
    return own != dtype and own.kind == np.dtype(dtype).kind and own.kind in "fc"


def rule(
    name: str,
    before: Callable[..., Variable],
    after: Callable[..., Variable],
    *,
    kinds: str = "f",
    where: Callable[..., bool] | None = None,
    better: str | None = None,
) -> PatternRule:
    """Return a `PatternRule` for patterns given as functions."""
    return PatternRule(name, before, after, kinds, where, better)


def matches(pattern: Variable, found: Variable, free: set[Variable]) -> Iterator[Binding]:
    """Yield every binding of the pattern's free variables by which it becomes `found`."""
    # A stack of the pairs still to be matched, each with the binding so far.
    pending: list[tuple[tuple[tuple[Variable, Variable], ...], Binding]] = [
        (((pattern, found),), {})
    ]
    while pending:
        goals, binding = pending.pop()
        if not goals:
            yield binding
            continue
        (want, have), rest = goals[0], goals[1:]
        have = unpadded(have)
        if want in free:
            if want not in binding:
                pending.append((rest, {**binding, want: have}))
            elif same(binding[want], have):
                pending.append((rest, binding))
            continue
        if isinstance(want, Constant):
            if number_of(have) == want.data.item():
                pending.append((rest, binding))
            continue
        for inputs in _arguments(want, have):
            wanted = want.owner.inputs  # type: ignore[union-attr]
            pending.append(((*zip(wanted, inputs, strict=True), *rest), binding))


def _arguments(want: Variable, have: Variable) -> Sequence[Sequence[Variable]]:
    """Return the operands of `have` in each order worth trying, if it is the function that `want`
    is."""
    if want.owner is None or have.owner is None:
        return ()
    op, wanted = have.owner.op, want.owner.op
    if not isinstance(op, Elemwise) or not isinstance(wanted, Elemwise):
        return ()
    if op.scalar.name != wanted.scalar.name:
        return ()
    inputs = have.owner.inputs
    # The stack processes the last order first.
    return (inputs[::-1], inputs) if op.scalar.name in COMMUTATIVE else (inputs,)


def operands(variable: Variable) -> tuple[Variable, ...]:
    """Return the inputs of the node that computes a variable; none, where there is no such node."""
    return () if variable.owner is None else variable.owner.inputs


def name_of(variable: Variable) -> str | None:
    """Return the name of the scalar function that computes a variable; None where none does."""
    node = variable.owner
    return node.op.scalar.name if node is not None and isinstance(node.op, Elemwise) else None


def operand_names(node: Apply) -> frozenset[str]:
    """Return the names of the scalar functions that compute a node's operands; "number" for a
    constant, and "" for anything else."""
    return frozenset([_kind(unpadded(variable)) for variable in node.inputs])


def _kind(variable: Variable) -> str:
    if isinstance(variable, Constant):
        return "number"
    return name_of(variable) or ""


def unpadded(variable: Variable) -> Variable:
    """Return the expression below leading axes of extent 1 that were added to align ranks."""
    node = variable.owner
    while node is not None and isinstance(node.op, DimShuffle) and _only_pads(node):
        variable = node.inputs[0]
        node = variable.owner
    return variable


def _only_pads(node: Apply) -> bool:
    order = node.op.order
    kept = order[len(order) - node.inputs[0].type.ndim :]
    return kept == tuple(range(node.inputs[0].type.ndim)) and all(
        entry == "x" for entry in order[: len(order) - len(kept)]
    )


def number_of(variable: Variable) -> float | int | bool | complex | None:
    """Return the number that all elements of a constant equal; None for anything else."""
    variable = unpadded(variable)
    if not isinstance(variable, Constant) or variable.data.size == 0:
        return None
    first = variable.data.flat[0]
    if variable.data.size > 1 and not (variable.data == first).all():
        return None
    return first.item()


def same(left: Variable, right: Variable) -> bool:
    """Return whether two variables of a merged graph have the same value."""
    if left is right:
        return True
    a, b = number_of(left), number_of(right)
    return a is not None and a == b and left.type.dtype == right.type.dtype
