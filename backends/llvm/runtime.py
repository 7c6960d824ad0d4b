"""Run a compiled graph: one native call, whose memory is planned before it begins."""

import ctypes
import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from symgraph.backends.llvm.cpython.callable_class import bind, bind_all, callable_class
from symgraph.backends.llvm.cpython.function_table import Binding
from symgraph.backends.llvm.cpython.specialisations import Specialisations
from symgraph.backends.llvm.linking.native_program import NativeProgram
from symgraph.backends.llvm.memory_orders import MemoryOrders, is_plain
from symgraph.backends.llvm.table_layouts import BEGUN, verified
from symgraph.backends.llvm.workspace import Workspace

from symgraph.compile.call_spec import CallSpec
from symgraph.debug import node_error
from symgraph.graph import Apply, FunctionGraph, LazyModule, PassRun, performed
from symgraph.lower import FailedCheck, Lowered, MemoryPlan, MemoryUse
from symgraph.lower.analysis.shape_programs import Compile, ShapePrograms
from symgraph.lower.extents.static import Shape
from symgraph.lower.program.text import text_of
from symgraph.lower.program.types import Check
from symgraph.lower.program.values import Buffer

if TYPE_CHECKING:
    from symgraph.lower import watching
else:
    # Imported only where passes are shown.
    watching = LazyModule("symgraph.lower.watching")
# Callbacks return nothing: the result that ctypes returns for one that raises is undefined. They
# report success in memory.
GROW_TYPE = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
RESULT_TYPE = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64, ctypes.POINTER(ctypes.c_int64))
PERFORM_TYPE = ctypes.CFUNCTYPE(
    None,
    ctypes.c_int64,
    ctypes.c_int64,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.POINTER(ctypes.c_int64),
)
# Limit on the combinations of shapes whose memory plans are kept.
PLANS = 64


# Seconds by the nodes that one kernel computes.
Seconds = dict[tuple[Apply, ...], float]


class CheckFailed(Exception):
    """A check failed, when it met these values."""

    def __init__(self, check: Check, values: Sequence[Any]) -> None:
        self.check = check
        self.values = values

    def reported(self) -> Exception:
        """Return the error that the check stands for."""
        return node_error(self.check.node, self.check.failure(self.values), None)


class Prepared(NamedTuple):
    """The program and the memory plan for calls with certain shapes."""

    native: NativeProgram
    plan: MemoryPlan


class Call:
    """The state of one running call: its workspace, its results so far, its error."""

    __slots__ = ("error", "kept", "native", "results", "workspace")

    def __init__(self, native: NativeProgram, workspace: Workspace) -> None:
        self.native = native
        self.workspace = workspace
        self.results: list[Any] = []
        # The results of each NumPy call's last run.
        self.kept: dict[int, list[np.ndarray]] = {}
        self.error: BaseException | None = None


