"""Steps of a random graph that convolve and pool."""

import symgraph.tensor as T
from support.graph_pool import Pool
from symgraph.graph import Variable


def convolution(pool: Pool) -> Variable | None:
    """Of what is there, as a batch of sequences or as an image."""
    x = pool.pick("f", 1, 3)
    if x is None or 0 in pool.extents_of(x):
        return None
    mode = pool.one_of(["valid", "full", "half", "same", 1])
    flip = pool.chance()
    if x.type.ndim == 2 and pool.chance():
        extents = tuple(pool.number(1, min(extent, 3)) for extent in pool.extents_of(x))
        filters = pool.operand(lambda s: s == extents, extents, "f")
        return T.signal.conv.conv2d(x, filters, border_mode=mode, subsample=pool.number(1, 2))
    x = T.shape_padleft(x, 3 - x.type.ndim)
    _, channels, length = pool.extents_of(x)
    shape = (2, channels, pool.number(1, min(length, 3)))

    def fits(other: tuple[int, ...]) -> bool:
        return len(other) == 3 and other[1] == channels and 0 < other[0] < 4 > other[2] > 0

    filters = pool.operand(lambda s: fits(s) and s[2] <= length, shape, "f")
    if pool.value(x).size * pool.value(filters).size > 100 * pool.largest:
        return None
    return T.nnet.conv1d(
        x, filters, border_mode=mode, subsample=pool.number(1, 2), filter_flip=flip
    )


def pooling(pool: Pool) -> Variable | None:
    x = pool.pick("f" if pool.smooth else "biuf", min_ndim=1)
    if x is None or 0 in pool.extents_of(x):
        return None
    modes = ["max", "sum", "average_exc_pad", "average_inc_pad", "l2"]
    kind = "max" if x.type.dtype == "bool" else pool.one_of(modes[: 4 if pool.smooth else 5])
    ws = pool.number(1, 3)
    how = {"stride": pool.number(1, 3), "pad": pool.number(0, ws - 1), "mode": kind}
    if x.type.ndim > 1 and pool.chance():
        return T.signal.pool.pool_2d(x, ws, **how | {"pad": (how["pad"], 0)})
    return T.signal.pool.pool_1d(x, ws, **how)


def neighbourhoods(pool: Pool) -> Variable | None:
    x = pool.pick("biuf", 2, 2)
    if x is None or 0 in pool.extents_of(x):
        return None
    mode = pool.one_of(["ignore_borders", "wrap_centered"])
    shape = tuple(
        pool.one_of([1, 3]) if mode == "wrap_centered" else pool.number(1, min(extent, 3))
        for extent in pool.extents_of(x)
    )
    step = (pool.number(1, 2), pool.number(1, 2))
    return T.nnet.images2neibs(x.dimshuffle("x", "x", 0, 1), shape, step, mode)


IMAGES = (convolution, pooling, neighbourhoods)
