"""Paths through a graph, for messages: how a cost depends on a variable, and where the path
ends."""

from collections.abc import Iterable, Sequence

from symgraph.graph import Apply, Variable, toposort

_SHOWN_AT_EACH_END = 4


def dependency_path(outputs: Iterable[Variable], wrt: Variable) -> list[Apply] | None:
    """Return the nodes of one path from `wrt` to one of `outputs`; None where there is none."""
    targets = set(outputs)
    client: dict[Variable, Apply] = {}
    for node in toposort(targets):
        for variable in node.inputs:
            client.setdefault(variable, node)
    path: list[Apply] = []
    current = wrt
    while current not in targets:
        if current not in client:
            return None
        node = client[current]
        path.append(node)
        used = (v for v in node.outputs if v in targets or v in client)
        current = next(used)
    return path


def path_text(path: Sequence[Apply], wrt: Variable, output: str) -> str:
    """Return the path as `x -> exp -> sum = cost`; the middle of a long one is left out."""
    steps = [str(node.op) for node in path]
    if len(steps) > 2 * _SHOWN_AT_EACH_END:
        hidden = len(steps) - 2 * _SHOWN_AT_EACH_END
        steps[_SHOWN_AT_EACH_END:-_SHOWN_AT_EACH_END] = [f"... {hidden} more ..."]
    end = "" if steps and steps[-1] == output else f" = {output}"
    return " -> ".join([str(wrt), *steps]) + end
