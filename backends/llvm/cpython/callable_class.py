"""Classes whose objects CPython calls through native code: PEP 590's vectorcall.

The first calls do not wait for native code to be compiled: a small function that leaves everything
to Python makes them. See `bind` and `bind_all`.
"""

import ctypes
import inspect
from typing import Any
from weakref import WeakSet

from symgraph.backends.llvm.codegen.memoization import memoized
from symgraph.backends.llvm.cpython.machine_code import call_address, first_address, is_ready
from symgraph.backends.llvm.table_layouts import WORD

# From CPython's stable interface: numbers of slots, flags of types and members.
TP_CALL, TP_DOC, TP_MEMBERS = 50, 56, 72
DEFAULT, BASE_TYPE, HAVE_VECTORCALL = 1 << 18, 1 << 10, 1 << 11
T_PYSSIZET, READ_ONLY = 19, 1


class PyMemberDef(ctypes.Structure):
    """CPython's PyMemberDef."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("type", ctypes.c_int),
        ("offset", ctypes.c_ssize_t),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


class PyTypeSlot(ctypes.Structure):
    """CPython's PyType_Slot."""

    _fields_ = [("slot", ctypes.c_int), ("function", ctypes.c_void_p)]


class PyTypeSpec(ctypes.Structure):
    """CPython's PyType_Spec."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("basicsize", ctypes.c_int),
        ("itemsize", ctypes.c_int),
        ("flags", ctypes.c_uint),
        ("slots", ctypes.POINTER(PyTypeSlot)),
    ]


MAKE_TYPE = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object)(
    ("PyType_FromSpecWithBases", ctypes.pythonapi)
)
# CPython does not copy all of the data that a type is made from.
_kept: list[Any] = []
# Maps each class made here to its base.
_bases: dict[type, type] = {}
# The objects that wait for native code to be compiled.
_waiting: WeakSet[Any] = WeakSet()


def callable_class(base: type) -> type:
    """Return a class derived from `base`, of its name, whose objects have two additional words: the
    native function that calls them, and the address of the `FunctionTable` that it reads. `bind`
    sets both, and must be called before an object is called. Returns `base` itself if it is derived
    from such a class."""
    return base if _own_base(base) is not None else _derived(base)


def bind(thing: Any, state: int) -> bool:
    """Have an object called with the `FunctionTable` at an address, natively as soon as the code is
    compiled; return False if its class was not made here."""
    base = _own_base(type(thing))
    if base is None:
        return False
    offset = base.__basicsize__
    function, argument = _words(thing, base)
    argument.value = state
    if is_ready(offset + WORD):
        function.value = call_address(offset + WORD)
    else:
        function.value = first_address(offset + WORD)
        _waiting.add(thing)
    return True


def bind_all() -> None:
    """Compile the code that objects wait for, and have them called natively."""
    while _waiting:
        try:
            thing = _waiting.pop()
        except KeyError:
            # Another thread took the last.
            return
        base = _own_base(type(thing))
        assert base is not None
        function, _ = _words(thing, base)
        function.value = call_address(base.__basicsize__ + WORD)


def _words(thing: Any, base: type) -> tuple[ctypes.c_size_t, ctypes.c_size_t]:
    """Return an object's two words, in place: the native function, and the table's address."""
    start = id(thing) + base.__basicsize__
    return ctypes.c_size_t.from_address(start), ctypes.c_size_t.from_address(start + WORD)


def _own_base(cls: type) -> type | None:
    """Return the base of the class that gave objects of `cls` their two words."""
    return next((_bases[c] for c in cls.__mro__ if c in _bases), None)


@memoized
def _derived(base: type) -> type:
    offset = base.__basicsize__
    members = (PyMemberDef * 2)(
        PyMemberDef(b"__vectorcalloffset__", T_PYSSIZET, offset, READ_ONLY, None)
    )
    doc = ctypes.c_char_p((inspect.getdoc(base) or "").encode())
    call = ctypes.cast(ctypes.pythonapi.PyVectorcall_Call, ctypes.c_void_p)
    slots = (PyTypeSlot * 4)(
        PyTypeSlot(TP_MEMBERS, ctypes.addressof(members)),
        PyTypeSlot(TP_CALL, call.value),
        PyTypeSlot(TP_DOC, ctypes.cast(doc, ctypes.c_void_p).value),
    )
    name = f"{base.__module__}.{base.__name__}".encode()
    flags = DEFAULT | BASE_TYPE | HAVE_VECTORCALL
    spec = PyTypeSpec(name, offset + 2 * WORD, 0, flags, slots)
    _kept.append((members, doc, slots, name, spec))
    made: type = MAKE_TYPE(ctypes.addressof(spec), (base,))
    made.__signature__ = _Signature(base)  # type: ignore[attr-defined]
    _bases[made] = base
    return made


class _Signature:
    """The signature that `inspect` reports for objects: that of the base's `__call__`."""

    def __init__(self, base: type) -> None:
        self.base = base

    def __get__(self, thing: Any, owner: type) -> inspect.Signature:
        if thing is None:
            raise AttributeError("__signature__")
        return inspect.signature(self.base.__call__.__get__(thing))  # type: ignore[operator]
