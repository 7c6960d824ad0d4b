"""The specification of a function before it is compiled: all that a copy or a pickle needs."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from symgraph.compile.inputs import In
from symgraph.compile.unbundling import Bundles
from symgraph.compile.updates import Updates
from symgraph.graph import Container, SharedVariable, Variable, rebuild


@dataclass
class Specification:
    """The inputs, outputs and updates of a function, and the other arguments of `function`."""

    inputs: list[In]
    outputs: list[Variable]
    updates: Updates
    # 'none', 'one', 'list', or the keys of a dict.
    form: str | list[str]
    mode: Any = None
    name: str | None = None
    # Which outputs are also kept in the function's output storage.
    borrowed: list[bool] = field(default_factory=list)
    trust_input: bool = False
    profiled: bool = False
    # The shared variables whose values are read, in the order of the executable's arguments.
    shared: list[SharedVariable] = field(default_factory=list)
    # How the values of bundles lie among the executable's arguments and results, if there are any.
    bundles: Bundles | None = None

    @property
    def title(self) -> str:
        """Return the name of the function in messages."""
        return self.name or "function"

    def sticky(self) -> list[Variable]:
        """Return the new defaults of inputs that have an update."""
        return [entry.update for entry in self.inputs if entry.update is not None]

    def roots(self) -> list[Variable]:
        """Return all computed variables: outputs, then new defaults, then updates."""
        return [*self.outputs, *self.sticky(), *self.updates.values()]

    def replacements(self) -> dict[int, int]:
        """Return, for roots that are new values of shared variables which are also read, a map from
        the root's position to the position of the shared variable among the executable's
        arguments."""
        place = {v: number for number, v in enumerate(self.shared, len(self.inputs))}
        first = len(self.outputs) + len(self.sticky())
        return {
            first + number: place[target]
            for number, target in enumerate(self.updates)
            if target in place
        }

    def purposes(self) -> list[str]:
        """Return the purpose of each root; empty for an ordinary output."""
        return [
            *("" for _ in self.outputs),
            *(f"next {entry.variable}" for entry in self.inputs if entry.update is not None),
            *(f"update of {target}" for target in self.updates),
        ]

    def with_defaults(self, defaults: Sequence[Container]) -> "Specification":
        """Return the specification with inputs of its own, whose defaults are the values that these
        containers hold now; a container that the user gave is shared."""
        inputs = [copy.copy(entry) for entry in self.inputs]
        for entry, default in zip(inputs, defaults, strict=True):
            if not isinstance(entry.value, Container):
                entry.value = default.value
        return replace(self, inputs=inputs, shared=list(self.shared), updates=dict(self.updates))

    def swapped(self, swap: Mapping[SharedVariable, SharedVariable]) -> "Specification":
        """Return the specification with other shared variables to read and update; the expressions
        still mention the old ones, as the compiled code serves both."""
        return replace(
            self,
            shared=[swap.get(v, v) for v in self.shared],
            updates={swap.get(v, v): new for v, new in self.updates.items()},
        )

    def rewritten(self, originals: Sequence[Variable]) -> "Specification":
        """Return the specification with expressions in terms of `shared` instead of `originals`."""
        mapping = {
            old: new for old, new in zip(originals, self.shared, strict=True) if old is not new
        }
        if not mapping:
            return self
        found = rebuild(self.roots(), mapping)
        inputs = [copy.copy(entry) for entry in self.inputs]
        for entry in inputs:
            if entry.update is not None:
                entry.update = found[entry.update]
        return replace(
            self,
            inputs=inputs,
            outputs=[found[v] for v in self.outputs],
            updates={target: found[new] for target, new in self.updates.items()},
        )


def check_swap(
    swap: Mapping[Any, Any], shared: Sequence[SharedVariable], title: str
) -> dict[SharedVariable, SharedVariable]:
    """Return the checked argument of `copy(swap=...)`. Raises TypeError, ValueError."""
    for old, new in swap.items():
        if not any(old is variable for variable in shared):
            raise ValueError(f"copy: {old} is no shared variable of {title}")
        if not isinstance(new, SharedVariable) or old.type != new.type:
            raise TypeError(
                f"copy: {old} ({old.type}) cannot be swapped for {new}"
                f" ({getattr(new, 'type', type(new).__name__)}): the types differ"
            )
    after = [swap.get(variable, variable) for variable in shared]
    twice = [new for new in after if sum(new is other for other in after) > 1]
    if twice:
        raise ValueError(
            f"copy: after the swap, {twice[0]} would stand for two shared variables of {title}"
        )
    return dict(swap)
