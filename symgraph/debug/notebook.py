"""The HTML form of expressions and functions, which notebooks display."""

from typing import Any

from symgraph.debug.drawing import to_svg
from symgraph.debug.formula import pprint
from symgraph.debug.tree import roots_of
from symgraph.graph import LazyModule, Variable, toposort

html: Any = LazyModule("html")

# For larger graphs only the number of operations is shown: a formula or picture would be
# unreadable.
MOST_WRITTEN = 200
MOST_DRAWN = 40


def to_html(graph: Any, title: str) -> str:
    """Return a graph as HTML: the title, the formula of each output, and a picture that opens.

    graph: a variable, a list of them, a function graph or a function.
    title: is shown above it.
    Returns a str. Raises TypeError for anything but a graph.

    >>> "sigmoid" in sg.debug.to_html(T.sigmoid(T.dscalar("x")), "A graph")
    True
    """
    outputs = [variable for variable, _ in roots_of(graph)]
    count = len(toposort(outputs))
    parts = [f"<b>{html.escape(title)}</b>"]
    if count > MOST_WRITTEN:
        parts.append(f"<p>{count:,} operations: symgraph.debugprint lists them</p>")
    elif count:
        parts += [f"<pre>{html.escape(pprint(variable))}</pre>" for variable in outputs]
    if 0 < count <= MOST_DRAWN:
        operations = f"{count} operation{'s' if count > 1 else ''}"
        parts.append(f"<details><summary>{operations}</summary>{to_svg(graph)}</details>")
    return f"<div>{''.join(parts)}</div>"


def _of_variable(variable: Variable) -> str:
    return to_html(variable, f"{variable.name or 'expression'}: {variable.type}")


def install() -> None:
    """Give variables their HTML form. Called once, by the package's `__init__`."""
    Variable._repr_html_ = _of_variable  # type: ignore[attr-defined]
