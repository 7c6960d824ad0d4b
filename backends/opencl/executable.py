"""Run a compiled graph on a device."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from symgraph.backends.opencl.arrays import DeviceArray
from symgraph.backends.opencl.c_code.parameters import REPORT
from symgraph.backends.opencl.records import Record
from symgraph.backends.opencl.schedule import Arguments, Results, Run
from symgraph.backends.opencl.stream import Stream
from symgraph.backends.opencl.translation import Translation
from symgraph.backends.opencl.workspace import Workspace

from symgraph.debug import node_error
from symgraph.graph import Apply, FunctionGraph, LazyModule, PassRun, Resident
from symgraph.lower import FailedCheck, Lowered, MemoryPlan, MemoryUse
from symgraph.lower.analysis.shape_programs import Compile, ShapePrograms
from symgraph.lower.extents.static import Shape
from symgraph.lower.program.text import text_of
from symgraph.lower.program.types import NumpyCall
from symgraph.lower.program.values import Buffer
from symgraph.lower.program.walk import host_statements

if TYPE_CHECKING:
    from symgraph.lower import watching
else:
    # Imported only where passes are shown.
    watching = LazyModule("symgraph.lower.watching")
# Limit on the combinations of shapes whose plans and records are kept.
PLANS = 64
# Limit on the records for one combination of shapes.
RECORDS = 4

Seconds = dict[tuple[Apply, ...], float]


class Prepared:
    """What calls with certain shapes need: a program, a plan of its memory, and the records of
    earlier calls."""

    def __init__(self, made: Translation, plan: MemoryPlan, arena: dict[Buffer, Any]) -> None:
        self.made = made
        self.plan = plan
        self.arena = arena
        self.records: list[Record] = []


class OpenCLExecutable:
    """A compiled graph on a device. Any number of threads may call it: they put their work into one
    queue, one call after the other, and wait for it side by side.

    `compile` translates the program for given shapes of some arguments, `lower` returns its loop
    program alone; `shapes` are those of the first program. `replaces` maps results that are new
    values of shared variables to these.
    """

    def __init__(
        self,
        name: str,
        stream: Stream,
        compile: Compile[Translation],
        lower: Callable[..., Lowered],
        shapes: Sequence[Shape | None],
        replaces: Sequence[int],
    ) -> None:
        self.name = name
        self.stream = stream
        self._compile = compile
        self._lower = lower
        self._replaces = frozenset(replaces)
        self._programs = ShapePrograms(compile, shapes)
        self._prepared: dict[tuple[Shape, ...], Prepared] = {}
        self._workspaces: dict[Translation, Workspace] = {}
        self._timed: OpenCLExecutable | None = None

    @property
    def translation(self) -> Translation:
        """Return the program made last."""
        return self._programs.newest

    # --- preparation ---

    def plan(self, shapes: tuple[Shape, ...]) -> tuple[Translation, MemoryPlan]:
        """Return the program and the plan for arguments of these shapes. Raises the error of a
        check that they fail."""
        made = self._programs.serving(shapes)
        try:
            plan = made.memory.plan(shapes)
        except MemoryError as error:
            raise MemoryError(f"{self.name}: {error}") from None
        if isinstance(plan, FailedCheck):
            check = plan.check
            raise node_error(check.node, check.failure(plan.values), None)
        return made, plan

    def prepare(self, shapes: tuple[Shape, ...]) -> Prepared:
        """Return what a call with arguments of these shapes needs."""
        prepared = self._prepared.get(shapes)
        if prepared is None:
            made, plan = self.plan(shapes)
            arena = self.workspace(made).arena(plan)
            prepared = Prepared(made, plan, arena)
            if len(self._prepared) >= PLANS:
                self._prepared.pop(next(iter(self._prepared)), None)
            self._prepared[shapes] = prepared
        return prepared

    def workspace(self, made: Translation) -> Workspace:
        found = self._workspaces.get(made)
        if found is None:
            grid = made.grid
            found = self._workspaces[made] = Workspace(
                self.stream.memory,
                made.memory.lifetimes,
                len(grid.slots),
                made.parts * grid.partial,
            )
        return found

    # --- calls ---

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        return self._call(inputs, None)

    def has(self, value: Resident) -> bool:
        """Return whether a value is in the memory of the device."""
        return isinstance(value, DeviceArray) and value.stream is self.stream

    def settle(self, array: np.ndarray) -> DeviceArray:
        """Return an array of the device with these elements."""
        with self.stream.lock:
            buffer = self.stream.memory.upload(np.array(array, order="C"), private=True)
        return DeviceArray(self.stream, buffer, array.shape, array.dtype)

    def _call(self, inputs: Sequence[Any], clock: Callable[[int | None], None] | None) -> list[Any]:
        shapes = tuple([array.shape for array in inputs])
        with self.stream.lock:
            prepared = self.prepare(shapes)
            made = prepared.made
            workspace = self.workspace(made)
            waits = bool(made.grid.checks) or len(self._replaces) < len(made.program.results)
            arguments = self._arguments(made, inputs, waits)
            call = workspace.begin() if made.grid.checks else None
            memory = self._run(prepared, workspace, arguments, clock)
            report = None
            if made.grid.checks:
                report = self.stream.memory.download(
                    workspace.report, (REPORT,), np.int64, wait=False
                )
            results = [
                self._result(number, buffer, shape, memory)
                for number, (buffer, shape) in enumerate(
                    zip(made.program.results, memory.shapes, strict=True)
                )
            ]
            done = self.stream.marker() if waits else None
        if done is not None:
            done.wait()
        if report is not None:
            if report[0]:
                made.raise_reported(report)
            with self.stream.lock:
                workspace.end(call)
        return results

    def _arguments(self, made: Translation, inputs: Sequence[Any], waits: bool) -> Arguments:
        """Put the arguments into the device's memory, unless they are there. Where the call does
        not wait for its work, they are copied first: the caller may change them afterwards."""
        buffers: dict[Buffer, Any] = {}
        arrays: dict[Buffer, np.ndarray] = {}
        shapes: dict[Buffer, tuple[int, ...]] = {}
        for root, value in zip(made.program.arguments, inputs, strict=True):
            shapes[root] = value.shape
            if self.has(value):
                buffers[root] = value.buffer
                continue
            array = np.asarray(value)
            dtype = array.dtype.newbyteorder("=")
            plain = np.array(array, dtype, order="C", copy=None if waits else True)
            arrays[root] = plain
            buffers[root] = self.stream.memory.upload(plain, private=True)
        return Arguments(buffers, arrays, shapes)

    def _run(
        self,
        prepared: Prepared,
        workspace: Workspace,
        arguments: Arguments,
        clock: Callable[[int | None], None] | None,
    ) -> Results:
        made = prepared.made
        if clock is None:
            for record in prepared.records:
                memory = dict(arguments.buffers)
                if record.repeat(self.stream, memory, arguments.arrays):
                    return Results(memory, record.shapes)
        run = Run(made, workspace, prepared.arena, arguments)
        run.clock = clock
        results = run.finish()
        if run.repeatable and clock is None:
            prepared.records = [run.record.settle(), *prepared.records[: RECORDS - 1]]
            run.record.shapes = results.shapes
        return results

    def _result(self, number: int, buffer: Buffer, shape: tuple[int, ...], results: Results) -> Any:
        memory = results.memory[buffer.root]
        dtype = np.dtype(buffer.dtype)
        if number in self._replaces:
            return DeviceArray(self.stream, memory, shape, dtype)
        return self.stream.memory.download(memory, shape, dtype, wait=False)

    # --- capabilities ---

    def timed(self, inputs: Sequence[Any], seconds: Seconds) -> list[Any]:
        """Run a call and return its results; add the time that each kernel took to `seconds`, by
        the nodes that it computes: the queue is emptied after each."""
        if self._timed is None:
            self._timed = OpenCLExecutable(
                self.name, self.stream, partial(self._compile, timed=True), self._lower,
                self.translation.shapes, tuple(self._replaces),
            )  # fmt: skip
        timed = self._timed
        start = time.perf_counter()

        def clock(entry: int | None) -> None:
            nonlocal start
            self.stream.queue.finish()
            now = time.perf_counter()
            if entry is not None:
                nodes = timed.translation.program.timed[entry]
                seconds[nodes] = seconds.get(nodes, 0.0) + now - start
            start = now

        return timed._call(inputs, clock)

    def memory(self, shapes: tuple[Shape, ...]) -> MemoryUse:
        """Return the memory that a call with arguments of these shapes takes. Raises the error of a
        check that they fail."""
        return self.plan(shapes)[1].use

    def fallbacks(self) -> list[Apply]:
        """Return the nodes that run their NumPy meaning, on the host."""
        body = self.translation.program.body
        return [s.node for s in host_statements(body) if isinstance(s, NumpyCall)]

    @property
    def launches(self) -> int:
        """Return how many launches the call repeated last makes; 0 where none can be repeated."""
        newest = next(reversed(self._prepared.values()), None)
        return len(newest.records[0].launches) if newest is not None and newest.records else 0

    def forget(self) -> None:
        """Forget which launches calls make: the next ones follow the program again."""
        with self.stream.lock:
            for prepared in self._prepared.values():
                prepared.records.clear()

    def free(self) -> None:
        """Free the memory kept between calls."""
        with self.stream.lock:
            self._prepared.clear()
            self._workspaces.clear()
            if self._timed is not None:
                self._timed.free()
            self.stream.memory.pool.free_held()

    def lowering(
        self, graph_text: Callable[[FunctionGraph], str], wanted: str | None = None
    ) -> list[PassRun]:
        """Lower the graph once more, for the shapes of the last program, verifying the program
        after each pass. Return how the passes ran, with the text after the pass `wanted`."""
        watch = watching.checked(graph_text, wanted)
        self._lower(self.translation.shapes, watch=watch)
        return list(watch.runs)

    def describe(self) -> str:
        """Return the loop program, and the kernels that it became."""
        made = self.translation
        return f"{text_of(made.program)}\n\n{made.source}"
