"""Compile the native call once to machine code in this process, or load it from the cache."""

import ctypes
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy._core._multiarray_umath as multiarray
from symgraph.backends.llvm.codegen.fingerprint import fingerprint_of_text
from symgraph.backends.llvm.codegen.jit import MachineCode, load
from symgraph.backends.llvm.codegen.memoization import memoized
from symgraph.backends.llvm.codegen.object_code import kept_code, object_code
from symgraph.backends.llvm.codegen.optimisation_level import AT_ONCE
from symgraph.backends.llvm.interrupts import RUN, interrupts
from symgraph.backends.llvm.table_layouts import ENTRY, SLOTS, Slots, slot_offset

from symgraph.graph import LazyModule

if TYPE_CHECKING:
    from symgraph.backends.llvm.cpython import vectorcall as entry
else:
    # Code generation is not imported for code that is cached.
    entry = LazyModule("symgraph.backends.llvm.cpython.vectorcall")

NAME, FIRST = "native_call", "first_call"
# Names in the interpreter's own library.
PYTHON = (
    "PyBool_Type", "PyErr_Clear", "PyErr_Fetch", "PyErr_Restore", "PyFloat_Type", "PyList_New",
    "PyLong_AsLongLongAndOverflow", "PyLong_Type", "PyObject_CallNoArgs", "PyObject_CallOneArg",
    "PyObject_Vectorcall", "Py_DecRef", "Py_IncRef", "_Py_TrueStruct",
)  # fmt: skip
# Positions in NumPy's table of functions and types, fixed by its binary interface.
NUMPY = {"PyArray_Type": 2, "PyArray_Empty": 184}


def call_address(state_offset: int) -> int:
    """Return the address of CPython's function for objects with a `FunctionTable` at the offset."""
    return _loaded(state_offset).address(ENTRY)


def first_address(state_offset: int) -> int:
    """Return the same for a function that leaves all calls to Python, which compiles quickly."""
    return _first(state_offset).address(ENTRY)


def is_ready(state_offset: int) -> bool:
    """Return whether `call_address` is fast now: the code need not be compiled."""
    return state_offset in _ready or kept_code(partial(_key, state_offset), NAME) is not None


# The offsets for which the code was requested.
_ready: set[int] = set()


@memoized
def _loaded(state_offset: int) -> MachineCode:
    # As text, so that its functions do not align their stacks for vectors.
    code = object_code(
        partial(_key, state_offset),
        NAME,
        lambda: str(entry.build(_slots(), state_offset)),
        AT_ONCE,
    )
    _ready.add(state_offset)
    return load(code, _imports(), lasting=True)


@memoized
def _first(state_offset: int) -> MachineCode:
    code = object_code(
        lambda: fingerprint_of_text(f"{FIRST} {state_offset}"),
        FIRST,
        lambda: str(entry.build_first(state_offset)),
        AT_ONCE,
    )
    return load(code, {name: _address(name) for name in code.needs}, lasting=True)


def _key(state_offset: int) -> str:
    return fingerprint_of_text(f"{NAME} {_slots()} {state_offset}")


def _slots() -> Slots:
    found = [slot_offset(name) for name in SLOTS]
    return Slots(*(offset for offset in found if offset is not None))


def _imports() -> dict[str, int]:
    symbols = {name: _address(name) for name in PYTHON}
    table = _numpy_table()
    symbols |= {name: table[position] for name, position in NUMPY.items()}
    return symbols | {RUN: interrupts().addresses[RUN]}


def _address(name: str) -> int:
    return ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, name))


def _numpy_table() -> Any:
    """Return the table by which NumPy exports its functions to other libraries."""
    prototype = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)
    get = prototype(("PyCapsule_GetPointer", ctypes.pythonapi))
    address = get(multiarray._ARRAY_API, None)
    return ctypes.cast(address, ctypes.POINTER(ctypes.c_size_t))
