"""Divide loop programs into launches: work for devices that run one kernel after the other, each
for all items of a grid, while the host only issues them."""

from symgraph.lower.grid.launches import (
    Combine,
    Compact,
    Condition,
    GridProgram,
    HostLoad,
    HostStep,
    Launch,
    Repeat,
    Total,
    Whole,
)
from symgraph.lower.grid.splitting import divide

__all__ = [
    "Combine",
    "Compact",
    "Condition",
    "GridProgram",
    "HostLoad",
    "HostStep",
    "Launch",
    "Repeat",
    "Total",
    "Whole",
    "divide",
]
