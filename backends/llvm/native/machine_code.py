"""The native call as machine code in this process: compiled once, then found in the cache."""

import ctypes
import hashlib
from functools import cache
from typing import Any

import numpy._core._multiarray_umath as multiarray
from symgraph.backends.llvm.cache import object_cache
from symgraph.backends.llvm.effort import Effort
from symgraph.backends.llvm.fingerprint import surroundings
from symgraph.backends.llvm.jit import Compiled, ObjectCode, compile_object, load
from symgraph.backends.llvm.native.layout import ENTRY, Slots, slot_offset

from symgraph.graph import LazyModule

# What writes code is not imported for code that is found.
entry: Any = LazyModule("symgraph.backends.llvm.native.entry")

NAME = "native_call"
# Names in the interpreter's own library.
PYTHON = (
    "PyBool_Type", "PyErr_Clear", "PyErr_Fetch", "PyErr_Restore", "PyEval_RestoreThread",
    "PyEval_SaveThread", "PyFloat_Type", "PyList_New", "PyLong_AsLongLongAndOverflow",
    "PyLong_Type", "PyObject_CallNoArgs", "PyObject_CallOneArg", "PyObject_Vectorcall",
    "Py_DecRef", "Py_IncRef", "_Py_TrueStruct",
)  # fmt: skip
# Positions in NumPy's table of functions and types, fixed by its binary interface.
NUMPY = {"PyArray_Type": 2, "PyArray_Empty": 184}


# Code that runs once in a call gains little from being optimised: 12 nanoseconds of 100, for 90
# milliseconds.
AT_ONCE = Effort(level=0, unrolled=False, inlined=False, generation=0)


@cache
def call_address(state_offset: int) -> int:
    """The address of the function that CPython is to call for objects with a `State` there."""
    return _loaded(state_offset).address(ENTRY)


@cache
def _loaded(state_offset: int) -> Compiled:
    value, held = slot_offset("value"), slot_offset("held")
    assert value is not None and held is not None
    return load(_code(Slots(value, held), state_offset), _imports())


def _code(slots: Slots, state_offset: int) -> ObjectCode:
    store = object_cache()
    if store is None:
        return _compiled(slots, state_offset)
    key = hashlib.sha256(f"{NAME} {slots} {state_offset} {surroundings()}".encode()).hexdigest()
    code = store.get(key, NAME)
    if code is None:
        code = _compiled(slots, state_offset)
        store.put(key, code)
    return code


def _compiled(slots: Slots, state_offset: int) -> ObjectCode:
    # As text, so that its functions do not align their stacks for vectors.
    return compile_object(str(entry.build(slots, state_offset)), NAME, AT_ONCE)


def _imports() -> dict[str, int]:
    symbols = {name: _address(name) for name in PYTHON}
    table = _numpy_table()
    return symbols | {name: table[position] for name, position in NUMPY.items()}


def _address(name: str) -> int:
    return ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, name))


def _numpy_table() -> Any:
    """The table by which NumPy offers its functions to other libraries."""
    prototype = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)
    get = prototype(("PyCapsule_GetPointer", ctypes.pythonapi))
    address = get(multiarray._ARRAY_API, None)
    return ctypes.cast(address, ctypes.POINTER(ctypes.c_size_t))
