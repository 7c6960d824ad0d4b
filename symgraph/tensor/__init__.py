"""The language users write: `import symgraph.tensor as T`.

Functions take what makes a tensor (`TensorLike`: variables, NumPy arrays, numbers, nested lists of
these) and return variables, expressions that `eval` computes and `symgraph.function` compiles.
Names, arguments and broadcasting are NumPy's, and Theano's where NumPy has none. Python numbers
take the dtype of what stands beside them.

>>> x = T.dvector("x")
>>> T.exp(x).sum().eval({x: [0.0, 0.0]})
array(2.)
"""

from math import inf, nan, pi

from symgraph.gradient import (
    Lop,
    Rop,
    consider_constant,
    grad,
    hessian,
    jacobian,
    numeric_grad,
    verify_grad,
)
from symgraph.graph import TensorType
from symgraph.graph import Variable as TensorVariable
from symgraph.graph import tell_calls as _tell_calls
from symgraph.ops.constant import TensorLike, constant
from symgraph.tensor import (
    accumulation,
    constructors,
    contraction,
    counting,
    creation,
    diagonals,
    dtypes,
    fft,
    grids,
    indexing,
    inputs,
    known,
    linalg,
    manipulation,
    masks,
    nlinalg,
    nnet,
    order_statistics,
    packing,
    padding,
    places,
    raw_random,
    reduction,
    repeating,
    reshaping,
    selection,
    shared_randomstreams,
    signal,
    slinalg,
    sorting,
    stacking,
    statistics,
    type_other,
)
from symgraph.tensor.accumulation import *
from symgraph.tensor.constructors import *
from symgraph.tensor.contraction import *
from symgraph.tensor.counting import *
from symgraph.tensor.creation import *
from symgraph.tensor.diagonals import *
from symgraph.tensor.dtypes import *
from symgraph.tensor.elementwise import (
    arithmetic,
    bessel,
    bits,
    comparison,
    complex_numbers,
    conversion,
    exponentials,
    incomplete,
    rounding,
    special,
    trigonometry,
)
from symgraph.tensor.elementwise.arithmetic import *
from symgraph.tensor.elementwise.bessel import *
from symgraph.tensor.elementwise.bits import *
from symgraph.tensor.elementwise.comparison import *
from symgraph.tensor.elementwise.complex_numbers import *
from symgraph.tensor.elementwise.conversion import *
from symgraph.tensor.elementwise.exponentials import *
from symgraph.tensor.elementwise.incomplete import *
from symgraph.tensor.elementwise.rounding import *
from symgraph.tensor.elementwise.special import *
from symgraph.tensor.elementwise.trigonometry import *
from symgraph.tensor.grids import *
from symgraph.tensor.indexing import *
from symgraph.tensor.inputs import *
from symgraph.tensor.known import *
from symgraph.tensor.linalg import batched_dot, dot, matmul, outer, tensordot
from symgraph.tensor.manipulation import *
from symgraph.tensor.masks import *
from symgraph.tensor.operators import install as _install
from symgraph.tensor.order_statistics import *
from symgraph.tensor.packing import *
from symgraph.tensor.padding import *
from symgraph.tensor.places import *
from symgraph.tensor.reduction import *
from symgraph.tensor.repeating import *
from symgraph.tensor.reshaping import *
from symgraph.tensor.selection import *
from symgraph.tensor.slinalg import kron
from symgraph.tensor.sorting import *
from symgraph.tensor.stacking import *
from symgraph.tensor.statistics import *

_install()
as_tensor = manipulation.as_tensor_variable
newaxis = None

__all__ = [
    "Lop",
    "Rop",
    "TensorLike",
    "TensorType",
    "TensorVariable",
    "batched_dot",
    "consider_constant",
    "constant",
    "dot",
    "fft",
    "grad",
    "hessian",
    "inf",
    "jacobian",
    "kron",
    "linalg",
    "matmul",
    "nan",
    "newaxis",
    "nlinalg",
    "nnet",
    "numeric_grad",
    "outer",
    "pi",
    "raw_random",
    "shared_randomstreams",
    "signal",
    "slinalg",
    "tensordot",
    "type_other",
    "verify_grad",
]
__all__ += accumulation.__all__
__all__ += arithmetic.__all__
__all__ += bessel.__all__
__all__ += bits.__all__
__all__ += comparison.__all__
__all__ += complex_numbers.__all__
__all__ += constructors.__all__
__all__ += contraction.__all__
__all__ += conversion.__all__
__all__ += counting.__all__
__all__ += creation.__all__
__all__ += diagonals.__all__
__all__ += dtypes.__all__
__all__ += exponentials.__all__
__all__ += incomplete.__all__
__all__ += grids.__all__
__all__ += indexing.__all__
__all__ += inputs.__all__
__all__ += known.__all__
__all__ += manipulation.__all__
__all__ += masks.__all__
__all__ += order_statistics.__all__
__all__ += packing.__all__
__all__ += padding.__all__
__all__ += places.__all__
__all__ += reduction.__all__
__all__ += repeating.__all__
__all__ += reshaping.__all__
__all__ += rounding.__all__
__all__ += selection.__all__
__all__ += sorting.__all__
__all__ += special.__all__
__all__ += stacking.__all__
__all__ += statistics.__all__
__all__ += trigonometry.__all__
# The other name of `as_tensor_variable`, which tables list by its first.
__all__ += ["as_tensor"]

_tell_calls(globals())
for _module in (fft, linalg, nlinalg, slinalg):
    _tell_calls(vars(_module))
