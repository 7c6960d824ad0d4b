"""Following how a graph is lowered: each program verified, and shown as text."""

from collections.abc import Callable, Iterator

from symgraph.graph import FunctionGraph, Watch
from symgraph.lower.fusion.groups import FusionGroup, Unit
from symgraph.lower.pipeline import Lowering
from symgraph.lower.program.text import text_of
from symgraph.lower.verifier import verify


def checked(
    graph_text: Callable[[FunctionGraph], str], wanted: str | None = None
) -> Watch[Lowering]:
    """Return a watch for `lower` that verifies the program behind each pass, from the first one on
    that makes a program. Its text behind the pass `wanted` is that of the program, or before
    there is one that of the graph, by `graph_text`, and of its schedule."""

    def text(state: Lowering) -> str:
        if state.program is not None:
            return text_of(state.program)
        return "\n".join([graph_text(state.graph), *_lines_of(state.units)])

    def check(state: Lowering) -> None:
        if state.program is not None:
            verify(state.program, planned=state.memory is not None)

    return Watch(text, wanted, check)


def _lines_of(units: list[Unit]) -> Iterator[str]:
    """A line for each unit of a schedule: the nodes that share a loop nest, or one by itself."""
    for number, unit in enumerate(units):
        if isinstance(unit, FusionGroup):
            ops = ", ".join(str(node.op) for node in (*unit.nodes, *unit.scatters))
            space = ", ".join(map(str, unit.space))
            yield f"{number}: loops over ({space}): {ops}"
        else:
            yield f"{number}: {unit.op}"
