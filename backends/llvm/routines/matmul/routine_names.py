"""The names of the routines for products."""

from typing import TypeAlias

from symgraph.backends.llvm.routines.matmul.dots import Dots
from symgraph.backends.llvm.routines.matmul.library import Library
from symgraph.backends.llvm.routines.matmul.outer import Outer
from symgraph.backends.llvm.routines.matmul.transpose import Copy
from symgraph.backends.llvm.routines.naming import PRODUCT, Names

Spec: TypeAlias = Outer | Dots | Library | Copy
NAMES = Names(PRODUCT, {"outer": Outer, "dots": Dots, "library": Library, "copy": Copy})


def name_of(spec: Spec) -> str:
    """Return a name such as `symgraph_product.outer.float32.000.n.500.n.1.0.0`."""
    return NAMES.of(spec)


def spec_of(name: str) -> Spec:
    """Return the specification of the routine with a name."""
    spec: Spec = NAMES.spec(name)
    return spec
