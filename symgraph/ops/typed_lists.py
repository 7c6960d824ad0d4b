"""Lists of values of one type, as values of variables."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symgraph.graph import Apply, Constant, Op, SharedVariable, TensorType, Type, Variable
from symgraph.graph.other_types import SliceType, slice_type
from symgraph.ops.constant import as_tensor
from symgraph.ops.slices import MakeSlice

COUNT = TensorType("int64", ())


class TypedListType(Type):
    """The type of Python lists of values of one type.

    ttype: the type of the elements, which may be lists themselves.
    depth: how many lists the elements lie in, besides this one.
    """

    __props__: ClassVar[tuple[str, ...]] = ("ttype",)

    def __init__(self, ttype: Type, depth: int = 0) -> None:
        if not isinstance(ttype, Type):
            raise TypeError(f"TypedListType takes the type of its elements, not {ttype!r}")
        if depth < 0:
            raise ValueError(f"the depth of a list is at least 0, not {depth}")
        self.ttype: Type = ttype if depth == 0 else TypedListType(ttype, depth - 1)

    def filter(
        self, value: Any, *, strict: bool = False, allow_downcast: bool | None = None
    ) -> list[Any]:
        if not isinstance(value, list if strict else list | tuple):
            raise TypeError(f"expected a list of {self.ttype}, got {value!r}")
        found = []
        for position, entry in enumerate(value):
            try:
                found.append(self.ttype.filter(entry, strict=strict, allow_downcast=allow_downcast))
            except (TypeError, ValueError) as error:
                raise type(error)(f"element {position} of the list: {error}") from None
        return value if strict else found

    def values_eq(self, a: list[Any], b: list[Any]) -> bool:
        return len(a) == len(b) and all(map(self.ttype.values_eq, a, b))

    def values_eq_approx(self, a: list[Any], b: list[Any]) -> bool:
        return len(a) == len(b) and all(map(self.ttype.values_eq_approx, a, b))

    def is_super(self, other: Type) -> bool:
        return isinstance(other, TypedListType) and self.ttype.is_super(other.ttype)

    def copy_value(self, value: list[Any]) -> list[Any]:
        return list(map(self.ttype.copy_value, value))

    def value_key(self, value: list[Any]) -> Any:
        return tuple(map(self.ttype.value_key, value))

    def get_depth(self) -> int:
        """Return how many lists the elements lie in, besides this one."""
        return 1 + self.ttype.get_depth() if isinstance(self.ttype, TypedListType) else 0

    def __str__(self) -> str:
        return f"TypedList <{self.ttype}>"


class _ListMethods:
    """The methods of variables that are lists: see `symgraph.typed_list`."""

    __slots__ = ()
    type: Any

    @property
    def ttype(self) -> Any:
        return self.type.ttype

    @property
    def dtype(self) -> Any:
        return self.type.ttype.dtype

    @property
    def ndim(self) -> int:
        """Return the number of dimensions of the elements and one more, for the list."""
        return int(self.type.ttype.ndim) + 1

    def __getitem__(self, index: Any) -> Any:
        return GetItem()(self, index)

    def __len__(self) -> Any:
        return Length()(self)

    def __iter__(self) -> Any:
        raise TypeError(f"{self} has no length until a function runs: write {self}[i]")

    def append(self, element: Any) -> Any:
        return Append()(self, element)

    def extend(self, other: Any) -> Any:
        return Extend()(self, other)

    def insert(self, position: Any, element: Any) -> Any:
        return Insert()(self, position, element)

    def remove(self, element: Any) -> Any:
        return Remove()(self, element)

    def reverse(self) -> Any:
        return Reverse()(self)

    def count(self, element: Any) -> Any:
        return Count()(self, element)

    # `index` is which output of its node a variable is.
    def ind(self, element: Any) -> Any:
        return Index()(self, element)


class TypedListVariable(_ListMethods, Variable):
    """A variable whose value is a list of values of one type."""

    __slots__ = ()


class TypedListConstant(_ListMethods, Constant):
    """A constant list of values of one type."""

    __slots__ = ()


class TypedListSharedVariable(_ListMethods, SharedVariable):
    """A shared list of values of one type."""

    __slots__ = ()


TypedListType.variable_class = TypedListVariable
TypedListType.constant_class = TypedListConstant
TypedListType.shared_class = TypedListSharedVariable


class ListOp(Op):
    """An operation on a list, its first input. Lists are never changed: results are new ones, that
    have elements of the old ones, and copies of those added."""

    def make_node(self, *inputs: Any) -> Apply:
        first, *others = inputs
        if not isinstance(getattr(first, "type", None), TypedListType):
            raise TypeError(f"{self} takes a typed list, not {first}")
        return super().make_node(first, *self.others(first.type, *others))

    def others(self, kind: TypedListType, *others: Any) -> list[Variable]:
        """Return the other inputs as variables, given the type of the list."""
        return [element(kind, entry, self) for entry in others]

    def output_types(self, *inputs: Variable) -> Sequence[Type]:
        return [inputs[0].type]


def element(kind: TypedListType, given: Any, op: Op) -> Variable:
    """Return a value or variable as an element of a list. Raises TypeError, ValueError."""
    try:
        found: Variable = kind.ttype.filter_variable(given)
        return found
    except (TypeError, ValueError) as error:
        raise type(error)(f"{op}: {error}") from None


def position(given: Any, op: Op) -> Variable:
    """Return an integer as a scalar variable. Raises TypeError."""
    variable = as_tensor(given)
    if variable.type.ndim or np.dtype(variable.type.dtype).kind not in "iu":
        raise TypeError(f"{op}: a position is an integer, not {variable} ({variable.type})")
    return variable


class _ListChange(ListOp):
    """An operation whose result is a list that shares elements with the first input."""

    view_map: ClassVar[dict[int, int]] = {0: 0}


class GetItem(ListOp):
    """x[index]: an element, or with a slice a list."""

    view_map: ClassVar[dict[int, int]] = {0: 0}

    def others(self, kind: TypedListType, *others: Any) -> list[Variable]:
        (index,) = others
        if isinstance(index, slice):
            return [MakeSlice()(index)]
        if isinstance(index, Variable) and isinstance(index.type, SliceType):
            return [index]
        return [position(index, self)]

    def output_types(self, *inputs: Variable) -> Sequence[Type]:
        kind, index = inputs[0].type, inputs[1].type
        return [kind if index == slice_type else kind.ttype]

    def perform(self, node: Apply, x: list[Any], index: Any) -> tuple[Any, ...]:
        if isinstance(index, slice):
            return (x[index],)
        if not -len(x) <= index < len(x):
            raise IndexError(f"index {index} is out of bounds for a list of {len(x)} elements")
        return (x[int(index)],)


class Append(_ListChange):
    """x with an element at its end."""

    def perform(self, node: Apply, x: list[Any], added: Any) -> tuple[Any, ...]:
        return ([*x, _copied(node, added)],)


class Extend(_ListChange):
    """x with the elements of another list at its end."""

    def others(self, kind: TypedListType, *others: Any) -> list[Variable]:
        (other,) = others
        found: Variable = kind.filter_variable(other)
        return [found]

    def perform(self, node: Apply, x: list[Any], other: list[Any]) -> tuple[Any, ...]:
        return ([*x, *(_copied(node, added) for added in other)],)


class Insert(_ListChange):
    """x with an element before a position, as Python's lists have it."""

    def others(self, kind: TypedListType, *others: Any) -> list[Variable]:
        where, added = others
        return [position(where, self), element(kind, added, self)]

    def perform(self, node: Apply, x: list[Any], where: np.ndarray, added: Any) -> tuple[Any, ...]:
        result = list(x)
        result.insert(int(where), _copied(node, added))
        return (result,)


