"""The compiled function: a callable with its shared variables and defaults."""

import copy
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from symgraph.compile.backends import (
    Backend,
    Executable,
    ResidentExecutable,
    get_backend,
    stepped,
)
from symgraph.compile.call_arguments import Arguments
from symgraph.compile.call_spec import CallMaker, CallSpec, Switch, accepted_by
from symgraph.compile.collector import paused_collector
from symgraph.compile.graph_building import build_graph, compile_graph
from symgraph.compile.graph_passes import print_step, rewrite
from symgraph.compile.inputs import In, Out
from symgraph.compile.inspectable import Inspectable
from symgraph.compile.maker import Maker
from symgraph.compile.profile import Profile
from symgraph.compile.residence import move_in, on_host
from symgraph.compile.specification import Specification, check_swap
from symgraph.compile.storage import Containers, Values
from symgraph.compile.stored_values import StoredValueCheck
from symgraph.compile.subsets import Subsets
from symgraph.compile.update_targets import Targets
from symgraph.compile.value_locks import snapshot
from symgraph.debug import NodeError
from symgraph.graph import (
    Container,
    FunctionGraph,
    SharedVariable,
    config,
    one_location,
)


class Function(Inspectable):
    """Run a compiled function: what `function` returns.

    Call it by position, by name, or with one dict of values by variable or name; `output_subset`,
    positions or keys, computes and returns only those. Returns arrays in the form of the outputs.
    Raises TypeError and ValueError for arguments that do not fit, naming the input.

    - `f[x]`, `f.value[x]`: the default of an input, or the value of a shared variable, by variable
      or name, or of an input by its position; assigning sets it. `f.container[x]` is where it
      is kept;
    - `trust_input`: set it to True to have arrays taken as they are or refused, never cast: they
      must be of the very dtypes. What keeps memory safe is always checked, which costs next to
      nothing;
    - `profile`: a `Profile`, or None where it was not asked for;
    - `input_storage`, `output_storage`: the containers of all inputs and shared variables read,
      and of outputs; the latter keep the last result of each `Out(..., borrow=True)`.

    Calls from several threads at once are safe: see `symgraph.compile.value_locks`.

    >>> x, y = T.dscalars("x", "y")
    >>> f = sg.function([x, y], [x + y, x * y])
    >>> f(2.0, y=3.0)
    [array(5.), array(6.)]
    >>> f({x: 2.0, y: 3.0}, output_subset=[1])
    [array(6.)]
    """

    def __new__(
        cls,
        specification: Specification,
        graph: FunctionGraph,
        executable: Executable,
        backend: Backend,
        defaults: Sequence[Container] | None = None,
    ) -> "Function":
        """Return an object of this class, or of a derived class for which the back end makes the
        calls, unless `__call__` has been overridden."""
        by_python = cls.__call__ is not _call_by_python or specification.bundles is not None
        if not isinstance(executable, CallMaker) or by_python:
            return object.__new__(cls)
        made: Function = object.__new__(executable.class_for(cls))
        return made

    def __init__(
        self,
        specification: Specification,
        graph: FunctionGraph,
        executable: Executable,
        backend: Backend,
        defaults: Sequence[Container] | None = None,
    ) -> None:
        self.specification = specification
        self.maker: Maker = Maker(specification, graph, backend)
        self.executable = executable
        self.name: str | None = specification.name
        self.trust_input: bool = specification.trust_input
        self._arguments = Arguments(specification.inputs, specification.title, defaults)
        self._containers = [variable.container for variable in specification.shared]
        self._stored = StoredValueCheck(specification.shared, specification.title)
        self.input_storage: list[Container] = [*self._arguments.defaults, *self._containers]
        self.output_storage: list[Container] = [Container(None) for _ in specification.outputs]
        self._keeps_outputs = any(specification.borrowed)
        self._targets = Targets(specification, self._arguments.defaults)
        self._bundles = specification.bundles
        self._resident: ResidentExecutable | None = None
        if isinstance(executable, ResidentExecutable) and self._bundles is None:
            self._resident = executable
        positions = range(len(specification.outputs))
        self._subsets = Subsets(
            graph,
            specification.form,
            [
                range(n, n + 1) if self._bundles is None else self._bundles.span(n)
                for n in positions
            ],
            partial(compile_graph, backend),
        )
        self._switch: Switch | None = None
        if isinstance(executable, CallMaker) and self._bundles is None:
            accepted = accepted_by(specification, self._arguments.defaults)
            form, outputs = specification.form, len(specification.outputs)
            self._switch = executable.attach(
                self, CallSpec(accepted, self._targets, form, outputs, _call_by_python)
            )
        self.profile = None
        if specification.profiled:
            self.profile = Profile(specification.title, fallbacks=self.fallbacks())

    @property
    def inputs(self) -> list[In]:
        """Return the inputs, a list of In; each has its `variable`.

        >>> x = T.dscalar("x")
        >>> sg.function([x], x + 1).inputs
        [In(x)]
        """
        return list(self.specification.inputs)

    @property
    def outputs(self) -> list[Out]:
        """Return the outputs, a list of Out; each has its `variable`, as it was before rewriting.

        >>> x = T.dscalar("x")
        >>> sg.function([x], x + 1).outputs
        [Out(add)]
        """
        pairs = zip(self.specification.outputs, self.specification.borrowed, strict=True)
        return [Out(variable, borrow) for variable, borrow in pairs]

    @property
    def profile(self) -> Profile | None:
        """Return where calls are counted and timed, a `Profile`, or None if they are not.

        >>> x = T.dscalar("x")
        >>> sg.function([x], x + 1).profile is None
        True
        """
        return self._profile

    @profile.setter
    def profile(self, profile: Profile | None) -> None:
        self._profile = profile
        if self._switch is not None:
            # Calls made by the back end itself are not counted, and do not keep outputs.
            self._switch.on = profile is None and not self._keeps_outputs

    def __call__(self, *args: Any, output_subset: Any = None, **kwargs: Any) -> Any:
        if not self._targets:
            return self._call(args, kwargs, output_subset)
        with self._targets.held:
            return self._call(args, kwargs, output_subset)

    def _call(self, args: Sequence[Any], kwargs: Mapping[str, Any], wanted: Any) -> Any:
        arrays = self._read(args, kwargs)
        if wanted is None:
            positions: Sequence[int] = range(len(self.output_storage))
            executable = self.executable
        else:
            positions = self._subsets.find(wanted, self._title)
            executable = self._subsets.executable(positions, self._title)
        count = len(positions)
        results = self._joined(positions, self._run(executable, arrays))
        if self._targets:
            self._targets.update(results[count:], self._title)
            del results[count:]
        if wanted is not None:
            return self._subsets.formed(wanted, results)
        if self._keeps_outputs:
            self._keep(results)
        return self._formed(results)

    def _read(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        """Return the arrays that the executable takes: arguments, then shared values."""
        arrays = self._arguments.read(args, kwargs, self.trust_input)
        if self._resident is not None:
            move_in(self._containers, self._resident)
        values = [*arrays, *self._stored.read(snapshot(self._containers))]
        if self._resident is None:
            values = on_host(values)
        return values if self._bundles is None else self._bundles.split(values)

    def _joined(self, positions: Sequence[int], results: list[Any]) -> list[Any]:
        """Return the values of the outputs at these positions, then those of all other roots."""
        if self._bundles is None:
            return results
        behind = range(len(self.output_storage), len(self._bundles.roots))
        return self._bundles.join([*positions, *behind], results)

    def _run(self, executable: Executable, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        try:
            if self.profile is not None:
                return self.profile.run(executable, arrays)
            return executable(arrays)
        except NodeError as error:
            if not error.values_known:
                self._tell_again(arrays)
            raise

    def _tell_again(self, arrays: Sequence[np.ndarray]) -> None:
        """Raise the error of a failed run again, with the values at the failure: native code does
        not keep them, the reference back end does if there is memory for all of them."""
        reference = stepped(self.maker.fgraph, self._title)
        with suppress(MemoryError):
            for _ in reference.step(on_host(arrays)):
                pass

    def _keep(self, results: Sequence[np.ndarray]) -> None:
        for storage, borrowed, result in zip(
            self.output_storage, self.specification.borrowed, results, strict=True
        ):
            storage.value = result if borrowed else None

    def _formed(self, results: list[np.ndarray]) -> Any:
        form = self.specification.form
        if form == "one":
            return results[0]
        if form in ("none", "list"):
            return results
        return dict(zip(form, results, strict=True))

    # --- values ---

    @property
    def container(self) -> Containers:
        """Return the containers of defaults and of shared variables, by variable or name.

        Returns a mapping. Raises KeyError for what is none of them.

        >>> w = sg.shared(1.0, name="w")
        >>> sg.function([], w * 2).container["w"].value
        array(1.)
        """
        return Containers(self._arguments, self.get_shared())

    @property
    def value(self) -> Values:
        """Return the defaults of inputs and the values of shared variables, by variable or name.

        Returns a mapping; assigning to an item sets the value. Raises KeyError for what is none of
        them.

        >>> w = sg.shared(1.0, name="w")
        >>> sg.function([], w * 2).value["w"]
        array(1.)
        """
        return Values(self._arguments, self.get_shared())

    def __getitem__(self, key: Any) -> Any:
        return self.value[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.value[key] = value

    def __contains__(self, key: Any) -> bool:
        return key in self.container

    def get_shared(self) -> list[SharedVariable]:
        """Return the shared variables that the function reads or updates.

        Returns a list of SharedVariables.

        >>> w = sg.shared(1.0, name="w")
        >>> sg.function([], w * 2).get_shared()
        [w]
        """
        return list(dict.fromkeys([*self.specification.shared, *self.specification.updates]))

    def free(self) -> None:
        """Release what the function keeps between calls; the next call allocates it again.

        Returns nothing.

        >>> x = T.dscalar("x")
        >>> f = sg.function([x], x + 1)
        >>> f.free()
        """
        self.executable.free()
        self._subsets.free()
        for storage in self.output_storage:
            storage.value = None

    # --- copies ---

    def copy(
        self,
        share_memory: bool = False,
        swap: Mapping[SharedVariable, SharedVariable] | None = None,
        delete_updates: bool = False,
        name: str | None = None,
        profile: Any = None,
    ) -> "Function":
        """Return a function that computes the same, with defaults of its own.

        share_memory: Theano's; code keeps no values, so it makes no difference.
        swap: old -> new shared variable, of equal types.
        delete_updates: whether the copy updates nothing.
        name: this one's followed by " copy" unless given.
        profile: whether the copy has a profile.
        Returns a Function. The compiled code is common to both, unless updates are deleted: then it
        is compiled again without them. Raises TypeError or ValueError for an invalid swap.

        >>> w, v = sg.shared(1.0, name="w"), sg.shared(5.0, name="v")
        >>> sg.function([], w * 2).copy(swap={w: v})()
        array(10.)
        """
        swap = check_swap(swap or {}, self.get_shared(), self._title)
        changed = self._current().swapped(swap)
        changed.name = name if name is not None else self.name and f"{self.name} copy"
        changed.profiled = changed.profiled if profile is None else bool(profile)
        if delete_updates and changed.updates:
            changed = replace(changed.rewritten(self._originals()), updates={})
            return compile_specification(changed)
        return self._like(changed)

    def _current(self) -> Specification:
        changed = self.specification.with_defaults(self._arguments.defaults)
        changed.trust_input = self.trust_input
        changed.name = self.name
        return changed

    def _originals(self) -> list[Any]:
        """Return the shared variables that the compiled graph mentions."""
        inputs = self.maker.fgraph.inputs if self._bundles is None else self._bundles.arguments
        return inputs[len(self.specification.inputs) :]

    def _like(
        self, specification: Specification, defaults: Sequence[Container] | None = None
    ) -> "Function":
        """Return another function on the same compiled code."""
        graph, mode = self.maker.fgraph, self.maker.mode
        return Function(specification, graph, self.executable, mode, defaults)

    def __copy__(self) -> "Function":
        return self._like(self._current())

    def __deepcopy__(self, memo: dict[int, Any]) -> "Function":
        """Return a copy with variables and defaults of its own, and copies of the values."""
        shared = self.get_shared()
        swap = dict(zip(shared, copy.deepcopy(shared, memo), strict=True))
        changed = self._current().swapped(swap)
        for entry in changed.inputs:
            entry.value = copy.deepcopy(entry.value, memo)
            entry.variable = copy.deepcopy(entry.variable, memo)
        # Of functions copied together, those that share the default of an input still do.
        return self._like(changed, copy.deepcopy(self._arguments.defaults, memo))

    def __reduce__(self) -> Any:
        changed = self._current().rewritten(self._originals())
        if changed.mode is not None and not isinstance(changed.mode, str):
            changed = replace(changed, mode=changed.mode.name)
        return compile_specification, (changed, self._arguments.defaults)


_call_by_python = Function.__call__


def compile_specification(
    specification: Specification, defaults: Sequence[Container] | None = None
) -> Function:
    """Collect the shared variables, build the function graph, and let the back end compile it.
    `defaults` are the containers of the inputs' defaults, new ones unless given."""
    with paused_collector(), one_location():
        start = perf_counter()
        graph = build_graph(specification)
        rewrite(graph, print_step if config.optimizer_verbose == "True" else None)
        backend = get_backend(specification.mode)
        # The back end may specialise the code for the shapes that these values have now.
        stored = [variable.container for variable in specification.shared]
        StoredValueCheck(specification.shared, specification.title).read(snapshot(stored))
        executable = compile_graph(backend, graph, specification.title)
    made = Function(specification, graph, executable, backend, defaults)
    if made.profile is not None:
        made.profile.compile_seconds = perf_counter() - start
    return made
