"""Operations made of Python functions."""

import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any

from symgraph.graph import Apply, Extent, Op, Type, Variable, as_type

# The extents of outputs from those of inputs, given the node: see `Op.infer_shape`.
ShapeRule = Callable[[Apply, Sequence[tuple[Extent, ...]]], Sequence[tuple[Extent, ...]]]


class FunctionOp(Op):
    """Apply a Python function of values; made by `as_op`.

    function: takes a value for each input, and returns one, or a tuple of several.
    itypes, otypes: the types of inputs and outputs. shape_rule: the extents of the outputs.
    """

    __props__ = ("function", "itypes", "otypes")

    def __init__(
        self,
        function: Callable[..., Any],
        itypes: Sequence[Type],
        otypes: Sequence[Type],
        shape_rule: ShapeRule | None = None,
    ) -> None:
        self.function = function
        self.itypes = tuple(itypes)  # type: ignore[misc]
        self.otypes = tuple(otypes)  # type: ignore[misc]
        self.shape_rule = shape_rule
        self.__name__ = getattr(function, "__name__", type(function).__name__)
        self.__doc__ = inspect.getdoc(function)
        self.__module__ = getattr(function, "__module__", __name__)

    def __str__(self) -> str:
        return f"{type(self).__name__}{{{self.__name__}}}"

    __repr__ = __str__

    def perform(self, node: Apply, *values: Any) -> tuple[Any, ...]:
        found = self.function(*values)
        return found if isinstance(found, tuple) else (found,)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]] | None:
        return None if self.shape_rule is None else self.shape_rule(node, shapes)

    def __reduce__(self) -> Any:
        # The function's own name leads to the operation where `as_op` decorates it.
        name = getattr(self.function, "__qualname__", "")
        if getattr(sys.modules.get(self.__module__), name, None) is self:
            return name
        arguments = (self.function, self.itypes, self.otypes, self.shape_rule)
        return FunctionOp, arguments


def as_op(
    itypes: Any, otypes: Any, infer_shape: ShapeRule | None = None
) -> Callable[[Callable[..., Any]], FunctionOp]:
    """Convert a Python function of values to an operation on variables; a decorator.

    itypes, otypes: the types of inputs and outputs, or constructors such as `T.dvector`: one, or a
        list of them.
    infer_shape: the extents of the outputs, a list of tuples, from the node and those of the
        inputs; without it the function runs where only a shape is asked for.

    The function takes arrays, which it must leave as they are, and returns an array of the declared
    dtype and rank, or a tuple of several. It should give equal results for equal arguments: it is
    called once for equal nodes, and when a function is compiled if its inputs are constants. It has
    no derivative; for one, derive a class from `sg.Op`.
    Returns a decorator, whose result takes variables. Raises TypeError for what is no type.

    >>> @sg.as_op([T.dvector], [T.dvector])
    ... def smoothed(x):
    ...     return np.convolve(x, [0.25, 0.5, 0.25], "same")
    >>> smoothed([4.0, 0.0, 4.0]).eval()
    array([2., 2., 2.])
    """
    inputs, outputs = _types(itypes, "itypes"), _types(otypes, "otypes")

    def decorate(function: Callable[..., Any]) -> FunctionOp:
        return FunctionOp(function, inputs, outputs, infer_shape)

    return decorate


def _types(given: Any, what: str) -> list[Type]:
    listed = list(given) if isinstance(given, list | tuple) else [given]
    for entry in listed:
        if isinstance(entry, Variable):
            raise TypeError(f"as_op: {what} are types, such as {entry}.type, not variables")
    return [as_type(entry) for entry in listed]