class LLVMExecutable:
    """A compiled graph. Any number of threads may call it concurrently: each call takes a workspace
    of its own from a pool, and the native code runs without the GIL.

    `compile` compiles the program for given shapes of some arguments, `lower` returns its loop
    program alone; `shapes` are those of the first program. Calls with other shapes of those
    arguments get programs of their own. `orders` serves arguments in other orders of memory.
    """

    def __init__(
        self,
        name: str,
        compile: Compile[NativeProgram],
        lower: Callable[..., Lowered],
        shapes: Sequence[Shape | None],
        orders: MemoryOrders | None = None,
    ) -> None:
        self.name = name
        self._orders = orders
        self._compile = compile
        self._lower = lower
        self._programs = ShapePrograms(compile, shapes)
        self._prepared: dict[tuple[Shape, ...], Prepared] = {}
        # The tables for native calls, once a function requests them.
        self._variants: Specialisations | None = None
        self._timed: LLVMExecutable | None = None
        self._was_called = False
        self._calls: dict[int, Call] = {}
        self._tokens = itertools.count(1)
        program = self.native.program
        self._result_types = [np.dtype(buffer.dtype) for buffer in program.results]
        dims = sum(len(buffer.extents) for buffer in program.arguments)
        self._dims_type = ctypes.c_int64 * max(dims, 1)
        self._failed_type = ctypes.c_int64 * (BEGUN + 1)
        # The callbacks must live as long as the code that calls them.
        self._callbacks = (
            GROW_TYPE(self._grow),
            RESULT_TYPE(self._result),
            PERFORM_TYPE(self._perform),
        )
        self._calls_array = (ctypes.c_void_p * 3)(
            *(ctypes.cast(callback, ctypes.c_void_p).value for callback in self._callbacks)
        )

    @property
    def programs(self) -> list[NativeProgram]:
        """Return the programs compiled so far."""
        return self._programs.made

    @property
    def native(self) -> NativeProgram:
        """Return the program compiled last."""
        return self._programs.newest

    def prepare(self, shapes: tuple[Shape, ...]) -> Prepared:
        """Return the program and the plan for arguments of these shapes. Raises CheckFailed."""
        prepared = self._prepared.get(shapes)
        if prepared is None:
            native = self._programs.serving(shapes)
            try:
                plan = native.memory.plan(shapes)
            except MemoryError as error:
                raise MemoryError(f"{self.name}: {error}") from None
            if isinstance(plan, FailedCheck):
                raise CheckFailed(plan.check, plan.values)
            native.late.provide(plan.taken)
            prepared = Prepared(native, plan)
            if len(self._prepared) >= PLANS:
                self._prepared.pop(next(iter(self._prepared)), None)
            self._prepared[shapes] = prepared
        return prepared

    def timed(self, inputs: Sequence[np.ndarray], seconds: Seconds) -> list[np.ndarray]:
        """Run a call and return its results; add the time that each kernel took to `seconds`, by
        the nodes that it computes. The code with timestamps is compiled at the first such call."""
        if self._timed is None:
            compile = partial(self._compile, timed=True)
            self._timed = LLVMExecutable(self.name, compile, self._lower, self.native.shapes)
        return self._timed._call(inputs, seconds)

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        return self._call(inputs, None)

    def attempt(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray] | None:
        """Run a call and return its results; None where a check fails."""
        try:
            return self._run(inputs, None)
        except CheckFailed:
            return None

    def _call(self, inputs: Sequence[np.ndarray], seconds: Seconds | None) -> list[np.ndarray]:
        if self._orders is not None and seconds is None:
            results = self._orders.run(inputs)
            if results is not None:
                return results
        try:
            return self._run(inputs, seconds)
        except CheckFailed as failed:
            raise failed.reported() from None

    def _run(self, inputs: Sequence[np.ndarray], seconds: Seconds | None) -> list[np.ndarray]:
        """Run a call and return its results. Raises CheckFailed."""
        arrays = [
            array if array.flags.carray or is_plain(array) else _plain_copy(array)
            for array in inputs
        ]
        shapes = tuple([array.shape for array in arrays])
        native, plan = self.prepare(shapes)
        dims = self._dims_type(*[extent for array in arrays for extent in array.shape])
        failed = self._failed_type()
        try:
            workspace = native.take(plan)
        except MemoryError as error:
            raise MemoryError(f"{self.name}: {error}: a call takes {plan.use}") from None
        call = Call(native, workspace)
        token = next(self._tokens)
        self._calls[token] = call
        try:
            self._place(call, arrays, plan)
            if seconds is not None:
                native.start_clock(workspace)
            code = native.run(workspace, dims, token, self._calls_array, failed)
            if code == 0 and self._variants is not None:
                self._variants.add(native, plan, shapes, workspace)
                if self._was_called:
                    # A second call suggests that more will follow.
                    bind_all()
                self._was_called = True
            if seconds is not None:
                for nodes, time in native.read_clock(workspace):
                    seconds[nodes] = seconds.get(nodes, 0.0) + time
        finally:
            del self._calls[token]
            native.give_back(workspace)
        if code < 0:
            # The signal came before a callback could store its handler's error; ctypes reported it.
            raise call.error or KeyboardInterrupt
        if code:
            check = native.outline.checks[code - 1]
            words = zip(check.args, failed[: len(check.args)], strict=True)
            raise CheckFailed(check, [_number(v.dtype, word) for v, word in words])
        return call.results

    def _place(self, call: Call, arrays: Sequence[np.ndarray], plan: MemoryPlan) -> None:
        """Allocate the results whose shapes are known, and put their addresses and those of the
        arguments into the frame. Arguments that results overwrite are copied into them."""
        native, frame = call.native, call.workspace.frame
        frame[: len(arrays)] = [array.__array_interface__["data"][0] for array in arrays]
        overwrites = native.program.overwrites
        for number, (place, shape, dtype) in enumerate(
            zip(native.results, plan.results, self._result_types, strict=True)
        ):
            array = None
            if shape is not None:
                array = self._empty(shape, dtype)
                frame[place] = array.__array_interface__["data"][0]
            if array is not None and number in overwrites:
                array[...] = arrays[overwrites[number]]
            call.results.append(array)

    def _empty(self, shape: Sequence[int], dtype: np.dtype) -> np.ndarray:
        """Return memory for a result. Raises MemoryError."""
        try:
            return np.empty(shape, dtype)
        except (ValueError, OverflowError, MemoryError) as error:
            raise MemoryError(f"{self.name}: no memory for a result: {error}") from None

    # --- native calls: see `symgraph.compile.call_spec.CallMaker` ---

    def class_for(self, base: type) -> type:
        return callable_class(base) if verified() else base

    def attach(self, function: Any, calling: CallSpec) -> Binding | None:
        if self._variants is None:
            # Functions that share an executable update variables of the same types.
            self._variants = Specialisations(calling.targets.extents, self._calls_array)
        binding = Binding(calling, self._variants.address)
        return binding if bind(function, binding.address) else None

    # --- callbacks: these must not raise ---

    def _grow(self, token: int, slot: int, size: int) -> None:
        """Grow a slot's memory to at least this size."""
        call = self._calls[token]
        try:
            call.workspace.grow(slot, size)
        except BaseException as error:
            call.error = error

    def _result(self, token: int, number: int, dims: Any) -> None:
        """Allocate a result, and put its address into the frame."""
        call = self._calls[token]
        try:
            native = call.native
            rank = len(native.program.results[number].extents)
            array = self._empty(dims[:rank], self._result_types[number])
            call.results[number] = array
            call.workspace.frame[native.results[number]] = array.__array_interface__["data"][0]
        except BaseException as error:
            call.error = error

    def _perform(self, token: int, number: int, pointers: Any, dims: Any) -> None:
        """Run a node's NumPy meaning, and put its results' addresses behind those of its inputs,
        the first one last."""
        call = self._calls[token]
        statement = call.native.outline.performs[number]
        try:
            position = 0
            extent: int
            values = []
            for index, buffer in enumerate(statement.inputs):
                rank = len(buffer.extents)
                shape = dims[position : position + rank]
                strides = dims[position + rank : position + 2 * rank]
                position += 2 * rank
                values.append(_array_at(pointers[index], buffer, shape, strides))
            try:
                results = performed(statement.node, values)
            except Exception as error:
                raise node_error(statement.node, error, values) from error
            call.kept[number] = own = [_plain_result(result) for result in results]
            for array in own:
                for extent in array.shape:
                    dims[position] = extent
                    position += 1
            for index, array in reversed([*enumerate(own, len(statement.inputs))]):
                pointers[index] = array.ctypes.data
        except BaseException as error:
            call.error = error

    def memory(self, shapes: tuple[Shape, ...]) -> MemoryUse:
        """Return the memory that a call with arguments of these shapes takes. Raises the error of a
        check that they fail."""
        try:
            return self.prepare(shapes).plan.use
        except CheckFailed as failed:
            raise failed.reported() from None

    def fallbacks(self) -> list[Apply]:
        """Return the nodes that run their NumPy meaning."""
        return [statement.node for statement in self.native.outline.performs]

    def free(self) -> None:
        """Free the memory kept between calls."""
        for native in self.programs:
            native.free()
        if self._timed is not None:
            self._timed.free()
        if self._orders is not None:
            self._orders.free()
        if self._variants is not None:
            self._variants.clear()

    def lowering(
        self, graph_text: Callable[[FunctionGraph], str], wanted: str | None = None
    ) -> list[PassRun]:
        """Lower the graph once more, for the shapes of the last program, verifying the program
        after each pass. Return how the passes ran, with the text after the pass `wanted`."""
        watch = watching.checked(graph_text, wanted)
        self._lower(self.native.shapes, watch=watch)
        return list(watch.runs)

    def describe(self) -> str:
        return text_of(self.native.program)


