"""Rearranging, joining and repeating axes: NumPy's names, and Theano's where it has one."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops.broadcast import BroadcastTo
from symgraph.ops.build import Join
from symgraph.ops.constant import as_tensor, constant
from symgraph.ops.reduce import normal_axes
from symgraph.ops.scalar_table import cast, eq, switch
from symgraph.ops.shape import (
    DimShuffle,
    Reshape,
    as_extent,
    extent_of,
    extents_of,
    known_extent,
)
from symgraph.ops.subtensor import Slice, Subtensor


def shape(x: Any) -> Variable:
    """The extents as an int64 vector; `x.shape[i]` of it costs nothing."""
    extents = extents_of(as_tensor(x))
    return stack(extents) if extents else constant(np.zeros(0, "int64"))


def dimshuffle(x: Any, *order: Any) -> Variable:
    """Permute the axes, insert axes of extent 1 ('x') and drop those of extent 1 not named."""
    x = as_tensor(x)
    if len(order) == 1 and isinstance(order[0], list | tuple):
        order = tuple(order[0])
    ndim = x.type.ndim
    normal = [e % ndim if isinstance(e, int) and -ndim <= e < 0 else e for e in order]
    return x if normal == list(range(ndim)) else DimShuffle(normal)(x)


def transpose(x: Any, *axes: Any) -> Variable:
    """The axes reversed, or in the given order."""
    x = as_tensor(x)
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], list | tuple)):
        axes = tuple(axes[0] or ())
    order = [axis % x.type.ndim for axis in axes] if axes else list(range(x.type.ndim))[::-1]
    if sorted(order) != list(range(x.type.ndim)):
        raise ValueError(f"transpose: {axes} is no permutation of the axes of {x} ({x.type})")
    return dimshuffle(x, order)


def swapaxes(x: Any, axis1: int, axis2: int) -> Variable:
    x = as_tensor(x)
    (a,), (b,) = (normal_axes(axis, x.type.ndim, "swapaxes") for axis in (axis1, axis2))
    order = list(range(x.type.ndim))
    order[a], order[b] = b, a
    return dimshuffle(x, order)


def moveaxis(x: Any, source: int, destination: int) -> Variable:
    x = as_tensor(x)
    (a,), (b,) = (normal_axes(axis, x.type.ndim, "moveaxis") for axis in (source, destination))
    order = [axis for axis in range(x.type.ndim) if axis != a]
    order.insert(b, a)
    return dimshuffle(x, order)


def squeeze(x: Any, axis: Any = None) -> Variable:
    """Drop the axes known to have extent 1, or those in `axis`."""
    x = as_tensor(x)
    if axis is None:
        dropped = tuple(a for a, extent in enumerate(x.type.shape) if extent == 1)
    else:
        dropped = normal_axes(axis, x.type.ndim, "squeeze")
    return dimshuffle(x, [a for a in range(x.type.ndim) if a not in dropped])


def expand_dims(x: Any, axis: int) -> Variable:
    x = as_tensor(x)
    (position,) = normal_axes(axis, x.type.ndim + 1, "expand_dims")
    order: list[int | str] = list(range(x.type.ndim))
    order.insert(position, "x")
    return dimshuffle(x, order)


def shape_padleft(x: Any, n_ones: int = 1) -> Variable:
    x = as_tensor(x)
    return dimshuffle(x, ["x"] * n_ones + list(range(x.type.ndim)))


def shape_padright(x: Any, n_ones: int = 1) -> Variable:
    x = as_tensor(x)
    return dimshuffle(x, list(range(x.type.ndim)) + ["x"] * n_ones)


def shape_padaxis(x: Any, axis: int) -> Variable:
    return expand_dims(x, axis)


def shape_list(new_shape: Any, what: str) -> list[Variable]:
    """A shape given as an int, a sequence of ints and scalars, or an int vector of known length."""
    if isinstance(new_shape, Variable) and new_shape.type.ndim == 1:
        length = new_shape.type.shape[0]
        if length is None:
            raise TypeError(
                f"{what}: the length of the shape {new_shape} ({new_shape.type}) is not known;"
                " say it with ndim="
            )
        entries: Sequence[Any] = [
            Subtensor(("int",))(new_shape, constant(i)) for i in range(length)
        ]
    elif isinstance(new_shape, np.ndarray):
        entries = np.atleast_1d(new_shape).tolist()
    elif isinstance(new_shape, list | tuple):
        entries = new_shape
    else:
        entries = [new_shape]
    return [cast(as_extent(entry, f"{what}: an extent"), "int64") for entry in entries]


def reshape(x: Any, new_shape: Any, ndim: int | None = None) -> Variable:
    """The elements of `x` in C order under a new shape; one extent may be -1.

    `ndim` is needed where the shape is a vector of unknown length.
    """
    x = as_tensor(x)
    if isinstance(new_shape, Variable) and new_shape.type.ndim == 1 and ndim is not None:
        extents = [cast(Subtensor(("int",))(new_shape, constant(i)), "int64") for i in range(ndim)]
    else:
        extents = shape_list(new_shape, "reshape")
    if ndim is not None and len(extents) != ndim:
        raise ValueError(f"reshape: {len(extents)} extents given, but ndim={ndim}")
    open_axes = [
        i for i, e in enumerate(extents) if getattr(e, "data", None) is not None and int(e.data) < 0
    ]
    if len(open_axes) > 1 or any(int(extents[i].data) != -1 for i in open_axes):
        raise ValueError(f"reshape of {x}: one extent may be -1, got {new_shape}")
    known = [known_extent(extent) for extent in extents]
    if open_axes:
        axis = open_axes[0]
        others: Variable = constant(1, "int64")
        for i, extent in enumerate(extents):
            if i != axis:
                others = others * extent
        total: Variable = constant(1, "int64")
        for extent in extents_of(x):
            total = total * extent
        if None not in x.type.shape and all(
            k is not None for i, k in enumerate(known) if i != axis
        ):
            size = int(np.prod(x.type.shape, dtype=int))
            rest = int(np.prod([k for i, k in enumerate(known) if i != axis], dtype=int))
            if rest == 0 or size % rest:
                raise ValueError(
                    f"{x} ({x.type}) of {size} elements cannot be reshaped to {new_shape}"
                )
            known[axis] = size // rest
            extents[axis] = constant(size // rest, "int64")
        elif x.type.ndim == 1 and len(extents) == 1:
            return x
    return Reshape(tuple(known))(x, *extents)


def flatten(x: Any, ndim: int = 1) -> Variable:
    """The last axes joined to one, so that `ndim` remain."""
    x = as_tensor(x)
    if not 1 <= ndim <= max(x.type.ndim, 1):
        raise ValueError(f"flatten: {x} ({x.type}) cannot have {ndim} dimensions")
    if ndim == x.type.ndim:
        return x
    return reshape(x, [*extents_of(x)[: ndim - 1], -1])


def ravel(x: Any) -> Variable:
    return flatten(x)


def broadcast_to(x: Any, new_shape: Any) -> Variable:
    """`x` repeated to `new_shape` as by NumPy."""
    x = as_tensor(x)
    extents = shape_list(new_shape, "broadcast_to")
    if len(extents) < x.type.ndim:
        raise ValueError(f"broadcast_to: {x} ({x.type}) has more than {len(extents)} dimensions")
    padded = shape_padleft(x, len(extents) - x.type.ndim)
    return BroadcastTo(tuple(map(known_extent, extents)))(padded, *extents)


def specify_shape(x: Any, new_shape: Sequence[int | None]) -> Variable:
    """`x`, of which the extents in `new_shape` are known; checked when the function runs."""
    x = as_tensor(x)
    if len(new_shape) != x.type.ndim:
        raise ValueError(f"specify_shape: {x} ({x.type}) has not {len(new_shape)} dimensions")
    extents = [
        extent_of(x, axis) if want is None else constant(want, "int64")
        for axis, want in enumerate(new_shape)
    ]
    known = tuple(h if w is None else w for h, w in zip(x.type.shape, new_shape, strict=True))
    return Reshape(known)(x, *extents)


def addbroadcast(x: Any, *axes: int) -> Variable:
    """`x`, of which the extents on `axes` are known to be 1."""
    x = as_tensor(x)
    return specify_shape(x, [1 if axis in axes else e for axis, e in enumerate(x.type.shape)])


def join(axis: int, *parts: Any) -> Variable:
    """The parts one behind the other along `axis`."""
    if len(parts) == 1 and isinstance(parts[0], list | tuple):
        parts = tuple(parts[0])
    if not parts:
        raise ValueError("join: nothing to join")
    variables = [as_tensor(part) for part in parts]
    if variables[0].type.ndim == 0:
        raise TypeError(f"join: scalars such as {variables[0]} cannot be joined; stack them")
    (normal,) = normal_axes(axis, variables[0].type.ndim, "join")
    return variables[0] if len(variables) == 1 else Join(normal)(*variables)


def concatenate(parts: Sequence[Any], axis: int = 0) -> Variable:
    return join(axis, *parts)


def stack(parts: Sequence[Any], axis: int = 0) -> Variable:
    """The parts, of equal shape, along a new axis."""
    variables = [as_tensor(part) for part in parts]
    if not variables:
        raise ValueError("stack: nothing to stack")
    return join(axis, *(expand_dims(variable, axis) for variable in variables))


def split(x: Any, splits_size: Sequence[int], n_splits: int | None = None, axis: int = 0) -> list:
    """Parts of the given sizes along `axis`."""
    x = as_tensor(x)
    (normal,) = normal_axes(axis, x.type.ndim, "split")
    sizes = list(splits_size)
    if n_splits is not None and len(sizes) != n_splits:
        raise ValueError(f"split: {len(sizes)} sizes given, but n_splits={n_splits}")
    extent = x.type.shape[normal]
    if extent is not None and sum(sizes) != extent:
        raise ValueError(f"split: the sizes {sizes} do not add up to {extent} of {x} ({x.type})")
    template = (Slice(),) * normal + (Slice(start=True, stop=True),)
    parts, start = [], 0
    for size in sizes:
        parts.append(Subtensor(template)(x, constant(start), constant(start + size)))
        start += size
    return parts


def tile(x: Any, reps: int | Sequence[int]) -> Variable:
    """`x` laid side by side `reps` times along each axis."""
    x = as_tensor(x)
    counts = [reps] if isinstance(reps, int) else list(reps)
    ndim = max(x.type.ndim, len(counts))
    counts = [1] * (ndim - len(counts)) + counts
    x = shape_padleft(x, ndim - x.type.ndim)
    for axis, count in enumerate(counts):
        if count != 1:
            x = join(axis, *[x] * count) if count else _nothing(x, axis)
    return x


def _nothing(x: Variable, axis: int) -> Variable:
    template = (Slice(),) * axis + (Slice(stop=True),)
    return Subtensor(template)(x, constant(0))


def repeat(x: Any, repeats: int, axis: int | None = None) -> Variable:
    """Each element `repeats` times along `axis` (of the flattened array by default)."""
    x = as_tensor(x)
    if axis is None:
        x, axis = flatten(x), 0
    (normal,) = normal_axes(axis, x.type.ndim, "repeat")
    extents = extents_of(x)
    wide = expand_dims(x, normal + 1)
    spread = [*extents[: normal + 1], as_tensor(np.int64(repeats)), *extents[normal + 1 :]]
    joined = [*extents[:normal], extents[normal] * repeats, *extents[normal + 1 :]]
    return reshape(broadcast_to(wide, spread), joined)


def roll(x: Any, shift: Any, axis: int | None = None) -> Variable:
    """Elements shifted cyclically along `axis` (of the flattened array by default)."""
    x = as_tensor(x)
    if axis is None:
        return reshape(roll(flatten(x), shift, 0), extents_of(x))
    (normal,) = normal_axes(axis, x.type.ndim, "roll")
    extent = extent_of(x, normal)
    size = switch(eq(extent, 0), 1, extent)
    cut = extent - as_extent(shift, "roll: the shift") % size
    before, behind = (
        (Slice(),) * normal + (Slice(stop=True),),
        (Slice(),) * normal + (Slice(start=True),),
    )
    return join(normal, Subtensor(behind)(x, cut), Subtensor(before)(x, cut))


def atleast_nd(x: Any, ndim: int) -> Variable:
    x = as_tensor(x)
    return shape_padleft(x, max(ndim - x.type.ndim, 0))
