"""The names of the routines that sort."""

from typing import TypeAlias

from symgraph.backends.llvm.routines.naming import SORTING, Names
from symgraph.backends.llvm.routines.sorting.orders import Order
from symgraph.backends.llvm.routines.sorting.selection import Selection
from symgraph.backends.llvm.routines.sorting.values import Values

Spec: TypeAlias = Values | Order | Selection
NAMES = Names(SORTING, {"values": Values, "order": Order, "selection": Selection})


def name_of(spec: Spec) -> str:
    """Return a name such as `symgraph_sorting.values.float32.2`."""
    return NAMES.of(spec)


def spec_of(name: str) -> Spec:
    """Return the specification of the routine with a name."""
    spec: Spec = NAMES.spec(name)
    return spec
