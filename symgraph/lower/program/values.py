"""The values that statements of a loop program compute with: scalars, and arrays in memory."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple


class Scalar:
    """A number computed while the program runs; assigned exactly once."""

    __slots__ = ("dtype", "name")

    def __init__(self, dtype: str, name: str) -> None:
        self.dtype = dtype
        self.name = name

    def __repr__(self) -> str:
        return self.name


class Literal(NamedTuple):
    """A number known when the program is built."""

    value: int | float | bool
    dtype: str = "int64"

    def __repr__(self) -> str:
        return str(self.value)


Value = Scalar | Literal
ZERO, ONE = Literal(0), Literal(1)


class BufferKind(Enum):
    """Who owns the memory of a buffer, and how its elements are laid out."""

    ARGUMENT = "argument"
    """Memory of the caller's, which is read, and written only where an argument is donated."""
    CONSTANT = "constant"
    """Memory of the program's own that holds `Buffer.data`; never written."""
    RESULT = "result"
    """New memory that is handed to the caller."""
    ARENA = "arena"
    """Scratch memory, which another buffer may have before and after."""
    VIEW = "view"
    """Elements of `Buffer.base`, by any strides and from any offset."""
    RESHAPED = "reshaped"
    """Elements of `Buffer.base` that lie in C order without gaps, under extents of its own."""
    FALLBACK = "fallback"
    """An array that a `NumpyCall` made; never written."""

    LOCAL = "local"
    """Memory of the function that a kernel becomes, on its stack; no part of the program."""

    def __str__(self) -> str:
        return self.value


class Buffer:
    """An array in memory, or a view of one: extents, strides and offset count elements.

    For results and scratch memory, `static` tells whether the extents follow from those of the
    arguments; scratch memory that is not static lies in slot `slot`. Views of one base with
    different `part`s never overlap within one iteration of the loops around them.
    """

    __slots__ = (
        "base",
        "data",
        "dtype",
        "extents",
        "kind",
        "name",
        "offset",
        "part",
        "slot",
        "static",
        "strides",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        dtype: str,
        extents: Sequence[Value],
        strides: Sequence[Value],
        kind: BufferKind,
        base: "Buffer | None" = None,
        offset: Value = ZERO,
        data: object = None,
    ) -> None:
        self.name = name
        self.dtype = dtype
        self.extents = tuple(extents)
        self.strides = tuple(strides)
        self.kind = kind
        self.base = base
        self.offset = offset
        self.data = data
        self.static = False
        self.slot: int | None = None
        self.part: int | None = None

    @property
    def root(self) -> "Buffer":
        """Return the buffer that owns the memory."""
        buffer = self
        while buffer.base is not None:
            buffer = buffer.base
        return buffer

    def apart(self, other: "Buffer") -> bool:
        """Return whether two views of one root are known to lie in different parts of it."""
        mine, theirs = self._parts(), other._parts()
        return any(
            base in theirs and part is not None and theirs[base] not in (None, part)
            for base, part in mine.items()
        )

    def _parts(self) -> "dict[Buffer, int | None]":
        """Return, for this view and each of its bases, the part that it is of its own base."""
        found: dict[Buffer, int | None] = {}
        buffer = self
        while buffer.base is not None:
            found[buffer.base] = buffer.part
            buffer = buffer.base
        return found

    @property
    def contiguous(self) -> bool:
        """Return whether the elements are known to lie in C order without gaps."""
        return self.kind is not BufferKind.VIEW

    def __repr__(self) -> str:
        return self.name
