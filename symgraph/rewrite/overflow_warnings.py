"""Integers that wrap around while constants are folded: the user is told, once for each."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from symgraph.graph import Apply, warn
from symgraph.ops import Dot, Elemwise, Reduce

# Operations that on whole float64 numbers mean what they mean on integers that do not wrap.
_ELEMENTWISE = {"add", "sub", "mul", "neg", "abs", "sqr", "pow", "floor_div", "left_shift"}
_REDUCTIONS = {"sum", "prod"}
# What the user was told while the graph at hand is rewritten.
_told: ContextVar[set[str] | None] = ContextVar("told_of_wrapping", default=None)


@contextmanager
def telling_once() -> Iterator[None]:
    """Meanwhile nothing is told twice."""
    token = _told.set(set())
    try:
        yield
    finally:
        _told.reset(token)


def warn_of_wrapping(node: Apply, values: Sequence[np.ndarray], result: np.ndarray) -> None:
    """Warn (RuntimeWarning, at the user's line) where integers of the result do not hold what was
    computed from the values of the inputs."""
    if result.dtype.kind not in "iu" or not _is_arithmetic(node):
        return
    with np.errstate(all="ignore"):
        exact = _in_floats(node, values)
        # What wraps is off by the number of values of the dtype; rounding by far less.
        limit = 2.0 ** (result.dtype.itemsize * 8 - 1)
        off = (np.abs(exact - result.astype("float64")) >= limit) & np.isfinite(exact)
    if not off.any():
        return
    meant, found = (np.broadcast_to(v, off.shape)[off].flat[0] for v in (exact, result))
    text = (
        f"{node.op} of constants wraps around: {meant:.17g} does not fit the dtype"
        f" {result.dtype}, the result is {found}; compute in a wider dtype"
    )
    location = node.location
    text = f"{text}\nat {location}"
    told = _told.get()
    if told is not None:
        if text in told:
            return
        told.add(text)
    warn(text, RuntimeWarning, location)


def _is_arithmetic(node: Apply) -> bool:
    if isinstance(node.op, Elemwise):
        name = node.op.scalar.name
        return name in _ELEMENTWISE or name.startswith("cast{")
    if isinstance(node.op, Reduce):
        return node.op.kind in _REDUCTIONS
    return isinstance(node.op, Dot)


def _in_floats(node: Apply, values: Sequence[np.ndarray]) -> np.ndarray:
    """The result in float64."""
    given = [value.astype("float64") for value in values]
    if isinstance(node.op, Elemwise):
        scalar = node.op.scalar
        if scalar.name == "left_shift":
            return np.asarray(np.ldexp(given[0], values[1].astype("int64")))
        return given[0] if scalar.name.startswith("cast{") else np.asarray(scalar.numpy(*given))
    if isinstance(node.op, Reduce):
        function = np.sum if node.op.kind == "sum" else np.prod
        return np.asarray(function(given[0], axis=node.op.axes))
    return np.asarray(np.dot(*given))
