"""Makers of symbolic inputs; `symgraph.tensor.inputs` names them."""

from collections.abc import Callable
from typing import Any

from symgraph.graph import TensorType, Variable, canonical_dtype

DTYPES = (None, "int8", "int16", "int32", "int64", "float32", "float64", "complex64", "complex128")
PREFIXES = ("", "b", "w", "i", "l", "f", "d", "c", "z")
Make = Callable[..., Variable]
MakeSeveral = Callable[..., list[Variable]]


def family(pattern: str, shape: tuple[int | None, ...]) -> tuple[list[Make], list[MakeSeveral]]:
    """The constructors of one shape, for floatX and for each dtype that has a letter; and of each
    the one that makes several variables."""
    singles = [
        _constructor(prefix + pattern, dtype, shape)
        for prefix, dtype in zip(PREFIXES, DTYPES, strict=True)
    ]
    return singles, [_plural(single) for single in singles]


def _constructor(name: str, dtype: str | None, shape: tuple[int | None, ...]) -> Make:
    if dtype is None:

        def make(name: str | None = None, dtype: Any = None) -> Variable:
            return TensorType("floatX" if dtype is None else dtype, shape)(name)

    else:

        def make(name: str | None = None) -> Variable:  # type: ignore[misc]
            return TensorType(dtype, shape)(name)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"A free variable of dtype {dtype or 'floatX'} and shape {shape}."
    return make


def _plural(single: Make) -> MakeSeveral:
    def make(*names: str | int, **kwargs: Any) -> list[Variable]:
        if len(names) == 1 and isinstance(names[0], int):
            return [single(**kwargs) for _ in range(names[0])]
        return [single(name, **kwargs) for name in names]

    stem, is_matrix, _ = single.__name__.partition("matrix")
    make.__name__ = make.__qualname__ = stem + "matrices" if is_matrix else stem + "s"
    make.__doc__ = (
        f"Several variables at once, by their names or their number: see {single.__name__}."
    )
    return make


def tensor(
    name: str | None = None, dtype: Any = "floatX", shape: Any = None, **kwargs: Any
) -> Variable:
    """A free variable of any dtype and shape (None for an extent not known)."""
    return TensorType(canonical_dtype(dtype), shape, **kwargs)(name)
