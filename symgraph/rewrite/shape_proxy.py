"""Construction of shape proxies, which are defined in `symgraph.graph.shape_proxy`."""

from collections.abc import Mapping, Sequence
from typing import Any

from symgraph.graph import Apply, ShapeProxy, TensorType, Variable
from symgraph.ops import BroadcastTo, DimShuffle, ShapeOf, SpecifyShape
from symgraph.ops.constant import number
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_arithmetic import as_scalar
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.inner_graph import InnerGraphOp
from symgraph.ops.shape import inferred_extent, keys_of_extents, known_extent


def proxy_of(variable: Variable, known: Mapping[Variable, ShapeProxy]) -> ShapeProxy | None:
    """Return a proxy of a node's output, given those of its inputs; None where only running the
    node tells whether it raises, or what its extents are."""
    node = variable.owner
    assert node is not None
    context = ProxyBuilder(variable, [known[v] for v in node.inputs])
    proxy: ShapeProxy | None = node.op.shape_proxy(node, context)
    return proxy


def extent_of_proxy(proxy: ShapeProxy, axis: int) -> Variable:
    """Return the extent of a proxy on an axis."""
    if not proxy.checks:
        return inferred_extent(proxy.variable, axis)
    return ShapeOf(axis)(proxy.variable)


def zeros(extents: Sequence[Variable]) -> Variable:
    """Return zeros of these extents: a view of a single zero."""
    shape = tuple(known_extent(extent) for extent in extents)
    return BroadcastTo(shape)(number(0, "int8", len(extents)), *extents)


def made_of(extents: Sequence[Variable], *checked: Variable) -> ShapeProxy:
    """Return a proxy of these extents, computed only after the variables in `checked`."""
    if not checked:
        return ShapeProxy(zeros(extents) if extents else number(0, "int8"))
    held = [ShapeOf(0)(variable) for variable in checked]
    if not extents:
        one = scalar_functions["minimum"](held[0], 0) + 1
        for extent in held[1:]:
            one = one + scalar_functions["minimum"](extent, 0)
        return ShapeProxy(DimShuffle(())(zeros([one])), True)
    first = ShapeOf(0)(zeros([extents[0], *held]))
    return ShapeProxy(zeros([first, *extents[1:]]), True)


def _is_scalar(variable: Variable) -> bool:
    return isinstance(variable.type, TensorType) and not variable.type.ndim


class ProxyBuilder:
    """The builder of the proxy of one output of a node: see `ShapeProxyContext`."""

    def __init__(self, output: Variable, operands: Sequence[ShapeProxy]) -> None:
        self.output = output
        self.operands = operands

    def extent(self, proxy: ShapeProxy, axis: int) -> Variable:
        return extent_of_proxy(proxy, axis)

    def extents(self, proxy: ShapeProxy) -> list[Variable]:
        return [extent_of_proxy(proxy, axis) for axis in range(len(extent_keys(proxy.variable)))]

    def known_extents(self, proxy: ShapeProxy) -> list[Any]:
        found = []
        for extent in self.extents(proxy):
            known = known_extent(extent)
            found.append(extent if known is None else known)
        return found

    def inferred(self) -> ShapeProxy | None:
        node = self.output.owner
        assert node is not None
        sources: dict[object, Variable] = {}
        for operand, proxy in zip(node.inputs, self.operands, strict=True):
            if _is_scalar(operand):
                (key,) = keys_of_extents([operand])
                sources.setdefault(operand if key is None else key, operand)
            for axis, key in enumerate(extent_keys(operand)):
                if key not in sources:
                    sources[key] = extent_of_proxy(proxy, axis)
        keys = extent_keys(self.output)
        if all(isinstance(key, int) or key in sources for key in keys):
            extents = [key if isinstance(key, int) else sources[key] for key in keys]
            return self.of(extents, self.operands)
        # The shape rule of a loop looks into its step, and past the errors there.
        return None if isinstance(node.op, InnerGraphOp) else self._by_rule(node)

    def _by_rule(self, node: Apply) -> ShapeProxy | None:
        """Return a proxy of the extents that the operation's shape rule gives."""
        given = [tuple(self.known_extents(proxy)) for proxy in self.operands]
        shapes = node.op.infer_shape(node, given)
        if shapes is None:
            return None
        handed_on = {extent for shape in given for extent in shape}
        handed_on.update(v for v in node.inputs if _is_scalar(v))
        extents = shapes[self.output.index or 0]
        if not all(isinstance(extent, int) or extent in handed_on for extent in extents):
            return None
        return self.of(extents, self.operands)

    def as_view(self) -> ShapeProxy:
        node = self.output.owner
        assert node is not None
        inner = self.operands[0].variable
        same = inner is node.inputs[0]
        return ShapeProxy(self.output if same else node.op(inner, *node.inputs[1:]), True)

    def zeros(self, extents: Sequence[Any]) -> Variable:
        return zeros([as_scalar(extent) for extent in extents])

    def of(self, extents: Sequence[Any], after: Sequence[ShapeProxy] = ()) -> ShapeProxy:
        checked = [proxy.variable for proxy in after if proxy.checks]
        lines = [v if v.type.ndim else DimShuffle(("x",))(v) for v in checked]
        return made_of([as_scalar(extent) for extent in extents], *lines)

    def requiring(
        self, proxy: ShapeProxy, extents: Sequence[Any], keys: Sequence[Any] | None = None
    ) -> ShapeProxy:
        scalars = [as_scalar(extent) for extent in extents]
        own = keys_of_extents(scalars) if keys is None else keys
        if not proxy.checks and extent_keys(proxy.variable) == tuple(own):
            return proxy
        shape = tuple(known_extent(extent) for extent in scalars)
        return ShapeProxy(SpecifyShape(shape)(proxy.variable, *scalars), True)

    def at_least(self, extents: Sequence[Any], least: Sequence[int]) -> list[ShapeProxy]:
        scalars = [as_scalar(extent) for extent in extents]
        pairs = zip(scalars, least, strict=True)
        unknown = [(extent, low) for extent, low in pairs if known_extent(extent) is None]
        if not unknown:
            return []
        enough = [scalar_functions["maximum"](extent, low) for extent, low in unknown]
        line = zeros([extent for extent, _ in unknown])
        return [ShapeProxy(SpecifyShape((None,) * len(unknown))(line, *enough), True)]
