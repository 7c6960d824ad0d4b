"""Run a program of launches: follow its steps once for each set of shapes, and repeat the launches.

Following the steps, the host computes what it knows, decides branches, and enqueues launches. What
it enqueued is recorded. A later call with arguments of these shapes enqueues the same launches
again, with its own arguments and results. Numbers that the host was given (the index of a batch)
may differ: what depends on them is computed anew, and the record holds as long as no extent, branch
or number of iterations did. A run in which the host had to wait for a value of the device is not
recorded, as the next one may go another way.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple, NoReturn

import numpy as np
from symgraph.backends.opencl import launches as routines
from symgraph.backends.opencl.c_code.kernels import GROUP, REPORT, SLOT, KernelCode, Shared
from symgraph.backends.opencl.device_memory import Workspace, whole_groups
from symgraph.backends.opencl.routines import planned
from symgraph.backends.opencl.translation import Translation

from symgraph.debug import node_error
from symgraph.graph import performed
from symgraph.lower.extents.evaluation import value_of
from symgraph.lower.extents.static import number
from symgraph.lower.grid import Condition, HostLoad, HostStep, Launch, Repeat
from symgraph.lower.program.types import (
    Alloc,
    Check,
    Compute,
    Extent,
    NativeCall,
    NumpyCall,
    Timestamp,
)
from symgraph.lower.program.values import Buffer, BufferKind, Literal, Scalar, Value


class External(NamedTuple):
    """The memory of an argument or a result, which is another one in each call."""

    root: Buffer


class Derived(NamedTuple):
    """A number that depends on those that the host was given."""

    scalar: Scalar


# What a kernel's argument is made from: one of these, or a driver's buffer or number.
Source = Any


@dataclass(eq=False)
class Enqueued:
    """A launch that was made: a kernel, the sources of all its arguments, and its sizes."""

    kernel: Any
    sources: list[Source]
    global_size: tuple[int, ...]
    local_size: tuple[int, ...] | None
    # The arguments that must be set each time.
    changing: list[tuple[int, Source]] = field(default_factory=list)


@dataclass(eq=False)
class Record:
    """What a run did: its launches, the extents of its results, and the numbers on which this
    depended."""

    launches: list[Enqueued]
    results: list[tuple[Buffer, int]]
    # Steps that compute what depends on numbers that the host was given, checks among them.
    derivation: list[HostLoad | Compute | Check]
    guards: dict[Scalar, Any]
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
                    launch.changing.append((index, launch.sources[index]))
        return self


def _same(one: Source, other: Source) -> bool:
    if one is other:
        return True
    both = isinstance(one, np.generic) and isinstance(other, np.generic)
    return both and one.tobytes() == other.tobytes() and one.dtype == other.dtype


class Arguments(NamedTuple):
    """The arguments of a call: the memory of each on the device, its array where the host has one,
    and its shape."""

    buffers: dict[Buffer, Any]
    arrays: dict[Buffer, np.ndarray]
    shapes: dict[Buffer, tuple[int, ...]]


class Results(NamedTuple):
    """What a run leaves: the memory of the program's roots, and the shapes of the results."""

    memory: dict[Buffer, Any]
    shapes: list[tuple[int, ...]]


