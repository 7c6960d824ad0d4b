"""The compiled function: a callable with its shared variables and defaults."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgraph.compile.backends import Executable, get_backend
from symgraph.compile.inputs import In
from symgraph.graph import (
    Container,
    FunctionGraph,
    MissingInputError,
    SharedVariable,
    Variable,
    ancestors,
    rebuild,
)


@dataclass
class Specification:
    """What a function computes, before it is compiled: all a copy or a pickle needs."""

    inputs: list[In]
    outputs: list[Variable]
    updates: dict[SharedVariable, Variable]
    # 'none', 'one', 'list', or the keys of a dict.
    form: str | list[str]
    mode: Any = None
    name: str | None = None
    shared: list[SharedVariable] = field(default_factory=list)


class Maker:
    """What a function was made from; `f.maker.fgraph` as in Theano."""

    def __init__(self, graph: FunctionGraph) -> None:
        self.fgraph = graph


class Function:
    """Call it by position, by name, or with a dict of variables; see `function`.

    `f[x]` is the default of an input or the value of a shared variable. Calls from several
    threads at once are independent but for the shared variables they update.
    """

    def __init__(
        self, specification: Specification, graph: FunctionGraph, executable: Executable
    ) -> None:
        self.specification = specification
        self.maker = Maker(graph)
        self.executable = executable
        self.name = specification.name
        self.trust_input = False
        self._inputs = specification.inputs
        self._containers = [variable.container for variable in specification.shared]
        self._defaults = [Container(entry.value) for entry in self._inputs]
        self._positions = self._find_positions()
        self._targets = self._find_targets()
        self._checks = [
            (np.dtype(entry.variable.type.dtype), entry.variable.type.shape)
            for entry in self._inputs
        ]

    def _find_positions(self) -> dict[Any, int]:
        positions: dict[Any, int] = {}
        for position, entry in enumerate(self._inputs):
            positions[entry.variable] = position
            if entry.name is not None:
                # A name that two inputs bear names neither.
                positions[entry.name] = -1 if entry.name in positions else position
        return positions

    def _find_targets(self) -> list[tuple[Container, Any]]:
        """Where the results behind the outputs go: new defaults, then shared variables."""
        sticky = [
            (default, entry.variable.type)
            for default, entry in zip(self._defaults, self._inputs, strict=True)
            if entry.update is not None
        ]
        shared = [(target.container, target.type) for target in self.specification.updates]
        return sticky + shared

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        values = self._bind(args, kwargs) if kwargs or len(args) != len(self._inputs) else args
        arrays = self._filter(values)
        arrays.extend(container.value for container in self._containers)
        results = self.executable(arrays)
        count = len(self.specification.outputs)
        new_values = results[count:]
        for (_, type), value in zip(self._targets, new_values, strict=True):
            if None not in type.shape or 1 in type.shape:
                type.filter(value)
        for (container, _), value in zip(self._targets, new_values, strict=True):
            container.value = value
        return self._formed(results[:count])

    def _filter(self, values: Any) -> list[np.ndarray]:
        arrays = []
        for position, (value, (dtype, shape)) in enumerate(zip(values, self._checks, strict=True)):
            if (
                type(value) is np.ndarray
                and value.dtype is dtype
                and value.ndim == len(shape)
                and not any(shape)
            ):
                arrays.append(value)
            else:
                arrays.append(self._convert(position, value))
        return arrays

    def _convert(self, position: int, value: Any) -> np.ndarray:
        entry = self._inputs[position]
        try:
            return entry.variable.type.filter(
                value, strict=entry.strict, allow_downcast=entry.allow_downcast
            )
        except (TypeError, ValueError) as error:
            named = f" ({entry.name})" if entry.name is not None else ""
            title = f"{self.name}: " if self.name else ""
            message = (
                f"{title}input {position}{named}: {error}."
                f" The input was created at {entry.variable.place}"
            )
            raise type(error)(message) from None

    def _bind(self, args: tuple[Any, ...], kwargs: Mapping[Any, Any]) -> list[Any]:
        """The value of each input, from positions, names and defaults. Raises TypeError."""
        title = self.name or "function"
        explicit = [position for position, entry in enumerate(self._inputs) if not entry.implicit]
        if len(args) > len(explicit):
            raise TypeError(
                f"{title} takes at most {len(explicit)} arguments"
                f" ({', '.join(self._label(p) for p in explicit)}), got {len(args)}"
            )
        missing = object()
        values: list[Any] = [missing] * len(self._inputs)
        for position, value in zip(explicit, args, strict=False):
            values[position] = value
        for key, value in kwargs.items():
            position = self._positions.get(key, -2)
            if position == -2:
                known = ", ".join(e.name for e in self._inputs if e.name is not None)
                raise TypeError(f"{title} has no input named {key!r}; it has {known or 'no names'}")
            if position == -1:
                raise TypeError(f"{title}: several inputs are named {key!r}; pass it by position")
            if values[position] is not missing:
                raise TypeError(f"{title}: input {self._label(position)} is given twice")
            values[position] = value
        for position, value in enumerate(values):
            if value is missing:
                values[position] = self._defaults[position].value
        absent = [self._label(p) for p, value in enumerate(values) if value is None]
        if absent:
            raise TypeError(
                f"{title}: missing argument{'s' * (len(absent) > 1)} {', '.join(absent)}"
            )
        return values

    def _label(self, position: int) -> str:
        entry = self._inputs[position]
        return entry.name or f"{position} ({entry.variable.type})"

    def _formed(self, results: list[np.ndarray]) -> Any:
        form = self.specification.form
        if form == "one":
            return results[0]
        if form in ("none", "list"):
            return results
        return dict(zip(form, results, strict=True))

    def _container(self, key: Any) -> tuple[Container, Any]:
        for variable in self.specification.shared:
            if key is variable or (key == variable.name and key is not None):
                return variable.container, variable.type
        position = self._positions.get(key)
        if position is None or position == -1:
            raise KeyError(f"{self.name or 'function'} has no input or shared variable {key!r}")
        return self._defaults[position], self._inputs[position].variable.type

    def __getitem__(self, key: Any) -> Any:
        return self._container(key)[0].value

    def __setitem__(self, key: Any, value: Any) -> None:
        container, type = self._container(key)
        container.value = type.filter(value)

    @property
    def value(self) -> "Function":
        """`f.value[x]` is `f[x]`, as in Theano."""
        return self

    def get_shared(self) -> list[SharedVariable]:
        """The shared variables that the function reads or updates."""
        updated = [v for v in self.specification.updates if v not in self.specification.shared]
        return [*self.specification.shared, *updated]

    def copy(
        self,
        share_memory: bool = False,
        swap: Mapping[SharedVariable, SharedVariable] | None = None,
        delete_updates: bool = False,
        name: str | None = None,
        profile: Any = None,
    ) -> "Function":
        """A function that shares the compiled code, on other shared variables (`swap`, old ->
        new, of equal types) or without its updates. Nothing is compiled anew unless updates are
        deleted. `share_memory` is accepted for Theano's sake: code holds no memory of its own."""
        swap = dict(swap or {})
        for old, new in swap.items():
            if old not in self.get_shared():
                raise ValueError(f"copy: {old} is no shared variable of {self.name or 'function'}")
            if not isinstance(new, SharedVariable) or old.type != new.type:
                raise TypeError(
                    f"copy: {old} ({old.type}) cannot be swapped for {new}"
                    f" ({getattr(new, 'type', type(new).__name__)}): the types differ"
                )
        changed = copy.copy(self.specification)
        changed.name = name if name is not None else self.name
        changed.inputs = [copy.copy(entry) for entry in self._inputs]
        for entry, default in zip(changed.inputs, self._defaults, strict=True):
            entry.value = default.value
        if not delete_updates:
            changed.shared = [swap.get(v, v) for v in changed.shared]  # type: ignore[misc]
            changed.updates = {swap.get(v, v): e for v, e in changed.updates.items()}
            return Function(changed, self.maker.fgraph, self.executable)
        changed.updates = {}
        changed.shared = [swap.get(v, v) for v in changed.shared]  # type: ignore[misc]
        kept = len(changed.outputs) + sum(e.update is not None for e in changed.inputs)
        return Function(changed, self.maker.fgraph, _First(self.executable, kept))

    def __copy__(self) -> "Function":
        return self.copy()

    def __reduce__(self) -> Any:
        specification = copy.copy(self.specification)
        specification.inputs = [copy.copy(entry) for entry in self._inputs]
        for entry, default in zip(specification.inputs, self._defaults, strict=True):
            entry.value = default.value
        originals = self.maker.fgraph.inputs[len(self._inputs) :]
        swapped = {
            old: new
            for old, new in zip(originals, specification.shared, strict=True)
            if old is not new
        }
        if swapped:
            specification.outputs, specification.updates = self._substituted(swapped)
        if specification.mode is not None and not isinstance(specification.mode, str):
            specification.mode = specification.mode.name
        return compile_specification, (specification,)

    def _substituted(
        self, swapped: Mapping[Variable, Variable]
    ) -> tuple[list[Variable], dict[SharedVariable, Variable]]:
        """Outputs and updates written with the shared variables that a copy was given."""
        outputs, updates = self.specification.outputs, self.specification.updates
        mapping = rebuild([*outputs, *updates.values()], swapped)
        return [mapping[v] for v in outputs], {v: mapping[e] for v, e in updates.items()}

    def __deepcopy__(self, memo: dict[int, Any]) -> "Function":
        """Its own shared variables with copies of the values, and the same compiled code."""
        shared = self.get_shared()
        swap = dict(zip(shared, copy.deepcopy(shared, memo), strict=True))
        return self.copy(swap=swap)

    def free(self) -> None:
        """Give back what the function keeps between calls; the next call takes it anew."""
        release = getattr(self.executable, "free", None)
        if release is not None:
            release()

    def __repr__(self) -> str:
        return (
            f"<function {self.name or ''}({', '.join(map(self._label, range(len(self._inputs))))})>"
        )


class _First:
    """The first results of an executable."""

    def __init__(self, executable: Executable, count: int) -> None:
        self.executable = executable
        self.count = count

    def __call__(self, inputs: Any) -> list[np.ndarray]:
        return self.executable(inputs)[: self.count]

    def describe(self) -> str:
        return self.executable.describe()


def compile_specification(specification: Specification) -> Function:
    """Collect the shared variables, build the function graph, and let the back end compile it."""
    roots = [
        *specification.outputs,
        *(entry.update for entry in specification.inputs if entry.update is not None),
        *specification.updates.values(),
    ]
    arguments = [entry.variable for entry in specification.inputs]
    known = set(arguments)
    shared = [
        variable
        for variable in ancestors(roots, stop_at=known)
        if isinstance(variable, SharedVariable) and variable not in known
    ]
    specification.shared = shared
    try:
        graph = FunctionGraph([*arguments, *shared], roots)
    except MissingInputError as error:
        names = ", ".join(map(str, arguments)) or "none"
        raise MissingInputError(error.variable, f"the inputs are {names}") from None
    executable = get_backend(specification.mode).compile(graph, specification.name or "function")
    return Function(specification, graph, executable)
