"""What a run of a program did, kept so that a later call does the same without following its steps.

A record has the launches with all their arguments. Some of these are made anew: the memory of the
call's own arguments and results, and numbers that depend on those that the host was given (the
index of a batch). How they follow is recorded as formulas, by the order in which they were
computed, so a scalar may have another number in each iteration of a loop.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

import numpy as np
from symgraph.backends.opencl.stream import Stream

from symgraph.debug import node_error
from symgraph.lower.extents.evaluation import value_of
from symgraph.lower.grid import HostLoad
from symgraph.lower.program.types import Check, Compute
from symgraph.lower.program.values import Buffer


class External(NamedTuple):
    """The memory of an argument or a result, which is another one in each call."""

    root: Buffer


class Derived(NamedTuple):
    """A number that depends on those that the host was given: the result of a record's formula, and
    `more`."""

    formula: int
    dtype: str
    more: int = 0


# What a kernel's argument is made from: one of these, or a driver's buffer or number.
Source = Any


class Formula(NamedTuple):
    """A step of the host that depends on numbers that it was given. Operands are results of earlier
    formulas, or numbers."""

    step: HostLoad | Compute | Check
    operands: tuple[Any, ...]

    def result(self, arrays: dict[Buffer, np.ndarray], results: Sequence[Any]) -> Any:
        """Return its result, given those of the formulas before it. Raises the error of a check
        that fails."""
        s = self.step
        if isinstance(s, HostLoad):
            return arrays[s.load.buffer.root].item()
        values = [results[x.formula] if isinstance(x, Derived) else x for x in self.operands]
        if isinstance(s, Compute):
            return value_of(s.fn, values, tuple([v.dtype for v in s.args]), s.out.dtype)
        if not values[0]:
            raise_failed(s, values[1:])
        return None


@dataclass(eq=False)
class Enqueued:
    """A launch that was made: a kernel, the sources of all its arguments, and its sizes."""

    kernel: Any
    sources: list[Source]
    global_size: tuple[int, ...]
    local_size: tuple[int, ...] | None
    # The arguments that must be set each time: memory of arguments and results, and others.
    external: list[tuple[int, Buffer]] = field(default_factory=list)
    changing: list[tuple[int, Source]] = field(default_factory=list)


@dataclass(eq=False)
class Record:
    """What a run did: its launches, the sizes of its results' memory, the formulas of numbers, and
    the results of formulas on which the run depended."""

    launches: list[Enqueued] = field(default_factory=list)
    results: list[tuple[Buffer, int]] = field(default_factory=list)
    formulas: list[Formula] = field(default_factory=list)
    guards: dict[int, Any] = field(default_factory=dict)
    shapes: list[tuple[int, ...]] = field(default_factory=list)

    def settle(self) -> "Record":
        """Set the arguments that never change; return the record."""
        of_kernel: dict[Any, list[Enqueued]] = {}
        for launch in self.launches:
            of_kernel.setdefault(launch.kernel, []).append(launch)
        for kernel, made in of_kernel.items():
            for index, source in enumerate(made[0].sources):
                constant = not isinstance(source, External | Derived) and all(
                    _same(launch.sources[index], source) for launch in made
                )
                if constant:
                    kernel.set_arg(index, source)
                    continue
                for launch in made:
                    own = launch.sources[index]
                    if isinstance(own, External):
                        launch.external.append((index, own.root))
                    else:
                        launch.changing.append((index, own))
        return self

    def derived(self, arrays: dict[Buffer, np.ndarray]) -> list[Any] | None:
        """Return the formulas' results for these arguments; None where the run would go another
        way. Raises the error of a check that fails."""
        results: list[Any] = []
        for number, formula in enumerate(self.formulas):
            results.append(formula.result(arrays, results))
            if number in self.guards and self.guards[number] != results[-1]:
                return None
        return results

    def repeat(
        self, stream: Stream, memory: dict[Buffer, Any], arrays: dict[Buffer, np.ndarray]
    ) -> bool:
        """Enqueue the launches for arguments in this memory, to which results are added; return
        whether that was possible."""
        numbers = self.derived(arrays)
        if numbers is None:
            return False
        for buffer, size in self.results:
            memory[buffer] = stream.memory.allocate(size)
        enqueue = stream.enqueue
        for launch in self.launches:
            kernel = launch.kernel
            for index, root in launch.external:
                kernel.set_arg(index, memory[root])
            for index, source in launch.changing:
                kernel.set_arg(index, resolved(source, memory, numbers))
            enqueue(kernel, launch.global_size, launch.local_size)
        return True


def _same(one: Source, other: Source) -> bool:
    if one is other:
        return True
    both = isinstance(one, np.generic) and isinstance(other, np.generic)
    return both and one.tobytes() == other.tobytes() and one.dtype == other.dtype


def resolved(source: Source, memory: dict[Buffer, Any], numbers: Sequence[Any]) -> Any:
    """Return a kernel's argument."""
    if isinstance(source, External):
        return memory[source.root]
    if isinstance(source, Derived):
        return as_argument(numbers[source.formula] + source.more, source.dtype)
    return source


def as_argument(value: Any, dtype: str) -> np.generic:
    """Return a number as a kernel takes it."""
    passed = {"bool": "uint8", "float16": "float32"}.get(dtype, dtype)
    with np.errstate(all="ignore"):
        argument: Any = np.asarray(value).astype(passed)[()]
    number: np.generic = argument
    return number


def raise_failed(check: Check, values: Iterable[Any]) -> NoReturn:
    raise node_error(check.node, check.failure(list(values)), None)
