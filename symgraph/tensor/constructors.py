"""Makers of symbolic inputs; `symgraph.tensor.inputs` names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from symgraph.graph import TensorType, Variable, canonical_dtype
from symgraph.ops.constant import DTypeLike

# The letters before a constructor's name; without one it is of floatX, or of the dtype asked for.
DTYPES = {
    "b": "int8",
    "w": "int16",
    "i": "int32",
    "l": "int64",
    "f": "float32",
    "d": "float64",
    "c": "complex64",
    "z": "complex128",
}


class Make(Protocol):
    """A constructor of one variable, of a dtype that its name tells."""

    def __call__(self, name: str | None = None) -> Variable: ...


class MakeSeveral(Protocol):
    """A constructor of several variables, of a dtype that its name tells."""

    def __call__(self, *names: str | int | Sequence[str]) -> list[Variable]: ...


class MakeOfDtype(Protocol):
    """A constructor of one variable, of floatX or of the dtype asked for."""

    def __call__(self, name: str | None = None, dtype: DTypeLike = None) -> Variable: ...


class MakeSeveralOfDtype(Protocol):
    """A constructor of several variables, of floatX or of the dtype asked for."""

    def __call__(
        self, *names: str | int | Sequence[str], dtype: DTypeLike = None
    ) -> list[Variable]: ...


class Family:
    """The constructors of one shape, whose names end in that of the family."""

    def __init__(self, pattern: str, plural: str, shape: tuple[int | None, ...]) -> None:
        self.pattern = pattern
        self.plural = plural
        self.shape = shape

    def one(self, letter: str) -> Make:
        """Return the constructor of one variable of the dtype of a letter."""
        dtype = DTYPES[letter]

        def make(name: str | None = None) -> Variable:
            return TensorType(dtype, self.shape)(name)

        return self._documented(make, letter, letter + self.pattern)

    def several(self, letter: str) -> MakeSeveral:
        """Return the constructor of several variables of the dtype of a letter."""
        one = self.one(letter)

        def make(*names: str | int | Sequence[str]) -> list[Variable]:
            return [one(name) for name in _names(names)]

        return self._documented(make, letter, letter + self.plural)

    def of_dtype(self) -> MakeOfDtype:
        """Return the constructor of one variable of floatX or another dtype."""

        def make(name: str | None = None, dtype: Any = None) -> Variable:
            return TensorType("floatX" if dtype is None else dtype, self.shape)(name)

        return self._documented(make, "", self.pattern)

    def several_of_dtype(self) -> MakeSeveralOfDtype:
        """Return the constructor of several variables of floatX or another dtype."""
        one = self.of_dtype()

        def make(*names: str | int | Sequence[str], dtype: Any = None) -> list[Variable]:
            return [one(name, dtype) for name in _names(names)]

        return self._documented(make, "", self.plural)

    def _documented(self, make: Any, letter: str, name: str) -> Any:
        """Return a constructor with its name and documentation."""
        shape = f"of shape {self.shape}, None where an extent is known only when a function runs"
        dtype = DTYPES.get(letter, "floatX")
        asked = "" if letter else "\ndtype: another dtype than floatX, by its name."
        error = "a name that is no str" + ("" if letter else " and what names no dtype")
        if name == letter + self.pattern:
            head = f"Return a free variable of dtype {dtype} with {len(self.shape)} dimensions."
            made = "a variable"
            names = "name: what the variable is called in print, in errors and by keyword."
            example = f">>> T.{name}('x').type.shape\n{self.shape}"
        else:
            head = f"Return several free variables at once, each as `{letter}{self.pattern}` makes."
            made = "a list of variables"
            names = (
                "names: what they are called: a str each, one sequence of them, or one str with a\n"
                "    letter for each; or an int: how many to make."
            )
            example = f">>> T.{name}('x', 'y')\n[x, y]"
        make.__name__ = make.__qualname__ = name
        facts = f"{names}{asked}\nReturns {made} {shape}.\nRaises TypeError for {error}."
        make.__doc__ = f"{head}\n\n{facts}\n\n{example}"
        return make


def _names(names: tuple[Any, ...]) -> list[Any]:
    """The name of each variable: as many without one, where an int tells how many; of a sequence of
    names each, and so of a str each letter."""
    if len(names) > 1:
        return list(names)
    (only,) = names or ([],)
    return [None] * only if isinstance(only, int) else list(only)


def tensor(
    name: str | None = None, dtype: DTypeLike = "floatX", shape: Any = None, **kwargs: Any
) -> Variable:
    """Return a free variable of any dtype and shape.

    name: what the variable is called in print, in errors and by keyword.
    dtype: the name of a dtype, or "floatX".
    shape: an extent for each axis, None where it is known only when a function runs.
    kwargs: Theano's `broadcastable` instead of a shape: for each axis whether its extent is 1.
    Raises TypeError for what names no dtype and for what is no shape.

    >>> T.tensor("x", "int32", (None, 3)).type.shape
    (None, 3)
    """
    return TensorType(canonical_dtype(dtype), shape, **kwargs)(name)


__all__ = [
    "tensor",
]
