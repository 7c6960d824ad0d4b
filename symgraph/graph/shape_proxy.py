"""Shape proxies: views that have an expression's extents and compute none of its values.

The proxy makes the same demands of shapes as the operation, so that an invalid program still
raises an error when only a shape is asked of it: the proxy of a sum of vectors is a broadcast of
one to the extents of the other.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from symgraph.graph.variable import Variable


class ShapeProxy(NamedTuple):
    """A variable with the extents that are asked for; `checks`: whether computing it may raise."""

    variable: Variable
    checks: bool = False


class ShapeProxyContext(Protocol):
    """The context in which `Op.shape_proxy` builds the proxy of a node's output.

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
        """Return a proxy with the extents that shape inference finds from the operands' extents
        alone; None where it does not find them.

        Errors of operands are kept; errors of the operation itself, in a loop or due to values, are
        not looked for.
        """
        ...

    def as_view(self) -> ShapeProxy:
        """Return the operation itself, applied to the proxy of its first operand: for views."""
        ...

    def zeros(self, extents: Sequence[Any]) -> Variable:
        """Return zeros of these extents: a view of a single zero."""
        ...

    def of(self, extents: Sequence[Any], after: Sequence[ShapeProxy] = ()) -> ShapeProxy:
        """Return a proxy of these extents, computed only after the checks of the proxies in
        `after`."""
        ...

    def requiring(
        self, proxy: ShapeProxy, extents: Sequence[Any], keys: Sequence[Any] | None = None
    ) -> ShapeProxy:
        """Return a proxy, checked to have these extents unless the `keys` of the extents prove that
        it does."""
        ...

    def at_least(self, extents: Sequence[Any], least: Sequence[int]) -> list[ShapeProxy]:
        """Return proxies that raise unless the extents are at least as large; none where all
        extents are known."""
        ...
