"""Theano's types of common shapes, such as `dmatrix`: called with a name, each makes a variable."""

from collections.abc import Callable, Sequence
from typing import Any

from symgraph.graph import TensorType, Variable

LETTERS = {
    "b": "int8",
    "w": "int16",
    "i": "int32",
    "l": "int64",
    "f": "float32",
    "d": "float64",
    "c": "complex64",
    "z": "complex128",
}
# By name, the extents that are known: 1, or None for any.
SHAPES: dict[str, tuple[int | None, ...]] = {
    "scalar": (),
    "vector": (None,),
    "matrix": (None, None),
    "row": (1, None),
    "col": (None, 1),
    "tensor3": (None,) * 3,
    "tensor4": (None,) * 4,
    "tensor5": (None,) * 5,
    "tensor6": (None,) * 6,
    "tensor7": (None,) * 7,
}
_PLURALS = {"matrix": "matrices"}
TYPES: dict[str, TensorType] = {
    letter + shape: TensorType(dtype, extents)
    for letter, dtype in LETTERS.items()
    for shape, extents in SHAPES.items()
}


def _of_float(shape: str) -> Callable[..., Variable]:
    """Return the maker of a variable of floatX, or of another dtype."""

    def make(name: str | None = None, dtype: Any = None) -> Variable:
        return TensorType("floatX" if dtype is None else dtype, SHAPES[shape])(name)

    make.__name__ = make.__qualname__ = shape
    return make


MAKERS: dict[str, Callable[..., Variable]] = {shape: _of_float(shape) for shape in SHAPES}


def several(make: Callable[..., Variable]) -> Callable[..., Any]:
    """Return the maker of several variables: of each name, of each letter of one name, or of as
    many as a number says. One variable is returned by itself."""

    def several(*names: Any, **keywords: Any) -> Any:
        given: Sequence[Any] = names
        if len(names) == 1 and isinstance(names[0], str | list | tuple):
            given = names[0]
        elif len(names) == 1 and isinstance(names[0], int):
            given = [None] * names[0]
        made = [make(name, **keywords) for name in given]
        return made[0] if len(made) == 1 else made

    return several


SEVERAL: dict[str, Callable[..., Any]] = {
    _PLURALS.get(shape, f"{shape}s"): several(make) for shape, make in MAKERS.items()
} | {
    letter + _PLURALS.get(shape, f"{shape}s"): several(TYPES[letter + shape])
    for letter in LETTERS
    for shape in SHAPES
}
ALL: dict[str, Any] = {**TYPES, **MAKERS, **SEVERAL}
