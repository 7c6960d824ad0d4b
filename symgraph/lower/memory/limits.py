"""Reject arrays that no machine can hold, before anything is computed with them.

No array has `LARGEST` bytes, whether it is ever written or only read piece by piece: so positions
in it are numbers that never wrap around. Checks are written for operations whose results are larger
than their operands, unless the extents of other arrays imply that the result fits.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from symgraph.graph import LARGEST, Apply, Variable
from symgraph.lower.program.values import ONE, Literal, Value
from symgraph.lower.writing.builder import Builder
from symgraph.lower.writing.statements import escaped
from symgraph.ops.rank_alignment import without_padding

# Limit on the bytes of memory: the address space of today's processors.
ADDRESSES = 2**48
# Limit on the number of values in a message.
TOLD = 16
Symbols = tuple[Variable, ...]


def _parts(extents: Sequence[int | Variable], dtype: str) -> tuple[Symbols, int]:
    """Return the extents that are not known, and the number of bytes that multiplies them."""
    factor = np.dtype(dtype).itemsize
    symbols = []
    for extent in extents:
        if isinstance(extent, int):
            factor *= max(extent, 1)
        else:
            symbols.append(extent)
    # In the order of the axes, which is the same in every process: so programs are equal across
    # processes, and code that another process cached is found.
    return tuple(symbols), factor


def hold_argument(b: Builder, variable: Variable) -> None:
    """Record that an argument fits in memory."""
    extents = b.table[variable]
    symbols, factor = _parts(extents, variable.type.dtype)
    if len(symbols) == 1 and 0 not in extents:
        factor *= LARGEST // ADDRESSES
    b.hold(symbols, factor)


def _is_held(b: Builder, symbols: Symbols, factor: int) -> bool:
    """Return whether the product divides one that is known to fit."""
    if b.held.get(symbols, 0) >= factor:
        return True
    wanted = Counter(symbols)
    return any(
        known >= factor and len(others) >= len(symbols) and wanted <= Counter(others)
        for others, known in b.held.items()
    )


def check_held(b: Builder, nodes: Sequence[Apply]) -> None:
    """Reject results of nodes that no machine can hold."""
    for node in nodes:
        if node.op.never_larger:
            continue
        for variable in node.outputs:
            extents = b.table[variable]
            symbols, factor = _parts(extents, variable.type.dtype)
            if factor >= LARGEST or (symbols and not _is_held(b, symbols, factor)):
                b.hold(symbols, factor)
                _check(b, node, variable, symbols, factor)


def _check(b: Builder, node: Apply, variable: Variable, symbols: Symbols, factor: int) -> None:
    values = [b.extent(symbol) for symbol in symbols]
    total: Value = values[0] if len(values) == 1 else ONE
    if len(values) > 1:
        # An extent of 0 makes an array no smaller, and a negative one is another error.
        for value in values:
            total = b.integer("saturated_mul", total, b.integer("maximum", value, ONE))
    fits = b.test("le", total, Literal((LARGEST - 1) // factor))
    told = _Told(b)
    name = f" {escaped(variable)}," if variable.name else ""
    message = (
        f"no machine holds{name} an array of {variable.type.dtype} and the shape"
        f" {told.shape(variable)}"
    )
    given = [told.given(v) for v in dict.fromkeys(node.inputs) if told.has_room(v)]
    made_of = f", made of {', '.join(filter(None, given))}" if any(given) else ""
    b.check(fits, message + made_of, told.values, node, MemoryError)


class _Told:
    """The values that a message mentions, at most `TOLD`."""

    def __init__(self, b: Builder) -> None:
        self.b = b
        self.values: list[Value] = []

    def has_room(self, variable: Variable) -> bool:
        return len(self.values) + max(variable.type.ndim, 1) <= TOLD

    def shape(self, variable: Variable) -> str:
        return f"({', '.join(map(self._value, self.b.extents(variable)))})"

    def given(self, variable: Variable) -> str:
        """Return the placeholder of an operand, if it is an array or a number known to the
        program."""
        if variable.type.ndim:
            return f"{escaped(without_padding(variable))} of the shape {self.shape(variable)}"
        if variable not in self.b.scalars or "int" not in variable.type.dtype:
            return ""
        return f"{escaped(variable)} = {self._value(self.b.size(self.b.scalars[variable]))}"

    def _value(self, value: Value) -> str:
        self.values.append(value)
        return f"{{{len(self.values) - 1}}}"
