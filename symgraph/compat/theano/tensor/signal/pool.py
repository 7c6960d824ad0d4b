"""`theano.tensor.signal.pool`: pooling with Theano's older arguments, and its classes."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph import gradient
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.basic import as_tensor_variable
from symgraph.compat.theano.tensor.ties import reduced
from symgraph.graph import Variable
from symgraph.ops.pool import MaxPool, MaxPoolGradient, MaxPoolSelect
from symgraph.ops.reduce import Reduce
from symgraph.tensor.signal import pool as native

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.signal.pool")

_BY_RANK: dict[int, Callable[..., Variable]] = {
    1: native.pool_1d,
    2: native.pool_2d,
    3: native.pool_3d,
}


def _pool(ndim: int, input: Any, given: dict[str, Any], old: dict[str, Any]) -> Variable:
    """Return pooling, with older names of arguments in place of those not given."""
    for name, former in (("ws", "ds"), ("stride", "st"), ("pad", "padding")):
        if old[former] is None:
            continue
        if given[name] is not None and not (name == "pad" and not np.any(given[name])):
            raise ValueError(f"You can't provide a tuple value to both '{name}' and '{former}'.")
        given[name] = old[former]
    if given["ws"] is None:
        raise ValueError(f"pool_{ndim}d: ws is needed, the extents of a window")
    given["ignore_border"] = bool(given["ignore_border"])
    return _to_each(_BY_RANK[ndim](as_tensor_variable(input), **given))


def _to_each(pooled: Variable) -> Variable:
    """Return pooling whose derivative goes to each of several largest elements of a window."""
    node = pooled.owner
    if node is None or not isinstance(node.op, MaxPool | Reduce):
        return pooled
    op = node.op
    if isinstance(op, MaxPool):
        found: Variable = MaxPool(op.window, op.strides, op.pads, op.partial, False)(*node.inputs)
        return found
    return reduced("max", node.inputs[0], op.axes, False) if op.kind == "max" else pooled


def pool_2d(
    input: Any,
    ws: Any = None,
    ignore_border: bool | None = None,
    stride: Any = None,
    pad: Any = (0, 0),
    mode: str = "max",
    ds: Any = None,
    st: Any = None,
    padding: Any = None,
) -> Variable:
    """Reduce windows over the last two axes: see `symgraph.tensor.signal.pool.pool_2d`.

    ds, st, padding: older names of ws, stride and pad. Raises ValueError for both names.

    >>> from symgraph.compat.theano.tensor.signal.pool import pool_2d
    >>> pool_2d([[1.0, 3.0], [2.0, 4.0]], ds=(2, 2), ignore_border=True).eval()
    array([[4.]])
    """
    given = {"ws": ws, "ignore_border": ignore_border, "stride": stride, "pad": pad, "mode": mode}
    return _pool(2, input, given, {"ds": ds, "st": st, "padding": padding})


def pool_3d(
    input: Any,
    ws: Any = None,
    ignore_border: bool | None = None,
    stride: Any = None,
    pad: Any = (0, 0, 0),
    mode: str = "max",
    ds: Any = None,
    st: Any = None,
    padding: Any = None,
) -> Variable:
    """Reduce windows over the last three axes: see `pool_2d`.

    >>> from symgraph.compat.theano.tensor.signal.pool import pool_3d
    >>> pool_3d(T.ones((2, 2, 2)), ds=(2, 2, 2), ignore_border=True).eval()
    array([[[1.]]])
    """
    given = {"ws": ws, "ignore_border": ignore_border, "stride": stride, "pad": pad, "mode": mode}
    return _pool(3, input, given, {"ds": ds, "st": st, "padding": padding})


def max_pool_2d(*args: Any, **kwargs: Any) -> Variable:
    """Reduce windows to their largest elements: `pool_2d` under its name in older versions.

    >>> from symgraph.compat.theano.tensor.signal.pool import max_pool_2d
    >>> max_pool_2d([[1.0, 3.0], [2.0, 4.0]], (2, 2), ignore_border=True).eval()
    array([[4.]])
    """
    return pool_2d(*args, **kwargs)


class _Standing(type):
    """The class of Theano's classes of operations that make objects of their own; nodes of symgraph
    that do the same count as instances."""

    stands_for: tuple[type, ...] = ()

    def __instancecheck__(cls, instance: Any) -> bool:
        return type.__instancecheck__(cls, instance) or isinstance(instance, cls.stands_for)


class Pool(metaclass=_Standing):
    """Pool as an object: the windows are given when it is called.

    ignore_border, mode, ndim: as in `pool_2d`; over how many axes.

    >>> from symgraph.compat.theano.tensor.signal.pool import Pool
    >>> Pool(ignore_border=True, ndim=2)([[1.0, 3.0], [2.0, 4.0]], (2, 2)).eval()
    array([[4.]])
    """

    stands_for = (MaxPool,)

    def __init__(
        self, ignore_border: bool = False, mode: str = "max", ndim: int = 2, openmp: Any = None
    ) -> None:
        self.ndim = ndim
        self.ignore_border = ignore_border
        self.mode = "average_inc_pad" if mode == "average" else mode
        modes = ("max", "average_inc_pad", "average_exc_pad", "sum")
        if self.mode not in modes:
            raise ValueError(f"Pool mode parameter only support {', '.join(modes)}. Got {mode}")

    def __call__(self, x: Any, ws: Any, stride: Any = None, pad: Any = None) -> Variable:
        pads = 0 if pad is None else pad
        given = as_tensor_variable(x), ws, self.ignore_border, stride, pads, self.mode
        if self.ndim in _BY_RANK:
            return _to_each(_BY_RANK[self.ndim](*given))
        if not isinstance(ws, list | tuple) or len(ws) != self.ndim:
            raise ValueError(f"Pool over {self.ndim} axes takes as many extents, not {ws}")
        return _to_each(native.pool_nd(*given))

    @staticmethod
    def out_shape(
        imgshape: Sequence[Any],
        ws: Any = None,
        ignore_border: bool = False,
        stride: Any = None,
        pad: Any = None,
        ndim: int = 2,
        ds: Any = None,
        st: Any = None,
        padding: Any = None,
    ) -> list[Any]:
        """Return the shape of what pooling returns.

        imgshape: the shape of the image. The others: as for `pool_2d`.
        Returns a list of int. Raises TypeError for fewer dimensions than `ndim`.
        """
        ws = ds if ws is None else ws
        stride = st if stride is None else stride
        pad = padding if pad is None else pad
        if len(imgshape) < ndim:
            raise TypeError(f"imgshape must have at least {ndim} dimensions")
        stride = ws if stride is None else stride
        pads = (0,) * ndim if pad is None else pad
        places = zip(imgshape[-ndim:], ws, stride, pads, strict=True)
        counts = [_count(n + 2 * p, w, s, ignore_border) for n, w, s, p in places]
        return [*imgshape[:-ndim], *counts]


def _count(extent: Any, window: Any, stride: Any, ignore_border: bool) -> Any:
    if ignore_border:
        return 0 if extent < window else (extent - window) // stride + 1
    if stride >= window:
        return (extent - 1) // stride + 1
    return max(0, (extent - 1 - window + stride) // stride) + 1


class PoolGrad(metaclass=_Standing):
    """The derivative of `Pool` as an object; a subclass says of which mode."""

    stands_for = (MaxPoolGradient,)

    def __init__(self, ignore_border: bool, mode: str = "max", ndim: int = 2) -> None:
        self.pool = Pool(ignore_border, mode, ndim)
        self.ndim, self.ignore_border, self.mode = ndim, ignore_border, self.pool.mode

    def _of(self, x: Any, gz: Any, ws: Any, stride: Any, pad: Any) -> Variable:
        x = as_tensor_variable(x)
        found: Variable = gradient.Lop(self.pool(x, ws, stride, pad), x, as_tensor_variable(gz))
        return found


class MaxPoolGrad(PoolGrad):
    """The derivative of pooling by the maximum, as an object: `MaxPoolGrad(ignore_border)(x,
    maxout, gz, ws, stride, pad)`."""

    def __init__(self, ignore_border: bool, ndim: int = 2, openmp: Any = None) -> None:
        super().__init__(ignore_border, "max", ndim)

    def __call__(
        self, x: Any, maxout: Any, gz: Any, ws: Any, stride: Any = None, pad: Any = None
    ) -> Variable:
        return self._of(x, gz, ws, stride, pad)


class AveragePoolGrad(PoolGrad):
    """The derivative of pooling by the mean or sum, as an object: `AveragePoolGrad(ignore_border,
    mode)(x, gz, ws, stride, pad)`."""

    stands_for = ()

    def __init__(self, ignore_border: bool, mode: str = "average_inc_pad", ndim: int = 2) -> None:
        super().__init__(ignore_border, mode, ndim)

    def __call__(self, x: Any, gz: Any, ws: Any, stride: Any = None, pad: Any = None) -> Variable:
        return self._of(x, gz, ws, stride, pad)


class DownsampleFactorMaxGradGrad(PoolGrad):
    """The derivative of `MaxPoolGrad` by `gz`, as an object: it selects where the maxima are."""

    stands_for = (MaxPoolSelect,)

    def __init__(self, ignore_border: bool, mode: str = "max", ndim: int = 2) -> None:
        super().__init__(ignore_border, mode, ndim)

    def __call__(
        self, x: Any, maxout: Any, ggx: Any, ws: Any, stride: Any = None, pad: Any = None
    ) -> Variable:
        x = as_tensor_variable(x)
        pooled = self.pool(x, ws, stride, pad)
        found: Variable = gradient.Rop(pooled, x, as_tensor_variable(ggx))
        return found
