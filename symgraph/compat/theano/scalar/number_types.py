"""The types of numbers, by the names of `theano.scalar`: tensors without dimensions."""

from typing import Any

from symgraph.graph import DTYPES, TensorType, Variable
from symgraph.ops.scalar import promote


class NumberType(TensorType):
    """The type of tensors without dimensions, printed as Theano prints its types of numbers.

    >>> from symgraph.compat.theano.scalar.number_types import NumberType
    >>> str(NumberType("int8", ())), NumberType("int8", ()) == T.bscalar().type
    ('int8', True)
    """

    __slots__ = ()

    def __call__(self, name: str | None = None) -> Variable:
        return TensorType(self.dtype, ())(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorType) and self._key() == (other.dtype, other.shape)

    def __hash__(self) -> int:
        return hash(TensorType(self.dtype, self.shape))

    def _key(self) -> tuple[Any, ...]:
        return (self.dtype, self.shape)

    def __str__(self) -> str:
        return self.dtype


TYPES: dict[str, TensorType] = {dtype: NumberType(dtype, ()) for dtype in DTYPES}


def upcast(dtype: Any, *dtypes: Any) -> str:
    """Return the dtype that operands of these dtypes have in common.

    >>> from symgraph.compat.theano.scalar.number_types import upcast
    >>> upcast("int32", "float32")
    'float64'
    """
    return TensorType(promote([dtype, *dtypes]), ()).dtype