class Run:
    """A run of a program, step by step."""

    def __init__(
        self,
        made: Translation,
        workspace: Workspace,
        arena: dict[Buffer, Any],
        arguments: Arguments,
    ) -> None:
        self.made = made
        self.device = made.device
        self.workspace = workspace
        self.arguments = arguments
        self.numbers: dict[Scalar, Any] = {}
        self.derived: set[Scalar] = set()
        self.memory: dict[Buffer, Any] = dict(arguments.buffers)
        self.memory.update(made.constants)
        self.memory.update(arena)
        self.shapes: dict[Buffer, tuple[int, ...]] = dict(arguments.shapes)
        self.arrays: dict[Buffer, np.ndarray] = dict(arguments.arrays)
        self.kernels: dict[tuple[str, str], Any] = {}
        self.record = Record([], [], [], {})
        # Whether another call would do the same.
        self.repeatable = True
        self.clock: Callable[[int | None], None] | None = None

    def finish(self) -> Results:
        """Run all steps."""
        self.steps(self.made.grid.steps)
        return self.results()

    def results(self) -> Results:
        results = self.made.program.results
        shapes = [tuple(int(self.fixed(e)) for e in buffer.extents) for buffer in results]
        return Results(self.memory, shapes)

    # --- numbers ---

    def number(self, v: Value) -> Any:
        """Return a number, waiting for the device where it computes it."""
        if isinstance(v, Literal):
            return v.value
        found = self.numbers.get(v)
        return self.read(v) if found is None else found

    def fixed(self, v: Value) -> Any:
        """Return a number on which it depends what the run does."""
        found = self.number(v)
        if v in self.derived:
            assert isinstance(v, Scalar)
            self.record.guards[v] = found
        return found

    def read(self, scalar: Scalar) -> Any:
        """Wait for a scalar of the device. Raises the error of a check that has failed before."""
        self.repeatable = False
        self.made.raise_failed(self.workspace)
        slot = SLOT * self.made.grid.slots[scalar]
        dtype = "float32" if scalar.dtype == "float16" else scalar.dtype
        return self.workspace.read(self.workspace.slots, slot, dtype)

    # --- steps ---

    def steps(self, steps: Sequence[HostStep]) -> None:
        for step in steps:
            self.step(step)

    def step(self, step: HostStep) -> None:
        match step:
            case Compute():
                self.compute(step)
            case Launch():
                for code in self.made.codes[step]:
                    self.launch(code)
            case HostLoad():
                self.numbers[step.load.out] = self.arrays[step.load.buffer.root].item()
                self.derived.add(step.load.out)
                self.record.derivation.append(step)
            case Extent():
                self.numbers[step.out] = self.shapes[step.buffer][step.axis]
            case Check():
                self.check(step)
            case Alloc():
                self.allocate(step.buffer)
            case Condition():
                self.steps(step.then if self.fixed(step.condition) else step.orelse)
            case Repeat():
                for index in range(int(self.fixed(step.extent))):
                    self.numbers[step.index] = index
                    self.steps(step.body)
            case NumpyCall():
                self.perform(step)
            case NativeCall():
                self.routine(step)
            case Timestamp():
                if self.clock is not None:
                    self.clock(step.number)
            case _:
                raise TypeError(f"{type(step).__name__} is no step of a program of launches")

    def compute(self, s: Compute) -> None:
        args = [self.numbers[v] if isinstance(v, Scalar) else v.value for v in s.args]
        dtypes = tuple([v.dtype for v in s.args])
        self.numbers[s.out] = value_of(s.fn, args, dtypes, s.out.dtype)
        if any(v in self.derived for v in s.args):
            self.derived.add(s.out)
            self.record.derivation.append(s)

    def check(self, s: Check) -> None:
        if any(v in self.derived for v in (s.condition, *s.args)):
            self.record.derivation.append(s)
        raise_unless(s, self.numbers)

    def allocate(self, buffer: Buffer) -> None:
        """Allocate memory that is not in the arena: of results, and of sizes that depend on
        values."""
        if buffer in self.memory:
            return
        size = prod(int(self.fixed(e)) for e in buffer.extents) * np.dtype(buffer.dtype).itemsize
        if buffer.kind is BufferKind.RESULT:
            self.record.results.append((buffer, size))
        self.memory[buffer] = self.device.memory.allocate(size)

    def source(self, root: Buffer) -> Source:
        external = root.kind in (BufferKind.ARGUMENT, BufferKind.RESULT)
        return External(root) if external else self.memory[root]

    def launch(self, code: KernelCode) -> None:
        if code.parts:
            grid: tuple[int, ...] = (self.made.parts,)
        else:
            grid = tuple([int(self.fixed(extent)) for extent in code.grid])
        if 0 in grid:
            return
        sources = [self.parameter(p) for p in code.parameters]
        local = (GROUP if grid else 1, *(1 for _ in grid[1:]))
        size = whole_groups(grid, local) if grid else (1,)
        self.enqueue(self.made.cl_program, code.name, sources, size, local)

    def parameter(self, parameter: Any) -> Source:
        if isinstance(parameter, Buffer):
            return self.source(parameter)
        if isinstance(parameter, Scalar):
            if parameter in self.derived:
                return Derived(parameter)
            return as_argument(self.number(parameter), parameter.dtype)
        return self.workspace.shared(parameter)

    def enqueue(
        self,
        program: Any,
        name: str,
        sources: list[Source],
        global_size: tuple[int, ...],
        local_size: tuple[int, ...] | None,
    ) -> None:
        key = (id(program), name)
        kernel = self.kernels.get(key)
        if kernel is None:
            kernel = self.kernels[key] = self.device.kernel(program, name)
        made = Enqueued(kernel, sources, global_size, local_size)
        for index, source in enumerate(sources):
            kernel.set_arg(index, self.resolved(source))
        self.device.enqueue(kernel, global_size, local_size)
        self.record.launches.append(made)

    def resolved(self, source: Source) -> Any:
        if isinstance(source, External):
            return self.memory[source.root]
        if isinstance(source, Derived):
            return as_argument(self.numbers[source.scalar], source.scalar.dtype)
        return source

    # --- calls ---

    def view(self, buffer: Buffer) -> routines.View:
        extents, strides = (
            tuple(int(self.fixed(v)) for v in values) for values in (buffer.extents, buffer.strides)
        )
        offset = int(self.fixed(buffer.offset))
        return routines.View(buffer.root, buffer.dtype, extents, offset, strides)

    def scalar(self, v: Value) -> Any:
        """Return a number for a routine, which may lie on the device."""
        if isinstance(v, Scalar) and v in self.made.grid.slots and v not in self.numbers:
            size = np.dtype(v.dtype).itemsize
            place = SLOT * self.made.grid.slots[v] // size
            return routines.DeviceScalar(Shared.SLOTS, v.dtype, place)
        return self.fixed(v)

    def routine(self, s: NativeCall) -> None:
        for launch in planned(self.device.facts, s, self.view, self.scalar, self.fixed):
            program = self.device.build(launch.source, self.made.name)
            sources = [self.routine_source(argument) for argument in launch.arguments]
            self.enqueue(program, launch.kernel, sources, launch.global_size, launch.local_size)

    def routine_source(self, argument: Any) -> Source:
        if not isinstance(argument, routines.BufferArgument):
            return argument
        root = argument.root
        if isinstance(root, Buffer):
            return self.source(root)
        if isinstance(root, Shared):
            return self.workspace.shared(root)
        return self.workspace.scratch(root.number, root.elements * np.dtype(root.dtype).itemsize)

    def perform(self, s: NumpyCall) -> None:
        """Run the NumPy meaning of a node on the host."""
        self.repeatable = False
        self.made.raise_failed(self.workspace)
        values = [self.array(buffer) for buffer in s.inputs]
        try:
            results = performed(s.node, values)
        except Exception as error:
            raise node_error(s.node, error, values) from error
        for buffer, result in zip(s.outputs, results, strict=True):
            array = np.ascontiguousarray(result).reshape(np.shape(result))
            self.shapes[buffer] = array.shape
            self.arrays[buffer] = array
            self.memory[buffer] = self.device.memory.upload(array)

    def array(self, buffer: Buffer) -> np.ndarray:
        """Return the elements of a buffer, read-only."""
        view, root = self.view(buffer), buffer.root
        dtype = np.dtype(buffer.dtype)
        if 0 in view.extents:
            return np.empty(view.extents, dtype)
        flat = self.arrays.get(root)
        if flat is None:
            size = 1 + max(
                view.offset, view.offset + sum(
                    (n - 1) * s for n, s in zip(view.extents, view.strides, strict=True) if s > 0
                )
            )  # fmt: skip
            flat = self.device.memory.download(self.memory[root], (size,), dtype)
        flat = flat.reshape(-1)
        strides = [s * dtype.itemsize for s in view.strides]
        array = np.lib.stride_tricks.as_strided(
            flat[view.offset :], view.extents, strides, writeable=False
        )
        return array


