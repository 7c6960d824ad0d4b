"""Arrays made from numbers, and arrays joined into one."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import (
    LARGEST,
    Apply,
    BatchContext,
    Batched,
    Constant,
    Extent,
    Op,
    PiecewiseConstant,
    ShapeProxy,
    ShapeProxyContext,
    TensorType,
    Variable,
    check_size,
)
from symgraph.ops.constant import constant, number
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_arithmetic import added, as_scalar, as_size, less, size_of
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.reduce import total
from symgraph.ops.scalar import as_derivative_of, promote
from symgraph.ops.shape import as_extent, extent_of, is_extent, keys_of_extents
from symgraph.ops.subtensor import Slice, Subtensor


class Arange(Op):
    """start, start + step, ... up to and excluding stop: inputs are three scalars.

    The length is ceil((stop - start) / step) in the common dtype of the inputs. The elements
    are equally spaced by the difference of the first two in `dtype`, as in NumPy.
    """

    __props__ = ("dtype",)

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def make_node(self, start: Variable, stop: Variable, step: Variable) -> Apply:
        node = super().make_node(start, stop, step)
        if counts_from_zero(node) and is_extent(stop):
            set_keys(node.outputs[0], keys_of_extents([stop]))
        return node

    def output_types(self, start: Variable, stop: Variable, step: Variable) -> Sequence[TensorType]:
        for variable in (start, stop, step):
            if variable.type.ndim != 0 or np.dtype(variable.type.dtype).kind == "c":
                raise TypeError(f"arange takes real scalars, not {variable} ({variable.type})")
        data = [getattr(variable, "data", None) for variable in (start, stop, step)]
        common = _common_dtype([variable.type for variable in (start, stop, step)])
        if np.dtype(self.dtype).kind != "f" and common != "int64":
            raise TypeError(
                f"arange: steps of {common} do not make integers of {self.dtype}; make an arange"
                f" of {common} and cast it"
            )
        if data[2] is not None and data[2] == 0:
            raise ValueError("arange: the step is zero")
        known = all(entry is not None for entry in data)
        return [TensorType(self.dtype, (_count(*data) if known else None,))]

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        start, _, step = values
        count = _count(*values)
        check_size((count,), self.dtype)
        try:
            index = np.arange(count)
        except ValueError:
            # NumPy computes the length in floats, which round.
            raise MemoryError(f"no machine holds {count} numbers of {self.dtype}") from None
        if np.dtype(self.dtype).kind != "f":
            origin, by = (np.int64(size_of(argument)) for argument in (start, step))
            return ((origin + index * by).astype(self.dtype),)
        first, second = (
            np.asarray(element).astype(self.dtype).astype("float64")
            for element in (start, start.astype("float64") + step)
        )
        return ((first + index * (second - first)).astype(self.dtype),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        known = node.outputs[0].type.shape[0]
        if known is not None:
            return [(known,)]
        common = _common_dtype([variable.type for variable in node.inputs])
        if common != "int64":
            cast = scalar_functions["cast"]
            return [(_float_count(*(cast(variable, common) for variable in node.inputs)),)]
        if counts_from_zero(node):
            # An extent is never negative.
            stop = node.inputs[1]
            return [(stop if is_extent(stop) else scalar_functions["maximum"](as_size(stop), 0),)]
        return [(_whole_count(*map(as_size, node.inputs)),)]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy | None:
        whole = all(variable.type.dtype.startswith(("int", "uint")) for variable in node.inputs)
        if not whole or not isinstance(node.inputs[2], Constant):
            return None
        ((extent,),) = self.infer_shape(node, [(), (), ()])
        return ShapeProxy(context.zeros([extent]))

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        g = cotangents[0]
        if g is None or np.dtype(self.dtype).kind != "f":
            return [None, None, None]
        cast = scalar_functions["cast"]
        steps = cast(Arange("int64")(*_counted(node.outputs[0])), self.dtype)
        return [
            cast(total(g), node.inputs[0].type.dtype) if _is_float(node.inputs[0]) else None,
            None,
            cast(total(g * steps), node.inputs[2].type.dtype)
            if _is_float(node.inputs[2])
            else None,
        ]

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        if np.dtype(self.dtype).kind != "f":
            return [None]
        cast, y = scalar_functions["cast"], node.outputs[0]
        steps = cast(Arange("int64")(*_counted(y)), self.dtype)
        terms = []
        if tangents[0] is not None:
            terms.append(scalar_functions["second"](steps, tangents[0]))
        if tangents[2] is not None:
            terms.append(tangents[2] * steps)
        if not terms:
            return [None]
        return [cast(terms[0] if len(terms) == 1 else terms[0] + terms[1], self.dtype)]


def _common_dtype(arguments: Sequence[Any]) -> str:
    """Return the dtype in which the length and the elements are computed."""
    common = np.result_type(*(argument.dtype for argument in arguments))
    return str(common) if common.kind == "f" else "int64"


def counts_from_zero(node: Apply) -> bool:
    start, _, step = node.inputs
    return (
        isinstance(start, Constant)
        and isinstance(step, Constant)
        and (start.data, step.data) == (0, 1)
    )


def _count(start: Any, stop: Any, step: Any) -> int:
    """Return ceil((stop - start) / step), or 0 where that is negative. Raises ValueError."""
    common = _common_dtype([start, stop, step])
    if step == 0:
        raise ValueError("arange: the step is zero")
    if common == "int64":
        first, last, by = map(size_of, (start, stop, step))
        if first != start:
            raise ValueError(f"arange counts in int64, which does not hold the start {start}")
        return max(-((first - last) // by), 0)
    a, b, c = (argument.astype(common) for argument in (start, stop, step))
    with np.errstate(all="ignore"):
        count = np.ceil((b - a) / c)
    if not np.isfinite(count):
        raise ValueError(f"arange from {start} to {stop} by {step} has no finite length")
    return max(int(count), 0)


def _whole_count(start: Variable, stop: Variable, step: Variable) -> Variable:
    """Return the length for int64 inputs. Differences are taken in uint64, which holds the distance
    between any two int64 numbers and the magnitude of any step."""
    f = scalar_functions
    if isinstance(step, Constant) and abs(int(step.data)) == 1:
        ends = (stop, start) if int(step.data) == 1 else (start, stop)
        return f["maximum"](as_scalar(less(*ends)), 0)

    def distance(low: Variable, high: Variable) -> Variable:
        return f["cast"](high, "uint64") - f["cast"](low, "uint64")

    if isinstance(step, Constant) and int(step.data) != 0:
        low, high = (start, stop) if int(step.data) > 0 else (stop, start)
        span, some = distance(low, high), f["gt"](high, low)
        stride: Variable = number(abs(int(step.data)), "uint64")
    else:
        forward = f["gt"](step, 0)
        span = f["switch"](forward, distance(start, stop), distance(stop, start))
        stride = f["switch"](forward, f["cast"](step, "uint64"), distance(step, number(0, "int64")))
        some = f["switch"](forward, f["gt"](stop, start), f["gt"](start, stop))
    count = (span - number(1, "uint64")) // stride + number(1, "uint64")
    return f["switch"](some, as_size(count), 0)


def _float_count(start: Variable, stop: Variable, step: Variable) -> Variable:
    """Return the length for floats, some of which are beyond all integers."""
    f = scalar_functions
    count = f["ceil"]((stop - start) / step)
    whole = f["cast"](count, "int64")
    if count.type.dtype != "float16":
        whole = f["switch"](f["ge"](count, number(2.0**63, count.type.dtype)), LARGEST, whole)
    return f["maximum"](whole, 0)


def _is_float(variable: Variable) -> bool:
    return np.dtype(variable.type.dtype).kind == "f"


def _counted(x: Variable) -> tuple[Variable, Variable, Variable]:
    return constant(0, "int64"), extent_of(x, 0), constant(1, "int64")


class Eye(PiecewiseConstant):
    """Ones on the k-th diagonal of an n by m matrix of zeros: inputs are n, m and k."""

    __props__ = ("dtype",)

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def output_types(self, n: Variable, m: Variable, k: Variable) -> Sequence[TensorType]:
        for what, variable in (("rows", n), ("columns", m), ("diagonal", k)):
            as_extent(variable, f"eye: the {what}")
        data = [getattr(variable, "data", None) for variable in (n, m)]
        if any(entry is not None and entry < 0 for entry in data):
            raise ValueError(f"eye: a size is negative: {n} by {m}")
        return [TensorType(self.dtype, [None if d is None else int(d) for d in data])]

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        n, m, k = (int(value) for value in values)
        if min(n, m) < 0:
            raise ValueError(f"eye: a size is negative: {n} by {m}")
        check_size((n, m), self.dtype)
        return (np.eye(n, m, k, dtype=self.dtype),)

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        return ShapeProxy(context.zeros(list(map(as_size, node.inputs[:2]))), True)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        known = node.outputs[0].type.shape
        return [
            tuple(
                as_size(v) if e is None else e for e, v in zip(known, node.inputs[:2], strict=True)
            )
        ]


class Join(Op):
    """The inputs concatenated along `axis`; their other extents must agree."""

    __props__ = ("axis",)

    def __init__(self, axis: int) -> None:
        self.axis = axis

    def output_types(self, *parts: Variable) -> Sequence[TensorType]:
        if not parts:
            raise TypeError(f"join along axis {self.axis}: nothing to join")
        listed = ", ".join(f"{part} ({part.type})" for part in parts)
        ndim = parts[0].type.ndim
        if any(part.type.ndim != ndim for part in parts) or not 0 <= self.axis < ndim:
            raise TypeError(f"join along axis {self.axis}: ranks do not fit: {listed}")
        shape: list[int | None] = []
        for axis in range(ndim):
            extents = [part.type.shape[axis] for part in parts]
            if axis == self.axis:
                shape.append(None if None in extents else sum(e for e in extents if e is not None))
                continue
            known = {extent for extent in extents if extent is not None}
            if len(known) > 1:
                raise ValueError(
                    f"join along axis {self.axis}: extents on axis {axis} differ: {listed}"
                )
            shape.append(known.pop() if known else None)
        return [TensorType(promote([part.type.dtype for part in parts]), shape)]

    def make_node(self, *parts: Variable) -> Apply:
        node = super().make_node(*parts)
        keys = extent_keys(parts[0])
        set_keys(
            node.outputs[0],
            [None if axis == self.axis else key for axis, key in enumerate(keys)],
        )
        return node

    def perform(self, node: Apply, *parts: np.ndarray) -> tuple[np.ndarray, ...]:
        shapes = [part.shape for part in parts]
        others = {shape[: self.axis] + shape[self.axis + 1 :] for shape in shapes}
        if len(others) > 1:
            raise ValueError(f"join along axis {self.axis}: shapes do not fit: {shapes}")
        dtype = node.outputs[0].type.dtype
        shape = list(shapes[0])
        shape[self.axis] = sum(own[self.axis] for own in shapes)
        check_size(shape, dtype)
        return (np.concatenate(parts, axis=self.axis, dtype=dtype, casting="unsafe"),)

    def infer_shape(
        self, node: Apply, shapes: Sequence[tuple[Extent, ...]]
    ) -> Sequence[tuple[Extent, ...]]:
        total = added(*(shape[self.axis] for shape in shapes))
        first = (*shapes[0][: self.axis], total, *shapes[0][self.axis + 1 :])
        known = node.outputs[0].type.shape
        return [tuple(f if k is None else k for f, k in zip(first, known, strict=True))]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        axis, (first, *_) = self.axis, context.operands
        keys = extent_keys(node.inputs[0])
        parts = []
        for variable, proxy in zip(node.inputs, context.operands, strict=True):
            extents, wanted = context.extents(first), list(keys)
            extents[axis] = context.extent(proxy, axis)
            wanted[axis] = extent_keys(variable)[axis]
            parts.append(context.requiring(proxy, extents, wanted))
        extents = context.extents(first)
        extents[axis] = as_scalar(added(*(context.extent(part, axis) for part in parts)))
        return context.of(extents, parts)

    def batch(self, node: Apply, context: BatchContext) -> list[Batched]:
        parts = [context.repeated(x) for x in context.inputs]
        return [Batched(Join(self.axis + context.depth)(*parts), True)]

    def vjp(self, node: Apply, cotangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        g = cotangents[0]
        if g is None:
            return [None] * len(node.inputs)
        result: list[Variable | None] = []
        start: Variable = constant(0, "int64")
        for part in node.inputs:
            stop = as_scalar(added(start, extent_of(part, self.axis)))
            template = (Slice(),) * self.axis + (Slice(start=True, stop=True),)
            share = Subtensor(template)(g, start, stop)
            is_float = np.dtype(part.type.dtype).kind in "fc"
            result.append(as_derivative_of(part, share) if is_float else None)
            start = stop
        return result

    def jvp(self, node: Apply, tangents: Sequence[Variable | None]) -> Sequence[Variable | None]:
        if all(tangent is None for tangent in tangents):
            return [None]
        dtype = node.outputs[0].type.dtype
        filled = [
            scalar_functions["second"](part, constant(0, dtype)) if tangent is None else tangent
            for part, tangent in zip(node.inputs, tangents, strict=True)
        ]
        return [self(*filled)]