def _number(dtype: str, word: int) -> Any:
    """Return the value that a word of a failed check represents."""
    return np.int64(word).view("float64").item() if dtype == "float64" else word


def _plain_result(result: Any) -> np.ndarray:
    return np.ascontiguousarray(result).reshape(np.shape(result))


def _plain_copy(array: np.ndarray) -> np.ndarray:
    return np.array(array, order="C", dtype=array.dtype.newbyteorder("="))


def _array_at(
    pointer: int | None, buffer: Buffer, shape: Sequence[int], strides: Sequence[int]
) -> np.ndarray:
    """Return the memory of a buffer as a read-only array."""
    dtype = np.dtype(buffer.dtype)
    if 0 in shape or not pointer:
        return np.empty(shape, dtype)
    low = sum(min(0, (n - 1) * s) for n, s in zip(shape, strides, strict=True))
    high = sum(max(0, (n - 1) * s) for n, s in zip(shape, strides, strict=True)) + 1
    size = (high - low) * dtype.itemsize
    memory: Any = (ctypes.c_char * size).from_address(pointer + low * dtype.itemsize)
    array = np.ndarray(
        shape,
        dtype,
        memory,
        -low * dtype.itemsize,
        [stride * dtype.itemsize for stride in strides],
    )
    array.flags.writeable = False
    return array
