"""Run a program of launches: follow its steps once for each set of shapes, and repeat the launches.

Following the steps, the host computes what it knows, decides branches, and enqueues launches. What
it enqueued is recorded. A later call with arguments of these shapes enqueues the same launches
again, with its own arguments and results. Numbers that the host was given (the index of a batch)
may differ: what depends on them is computed anew, and the record holds as long as no extent, branch
or number of iterations did. A run in which the host had to wait for a value of the device is not
recorded, as the next one may go another way.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import Any, NamedTuple

import numpy as np
from symgraph.backends.opencl import launches as routines
from symgraph.backends.opencl.c_code.kernels import KernelCode
from symgraph.backends.opencl.c_code.parameters import GROUP, SLOT, Chunk, Shared
from symgraph.backends.opencl.records import (
    Derived,
    Enqueued,
    External,
    Formula,
    Record,
    Source,
    as_argument,
    raise_failed,
    resolved,
)
from symgraph.backends.opencl.routines import planned
from symgraph.backends.opencl.translation import Translation
from symgraph.backends.opencl.workspace import Workspace

from symgraph.debug import node_error
from symgraph.graph import performed
from symgraph.lower.extents.evaluation import value_of
from symgraph.lower.grid import Compact, Condition, HostLoad, HostStep, Launch, Repeat
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

# On cores: limit on the items for each, and the least iterations of an item.
ITEMS_OF_CORE = 8
ITERATIONS = 4096


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


class Waiting(NamedTuple):
    """A launch that is not enqueued yet: of the kernel of this name in a source text."""

    text: str
    name: str
    sources: list[Source]
    global_size: tuple[int, ...]
    local_size: tuple[int, ...] | None


class Run:
    """A run of a program, step by step. Launches wait until the host needs what they compute."""

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
        # The scalars whose numbers are results of formulas, and the results of all formulas.
        self.derived: dict[Scalar, Derived] = {}
        self.formula_results: list[Any] = []
        self.memory: dict[Buffer, Any] = dict(arguments.buffers)
        self.memory.update(made.constants)
        self.memory.update(arena)
        # The bytes of the memory that the run itself allocates.
        self.sizes: dict[Buffer, int] = {}
        self.shapes: dict[Buffer, tuple[int, ...]] = dict(arguments.shapes)
        self.arrays: dict[Buffer, np.ndarray] = dict(arguments.arrays)
        self.kernels: dict[tuple[str, str], Any] = {}
        self.waiting: list[Waiting] = []
        self.record = Record()
        # Whether another call would do the same.
        self.repeatable = True
        self.clock: Callable[[int | None], None] | None = None

    def finish(self) -> Results:
        """Run all steps."""
        self.steps(self.made.grid.steps)
        self.flush()
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
        source = self.derived.get(v) if isinstance(v, Scalar) else None
        if source is not None:
            self.record.guards[source.formula] = found
        return found

    def read(self, scalar: Scalar) -> Any:
        """Wait for a scalar of the device. Raises the error of a check that has failed before."""
        self.repeatable = False
        self.flush()
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
                self.launch(self.made.codes[step])
            case Compact():
                self.compact(step)
            case HostLoad():
                self.derive(step, (), step.load.out)
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
                    self.flush()
                    self.clock(step.number)
            case _:
                raise TypeError(f"{type(step).__name__} is no step of a program of launches")

    def compute(self, s: Compute) -> None:
        if any(v in self.derived for v in s.args):
            self.derive(s, s.args, s.out)
            return
        args = [self.numbers[v] if isinstance(v, Scalar) else v.value for v in s.args]
        dtypes = tuple([v.dtype for v in s.args])
        self.numbers[s.out] = value_of(s.fn, args, dtypes, s.out.dtype)

    def check(self, s: Check) -> None:
        if any(v in self.derived for v in (s.condition, *s.args)):
            self.derive(s, (s.condition, *s.args))
        elif not self.number(s.condition):
            raise_failed(s, [self.number(v) for v in s.args])

    def derive(
        self, s: HostLoad | Compute | Check, operands: Sequence[Value], out: Scalar | None = None
    ) -> None:
        """Do a step that depends on numbers that the host was given, and record how."""
        given = [self.derived[v] if v in self.derived else self.number(v) for v in operands]
        formula = Formula(s, tuple(given))
        number = len(self.record.formulas)
        self.record.formulas.append(formula)
        self.formula_results.append(formula.result(self.arrays, self.formula_results))
        if out is not None:
            self.numbers[out] = self.formula_results[-1]
            self.derived[out] = Derived(number, out.dtype)

    def allocate(self, buffer: Buffer) -> None:
        """Allocate memory that is not in the arena: of results, and of sizes that depend on values
        or, in a loop, on the iteration."""
        if buffer in self.memory and buffer not in self.sizes:
            return
        size = prod(int(self.fixed(e)) for e in buffer.extents) * np.dtype(buffer.dtype).itemsize
        if size <= self.sizes.get(buffer, -1):
            return
        self.sizes[buffer] = size
        if buffer.kind is BufferKind.RESULT:
            self.record.results.append((buffer, size))
        self.memory[buffer] = self.device.memory.allocate(size)

    def source(self, root: Buffer) -> Source:
        external = root.kind in (BufferKind.ARGUMENT, BufferKind.RESULT)
        return External(root) if external else self.memory[root]

    def compact(self, s: Compact) -> None:
        """Run several launches, or the one that does little work instead."""
        work = sum(
            w.statements * prod(int(self.fixed(extent)) for extent in w.extents) for w in s.work
        )
        if work > s.limit:
            self.steps(s.steps)
            return
        for step in s.steps:
            if isinstance(step, Alloc):
                self.allocate(step.buffer)
        self.launch(self.made.codes[s.single])

    def launch(self, code: KernelCode) -> None:
        if code.parts:
            items = 1 if self.device.facts.is_cpu else GROUP
            grid: tuple[int, ...] = (self.made.parts * items,)
        else:
            grid = tuple([int(self.fixed(extent)) for extent in code.grid])
        if 0 in grid:
            return
        facts, chunks = self.device.facts, [1] * len(grid)
        if facts.is_cpu and not code.parts:
            chunks = chunks_of(grid, facts.units)
            grid = tuple(-(-n // chunk) for n, chunk in zip(grid, chunks, strict=True))
        sources = [self.parameter(p, chunks) for p in code.parameters]
        local = (1 if facts.is_cpu or not grid else GROUP, *(1 for _ in grid[1:]))
        size = whole_groups(grid, local) if grid else (1,)
        self.waiting.append(Waiting(self.made.source, code.name, sources, size, local))

    def parameter(self, parameter: Any, chunks: Sequence[int]) -> Source:
        if isinstance(parameter, Chunk):
            return np.int64(chunks[parameter.dimension])
        if isinstance(parameter, Buffer):
            return self.source(parameter)
        if isinstance(parameter, Scalar):
            if parameter in self.derived:
                return self.derived[parameter]
            return as_argument(self.number(parameter), parameter.dtype)
        return self.workspace.shared(parameter)

    def flush(self) -> None:
        """Enqueue the launches that wait. The texts that they need are compiled together."""
        waiting, self.waiting = self.waiting, []
        programs = self.device.build_all([launch.text for launch in waiting], self.made.name)
        for launch in waiting:
            program, key = programs[launch.text], (launch.text, launch.name)
            kernel = self.kernels.get(key)
            if kernel is None:
                kernel = self.kernels[key] = self.device.kernel(program, launch.name)
            for index, source in enumerate(launch.sources):
                kernel.set_arg(index, resolved(source, self.memory, self.formula_results))
            self.device.enqueue(kernel, launch.global_size, launch.local_size)
            self.record.launches.append(
                Enqueued(kernel, launch.sources, launch.global_size, launch.local_size)
            )

    # --- calls ---

    def view(self, buffer: Buffer, changing: bool = False) -> routines.View:
        extents, strides = (
            tuple(int(self.fixed(v)) for v in values) for values in (buffer.extents, buffer.strides)
        )
        offset: int | routines.Changing
        if changing and buffer.offset in self.derived:
            offset = routines.Changing(self.derived[buffer.offset])
        else:
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
        view = partial(self.view, changing=True)
        for launch in planned(self.device.facts, s, view, self.scalar, self.fixed):
            sources = [self.routine_source(argument) for argument in launch.arguments]
            self.waiting.append(
                Waiting(
                    launch.source, launch.kernel, sources, launch.global_size, launch.local_size
                )
            )

    def routine_source(self, argument: Any) -> Source:
        if isinstance(argument, routines.Changing):
            return argument.source._replace(more=argument.more)
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
        self.flush()
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
        offset, dtype = int(self.fixed(buffer.offset)), np.dtype(buffer.dtype)
        if 0 in view.extents:
            return np.empty(view.extents, dtype)
        flat = self.arrays.get(root)
        if flat is None:
            steps = zip(view.extents, view.strides, strict=True)
            size = offset + 1 + sum((n - 1) * max(s, 0) for n, s in steps)
            flat = self.device.memory.download(self.memory[root], (size,), dtype)
        flat = flat.reshape(-1)
        strides = [s * dtype.itemsize for s in view.strides]
        return np.lib.stride_tricks.as_strided(
            flat[offset:], view.extents, strides, writeable=False
        )


def chunks_of(grid: Sequence[int], units: int) -> list[int]:
    """Return how many iterations an item makes along each dimension, on a device of so many cores:
    few items, as starting one takes long, divided along the outer dimensions first."""
    wanted = min(ITEMS_OF_CORE * units, -(-prod(grid) // ITERATIONS))
    chunks = [1] * len(grid)
    for dimension in reversed(range(len(grid))):
        items = min(grid[dimension], wanted)
        chunks[dimension] = -(-grid[dimension] // items)
        wanted = -(-wanted // items)
    return chunks


def whole_groups(grid: Sequence[int], local: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes of a grid, rounded up to whole groups."""
    return tuple(-(-n // group) * group for n, group in zip(grid, local, strict=True))
