"""Running a compiled program: one native call, with memory and fall-backs on request."""

import ctypes
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from symgraph.backends.llvm.jit import Compiled

from symgraph.debug import node_error
from symgraph.graph import Apply
from symgraph.lower.program import Buffer, Check, Perform, Program

ALIGNMENT = 64
ENTRY_TYPE = ctypes.CFUNCTYPE(
    ctypes.c_int64, *[ctypes.c_void_p] * 4, ctypes.c_int64, *[ctypes.c_void_p] * 2
)
GROW_TYPE = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
RESULT_TYPE = ctypes.CFUNCTYPE(
    ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.POINTER(ctypes.c_int64)
)
PERFORM_TYPE = ctypes.CFUNCTYPE(
    ctypes.c_int64,
    ctypes.c_int64,
    ctypes.c_int64,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.POINTER(ctypes.c_int64),
)
# A check never speaks of more values than this.
FAILED_VALUES = 16


class Workspace:
    """The memory of one call at a time: a block of scratch per slot, which only grows, and the
    frame, in which the constants' addresses stand behind room for the arguments'."""

    def __init__(
        self, slots: int, frame_size: int, arguments: int, constants: Sequence[int]
    ) -> None:
        self.frame = (ctypes.c_void_p * max(frame_size, 1))()
        self.frame[arguments : arguments + len(constants)] = list(constants)
        self.blocks: list[np.ndarray | None] = [None] * slots
        self.pointers = np.zeros(max(slots, 1), np.uintp)
        self.sizes = np.zeros(max(slots, 1), np.int64)
        self.address = (self.pointers.ctypes.data, self.sizes.ctypes.data)

    def grow(self, slot: int, size: int) -> int:
        block = np.empty(size + ALIGNMENT, np.uint8)
        self.blocks[slot] = block
        pointer = block.ctypes.data + -block.ctypes.data % ALIGNMENT
        self.pointers[slot] = pointer
        self.sizes[slot] = size
        return pointer


class Call:
    """What one running call has: its workspace, its results so far, what went wrong."""

    __slots__ = ("error", "kept", "results", "workspace")

    def __init__(self, workspace: Workspace, results: int) -> None:
        self.workspace = workspace
        self.results: list[Any] = [None] * results
        self.kept: list[np.ndarray] = []
        self.error: Exception | None = None


class LLVMExecutable:
    """A compiled program. Any number of threads may call it at once: each call takes a
    workspace of its own from a pool, and the native code runs without the interpreter's lock."""

    def __init__(
        self,
        program: Program,
        compiled: Compiled,
        checks: Sequence[Check],
        performs: Sequence[Perform],
        entry: str,
        frame_size: int,
    ) -> None:
        self.program = program
        self.compiled = compiled
        self.checks = list(checks)
        self.performs = list(performs)
        self._entry = ENTRY_TYPE(compiled.address(entry))
        self._result_types = [np.dtype(buffer.dtype) for buffer in program.results]
        self._calls: dict[int, Call] = {}
        self._tokens = itertools.count(1)
        self._pool: list[Workspace] = []
        self._constants = [_address_of(buffer.data) for buffer in program.constants]
        self._dims = sum(len(buffer.extents) for buffer in program.arguments)
        self._frame_size = frame_size
        self._arguments = len(program.arguments)
        self._dims_type = ctypes.c_int64 * max(self._dims, 1)
        self._failed_type = ctypes.c_int64 * FAILED_VALUES
        # The call-backs must live as long as the code that calls them.
        self._callbacks = (
            GROW_TYPE(self._grow),
            RESULT_TYPE(self._result),
            PERFORM_TYPE(self._perform),
        )
        self._calls_array = (ctypes.c_void_p * 3)(
            *(ctypes.cast(callback, ctypes.c_void_p).value for callback in self._callbacks)
        )

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        arrays = [
            array if array.flags.carray or _is_plain(array) else _plain_copy(array)
            for array in inputs
        ]
        dims = self._dims_type(*[extent for array in arrays for extent in array.shape])
        failed = self._failed_type()
        try:
            workspace = self._pool.pop()
        except IndexError:
            workspace = Workspace(
                self.program.slots, self._frame_size, self._arguments, self._constants
            )
        frame = workspace.frame
        frame[: self._arguments] = [array.__array_interface__["data"][0] for array in arrays]
        call = Call(workspace, len(self._result_types))
        token = next(self._tokens)
        self._calls[token] = call
        try:
            slots, sizes = workspace.address
            code = self._entry(frame, dims, slots, sizes, token, self._calls_array, failed)
        finally:
            del self._calls[token]
            self._pool.append(workspace)
        if code:
            self._raise(code, call, failed)
        return call.results

    def _raise(self, code: int, call: Call, failed: Any) -> None:
        if code < 0:
            assert call.error is not None
            raise call.error
        check = self.checks[code - 1]
        message = check.message.format(*failed[: len(check.args)])
        kind = IndexError if message.startswith("index ") else ValueError
        raise node_error(check.node, kind(message), None)

    # --- call-backs: these must not raise ---

    def _grow(self, token: int, slot: int, size: int) -> int | None:
        call = self._calls[token]
        try:
            return call.workspace.grow(slot, size)
        except Exception as error:
            call.error = error
            return None

    def _result(self, token: int, number: int, dims: Any) -> int | None:
        call = self._calls[token]
        try:
            rank = len(self.program.results[number].extents)
            array = np.empty(dims[:rank], self._result_types[number])
        except Exception as error:
            call.error = error
            return None
        call.results[number] = array
        return array.__array_interface__["data"][0]

    def _perform(self, token: int, number: int, pointers: Any, dims: Any) -> int:
        call = self._calls[token]
        statement = self.performs[number]
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
                results = statement.node.op.perform(statement.node, *values)
            except Exception as error:
                raise node_error(statement.node, error, values) from error
            for index, result in enumerate(results):
                kept = np.ascontiguousarray(result).reshape(np.shape(result))
                call.kept.append(kept)
                pointers[len(statement.inputs) + index] = kept.ctypes.data
                for extent in kept.shape:
                    dims[position] = extent
                    position += 1
        except Exception as error:
            call.error = error
            return -1
        return 0

    def fallbacks(self) -> list[Apply]:
        """The nodes that run their NumPy meaning."""
        return [statement.node for statement in self.performs]

    def free(self) -> None:
        """Give the workspaces back."""
        self._pool.clear()

    def describe(self) -> str:
        return str(self.program)


def _is_plain(array: np.ndarray) -> bool:
    flags = array.flags
    return flags.c_contiguous and flags.aligned and array.dtype.isnative


def _plain_copy(array: np.ndarray) -> np.ndarray:
    return np.array(array, order="C", dtype=array.dtype.newbyteorder("="))


def _address_of(data: Any) -> int:
    return data.__array_interface__["data"][0]


def _array_at(
    pointer: int | None, buffer: Buffer, shape: Sequence[int], strides: Sequence[int]
) -> np.ndarray:
    """The memory of a buffer as a read-only array."""
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
