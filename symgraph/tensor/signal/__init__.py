"""Signals and images without channels: T.signal.conv, T.signal.pool."""

from symgraph.tensor.signal import conv, pool

__all__ = ["conv", "pool"]
