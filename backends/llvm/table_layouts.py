"""Memory layouts that native calls read without the interpreter.

Offsets in CPython's and NumPy's objects, in bytes, as their public headers define them; `verified`
checks real objects before anything relies on them. The tables of symgraph itself follow, in 8-byte
words, which Python fills and native code reads.
"""

import ctypes
import sys
import weakref
from enum import IntEnum, auto
from functools import cache
from typing import NamedTuple

import numpy as np

from symgraph.compile.value_locks import has_interpreter_lock
from symgraph.graph import Container

# The name of the function that makes every call.
ENTRY = "call"
WORD = 8
# PyObject: the reference count, and the type.
OBJECT_REFERENCES, OBJECT_TYPE = 0, 8
# PyVarObject (lists, tuples): the number of items; PyListObject: the address of the items.
SIZE, LIST_ITEMS = 16, 24
# float, and NumPy's scalars: the number itself.
NUMBER = 16
# PyArrayObject: address of the elements, rank (32 bits), extents, dtype, flags (32 bits).
ARRAY_DATA, ARRAY_NDIM, ARRAY_DIMS, ARRAY_DESCR, ARRAY_FLAGS = 16, 24, 32, 56, 64
ARRAY_WEAK_REFERENCES = 72
# Flags of an array in C order without gaps, and aligned.
PLAIN_FLAGS = 0x001 | 0x100
# Flags of an array that owns its memory and is writable.
OWN_FLAGS = 0x004 | 0x400


# For a call: room for the values in the message of a failing check, followed by the word that says
# whether the call has begun to overwrite values.
FAILED_VALUES = 16
BEGUN = FAILED_VALUES


class Slots(NamedTuple):
    """The offsets of the slots of containers that native code reads."""

    value: int
    held: int
    waiting: int


# Their names, in that order.
SLOTS = ("present", "held", "waiting")


class TableLayout(IntEnum):
    """The words of a table, in order."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last: list[int]) -> int:
        return count


class Argument(TableLayout):
    """An argument of the loop program. SOURCE: 0 for the next positional argument, or the container
    to read; DESCR, NDIM: the required dtype and rank of arrays; SCALAR: the accepted type of
    NumPy's scalars, or 0; NUMBER: the accepted `Number`, between LOW and HIGH if integer; ALONE:
    whether no other argument or target has that container."""

    SOURCE = auto()
    DESCR = auto()
    NDIM = auto()
    SCALAR = auto()
    NUMBER = auto()
    LOW = auto()
    HIGH = auto()
    ALONE = auto()


class Number(TableLayout):
    """The Python numbers that an argument of rank 0 accepts."""

    NONE = auto()
    DOUBLE = auto()
    SINGLE = auto()
    INTEGER = auto()
    BOOL = auto()


class FunctionTable(TableLayout):
    """A function. POSITIONAL: the number of positional arguments that native calls take (-1: there
    are no native calls); ARGUMENTS: the number of arguments of the program, at SPECS; OUTPUTS;
    LISTED: whether a list is returned; FORMED: or the callable that makes the return value of it;
    TARGETS: the containers of UPDATES; HELD: the number of those to lock, each once, at LOCKS;
    NOT_HELD, ONCE: the counts of calls that a container stores when held by none, or by one; SLOW:
    the callable for all other cases; ENGINE: the `ExecutableTable` with its variants; OVERWRITING:
    the `Overwriting` of the process."""

    POSITIONAL = auto()
    ARGUMENTS = auto()
    SPECS = auto()
    OUTPUTS = auto()
    LISTED = auto()
    FORMED = auto()
    UPDATES = auto()
    TARGETS = auto()
    SLOW = auto()
    HELD = auto()
    LOCKS = auto()
    NOT_HELD = auto()
    ONCE = auto()
    ENGINE = auto()
    OVERWRITING = auto()


class Lock(TableLayout):
    """The lock of a container to hold: the callables that acquire and release it."""

    CONTAINER = auto()
    ACQUIRE = auto()
    RELEASE = auto()


class ExecutableTable(TableLayout):
    """An executable: its first variant, or 0."""

    HEAD = auto()


class Overwriting(TableLayout):
    """The overwriting calls of the process. RUNNING: the number of values that are in no container
    while calls without the GIL overwrite them; PAUSED: whether taking out values is suspended."""

    RUNNING = auto()
    PAUSED = auto()


class Taken(TableLayout):
    """The values that a call without the GIL has taken: its STATE, the new VALUES of its targets,
    of which OUT are in no container; while signals are handled all are back, and LENT is their
    previous number."""

    STATE = auto()
    VALUES = auto()
    OUT = auto()
    LENT = auto()


class ProgramMemory(TableLayout):
    """The memory that native calls of a program share. BUSY: 1 while a call that has released the
    GIL uses it; ARENA: its address."""

    BUSY = auto()
    ARENA = auto()


class Variant(TableLayout):
    """The code and memory for certain extents (DIMS, of all arguments in turn). OWNER: the Python
    object that keeps all this memory; HOME: the address of a `ProgramMemory`, which the scratch
    memory belongs to; FREE: a list that is empty while a call from Python uses that memory; ARENA:
    its address; LONG: whether the work is worth releasing the GIL; FRAME to FAILED: the arguments
    of ENTRY; RESULTS: the number of `Result`s, at MADE; CELLS: a word for each argument's
    number."""

    NEXT = auto()
    OWNER = auto()
    HOME = auto()
    FREE = auto()
    ARENA = auto()
    LONG = auto()
    ENTRY = auto()
    FRAME = auto()
    DIMS = auto()
    SLOTS = auto()
    SIZES = auto()
    TOKEN = auto()
    CALLS = auto()
    FAILED = auto()
    RESULTS = auto()
    MADE = auto()
    CELLS = auto()


class Result(TableLayout):
    """A result: its array's dtype, rank and extents, its place in the frame, its size in BYTES, and
    the number of the argument that it overwrites (-1: none)."""

    DESCR = auto()
    NDIM = auto()
    DIMS = auto()
    PLACE = auto()
    BYTES = auto()
    OVERWRITES = auto()


def peek(address: int, offset: int) -> int:
    """Return the word in memory at an address plus an offset."""
    return ctypes.c_uint64.from_address(address + offset).value


def slot_offset(name: str) -> int | None:
    """Return the offset of one of a container's `__slots__`; None if it cannot be determined."""
    container = Container(None)
    mark = object()
    setattr(container, name, mark)
    offsets = range(OBJECT_TYPE + WORD, Container.__basicsize__, WORD)
    found = [offset for offset in offsets if peek(id(container), offset) == id(mark)]
    return found[0] if len(found) == 1 else None


