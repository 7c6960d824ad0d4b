"""Warnings for integers that wrap around during constant folding, each issued once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from symgraph.graph import Apply, warn

# The warnings issued while the current graph is rewritten.
_told: ContextVar[set[str] | None] = ContextVar("told_of_wrapping", default=None)


@contextmanager
def telling_once() -> Iterator[None]:
    """Suppress repeated warnings within the context."""
    token = _told.set(set())
    try:
        yield
    finally:
        _told.reset(token)


def warn_of_wrapping(node: Apply, values: Sequence[np.ndarray], result: np.ndarray) -> None:
    """Warn (RuntimeWarning, at the user's line) where integers of the result wrapped around, given
    the values of the inputs."""
    if result.dtype.kind not in "iu":
        return
    with np.errstate(all="ignore"):
        exact: np.ndarray | None = node.op.in_floats(node, *values)
        if exact is None:
            return
        # Wrapping changes the result by the number of values of the dtype; rounding by far less.
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
