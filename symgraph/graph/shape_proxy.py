"""Shape proxies: views that have an expression's extents and compute none of its values.

What an operation demands of shapes its proxy demands as well, so that a program that is an error
stays one when only a shape is asked of it: the proxy of a sum of vectors is a broadcast of one to
the extents of the other.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from symgraph.graph.variable import Variable


class ShapeProxy(NamedTuple):
    """A variable with the extents that are asked for; `checks` where making it may be an error."""

    variable: Variable
    checks: bool = False


class ShapeProxyContext(Protocol):
    """What `Op.shape_proxy` makes the proxy of a node's output from.

    `operands` are the proxies of the node's inputs. Extents are int64 scalar variables or ints;
    lists of them that are returned are in the order of the axes.
    """

    output: Variable
    operands: Sequence[ShapeProxy]

    def extent(self, proxy: ShapeProxy, axis: int) -> Variable:
        """Return the extent of a proxy on an axis."""
        ...

    def extents(self, proxy: ShapeProxy) -> list[Variable]:
        """Return all extents of a proxy."""
        ...

    def known_extents(self, proxy: ShapeProxy) -> list[Any]:
        """Return all extents of a proxy, as ints where they are known."""
        ...

    def inferred(self) -> ShapeProxy | None:
        """Return a proxy with the extents that shape inference finds from the operands' alone; None
        where it does not find them. Errors of operands are kept; those of the operation itself, in
        a loop or of values, are not looked for."""
        ...

    def as_view(self) -> ShapeProxy:
        """Return the operation itself, applied to the proxy of its first operand: for views."""
        ...

    def zeros(self, extents: Sequence[Any]) -> Variable:
        """Return zeros of these extents: a view of a single one."""
        ...

    def of(self, extents: Sequence[Any], after: Sequence[ShapeProxy] = ()) -> ShapeProxy:
        """Return a proxy of these extents, which is not made before the checks of others."""
        ...

    def requiring(
        self, proxy: ShapeProxy, extents: Sequence[Any], keys: Sequence[Any] | None = None
    ) -> ShapeProxy:
        """Return a proxy, checked to have these extents unless the `keys` of the extents tell that
        it does."""
        ...

    def at_least(self, extents: Sequence[Any], least: Sequence[int]) -> list[ShapeProxy]:
        """Return what is an error to make unless the extents are as large; nothing where all
        extents are known."""
        ...
