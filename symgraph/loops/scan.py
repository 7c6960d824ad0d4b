"""`scan`: a step function, run for each entry of sequences or a number of times."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symgraph.compile import OrderedUpdates
from symgraph.graph import (
    SharedVariable,
    TensorType,
    Variable,
    next_number,
    one_location,
)
from symgraph.loops.capture import capture, check_strict, outside, updated_in_step
from symgraph.loops.scan_arguments import (
    Output,
    check_signature,
    check_truncation,
    is_other,
    listed,
    read_n_steps,
    read_outputs_info,
    read_sequences,
    tensor,
)
from symgraph.loops.step_results import StepResult, read_result
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.scan import Scan
from symgraph.ops.scan_parts import ScanState, cut, entry_of, first_of
from symgraph.ops.shape import DimShuffle


def scan(
    fn: Callable[..., Any],
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    n_steps: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
    profile: Any = False,
    allow_gc: bool | None = None,
    strict: bool = False,
    return_list: bool = False,
) -> tuple[Any, OrderedUpdates]:
    """Run a step again and again: for each entry of sequences, or a number of times.

    fn: called once, with variables that stand for what a step reads, in this order: the entries of
        the sequences, tap by tap; the earlier values of outputs, tap by tap; non_sequences. It
        returns outputs (one or a list), or updates (a dict or pairs: shared variable -> new value),
        or both; and optionally then `until(condition)`. It may use any other variable. A shared
        variable that it updates, or that has a default update, has in each step the value that the
        step before gave it; where the updates are not handed to `function`, those with a default
        update (the states of random streams) are made anyway. Random numbers drawn in `fn` are
        others in each step; those drawn before, such as a mask, are the same in all steps.
    sequences: tensors, of which step t reads entry t; or dict(input=x, taps=[...]), where it reads
        the entries t + tap, and the first step is the first for which all of them exist.
    outputs_info: for each output: None (steps do not read it); the initial value, if they read that
        of the step before; or dict(initial=x, taps=[-2, -1]), where `initial` holds along its first
        axis as many values as the deepest tap goes back, the oldest first.
    non_sequences: what all steps read: tensors, or variables of other types.
    n_steps: how many steps, a number or symbolic; as many as the shortest sequence has entries for
        unless given. It may be 0.
    truncate_gradient: only this many last steps pass derivatives back; -1 for all of them.
    go_backwards: step over the sequences from their end.
    name: for people.
    strict: refuse the use of variables that are not in non_sequences.
    return_list: whether a list is returned also for one output only.
    mode, profile, allow_gc: Theano's; the loop belongs to the function around it.
    Returns the outputs, stacked along a new first axis, and updates to hand to `function`.
    Raises TypeError or ValueError, naming the argument that is wrong; where `strict` refuses a
    variable, that is a MissingInputError.

    >>> x = T.dvector("x")
    >>> sums, updates = sg.scan(lambda entry, total: total + entry, sequences=x, outputs_info=0.0)
    >>> sums.eval({x: [1.0, 2.0, 3.0]})
    array([1., 3., 6.])
    """
    scanner = Scanner("scan" if name is None else f"scan {name!r}", name)
    with one_location():
        scanner.read(sequences, outputs_info, n_steps, go_backwards, truncate_gradient)
        rest = [
            _read_by_steps(value, f"{scanner.title}: non_sequences[{position}]")
            for position, value in enumerate(listed(non_sequences))
        ]
    result = scanner.call(fn, rest)
    with one_location():
        outputs = scanner.loop(result, rest if strict else None)
    updates = scanner.updates
    if return_list:
        return outputs, updates
    return (outputs[0] if len(outputs) == 1 else outputs or None), updates


def _read_by_steps(value: Any, what: str) -> Variable:
    """Return what steps read as a variable, of any type. Raises TypeError."""
    return value if is_other(value) else tensor(value, what)


@dataclass
class Scanner:
    """One call of `scan` or of a related function; `keep` says what is kept of outputs with
    taps."""

    title: str
    name: str | None
    keep: str = "all"
    # Names of outputs in messages, by position.
    labels: dict[int, str] = field(default_factory=dict)
    # Shared variables created by the step have this number or a higher one.
    before: int = field(default_factory=next_number)
    entries: list[Variable] = field(default_factory=list)
    slices: list[Variable] = field(default_factory=list)
    infos: list[Output] | None = None
    updates: OrderedUpdates = field(default_factory=OrderedUpdates)

    def read(
        self,
        sequences: Any,
        outputs_info: Any,
        n_steps: Any,
        go_backwards: bool = False,
        truncate: Any = -1,
    ) -> None:
        """Read the arguments and make the variables that stand for what a step reads."""
        found = read_sequences(sequences, self.title)
        self.infos = read_outputs_info(outputs_info, self.title)
        self.n_steps: Variable = read_n_steps(n_steps, found, self.title)
        self.truncate: int = check_truncation(truncate, self.title)
        for sequence in found:
            for entries, name in zip(
                sequence.slices(bool(go_backwards)), sequence.names(), strict=True
            ):
                self.slices.append(entries)
                self.entries.append(entry_of(entries, name))
        self.states: list[Output] = [info for info in self.infos or () if info.initial is not None]
        self.taps: list[list[Variable]] = [_taps(info) for info in self.states]

    def call(self, fn: Callable[..., Any], rest: Sequence[Variable]) -> StepResult:
        """Return what the step function returns. Raises TypeError."""
        if not callable(fn):
            raise TypeError(f"{self.title}: fn must be a function, not {fn!r}")
        given = [*self.entries, *(tap for taps in self.taps for tap in taps), *rest]
        check_signature(fn, given, self._handed(rest), self.title)
        return read_result(fn(*given), self.title)

    def _handed(self, rest: Sequence[Variable]) -> list[str]:
        """Return a description of the origin of each argument of a step, for messages."""
        places = [place for place, info in enumerate(self.infos or ()) if info.initial is not None]
        taps = zip(places, self.states, self.taps, strict=True)
        return [
            *(f"{entry.name or 'an entry'} of sequences" for entry in self.entries),
            *(
                f"{tap.name or f'the value at t{at}'} of outputs_info[{place}]"
                for place, info, variables in taps
                for at, tap in zip(info.taps, variables, strict=True)
            ),
            *(f"{variable} of non_sequences" for variable in rest),
        ]

    def loop(self, result: StepResult, allowed: Sequence[Variable] | None) -> list[Variable]:
        """Return the outputs, in the order of the step's. Raises TypeError, ValueError."""
        infos = self._matched(result.outputs)
        new = [
            self._fitted(position, info, output)
            for position, (info, output) in enumerate(zip(infos, result.outputs, strict=True))
            if info.initial is not None
        ]
        free = [o for i, o in zip(infos, result.outputs, strict=True) if i.initial is None]
        condition = [] if result.condition is None else [result.condition]
        entering = [*self.entries, *(v for taps in self.taps for v in taps)]
        shared = updated_in_step(
            [*new, *free, *condition], dict(result.updates), entering, self.before, self.title
        )
        stands_for: dict[SharedVariable, Variable] = {}
        for target in shared:
            stands_for[target] = TensorType(target.type.dtype, target.type.shape)(target.name)
        roots = [*new, *shared.values(), *free, *condition]
        formals = [*entering, *stands_for.values()]
        if allowed is not None:
            used = outside(roots, {*formals, *shared})
            check_strict(used, set(allowed), self.title)
        body, others = capture(formals, roots, stands_for)
        states = [ScanState(info.taps, self.keep) for info in self.states]
        states += [ScanState((-1,), "last") for _ in shared]
        op = Scan(body, len(self.slices), states, bool(condition), self.truncate, self.name)
        initials = [*map(_initial, self.states), *map(_with_axis, shared)]
        node = op.make_node(self.n_steps, *self.slices, *initials, *others)
        count = len(self.states)
        for target, output in zip(shared, node.outputs[count:], strict=False):
            self.updates[target] = first_of(output)
        made = iter(node.outputs[:count])
        stacked = iter(node.outputs[len(states) :])
        return [next(stacked if info.initial is None else made) for info in infos]

    def _matched(self, outputs: Sequence[Variable]) -> list[Output]:
        """Return the specification of each output. Raises ValueError."""
        if self.infos is None:
            return [Output(None) for _ in outputs]
        if len(self.infos) != len(outputs):
            raise ValueError(
                f"{self.title}: fn returned {len(outputs)} output{'s' * (len(outputs) != 1)}, but"
                f" outputs_info describes {len(self.infos)}; it needs an entry for each, None for"
                " one that steps do not read"
            )
        return self.infos

    def _fitted(self, position: int, info: Output, new: Variable) -> Variable:
        """Return the new value of an output with taps, in the type of its initial value. Raises
        TypeError, ValueError."""
        what = f"{self.title}: {self.labels.get(position, f'outputs_info[{position}]')}"
        number = next(at for at, state in enumerate(self.states) if state is info)
        state, initial = self.taps[number][0].type, _given(info)

        def said() -> str:
            return f"{what}: the initial value {initial} ({initial.type})"

        def given() -> str:
            return f"the step returns {new} ({new.type}), made at {new.location}"

        if new.type.ndim != state.ndim:
            about = "" if info.taps == (-1,) else ", whose first axis counts the values before,"
            raise TypeError(
                f"{said()}{about} makes the state a {state}, of {state.ndim} dimension"
                f"{'s' * (state.ndim != 1)}, but {given()}, of {new.type.ndim}"
            )
        if new.type.dtype != state.dtype:
            if not np.can_cast(new.type.dtype, state.dtype, "safe"):
                raise TypeError(
                    f"{said()} and the step's result differ in dtype: {given()}; cast the initial"
                    f" value to {new.type.dtype}, or the result to {state.dtype}"
                )
            new = scalar_functions["cast"](new, state.dtype)
        for at, (have, want) in enumerate(zip(new.type.shape, state.shape, strict=True)):
            if None not in (have, want) and have != want:
                raise ValueError(
                    f"{said()} and the step's result differ in the extent of axis {at}, {want}"
                    f" and {have}, but a state keeps its extents: {given()}"
                )
        return new


def _given(info: Output) -> Variable:
    assert info.initial is not None
    return info.initial


def _taps(info: Output) -> list[Variable]:
    """Return the variables that stand for the earlier values that a step reads of an output."""
    initial = _given(info)
    shape = initial.type.shape if info.taps == (-1,) else initial.type.shape[1:]
    result: list[Variable] = []
    for tap in info.taps:
        name = initial.name and f"{initial.name}[t{tap}]"
        variable = TensorType(initial.type.dtype, shape)(name)
        if result:
            set_keys(variable, extent_keys(result[0]))
        result.append(variable)
    return result


def _initial(info: Output) -> Variable:
    """Return the values before the first step, the oldest first."""
    initial = _given(info)
    if info.taps == (-1,):
        return _with_axis(initial)
    if initial.type.shape[0] == info.depth:
        return initial
    return cut(initial, 0, constant(info.depth, "int64"))


def _with_axis(variable: Variable) -> Variable:
    return DimShuffle(("x", *range(variable.type.ndim)))(variable)
