"""Sparse matrices: expressions of csr and csc matrices of `scipy.sparse`.

>>> x = sg.sparse.csr_matrix("x")
>>> f = sg.function([x], sg.sparse.dot(x, [[1.0], [5.0]]))
>>> f(sg.sparse.as_csr([[0.0, 2.0]]))
array([[10.]])
"""

from symgraph.graph import tell_calls as _tell_calls

from . import (
    arithmetic,
    arrangement,
    checks,
    constructors,
    conversion,
    draws,
    functions,
    products,
)
from .arithmetic import *
from .arrangement import *
from .checks import *
from .constructors import *
from .conversion import *
from .draws import *
from .functions import *
from .operations.derivatives import install as _install_derivatives
from .operations.elementwise import AddSS, MulSD, MulSS, SpSum
from .operations.structure import (
    CSM,
    Cast,
    CSMProperties,
    DenseFromSparse,
    EnsureSortedIndices,
    Remove0,
    SparseFromDense,
    Transpose,
)
from .operators import install as _install_operators
from .products import *
from .type import SparseConstant, SparseSharedVariable, SparseType, SparseVariable

_install_derivatives()
_install_operators()
__all__ = [
    "CSM",
    "AddSS",
    "CSMProperties",
    "Cast",
    "DenseFromSparse",
    "EnsureSortedIndices",
    "MulSD",
    "MulSS",
    "Remove0",
    "SpSum",
    "SparseConstant",
    "SparseFromDense",
    "SparseSharedVariable",
    "SparseType",
    "SparseVariable",
    "Transpose",
]
for _module in (
    arithmetic,
    arrangement,
    checks,
    constructors,
    conversion,
    draws,
    functions,
    products,
):
    __all__ += _module.__all__
_tell_calls(globals())