@cache
def verified() -> bool:
    """Return whether this interpreter and this NumPy lay out objects as assumed above, and one
    thread at a time runs Python. Otherwise every call is made from Python."""
    if sys.implementation.name != "cpython" or not has_interpreter_lock():
        return False
    if sys.byteorder != "little" or ctypes.sizeof(ctypes.c_void_p) != WORD:
        return False
    array = np.arange(6.0).reshape(2, 3)
    items = [array, None]
    at = id(array)
    both = 0xFFFFFFFF
    return (
        type(Container.__dict__["present"]).__name__ == "member_descriptor"
        and None not in map(slot_offset, SLOTS)
        and _counts_references(array)
        and peek(at, OBJECT_TYPE) == id(np.ndarray)
        and peek(at, ARRAY_DATA) == array.__array_interface__["data"][0]
        and peek(at, ARRAY_NDIM) & both == 2
        and [peek(peek(at, ARRAY_DIMS), n * WORD) for n in range(2)] == [2, 3]
        and peek(at, ARRAY_DESCR) == id(np.dtype("float64"))
        and _plain_flags(array)
        and not _plain_flags(array.T)
        and peek(id(items), SIZE) == 2
        and peek(peek(id(items), LIST_ITEMS), 0) == at
        and all(_lies_in_place(number) for number in (1.5, np.float64(1.5)))
        and all(_lies_in_place(number) for number in (np.int64(-3), np.int8(-3)))
    )


def _counts_references(array: np.ndarray) -> bool:
    """Return whether references are counted, weak ones are seen, and views do not own memory."""
    at, before = id(array), peek(id(array), OBJECT_REFERENCES)
    other = array
    after = peek(at, OBJECT_REFERENCES)
    weakless = peek(at, ARRAY_WEAK_REFERENCES) == 0
    weak = weakref.ref(other)
    seen = peek(at, ARRAY_WEAK_REFERENCES) == id(weak)
    flags = [peek(id(x), ARRAY_FLAGS) & OWN_FLAGS for x in (array.copy(), array[:])]
    return after == before + 1 and weakless and seen and flags == [OWN_FLAGS, 0x400]


def _plain_flags(array: np.ndarray) -> bool:
    return peek(id(array), ARRAY_FLAGS) & PLAIN_FLAGS == PLAIN_FLAGS


def _lies_in_place(number: float | np.generic) -> bool:
    expected = np.asarray(number).tobytes()
    return ctypes.string_at(id(number) + NUMBER, len(expected)) == expected
