"""Formulas: an expression in one line, or in a few lines in which repeated parts are named."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from symgraph.graph import Apply, Constant, Variable, ancestors, toposort
from symgraph.ops import DimShuffle, Elemwise

# Longer formulas are written with names for the parts that occur several times: a graph of n
# nodes can have a formula of length 2**n.
LONGEST = 1000
_ATOM = 1000
_NEGATIVE = 70


@dataclass(frozen=True)
class _Layout:
    """The layout of one variable: pieces of text, and operands with the lowest precedence that each
    may have without parentheses. `level` is the precedence of the whole."""

    pieces: tuple["str | tuple[Variable, int]", ...]
    level: int


def pprint(variable: Variable) -> str:
    """Return an expression as a formula: operators infix, other operations as calls.

    variable: the expression.
    Returns a str. Parts that the user named stand by their names, and so do, in long formulas,
    those that occur several times; lines that begin with "where" then say what the names mean.

    >>> x = T.dvector("x")
    >>> sg.pprint(T.exp(x) + 2 * x)
    'exp(x) + 2.0 * x'
    """
    layouts = {v: _layout(v) for v in ancestors([variable])}
    named = {v: v.name for v in layouts if v.name is not None and v.owner is not None}
    named.pop(variable, None)
    if _length(variable, layouts, named) > LONGEST:
        named |= _names_of_repeated(variable, layouts, named)
    lines = [_write(variable, layouts, named)]
    definitions = [
        f"{name} = {_write(v, layouts, named)}" for v, name in _mentioned(variable, layouts, named)
    ]
    lines += [f"{'where ' if i == 0 else '      '}{line}" for i, line in enumerate(definitions)]
    return "\n".join(lines)


def _layout(variable: Variable) -> _Layout:
    node = variable.owner
    if node is None:
        text = str(variable)
        negative = isinstance(variable, Constant) and text.startswith("-")
        return _Layout((text,), _NEGATIVE if negative else _ATOM)
    if _keeps_order(node):
        # Only adds or drops axes of extent 1: formulas omit this.
        return _Layout(((node.inputs[0], 0),), -1)
    if isinstance(node.op, Elemwise) and node.op.scalar.symbol is not None:
        symbol, level = node.op.scalar.symbol, node.op.scalar.precedence
        if len(node.inputs) == 1:
            return _Layout((symbol, (node.inputs[0], level)), level)
        to_the_right = symbol == "**"
        left, right = node.inputs
        pieces = ((left, level + to_the_right), f" {symbol} ", (right, level + 1 - to_the_right))
        return _Layout(pieces, level)
    pieces_of_call: list[str | tuple[Variable, int]] = [f"{node.op}("]
    for position, operand in enumerate(node.inputs):
        pieces_of_call += [", "] * (position > 0) + [(operand, 0)]
    suffix = f".{variable.index}" if len(node.outputs) > 1 else ""
    return _Layout((*pieces_of_call, f"){suffix}"), _ATOM)


def _keeps_order(node: Apply) -> bool:
    if not isinstance(node.op, DimShuffle):
        return False
    kept = [entry for entry in node.op.order if entry != "x"]
    return kept == sorted(kept)


Layouts = dict[Variable, _Layout]
Names = dict[Variable, str]


def _parts(root: Variable, layouts: Layouts, named: Names) -> Iterator[str | Variable]:
    """Yield the text of `root` piece by piece, with variables in place of names."""
    stack: list[str | tuple[Variable, int]] = [(root, 0)]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            yield piece
            continue
        variable, least = piece
        if variable in named and variable is not root:
            yield variable
            continue
        layout = layouts[variable]
        if layout.level == -1:
            stack.append((layout.pieces[0][0], least))  # type: ignore[arg-type]
        elif layout.level < least:
            stack += [")", *reversed(layout.pieces), "("]
        else:
            stack += reversed(layout.pieces)


def _write(root: Variable, layouts: Layouts, named: Names) -> str:
    return "".join(
        piece if isinstance(piece, str) else named[piece] for piece in _parts(root, layouts, named)
    )


def _length(root: Variable, layouts: Layouts, named: Names) -> int:
    """Return the approximate length of the formula, and more than LONGEST where it is longer than
    that."""
    lengths: dict[Variable, int] = {v: len(name) for v, name in named.items()}

    def length(variable: Variable) -> int:
        total = 0
        for piece in layouts[variable].pieces:
            total += len(piece) if isinstance(piece, str) else lengths[piece[0]]
        return min(total, LONGEST + 1)

    for variable in layouts:
        if variable not in lengths:
            lengths[variable] = length(variable)
    return lengths[root]


def _names_of_repeated(root: Variable, layouts: Layouts, named: Names) -> Names:
    # The variable written in place of one that only adds or drops axes of it.
    written: dict[Variable, Variable] = {}
    for variable, layout in layouts.items():
        inner: Any = layout.pieces[0][0] if layout.level == -1 else variable
        written[variable] = written.get(inner, inner)
    uses: dict[Variable, int] = {}
    for node in toposort([root]):
        for variable in () if _keeps_order(node) else node.inputs:
            uses[written[variable]] = uses.get(written[variable], 0) + 1
    taken = {v.name for v in layouts}
    fresh = (f"t{n}" for n in count() if f"t{n}" not in taken)
    return {
        v: next(fresh)
        for v in layouts
        if uses.get(v, 0) > 1 and v.owner is not None and v is not root and v not in named
    }


def _mentioned(root: Variable, layouts: Layouts, named: Names) -> list[tuple[Variable, str]]:
    """Return the named parts that the formula of `root` needs, in the order in which it mentions
    them."""
    found: dict[Variable, None] = {}
    pending = [root]
    for variable in pending:
        for piece in _parts(variable, layouts, named):
            if isinstance(piece, Variable) and piece not in found:
                found[piece] = None
                pending.append(piece)
    return [(variable, named[variable]) for variable in found]
