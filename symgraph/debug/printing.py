"""Graphs as text: as formulas (`pprint`), and as trees with types (`debugprint`)."""

import sys
from collections.abc import Iterable
from typing import Any, TextIO

from symgraph.graph import Apply, Constant, FunctionGraph, Variable, toposort
from symgraph.ops import DimShuffle, Elemwise

_ATOM = 1000


def pprint(variable: Variable) -> str:
    """The expression as a formula: operators infix, other operations as calls.

    A variable used in several places is written out in each; see `debugprint` for sharing.
    """
    text: dict[Variable, tuple[str, int]] = {}

    def of(v: Variable) -> tuple[str, int]:
        return text[v] if v in text else (str(v), _ATOM)

    for node in toposort([variable]):
        for output in node.outputs:
            text[output] = (
                (output.name, _ATOM) if output.name is not None else _formula(node, output, of)
            )
    return of(variable)[0]


def _formula(node: Apply, output: Variable, of: Any) -> tuple[str, int]:
    op = node.op
    if isinstance(op, DimShuffle) and [e for e in op.order if e != "x"] == sorted(
        e for e in op.order if e != "x"
    ):
        return of(node.inputs[0])
    arguments = [of(v) for v in node.inputs]
    if isinstance(op, Elemwise) and op.scalar.symbol is not None:
        symbol, level = op.scalar.symbol, op.scalar.precedence
        if len(arguments) == 1:
            return symbol + _bracketed(arguments[0], level), level
        left, right = _bracketed(arguments[0], level), _bracketed(arguments[1], level + 1)
        return f"({left} {symbol} {right})", _ATOM
    call = f"{op}({', '.join(argument for argument, _ in arguments)})"
    return (call if len(node.outputs) == 1 else f"{call}.{output.index}"), _ATOM


def _bracketed(argument: tuple[str, int], level: int) -> str:
    return argument[0] if argument[1] >= level else f"({argument[0]})"


def debugprint(graph: Any, file: TextIO | str | None = None, print_type: bool = True) -> str | None:
    """Print the graph of a variable, a list of them, or a function as an indented tree.

    Each computed variable has a letter code; where it is used again only the code is shown.
    Writes to `file` (standard output by default), or returns the text for file='str'.
    """
    lines: list[str] = []
    codes: dict[Variable, str] = {}
    for root in _roots(graph):
        stack = [(root, 0)]
        while stack:
            variable, depth = stack.pop()
            lines.append(_line(variable, depth, codes, print_type, stack))
    text = "\n".join(lines)
    if file == "str":
        return text
    print(text, file=sys.stdout if file is None else file)  # type: ignore[arg-type]
    return None


def _roots(graph: Any) -> Iterable[Variable]:
    if isinstance(graph, Variable):
        return [graph]
    if isinstance(graph, FunctionGraph):
        return graph.outputs
    maker = getattr(graph, "maker", None)
    return maker.fgraph.outputs if maker is not None else list(graph)


def _code(number: int) -> str:
    """A, B, ..., Z, AA, AB, ..."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _line(
    variable: Variable,
    depth: int,
    codes: dict[Variable, str],
    print_type: bool,
    stack: list[tuple[Variable, int]],
) -> str:
    indent = " |" * depth
    type_text = f" <{variable.type}>" if print_type else ""
    if variable.owner is None:
        kind = " constant" if isinstance(variable, Constant) else ""
        return f"{indent}{variable}{type_text}{kind}"
    name = f" '{variable.name}'" if variable.name is not None else ""
    op = f"{variable.owner.op}"
    if len(variable.owner.outputs) > 1:
        op += f".{variable.index}"
    if variable in codes:
        return f"{indent}{op} [id {codes[variable]}]{name} ..."
    codes[variable] = _code(len(codes))
    stack.extend((entry, depth + 1) for entry in reversed(variable.owner.inputs))
    return f"{indent}{op} [id {codes[variable]}]{type_text}{name}"
