"""Executables for some outputs of a function only: `output_subset`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symgraph.compile.backends import Executable
from symgraph.graph import FunctionGraph


class Subsets:
    """Executables that compute some outputs and all updates, compiled when first asked for.

    `form` is the function's, `spans` the positions of each output's arrays among the graph's
    outputs, `compile` makes an executable of a graph and a name.
    """

    def __init__(
        self,
        graph: FunctionGraph,
        form: str | list[str],
        spans: Sequence[range],
        compile: Callable[[FunctionGraph, str], Executable],
    ) -> None:
        self._graph = graph
        self._form = form
        self._spans = spans
        self._compile = compile
        self._made: dict[tuple[int, ...], Executable] = {}

    def find(self, wanted: Any, title: str) -> tuple[int, ...]:
        """Return the positions of the outputs that `output_subset` names. Raises TypeError,
        ValueError."""
        keyed = isinstance(self._form, list)
        known: Sequence[Any] = self._form if keyed else list(range(len(self._spans)))
        if isinstance(wanted, str | int) or not all(isinstance(w, str | int) for w in wanted):
            raise TypeError(
                f"{title}: output_subset is a list of {'keys' if keyed else 'positions'},"
                f" not {wanted!r}"
            )
        unknown = [entry for entry in wanted if entry not in known]
        if unknown:
            raise ValueError(
                f"{title}: output_subset names {unknown[0]!r}; the outputs are"
                f" {', '.join(map(repr, known)) or 'none'}"
            )
        return tuple(known.index(entry) for entry in wanted)

    def executable(self, positions: tuple[int, ...], title: str) -> Executable:
        """Return the executable that computes the outputs at these positions."""
        executable = self._made.get(positions)
        if executable is None:
            outputs = self._graph.outputs
            behind = outputs[self._spans[-1].stop :] if self._spans else outputs
            wanted = [outputs[at] for position in positions for at in self._spans[position]]
            part = FunctionGraph(self._graph.inputs, [*wanted, *behind])
            executable = self._made[positions] = self._compile(part, title)
        return executable

    def formed(self, wanted: Any, results: list[Any]) -> list[Any] | Mapping[str, Any]:
        if isinstance(self._form, list):
            return dict(zip(wanted, results, strict=True))
        return results

    def free(self) -> None:
        for executable in self._made.values():
            executable.free()