def as_argument(value: Any, dtype: str) -> np.generic:
    """Return a number as a kernel takes it."""
    passed = {"bool": "uint8", "float16": "float32"}.get(dtype, dtype)
    with np.errstate(all="ignore"):
        argument: np.generic = np.asarray(value).astype(passed)[()]
    return argument


def raise_unless(s: Check, numbers: dict[Scalar, Any]) -> None:
    """Raise the error of a check of numbers that the host has, unless it holds."""
    if not number(s.condition, numbers):
        raise_failed(s, [number(v, numbers) for v in s.args])


def raise_failed(check: Check, values: Iterable[Any]) -> NoReturn:
    raise node_error(check.node, check.failure(list(values)), None)


def repeat(record: Record, run: "Repetition") -> Results | None:
    """Enqueue the launches of a record; None where the numbers that the host was given lead to
    others."""
    if not run.derive(record):
        return None
    for buffer, size in record.results:
        run.memory[buffer] = run.device.memory.allocate(size)
    for launch in record.launches:
        for index, source in launch.changing:
            launch.kernel.set_arg(index, run.resolved(source))
        run.device.enqueue(launch.kernel, launch.global_size, launch.local_size)
    return Results(run.memory, [])


class Repetition:
    """The state of a call that repeats a record."""

    def __init__(self, made: Translation, arguments: Arguments) -> None:
        self.device = made.device
        self.memory: dict[Buffer, Any] = dict(arguments.buffers)
        self.arrays = arguments.arrays
        self.numbers: dict[Scalar, Any] = {}

    def derive(self, record: Record) -> bool:
        """Compute the numbers that depend on those that the host was given; return whether what
        was recorded is what follows from them. Raises the error of a check that fails."""
        for s in record.derivation:
            if isinstance(s, Check):
                raise_unless(s, self.numbers)
            elif isinstance(s, HostLoad):
                self.numbers[s.load.out] = self.arrays[s.load.buffer.root].item()
            else:
                args = [number(v, self.numbers) for v in s.args]
                dtypes = tuple([v.dtype for v in s.args])
                self.numbers[s.out] = value_of(s.fn, args, dtypes, s.out.dtype)
        return all(self.numbers[scalar] == value for scalar, value in record.guards.items())

    def resolved(self, source: Source) -> Any:
        if isinstance(source, External):
            return self.memory[source.root]
        if isinstance(source, Derived):
            return as_argument(self.numbers[source.scalar], source.scalar.dtype)
        return source


__all__ = ["REPORT", "Arguments", "Repetition", "Results", "Run", "repeat"]
