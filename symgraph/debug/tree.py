"""Graphs as indented trees, with types."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TextIO, runtime_checkable

from symgraph.graph import Apply, Constant, FunctionGraph, SharedVariable, Variable
from symgraph.ops.inner_graph import InnerGraphOp

# Deeper nodes show their depth as a number: a long chain would fill the page with bars.
DEEPEST_INDENT = 30


def debugprint(
    graph: Any,
    depth: int = -1,
    print_type: bool = True,
    file: TextIO | str | None = None,
    stop_on_name: bool = False,
) -> str | None:
    """Print a graph as an indented tree.

    graph: a variable, a list of them, or a compiled function.
    depth: how many levels are shown; all unless it is at least 0.
    print_type: whether types are shown.
    file: where it is written, standard output unless given; 'str' to return the text.
    stop_on_name: whether what named variables are computed from is left out.
    Returns None, or the text. Each operation has a letter code; where it is used again only the
    code is shown. Bodies of loops and branches follow. Raises TypeError for anything but a graph.

    >>> x = T.dvector("x")
    >>> sg.debugprint(T.exp(x) + 1)
    add [id A] <float64 vector>
     |exp [id B] <float64 vector>
     | |x <float64 vector>
     |1.0 <float64 vector (1)> constant
    """
    lines: list[str] = []
    codes: dict[Apply, str] = {}
    shape = (depth, print_type, stop_on_name)
    for root, note in roots_of(graph):
        _tree(root, note, lines, codes, shape)
    _inner_graphs(lines, codes, shape)
    text = "\n".join(lines)
    if file == "str":
        return text
    print(text, file=sys.stdout if file is None else file)  # type: ignore[arg-type]
    return None


def _tree(
    root: Variable,
    note: str,
    lines: list[str],
    codes: dict[Apply, str],
    shape: tuple[int, bool, bool],
) -> None:
    """Append the lines of one tree."""
    depth, print_type, stop_on_name = shape
    stack = [(root, 0)]
    while stack:
        variable, level = stack.pop()
        repeated = variable.owner in codes
        line = _line(variable, codes, print_type)
        if variable is root and level == 0 and note:
            line += f"  ({note})"
        lines.append(_indent(level) + line)
        stop = stop_on_name and variable.name is not None and level > 0
        if variable.owner is not None and not repeated and not stop and level != depth:
            stack.extend((entry, level + 1) for entry in reversed(variable.owner.inputs))


def _inner_graphs(lines: list[str], codes: dict[Apply, str], shape: tuple[int, bool, bool]) -> None:
    """Append the trees of loops' and branches' bodies, and of those inside them."""
    shown: set[Apply] = set()
    while True:
        found = [n for n in codes if n not in shown and isinstance(n.op, InnerGraphOp)]
        if not found:
            return
        for node in found:
            shown.add(node)
            for number, body in enumerate(node.op.bodies()):
                which = f", body {number}" if len(node.op.bodies()) > 1 else ""
                lines += ["", f"Inside {node.op} [id {codes[node]}]{which}:"]
                for output in body.outputs:
                    _tree(output, "", lines, codes, shape)


class CompiledGraph(Protocol):
    """The graph of a compiled function: its outputs, each with a note on its purpose."""

    @property
    def fgraph(self) -> FunctionGraph: ...

    @property
    def purposes(self) -> Sequence[str]: ...


@runtime_checkable
class Compiled(Protocol):
    """A compiled function."""

    @property
    def maker(self) -> CompiledGraph: ...


def roots_of(graph: Any) -> Iterable[tuple[Variable, str]]:
    """Return the outputs of a variable, a list of variables, a function graph or a function, each
    with a note on its purpose, which is empty for an ordinary output. Raises TypeError."""
    if isinstance(graph, Variable):
        return [(graph, "")]
    if isinstance(graph, FunctionGraph):
        return [(variable, "") for variable in graph.outputs]
    if isinstance(graph, Compiled):
        return list(zip(graph.maker.fgraph.outputs, graph.maker.purposes, strict=True))
    if isinstance(graph, list | tuple) and all(isinstance(entry, Variable) for entry in graph):
        return [(variable, "") for variable in graph]
    raise TypeError(
        f"expected a variable, a list of variables, a function graph or a function, not {graph!r}"
    )


def _indent(level: int) -> str:
    if level <= DEEPEST_INDENT:
        return " |" * level
    return " |" * DEEPEST_INDENT + f" |({level}) "


def _code(number: int) -> str:
    """Return the code of a number: A, B, ..., Z, AA, AB, ..."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _line(variable: Variable, codes: dict[Apply, str], print_type: bool) -> str:
    """Return the line of one variable; assigns a code to its node on the first occurrence."""
    type_text = f" <{variable.type}>" if print_type else ""
    if variable.owner is None:
        kind = {Constant: " constant", SharedVariable: " shared"}.get(type(variable), "")
        return f"{variable}{type_text}{kind}"
    name = f" '{variable.name}'" if variable.name is not None else ""
    op = f"{variable.owner.op}"
    if len(variable.owner.outputs) > 1:
        op += f".{variable.index}"
    if variable.owner in codes:
        return f"{op} [id {codes[variable.owner]}]{name} ..."
    codes[variable.owner] = _code(len(codes))
    return f"{op} [id {codes[variable.owner]}]{type_text}{name}"
