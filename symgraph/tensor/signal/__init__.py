"""Signals and images without channels: T.signal.conv, T.signal.pool."""

from symgraph.graph import tell_calls
from symgraph.tensor.signal import conv, pool

__all__ = ["conv", "pool"]

for _module in (conv, pool):
    tell_calls(vars(_module))
