"""Steps of a random graph that make arrays from sizes, and products of arrays."""

from collections.abc import Callable

from hypothesis import strategies as st

import symgraph.tensor as T
from support.graph_pool import Pool
from symgraph.graph import Variable

# --- arrays of given sizes ---


def arange(pool: Pool) -> Variable | None:
    start, count = pool.number(-3, 5), pool.number(0, 20)
    how = pool.one_of(["extent", "integers", "down", "floats"])
    if how == "extent":
        x = pool.pick(min_ndim=1)
        return None if x is None else T.arange(x.shape[pool.axis(x.type.ndim)])
    if how == "integers":
        step = pool.number(1, 3)
        stop = start + count
        return T.arange(pool.integer(start), pool.integer(stop), pool.integer(step))
    if how == "down":
        return T.arange(pool.integer(start + count), pool.integer(start), -2)
    return T.arange(start * 0.5, start + count * 0.5, 0.25 + pool.number(0, 4) * 0.1)


def full(pool: Pool) -> Variable | None:
    extents = [pool.integer(extent) for extent in pool.shape()]
    if pool.chance():
        zeros = pool.one_of([T.zeros, T.ones])
        return zeros(extents, pool.one_of(["float64", "float32", "int8", "bool"]))
    value = pool.pick(max_ndim=0)
    if value is None or not extents:
        return None
    return T.alloc(value, *extents) if pool.chance() else T.full(extents, value)


def like(pool: Pool) -> Variable | None:
    x = pool.pick("f" if pool.smooth else "biuf")
    if x is None:
        return None
    functions: list[Callable[[Variable], Variable]] = [T.zeros_like, T.ones_like]
    if x.type.dtype != "bool":
        functions += [lambda x: T.full_like(x, 3), lambda x: T.fill(x, 2)]
    return pool.one_of(functions)(x)


def eye(pool: Pool) -> Variable | None:
    rows, columns = pool.number(0, 5), pool.number(0, 5)
    k = pool.integer(pool.number(-3, 3))
    dtype = pool.one_of(["float64", "float32", "int64"])
    made = pool.one_of([T.eye, T.tri])
    return made(pool.integer(rows), pool.integer(columns), k, dtype)


def triangle(pool: Pool) -> Variable | None:
    x = pool.pick("biuf", min_ndim=2)
    if x is None:
        return None
    return pool.one_of([T.tril, T.triu])(x, pool.number(-2, 2))


def diagonal(pool: Pool) -> Variable | None:
    x = pool.pick("biuf", 1, 3)
    if x is None:
        return None
    offset = pool.integer(pool.number(-2, 2))
    if x.type.ndim == 1:
        return T.diag(x, offset) if len(pool.value(x)) < 20 else None
    axes = pool.draw(st.permutations(range(x.type.ndim)))
    return pool.one_of([T.diagonal, T.trace])(x, offset, axes[0], axes[1])


# --- products ---


def _kinds(pool: Pool) -> str:
    return "f" if pool.smooth else "biuf"


def dot(pool: Pool) -> Variable | None:
    """Of operands of every rank, also transposed or otherwise strided ones."""
    a = pool.pick(_kinds(pool), max_ndim=3)
    if a is None:
        return None
    if a.type.ndim == 0:
        return T.dot(a, pool.operand(lambda s: True, pool.shape(), _kinds(pool)))
    inner = pool.extents_of(a)[-1]
    columns = pool.one_of(pool.extents)

    def fits(shape: tuple[int, ...]) -> bool:
        return 1 <= len(shape) <= 3 and shape[0 if len(shape) == 1 else -2] == inner

    new = pool.one_of([(inner, columns), (inner,), (2, inner, columns)])
    b = pool.operand(fits, new, _kinds(pool))
    rows = pool.value(a).size // max(inner, 1)
    if rows * (pool.value(b).size // max(inner, 1)) > pool.largest:
        return None
    return T.dot(_laid_out(pool, a), _laid_out(pool, b))


def _laid_out(pool: Pool, x: Variable) -> Variable:
    """Something of the shape of x whose elements lie in another order: backwards, apart,
    transposed, or one row for all."""
    if x.type.ndim == 0:
        return x
    functions: list[Callable[[], Variable]] = [
        lambda: x,
        lambda: x[::-1],
        lambda: x[..., ::-1],
        lambda: T.repeat(x, 2, 0)[::2],
        lambda: T.repeat(x, 2, x.type.ndim - 1)[..., ::2],
        lambda: (x.T * 1).T,
        lambda: T.broadcast_to(x[:1], x.shape) if len(pool.value(x)) else x,
    ]
    return pool.one_of(functions)()


def matmul(pool: Pool) -> Variable | None:
    a = pool.pick(_kinds(pool), 1, 3)
    if a is None:
        return None
    own = pool.extents_of(a)
    new = (*own[:-2], own[-1], pool.one_of(pool.extents))
    b = pool.operand(lambda s: len(s) == len(new) and s[:-1] == new[:-1], new, _kinds(pool))
    if pool.value(b).size * pool.value(a).size > 100 * pool.largest:
        return None
    return T.batched_dot(a, b) if len(own) == 3 and pool.chance() else T.matmul(a, b)


def tensordot(pool: Pool) -> Variable | None:
    a = pool.pick(_kinds(pool), 1, 3)
    if a is None:
        return None
    axis = pool.number(0, a.type.ndim - 1)
    extent = pool.extents_of(a)[axis]
    b = pool.operand(lambda s: len(s) in (1, 2) and s[0] == extent, (extent, 2), _kinds(pool))
    if pool.value(b).size * pool.value(a).size > 100 * pool.largest:
        return None
    return T.tensordot(a, b, [[axis], [0]])


def outer(pool: Pool) -> Variable | None:
    a, b = pool.pick(_kinds(pool), max_ndim=1), pool.pick(_kinds(pool), max_ndim=1)
    if a is None or b is None or pool.value(a).size * pool.value(b).size > pool.largest:
        return None
    return T.outer(a, b)


BUILDING = (arange, full, like, eye, triangle, diagonal, dot, dot, matmul, tensordot, outer)
