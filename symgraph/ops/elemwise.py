"""Scalar functions applied elementwise, with NumPy's broadcasting."""

from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from symgraph.graph import (
    Apply,
    BatchContext,
    Batched,
    Extent,
    NullType,
    Op,
    ShapeProxy,
    ShapeProxyContext,
    TensorType,
    Variable,
    broadcast_static,
    check_size,
    config,
)
from symgraph.ops.broadcast import (
    BroadcastTo,
    sum_to,
)
from symgraph.ops.complex_formulas import COMPLEX_FORMULAS
from symgraph.ops.constant import as_tensors
from symgraph.ops.extent_arithmetic import as_scalar
from symgraph.ops.extent_equality import Keys, broadcast_keys, extent_keys, own_keys, set_keys
from symgraph.ops.rank_alignment import pad_left, without_padding
from symgraph.ops.scalar import Multiply, ScalarOp, Undefined, cast_to, is_complex, upgrade_to_float
from symgraph.ops.scalar import scalar_functions as scalar_functions
from symgraph.ops.shape import ShapeOf, known_extent

# Functions of integers for which float64 computes, on integral values, the result without wrapping.
_WRAPPING = {"add", "sub", "mul", "neg", "abs", "sqr", "pow", "floor_div"}


class Elemwise(Op):
    """`scalar` applied to each element; all inputs have the output's rank (see `elementwise`).

    An input's extent of 1 is repeated to the others', also where it is only found to be 1
    when the function runs.
    """

    __props__ = ("scalar",)

    def __init__(self, scalar: ScalarOp) -> None:
        self.scalar = scalar

    def __str__(self) -> str:
        return self.scalar.name

    __repr__ = __str__

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        set_keys(node.outputs[0], broadcast_keys([*map(extent_keys, inputs)]))
        return node

    def output_types(self, *inputs: Variable) -> Sequence[TensorType]:
        types = tuple([variable.type for variable in inputs])
        try:
            return _output_types(self.scalar, types, config.floatX, config.cast_policy)
        except (TypeError, ValueError) as error:
            # The type rule knows only the types; the message names the variables as well.
            raise type(error)(f"{error}: {_listed(inputs)}") from None

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        operands = self.scalar.operand([str(value.dtype) for value in values])
        shapes = [value.shape for value in values]
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            # In the words of NumPy's ufuncs, not of its function on shapes.
            told = "".join(f"{shape} ".replace(", ", ",") for shape in shapes)
            raise ValueError(
                f"operands could not be broadcast together with shapes {told}"
            ) from None
        check_size(shape, node.outputs[0].type.dtype)
        cast = [
            value.astype(dtype, copy=False) for value, dtype in zip(values, operands, strict=True)
        ]
        with np.errstate(all="ignore"):
            result = np.asarray(self.scalar.numpy(*cast))
            result = result.astype(node.outputs[0].type.dtype, copy=False)
        if result.shape != shape:
            result = np.broadcast_to(result, shape).copy()
        elif any(result is value or np.may_share_memory(result, value) for value in values):
            result = result.copy()
        return (result,)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        return [broadcast_extents(shapes)]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        output, proxies = node.outputs[0], context.operands
        keys = extent_keys(output)
        own = [extent_keys(variable) for variable in node.inputs]
        for proxy, mine in zip(proxies, own, strict=True):
            others = (k for other in own for k in zip(other, keys, strict=True))
            unchecked = all(not other.checks for other in proxies if other is not proxy)
            if mine == keys and unchecked and all(k in (1, whole) for k, whole in others):
                return proxy
        if not output.type.ndim:
            return context.of([], proxies)
        shapes = [tuple(context.known_extents(proxy)) for proxy in proxies]
        extents = [as_scalar(extent) for extent in broadcast_extents(shapes)]
        repeated = proxies[0].variable
        for proxy in proxies:
            known = tuple(known_extent(extent) for extent in extents)
            repeated = BroadcastTo(known)(proxy.variable, *extents)
            extents = [ShapeOf(axis)(repeated) for axis in range(output.type.ndim)]
        return ShapeProxy(repeated, True)

    def in_floats(self, node: Apply, *values: np.ndarray) -> np.ndarray | None:
        name = self.scalar.name
        if name == "left_shift":
            return np.asarray(np.ldexp(values[0].astype("float64"), values[1].astype("int64")))
        if name.startswith("cast{"):
            return values[0].astype("float64")
        if name not in _WRAPPING:
            return None
        return np.asarray(self.scalar.numpy(*(value.astype("float64") for value in values)))

    def cannot_raise(self, node: Apply) -> bool:
        """Return whether the operands provably broadcast."""
        whole = extent_keys(node.outputs[0])
        return all(
            key in (1, out)
            for v in node.inputs
            for key, out in zip(extent_keys(v), whole, strict=True)
        )

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        return [Batched(self(*pad_left(context.variables)), True)]

    def expression(self, node: Apply) -> Callable[..., Variable] | None:
        """Return how the function of the node's operands is written with others, if it is."""
        dtypes = self.scalar.operand([variable.type.dtype for variable in node.inputs])
        if any(np.dtype(dtype).kind == "c" for dtype in dtypes):
            return COMPLEX_FORMULAS.get(self.scalar.name)
        return self.scalar.expression

    def expand(self, node: Apply) -> list[Variable] | None:
        dtypes = self.scalar.operand([variable.type.dtype for variable in node.inputs])
        expression = self.expression(node)
        if expression is None:
            return None
        operands = [
            variable if variable.type.dtype == dtype else Elemwise(cast_to(dtype))(variable)
            for variable, dtype in zip(node.inputs, dtypes, strict=True)
        ]
        result = expression(*operands)
        wanted = node.outputs[0].type.dtype
        return [result if result.type.dtype == wanted else Elemwise(cast_to(wanted))(result)]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        return self._reverse(node, cotangents[0], _times)

    def masks_cotangents(self) -> bool:
        return self.scalar.masks

    def guarded_vjp(
        self, node: Apply, cotangents: Sequence[Variable | None]
    ) -> Sequence[Variable | None]:
        """Return the cotangents of `vjp`, except that a zero cotangent gives zero whatever the
        derivative, even inf or nan: a branch that `switch` did not select must not affect the
        gradient of the one it did."""
        return self._reverse(node, cotangents[0], scalar_functions["mul_zero"])

    def _reverse(
        self, node: Apply, cotangent: Variable | None, multiply: Multiply
    ) -> Sequence[Variable | None]:
        if cotangent is None:
            return [None] * len(node.inputs)
        output = node.outputs[0]
        whole = _common_keys(node.inputs)
        result: list[Variable | None] = []
        for position, variable in enumerate(node.inputs):
            if np.dtype(variable.type.dtype).kind not in "fc":
                result.append(None)
                continue
            why = self._undefined_by(position)
            if why is not None:
                result.append(NullType(why)())
                continue
            share = self.scalar.contribution(
                position, multiply, cotangent, node.inputs, output, reverse=True
            )
            if share is not None and isinstance(share.type, NullType):
                result.append(share)
                continue
            if share is not None:
                if is_complex(share) and not is_complex(variable):
                    share = scalar_functions["real"](share)
                if own_keys(variable) != whole:
                    share = sum_to(share, variable)
                if share.type.dtype != variable.type.dtype:
                    share = Elemwise(cast_to(variable.type.dtype))(share)
            result.append(share)
        return result

    def _undefined_by(self, position: int) -> str | None:
        """Return why the derivative by this input alone is undefined, if it is."""
        rules = self.scalar.contributions
        rule = None if rules is None else rules[position]
        return rule.why if isinstance(rule, Undefined) else None

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        output = node.outputs[0]
        multiply = _unless_zero if self.scalar.name == "mul_zero" else _times
        total: Variable | None = None
        moving = []
        for position, tangent in enumerate(tangents):
            if tangent is None:
                continue
            share = self.scalar.contribution(
                position, multiply, tangent, node.inputs, output, reverse=False
            )
            if share is not None:
                moving.append(node.inputs[position])
                total = share if total is None else total + share
        if total is None:
            return [None]
        if total.type.dtype != output.type.dtype:
            total = Elemwise(cast_to(output.type.dtype))(total)
        if _common_keys(moving) != _common_keys(node.inputs):
            total = scalar_functions["second"](output, total)
        return [total]


