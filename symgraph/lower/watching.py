"""Watch how a graph is lowered: verify the program after each pass, and record it as text."""

from collections.abc import Callable, Iterator

from symgraph.graph import FunctionGraph, Watch
from symgraph.lower.fusion.groups import FusionGroup, Unit
from symgraph.lower.pipeline import Lowering
from symgraph.lower.program.text import text_of
from symgraph.lower.verifier import verify


def checked(
    graph_text: Callable[[FunctionGraph], str], wanted: str | None = None
) -> Watch[Lowering]:
    """Return a watch for `lower` that verifies the program after each pass, from the first one that
    makes a program on. Its text after the pass `wanted` is that of the program, or, before there is
    one, that of the graph, by `graph_text`, and of its schedule."""

    def text(state: Lowering) -> str:
        if state.program is not None:
            return text_of(state.program)
        return "\n".join([graph_text(state.graph), *_lines_of(state.units)])

    def check(state: Lowering) -> None:
        if state.program is not None:
            verify(state.program, planned=state.memory is not None)

    return Watch(text, wanted, check)


def _lines_of(units: list[Unit]) -> Iterator[str]:
    """Yield a line for each unit of a schedule: the nodes that share a loop nest, or a single
    one."""
    for number, unit in enumerate(units):
        if isinstance(unit, FusionGroup):
            ops = ", ".join(str(node.op) for node in (*unit.nodes, *unit.scatters))
            space = ", ".join(map(str, unit.space))
            yield f"{number}: loops over ({space}): {ops}"
        else:
            yield f"{number}: {unit.op}"
