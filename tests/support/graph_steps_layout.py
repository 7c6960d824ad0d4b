"""Steps of a random graph that rearrange, join, select and write elements."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

import symgraph.tensor as T
from support.graph_pool import Pool
from symgraph.graph import Variable

# --- axes ---


def dimshuffle(pool: Pool) -> Variable | None:
    """Axes permuted, some of extent 1 dropped, others put in."""
    x = pool.pick()
    if x is None:
        return None
    extents = pool.extents_of(x)
    order: list[Any] = [
        axis
        for axis in pool.draw(st.permutations(range(x.type.ndim)))
        if extents[axis] != 1 or not pool.chance()
    ]
    while len(order) < 4 and pool.chance(3):
        order.insert(pool.number(0, len(order)), "x")
    return x.dimshuffle(*order)


def axes_by_name(pool: Pool) -> Variable | None:
    x = pool.pick(min_ndim=1)
    if x is None:
        return None
    ndim = x.type.ndim
    functions: list[Callable[[], Variable]] = [
        lambda: x.T,
        lambda: T.swapaxes(x, pool.axis(ndim), pool.axis(ndim)),
        lambda: T.moveaxis(x, pool.axis(ndim), pool.axis(ndim)),
        lambda: T.expand_dims(x, pool.axis(ndim + 1)),
        lambda: T.shape_padright(x) if ndim < 4 else x,
        lambda: T.squeeze(x),
    ]
    return pool.one_of(functions)()


# --- shapes ---


def _factors(pool: Pool, size: int) -> list[int]:
    """Extents of `size` elements in all."""
    if size == 0:
        return pool.draw(
            st.permutations([0, *pool.draw(st.lists(st.sampled_from([1, 2, 3]), max_size=2))])
        )
    factors = []
    while size > 1 and len(factors) < 2 and pool.chance():
        divisors = [d for d in range(1, size + 1) if size % d == 0]
        factors.append(pool.one_of(divisors))
        size //= factors[-1]
    return [*factors, size]


def reshape(pool: Pool) -> Variable | None:
    x = pool.pick()
    if x is None:
        return None
    if pool.chance(3):
        return T.flatten(x, pool.number(1, max(x.type.ndim, 1)))
    extents = _factors(pool, int(np.prod(pool.extents_of(x), dtype=int)))
    if extents == [1] and pool.chance():
        return T.reshape(x, ())
    written = [pool.integer(extent) for extent in extents]
    if 0 not in extents and pool.chance():
        written[pool.number(0, len(written) - 1)] = -1
    if all(isinstance(e, Variable) for e in written) and pool.chance():
        return T.reshape(x, T.stack([T.cast(e, "int64") for e in written]), ndim=len(written))
    return T.reshape(x, written)


def broadcast(pool: Pool) -> Variable | None:
    x = pool.pick()
    if x is None:
        return None
    extents = [
        pool.one_of(pool.extents) if extent == 1 else extent for extent in pool.extents_of(x)
    ]
    if len(extents) < 3 and pool.chance():
        extents.insert(0, pool.one_of(pool.extents))
    if int(np.prod(extents)) > pool.largest:
        return None
    return T.broadcast_to(x, [pool.integer(extent) for extent in extents])


def specify_shape(pool: Pool) -> Variable | None:
    x = pool.pick(min_ndim=1)
    if x is None:
        return None
    extents = [None if pool.chance(3) else pool.integer(e) for e in pool.extents_of(x)]
    return T.specify_shape(x, extents)


def shape_as_value(pool: Pool) -> Variable | None:
    """The extents of something, as numbers to compute with."""
    x = pool.pick(min_ndim=1)
    if x is None:
        return None
    how = pool.one_of(["extent", "shape", "size", "product"])
    if how == "shape":
        return T.shape(x)
    if how == "size":
        return x.size * 2
    extent = x.shape[pool.axis(x.type.ndim)]
    return x * extent if how == "product" and x.type.dtype != "bool" else extent + 1


def repeat(pool: Pool) -> Variable | None:
    x = pool.pick(min_ndim=1)
    if x is None:
        return None
    axis = pool.one_of([None, *range(x.type.ndim)])
    how = pool.one_of(["roll", "repeat", "tile"])
    if how == "roll":
        return T.roll(x, pool.integer(pool.number(-3, 5)), axis)
    if 3 * pool.value(x).size > pool.largest:
        return None
    count = pool.integer(pool.number(0, 3))
    return T.repeat(x, count, axis) if how == "repeat" else T.tile(x, [count])


# --- joining ---


def _alike(pool: Pool, x: Variable, axis: int | None) -> Variable:
    """Something whose extents are those of x, but for the one on `axis`."""

    def fits(shape: tuple[int, ...]) -> bool:
        return len(shape) == len(own) and all(
            a == axis or mine == theirs
            for a, (mine, theirs) in enumerate(zip(own, shape, strict=True))
        )

    own = pool.extents_of(x)
    new = tuple(pool.number(0, 3) if a == axis else e for a, e in enumerate(own))
    return pool.operand(fits, new, "f" if pool.smooth else "biuf")


def join(pool: Pool) -> Variable | None:
    x = pool.pick(min_ndim=1, kinds="biuf")
    if x is None:
        return None
    axis = pool.axis(x.type.ndim)
    parts = [x, *(_alike(pool, x, axis % x.type.ndim) for _ in range(pool.number(1, 2)))]
    return T.concatenate(pool.draw(st.permutations(parts)), axis=axis)


def stack(pool: Pool) -> Variable | None:
    x = pool.pick(max_ndim=2, kinds="biuf")
    if x is None:
        return None
    return T.stack([_alike(pool, x, None), x], axis=pool.axis(x.type.ndim + 1))


def split(pool: Pool) -> Variable | None:
    x = pool.pick(min_ndim=1)
    if x is None:
        return None
    axis = pool.number(0, x.type.ndim - 1)
    extent = pool.extents_of(x)[axis]
    first = pool.number(0, extent)
    sizes = [pool.integer(first), pool.integer(extent - first)]
    return pool.one_of(T.split(x, sizes, axis=axis))


# --- indexing ---


def _bound(pool: Pool, extent: int) -> Any:
    return None if pool.chance() else pool.integer(pool.number(-extent - 2, extent + 2))


def _basic(pool: Pool, extent: int) -> Any:
    """An integer or a slice of an axis."""
    if extent and pool.chance(3):
        return pool.integer(pool.number(-extent, extent - 1))
    step = pool.one_of([None, 1, 2, -1, -3, pool.integer])
    return slice(
        _bound(pool, extent),
        _bound(pool, extent),
        step(pool.one_of([1, 2, -1])) if callable(step) else step,
    )


def _index(pool: Pool, x: Variable, arrays: bool) -> tuple[Any, ...]:
    """An index of some axes of x, with new axes and Ellipsis among them."""
    extents = pool.extents_of(x)
    common = tuple(pool.number(0, 3) for _ in range(pool.number(0, 2))) if arrays else ()
    at = pool.number(0, x.type.ndim - 1) if arrays else -1
    entries: list[Any] = []
    used = max(at + 1, pool.number(1, x.type.ndim))
    for axis in range(used):
        if axis == at or (arrays and extents[axis] and pool.chance(3)):
            shape = common[pool.number(0, len(common)) if axis != at and common else 0 :]
            shape = tuple(1 if axis != at and pool.chance(4) else extent for extent in shape)
            if extents[axis] == 0 and 0 not in shape:
                # Nothing can be picked from an empty axis.
                entries.append(slice(None))
                continue
            low, high = (-extents[axis], extents[axis]) if extents[axis] else (0, 1)
            entries.append(T.as_tensor_variable(pool.integers(low, high, shape)))
        else:
            entries.append(_basic(pool, extents[axis]))
    if used < x.type.ndim and pool.chance(4):
        entries.append(...)
    if pool.chance(5):
        entries.insert(pool.number(0, len(entries)), None)
    return tuple(entries)


def subtensor(pool: Pool) -> Variable | None:
    x = pool.pick(min_ndim=1)
    return None if x is None else x[_index(pool, x, arrays=False)]


def advanced_subtensor(pool: Pool) -> Variable | None:
    x = pool.pick(min_ndim=1)
    if x is None or _too_wide(pool, x):
        return None
    return x[_index(pool, x, arrays=True)]


def _too_wide(pool: Pool, x: Variable) -> bool:
    return 9 * pool.value(x).size > 4 * pool.largest


def write(pool: Pool) -> Variable | None:
    """set_subtensor or inc_subtensor, by integers and slices or by arrays too."""
    x = pool.pick(min_ndim=1)
    if x is None or _too_wide(pool, x):
        return None
    part = x[_index(pool, x, arrays=pool.chance())]
    own = pool.extents_of(part)
    narrowed = tuple(1 if pool.chance(4) else extent for extent in own)
    shape = narrowed[pool.number(0, len(own)) if pool.chance(3) else 0 :]

    def fits(other: tuple[int, ...]) -> bool:
        padded = (1,) * (len(own) - len(other)) + other
        return len(padded) == len(own) and all(
            e in (1, want) for e, want in zip(padded, own, strict=True)
        )

    kinds = {"b": "b", "i": "biu", "u": "bu", "f": "biuf", "c": "biufc"}
    kind = np.dtype(x.type.dtype).kind
    y: Any = pool.operand(fits, shape, "f" if pool.smooth else kinds[kind])
    if not np.can_cast(y.type.dtype, x.type.dtype, "same_kind"):
        y = T.cast(y, x.type.dtype)
    if pool.chance(4):
        y = True if kind == "b" else 1.5 if kind in "fc" else 2
    return pool.one_of([T.set_subtensor, T.inc_subtensor])(part, y)


def take(pool: Pool) -> Variable | None:
    x = pool.pick(min_ndim=1)
    if x is None or 0 in pool.extents_of(x):
        return None
    axis = pool.one_of([None, *range(x.type.ndim)])
    extent = pool.value(x).size if axis is None else pool.extents_of(x)[axis]
    mode = pool.one_of(["raise", "wrap", "clip"])
    low, high = (0, min(extent, 100)) if mode == "raise" else (-9, 20)
    return T.take(x, pool.integers(low, high, (pool.number(0, 3),)), axis, mode)


LAYOUT = (
    *(dimshuffle, dimshuffle, axes_by_name, reshape, reshape, broadcast, broadcast),
    *(specify_shape, shape_as_value, repeat, join, stack, split),
    *(subtensor, subtensor, advanced_subtensor, write, write, take),
)