class Remove(_ListChange):
    """x without its first element of a value."""

    def perform(self, node: Apply, x: list[Any], value: Any) -> tuple[Any, ...]:
        at = _find(node, x, value)
        return ([*x[:at], *x[at + 1 :]],)


class Reverse(_ListChange):
    """x from its last element to its first."""

    def perform(self, node: Apply, x: list[Any]) -> tuple[Any, ...]:
        return (x[::-1],)


class _Counting(ListOp):
    """An operation whose result is a number."""

    def output_types(self, *inputs: Variable) -> Sequence[Type]:
        return [COUNT]

    def infer_shape(self, node: Apply, shapes: Sequence[Any]) -> Sequence[tuple[int, ...]]:
        return [()]


class Index(_Counting):
    """The position of the first element of a value."""

    def perform(self, node: Apply, x: list[Any], value: Any) -> tuple[Any, ...]:
        return (np.asarray(_find(node, x, value)),)


class Count(_Counting):
    """How many elements have a value."""

    def perform(self, node: Apply, x: list[Any], value: Any) -> tuple[Any, ...]:
        equal = node.inputs[0].type.ttype.values_eq
        return (np.asarray(sum(equal(entry, value) for entry in x), "int64"),)


class Length(_Counting):
    """How many elements there are."""

    def perform(self, node: Apply, x: list[Any]) -> tuple[Any, ...]:
        return (np.asarray(len(x)),)


class MakeList(Op):
    """The list of its inputs, which are of one type."""

    def make_node(self, *inputs: Any) -> Apply:
        if not inputs:
            raise ValueError("make_list: an empty list has no type; write a constant of its type")
        found = [v if isinstance(v, Variable) else as_tensor(v) for v in inputs]
        kinds = {variable.type for variable in found}
        if len(kinds) > 1:
            listed = ", ".join(f"{variable} ({variable.type})" for variable in found)
            raise TypeError(f"make_list: the elements of a list are of one type, not {listed}")
        return super().make_node(*found)

    def output_types(self, *inputs: Variable) -> Sequence[Type]:
        return [TypedListType(inputs[0].type)]

    def perform(self, node: Apply, *values: Any) -> tuple[Any, ...]:
        kind = node.inputs[0].type
        return (list(map(kind.copy_value, values)),)


def _copied(node: Apply, added: Any) -> Any:
    return node.inputs[0].type.ttype.copy_value(added)


def _find(node: Apply, x: list[Any], value: Any) -> int:
    """Return the position of a value. Raises ValueError."""
    equal = node.inputs[0].type.ttype.values_eq
    for at, entry in enumerate(x):
        if equal(entry, value):
            return at
    raise ValueError(f"none of the {len(x)} elements of the list has the value")