def _times(tangent: Variable, derivative: Variable) -> Variable:
    return tangent * derivative


def _unless_zero(tangent: Variable, derivative: Variable) -> Variable:
    """Return their product; where the derivative is zero the tangent does not matter, even if inf
    or nan."""
    return scalar_functions["mul_zero"](derivative, tangent)


def _common_keys(operands: Sequence[Variable]) -> Keys:
    """Return the keys of what the operands broadcast to, valid whatever computes them."""
    return tuple(broadcast_keys([*map(own_keys, operands)]))


def elementwise(scalar: ScalarOp) -> Callable[..., Variable]:
    """Return the public function for a scalar one: it converts its operands and makes their ranks
    equal."""
    op = Elemwise(scalar)

    def function(*operands: Any) -> Variable:
        if scalar.result is upgrade_to_float and all(type(given) is int for given in operands):
            # Of Python's integers alone it is the function of its floats: of floatX.
            operands = tuple(map(float, operands))
        variables = pad_left(as_tensors(*operands))
        if scalar.associative and len(variables) > 2:
            return reduce(op, variables)
        return op(*variables)

    function.__name__ = function.__qualname__ = scalar.name
    count = "two or more operands" if scalar.associative else f"{scalar.arity} operand(s)"
    function.__doc__ = (
        f"`{scalar.name}` of each element of its {count}, which broadcast as in"
        " NumPy; for its meaning and derivatives see `symgraph.ops.scalar_table`."
    )
    scalar_functions[scalar.name] = function
    return function


