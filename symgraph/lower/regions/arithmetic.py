"""Integers that the running program computes, or that are computed now where all is known."""

from symgraph.lower.extents.evaluation import value_of
from symgraph.lower.program.types import Compute
from symgraph.lower.program.values import ONE, ZERO, Literal, Scalar, Value
from symgraph.lower.regions.products_of_extents import Size

# What makes no difference as the second operand.
NEUTRAL = {"add": ZERO, "mul": ONE, "floor_div": ONE}


class Arithmetic:
    """Writes what must be computed to `computes`; equal numbers are computed once."""

    def __init__(self, name: str) -> None:
        """Scalars are called by the name, and numbered."""
        self.name = name
        self.computes: list[Compute] = []
        self._known: dict[tuple[str, tuple[Value, ...]], Scalar] = {}

    def integer(self, fn: str, *args: Value) -> Value:
        return self._computed("int64", fn, args)

    def test(self, fn: str, *args: Value) -> Value:
        return self._computed("bool", fn, args)

    def _computed(self, dtype: str, fn: str, args: tuple[Value, ...]) -> Value:
        numbers = [v.value for v in args if isinstance(v, Literal)]
        if len(numbers) == len(args):
            dtypes = tuple([v.dtype for v in args])
            return Literal(value_of(fn, numbers, dtypes, dtype), dtype)
        if args[1] == NEUTRAL.get(fn):
            return args[0]
        key = (fn, args)
        if key not in self._known:
            out = self._known[key] = Scalar(dtype, f"{self.name}_{len(self._known)}")
            self.computes.append(Compute(out, fn, args))
        return self._known[key]

    def ceiling(self, x: Value, y: Value) -> Value:
        """x / y rounded up, for positive y."""
        return self.integer("floor_div", self.integer("add", x, self.integer("sub", y, ONE)), y)

    def value(self, size: Size) -> Value:
        """A size as a number."""
        total: Value = Literal(size.factor)
        for scalar in size.scalars:
            total = self.integer("mul", scalar, total)
        return total
