"""Symbolic inputs: T.scalar('x'), T.dmatrix('a'), T.ivectors('i', 'j'), ..."""

from collections.abc import Callable
from typing import Any

from symgraph.graph import TensorType, Variable, canonical_dtype

PREFIXES = {
    "": None,
    "b": "int8",
    "w": "int16",
    "i": "int32",
    "l": "int64",
    "f": "float32",
    "d": "float64",
    "c": "complex64",
    "z": "complex128",
}
PATTERNS: dict[str, tuple[int | None, ...]] = {
    "scalar": (),
    "vector": (None,),
    "matrix": (None, None),
    "row": (1, None),
    "col": (None, 1),
    "tensor3": (None,) * 3,
    "tensor4": (None,) * 4,
    "tensor5": (None,) * 5,
}
PLURALS = {"matrix": "matrices"}


def _constructor(name: str, dtype: str | None, shape: tuple[int | None, ...]) -> Callable[..., Any]:
    if dtype is None:

        def make(name: str | None = None, dtype: Any = None) -> Variable:
            return TensorType("floatX" if dtype is None else dtype, shape)(name)

    else:

        def make(name: str | None = None) -> Variable:  # type: ignore[misc]
            return TensorType(dtype, shape)(name)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"A free variable of dtype {dtype or 'floatX'} and shape {shape}."
    return make


def _plural(name: str, single: Callable[..., Variable]) -> Callable[..., Any]:
    def make(*names: str | int, **kwargs: Any) -> Any:
        if len(names) == 1 and isinstance(names[0], int):
            return [single(**kwargs) for _ in range(names[0])]
        return [single(name, **kwargs) for name in names]

    make.__name__ = make.__qualname__ = name
    make.__doc__ = (
        f"Several variables at once, by their names or their number: see {single.__name__}."
    )
    return make


def tensor(
    name: str | None = None, dtype: Any = "floatX", shape: Any = None, **kwargs: Any
) -> Variable:
    """A free variable of any dtype and shape (None for an extent not known)."""
    return TensorType(canonical_dtype(dtype), shape, **kwargs)(name)


CONSTRUCTORS: dict[str, Callable[..., Any]] = {}
for _prefix, _dtype in PREFIXES.items():
    for _pattern, _shape in PATTERNS.items():
        _single = _constructor(_prefix + _pattern, _dtype, _shape)
        CONSTRUCTORS[_prefix + _pattern] = _single
        _name = _prefix + PLURALS.get(_pattern, _pattern + "s")
        CONSTRUCTORS[_name] = _plural(_name, _single)
