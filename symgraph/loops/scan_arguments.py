"""Parsing and validation of the arguments of `scan`, with error messages in their terms."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgraph.graph import Constant, Variable
from symgraph.ops.constant import as_tensor, constant
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import own_keys
from symgraph.ops.scan_parts import backwards
from symgraph.ops.shape import extent_of
from symgraph.ops.subtensor import Slice, Subtensor


@dataclass(frozen=True, eq=False)
class Sequence:
    """A sequence that the steps iterate over, and the entries that step t reads: those at t +
    tap."""

    variable: Variable
    taps: tuple[int, ...]

    @property
    def past(self) -> int:
        """Return how many entries precede the one of the first step."""
        return -min(0, *self.taps)

    @property
    def future(self) -> int:
        """Return how many entries follow the one of the last step."""
        return max(0, *self.taps)

    def length(self) -> Variable:
        """Return the number of steps that the entries suffice for."""
        extent = extent_of(self.variable, 0)
        missing = self.past + self.future
        if not missing:
            return extent
        if isinstance(extent, Constant):
            return constant(max(int(extent.data) - missing, 0), "int64")
        return scalar_functions["maximum"](extent - missing, 0)

    def slices(self, go_backwards: bool) -> list[Variable]:
        """Return for each tap the sequence of the entries that it reads."""
        result = []
        for tap in self.taps:
            start, left = tap + self.past, self.future - tap
            entries, bounds = self.variable, []
            if start:
                bounds.append(constant(start, "int64"))
            if left:
                bounds.append(constant(-left, "int64"))
            if bounds:
                template = (Slice(start=bool(start), stop=bool(left)),)
                entries = Subtensor(template)(entries, *bounds)
            result.append(backwards(entries) if go_backwards else entries)
        return result

    def names(self) -> list[str | None]:
        """Return the names of the entries."""
        name = self.variable.name
        return [
            name and f"{name}[t{tap:+d}]" if tap else name and f"{name}[t]" for tap in self.taps
        ]


@dataclass(frozen=True, eq=False)
class Output:
    """The specification of an output: its initial value and taps, or None for one without."""

    initial: Variable | None
    taps: tuple[int, ...] = ()

    @property
    def depth(self) -> int:
        return -min(self.taps)


def listed(given: Any) -> list[Any]:
    """Return None as an empty list, and a single object as a list of it."""
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


def tensor(value: Any, what: str) -> Variable:
    """Return a value as a variable. Raises TypeError."""
    try:
        return as_tensor(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{what} must be a tensor: {error}") from None


def read_sequences(given: Any, title: str) -> list[Sequence]:
    """Return the sequences, each a tensor or dict(input=..., taps=...). Raises TypeError,
    ValueError."""
    result = []
    for position, entry in enumerate(listed(given)):
        what = f"{title}: sequences[{position}]"
        taps: Any = None
        if isinstance(entry, Mapping):
            check_keys(entry, ("input", "taps"), what)
            if "input" not in entry:
                raise ValueError(f"{what}: the dict has no 'input'; it says {dict(entry)}")
            taps, entry = entry.get("taps"), entry["input"]
        variable = tensor(entry, what)
        if variable.type.ndim == 0:
            raise TypeError(
                f"{what}, {variable} ({variable.type}), has no axis to step over; what all steps"
                " read belongs to non_sequences"
            )
        result.append(Sequence(variable, read_taps(taps, (0,), what)))
    return result


def read_outputs_info(given: Any, title: str) -> list[Output] | None:
    """Return the specifications of the outputs; None where there are none. Raises TypeError,
    ValueError."""
    if given is None or (isinstance(given, list | tuple) and not given):
        return None
    return [
        _read_output(entry, f"{title}: outputs_info[{position}]")
        for position, entry in enumerate(listed(given))
    ]


def _read_output(entry: Any, what: str) -> Output:
    taps: Any = None
    if isinstance(entry, Mapping):
        check_keys(entry, ("initial", "taps"), what)
        taps, entry = entry.get("taps"), entry.get("initial")
        if entry is None and taps is not None:
            raise ValueError(f"{what} has taps {taps!r} but no 'initial' value for them")
    if entry is None:
        return Output(None)
    initial, found = tensor(entry, what), read_taps(taps, (-1,), what)
    if max(found) >= 0:
        raise ValueError(
            f"{what}: taps {list(found)}: an output is read from steps before, at negative taps"
        )
    depth = -min(found)
    if found == (-1,):
        return Output(initial, found)
    if initial.type.ndim == 0:
        raise ValueError(
            f"{what}: taps {list(found)} need {depth} initial values along a first axis, but"
            f" {initial} ({initial.type}) has no axis"
        )
    have = initial.type.shape[0]
    if have is not None and have < depth:
        raise ValueError(
            f"{what}: taps {list(found)} need {depth} initial values along the first axis, but"
            f" {initial} ({initial.type}) holds {have}"
        )
    return Output(initial, found)


def check_keys(entry: Mapping[Any, Any], known: tuple[str, ...], what: str) -> None:
    """Raise ValueError for unknown keys of a dict."""
    unknown = [key for key in entry if key not in known]
    if unknown:
        raise ValueError(
            f"{what}: unknown key{'s' * (len(unknown) > 1)} {', '.join(map(repr, unknown))};"
            f" known are {', '.join(map(repr, known))}"
        )


def read_taps(taps: Any, default: tuple[int, ...], what: str) -> tuple[int, ...]:
    """Return the taps, given as a number or several. Raises TypeError, ValueError."""
    if taps is None:
        return default
    found = list(taps) if isinstance(taps, Iterable) and not isinstance(taps, str) else [taps]
    for tap in found:
        if isinstance(tap, bool) or not isinstance(tap, int | np.integer):
            raise TypeError(f"{what}: taps must be integers, not {taps!r}")
    if not found:
        raise ValueError(f"{what}: taps is empty; leave it out for the taps {list(default)}")
    if len(set(found)) < len(found):
        raise ValueError(f"{what}: taps {taps!r} name one twice")
    return tuple(map(int, found))


def read_n_steps(given: Any, sequences: list[Sequence], title: str) -> Variable:
    """Return the number of steps as an int64 scalar: as given, or that of the shortest sequence.
    Raises TypeError, ValueError."""
    if given is None:
        return _shortest(sequences, title)
    if isinstance(given, str):
        raise TypeError(f"{title}: n_steps must be an integer scalar, not {given!r}")
    steps = tensor(given, f"{title}: n_steps")
    if steps.type.ndim != 0 or np.dtype(steps.type.dtype).kind not in "iu":
        raise TypeError(f"{title}: n_steps must be an integer scalar, not {steps} ({steps.type})")
    if not isinstance(steps, Constant):
        return scalar_functions["cast"](steps, "int64")
    if steps.data < 0:
        raise ValueError(
            f"{title}: n_steps={steps.data} is negative; to go through sequences from their end"
            " pass go_backwards=True"
        )
    for position, sequence in enumerate(sequences):
        length = sequence.length()
        if isinstance(length, Constant) and length.data < steps.data:
            raise ValueError(
                f"{title}: n_steps={steps.data}, but sequences[{position}], {sequence.variable}"
                f" ({sequence.variable.type}), has entries for {length.data} steps"
                + (f" with its taps {list(sequence.taps)}" if sequence.taps != (0,) else "")
            )
    return constant(int(steps.data), "int64")


def _shortest(sequences: list[Sequence], title: str) -> Variable:
    if not sequences:
        raise ValueError(f"{title}: without sequences the number of steps is needed: pass n_steps")
    lengths: dict[Any, Variable] = {}
    for sequence in sequences:
        key = (own_keys(sequence.variable)[0], sequence.past + sequence.future)
        lengths.setdefault(key, sequence.length())
    known = [int(v.data) for v in lengths.values() if isinstance(v, Constant)]
    unknown = [v for v in lengths.values() if not isinstance(v, Constant)]
    result = constant(min(known), "int64") if known else unknown.pop(0)
    for length in unknown:
        result = scalar_functions["minimum"](result, length)
    return result


def check_truncation(given: Any, title: str) -> int:
    """Return through how many steps derivatives are propagated; -1 for all. Raises TypeError,
    ValueError."""
    if isinstance(given, bool) or not isinstance(given, int | np.integer):
        raise TypeError(f"{title}: truncate_gradient must be an int, not {given!r}")
    if given < -1:
        raise ValueError(
            f"{title}: truncate_gradient={given}: it is a number of steps, or -1 for all"
        )
    return int(given)


def check_signature(
    fn: Callable[..., Any], given: list[Variable], handed: list[str], title: str
) -> None:
    """Raise TypeError, listing the arguments that a step receives, where `fn` takes other
    arguments."""
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*given)
    except TypeError as error:
        listed = "".join(f"\n  {number}. {what}" for number, what in enumerate(handed, 1))
        raise TypeError(
            f"{title}: fn takes {signature}, but a step hands it"
            f" {len(given) or 'no'} argument{'s' * (len(given) != 1)} ({error}):{listed}"
            "\nFirst come the sequences' entries, then the outputs of steps before that"
            " outputs_info gives an initial value for, then non_sequences."
        ) from None