def broadcast_extents(shapes: Sequence[tuple[Extent, ...]]) -> tuple[Extent, ...]:
    """Return the extents of a broadcast: a known one other than 1 decides; an unknown extent common
    to all passes; different unknowns give the largest, except that an extent of 0 wins over 1."""
    result: list[Extent] = []
    for extents in zip(*shapes, strict=True):
        known = [extent for extent in extents if isinstance(extent, int) and extent != 1]
        unknown = list(dict.fromkeys(extent for extent in extents if not isinstance(extent, int)))
        if known:
            result.append(known[0])
        elif not unknown:
            result.append(1)
        else:
            extent = unknown[0]
            for other in unknown[1:]:
                extent = scalar_functions["switch"](
                    scalar_functions["eq"](extent, 1), other, extent
                )
            result.append(extent)
    return tuple(result)


@lru_cache(maxsize=4096)
def _output_types(
    scalar: ScalarOp, types: tuple[Any, ...], floatX: str, cast_policy: str
) -> tuple[TensorType]:
    """Return the type of `scalar` of operands of these types. The dtype rules read the two flags;
    as arguments these are part of the cache's key."""
    if len(types) != scalar.arity:
        raise TypeError(f"{scalar.name} takes {scalar.arity} operands, got {len(types)}")
    if not all(isinstance(type, TensorType) for type in types):
        raise TypeError(f"{scalar.name}: an operand is no tensor")
    if len({type.ndim for type in types}) > 1:
        raise TypeError(f"{scalar.name}: operands of unequal rank")
    try:
        shape = broadcast_static([type.shape for type in types])
    except ValueError:
        raise ValueError(f"{scalar.name}: shapes do not broadcast") from None
    return (TensorType(scalar.output_dtype([type.dtype for type in types]), shape),)


def _listed(inputs: Sequence[Variable]) -> str:
    given = map(without_padding, inputs)
    return ", ".join(f"{variable} ({variable.type})" for variable in given)
