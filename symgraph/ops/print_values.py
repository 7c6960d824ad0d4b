"""An operation that prints values whenever they are computed."""

from collections.abc import Sequence
from typing import Any, ClassVar

from symgraph.graph import Apply, BatchContext, Batched, Extent, Op, Type, Variable
from symgraph.ops.constant import as_tensor
from symgraph.ops.extent_equality import extent_keys, set_keys


class Print(Op):
    """Print a value whenever it is computed, and pass it on.

    message: printed before it. attrs: which of its attributes are printed, those that are methods
        called: '__str__' for the value itself, 'shape', 'min'.
    Called with a variable of any type, it returns one of that type, which is the one to go on with:
    what nothing uses is not computed, so neither printed. Derivatives pass; in a scan each step
    prints, and equal expressions print once. Where it stands, functions run Python.
    Raises TypeError for attrs that are no names.

    >>> x = T.dscalar("x")
    >>> sg.function([x], sg.printing.Print("x:")(x) + 1)(2.0)
    x: __str__ = 2.0
    array(3.)
    """

    __props__: tuple[str, ...] = ("message", "attrs")
    view_map: ClassVar = {0: 0}
    never_larger: ClassVar[bool] = True
    has_effects: ClassVar[bool] = True

    def __init__(self, message: str = "", attrs: Sequence[str] = ("__str__",)) -> None:
        if isinstance(attrs, str) or not all(isinstance(name, str) for name in attrs):
            raise TypeError(f"Print: attrs is a sequence of names, not {attrs!r}")
        self.message = message
        self.attrs = tuple(attrs)

    def make_node(self, *inputs: Any) -> Apply:
        (x,) = inputs
        x = x if isinstance(x, Variable) else as_tensor(x)
        node = super().make_node(x)
        if x.extent_keys is not None:
            set_keys(node.outputs[0], extent_keys(x))
        return node

    def output_types(self, x: Variable) -> Sequence[Type]:
        return [x.type]

    def report(self, value: Any) -> None:
        """Print what is wanted of a value."""
        for name in self.attrs:
            found = getattr(value, name)
            print(self.message, name, "=", found() if callable(found) else found)

    def perform(self, node: Apply, value: Any) -> tuple[Any, ...]:
        self.report(value)
        return (value,)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return shapes

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return cotangents

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return tangents

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        return [Batched(self(*context.variables), True)]
