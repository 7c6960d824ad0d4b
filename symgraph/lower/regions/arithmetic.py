"""Write integer arithmetic for the running program, folded now where the operands are known."""

from symgraph.lower.extents.evaluation import value_of
from symgraph.lower.program.types import Compute
from symgraph.lower.program.values import ONE, ZERO, Literal, Scalar, Value
from symgraph.lower.regions.products_of_extents import Size

# The neutral second operand of each function.
NEUTRAL = {"add": ZERO, "mul": ONE, "floor_div": ONE}


class Arithmetic:
    """Appends the necessary computations to `computes`; equal ones are written once."""

    def __init__(self, name: str) -> None:
        """Scalars are named by `name` and a number."""
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
        """Return x / y rounded up, for positive y."""
        return self.integer("floor_div", self.integer("add", x, self.integer("sub", y, ONE)), y)

    def value(self, size: Size) -> Value:
        """Return a size as a value."""
        total: Value = Literal(size.factor)
        for scalar in size.scalars:
            total = self.integer("mul", scalar, total)
        return total
