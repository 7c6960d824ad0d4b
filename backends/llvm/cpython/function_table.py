"""Fill the table of a function, by which native code makes its calls."""

import ctypes
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from symgraph.backends.llvm.cpython import forking
from symgraph.backends.llvm.table_layouts import Argument, FunctionTable, Lock, Number

from symgraph.compile.call_spec import ArgumentSpec, CallSpec

# Functions with more arguments are called from Python: native calls keep a word for each on the
# stack.
MOST = 4096
SIGNED_64 = np.iinfo("int64")


class Binding:
    """The memory of a `FunctionTable` and all that it points to, with the Python objects that it
    refers to."""

    def __init__(self, calling: CallSpec, engine: int) -> None:
        targets, held = calling.targets.containers, calling.targets.held.containers
        formed = partial(_dict_of, calling.form) if isinstance(calling.form, list) else None
        self._positional = sum(taken.source is None for taken in calling.arguments)
        fits = max(len(calling.arguments), calling.outputs + len(targets)) <= MOST
        self._usual = self._positional if fits else -1
        users = Counter(id(taken.source) for taken in calling.arguments)
        users.update({key: count - 1 for key, count in Counter(map(id, targets)).items()})
        specs = [
            word
            for taken in calling.arguments
            for word in _argument(taken, users[id(taken.source)] == 1)
        ]
        self._specs = (ctypes.c_uint64 * max(len(specs), 1))(*specs)
        self._targets = (ctypes.c_uint64 * max(len(targets), 1))(*map(id, targets))
        locks = [(c, c.lock.acquire, c.lock.release) for c in held]
        self._locks = (ctypes.c_uint64 * max(len(locks) * len(Lock), 1))(
            *(id(thing) for lock in locks for thing in lock)
        )
        # The objects that the words refer to by address.
        self._objects = (calling, formed, locks)
        words = {
            FunctionTable.POSITIONAL: self._usual,
            FunctionTable.ARGUMENTS: len(calling.arguments),
            FunctionTable.SPECS: ctypes.addressof(self._specs),
            FunctionTable.OUTPUTS: calling.outputs,
            FunctionTable.LISTED: calling.form != "one",
            FunctionTable.FORMED: 0 if formed is None else id(formed),
            FunctionTable.UPDATES: len(targets),
            FunctionTable.TARGETS: ctypes.addressof(self._targets),
            FunctionTable.SLOW: id(calling.general),
            FunctionTable.NOT_HELD: id(0),
            FunctionTable.HELD: len(locks),
            FunctionTable.LOCKS: ctypes.addressof(self._locks),
            FunctionTable.ONCE: id(1),
            FunctionTable.ENGINE: engine,
            FunctionTable.OVERWRITING: ctypes.addressof(forking.words),
        }
        self._words = (ctypes.c_int64 * len(FunctionTable))(
            *(words[entry] for entry in FunctionTable)
        )

    @property
    def address(self) -> int:
        return ctypes.addressof(self._words)

    @property
    def on(self) -> bool:
        """Return whether native code makes the calls; otherwise Python makes them all."""
        return self._words[FunctionTable.POSITIONAL] >= 0

    @on.setter
    def on(self, on: bool) -> None:
        self._words[FunctionTable.POSITIONAL] = self._usual if on else -1


def _dict_of(keys: Sequence[str], results: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(keys, results, strict=True))


def _argument(taken: ArgumentSpec, alone: bool) -> Sequence[int]:
    """Return the words of an `Argument`; `alone`: no other argument or target has its container."""
    dtype = np.dtype(taken.dtype)
    numbers = taken.numbers and taken.ndim == 0
    kind = _number_kind(dtype) if numbers else Number.NONE
    low = high = 0
    if kind is Number.INTEGER:
        bounds = np.iinfo(dtype)
        low, high = max(int(bounds.min), SIGNED_64.min), min(int(bounds.max), SIGNED_64.max)
    words = {
        Argument.SOURCE: 0 if taken.source is None else id(taken.source),
        Argument.DESCR: id(dtype),
        Argument.NDIM: taken.ndim,
        Argument.SCALAR: id(dtype.type) if numbers else 0,
        Argument.NUMBER: kind,
        Argument.LOW: low % 2**64,
        Argument.HIGH: high,
        Argument.ALONE: alone,
    }
    return [words[entry] for entry in Argument]


def _number_kind(dtype: np.dtype) -> Number:
    kinds = {"float64": Number.DOUBLE, "float32": Number.SINGLE, "bool": Number.BOOL}
    return Number.INTEGER if dtype.kind in "iu" else kinds.get(dtype.name, Number.NONE)
