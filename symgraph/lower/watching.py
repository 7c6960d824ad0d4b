"""Following how a graph is lowered: each program verified, and shown as text."""

from collections.abc import Callable

from symgraph.graph import FunctionGraph, Watch
from symgraph.lower.pipeline import Lowering
from symgraph.lower.program.text import text_of
from symgraph.lower.verifier import verify


def checked(
    graph_text: Callable[[FunctionGraph], str], wanted: str | None = None
) -> Watch[Lowering]:
    """Return a watch for `lower` that verifies the program behind each pass, from the first one on
    that makes a program. Its text behind the pass `wanted` is that of the program, or before
    there is one that of the graph, by `graph_text`."""

    def text(state: Lowering) -> str:
        return graph_text(state.graph) if state.program is None else text_of(state.program)

    def check(state: Lowering) -> None:
        if state.program is not None:
            verify(state.program)

    return Watch(text, wanted, check)
