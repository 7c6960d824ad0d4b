"""The language users write: `import symgraph.tensor as T`."""

from types import ModuleType as _ModuleType

import numpy as _numpy

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
from symgraph.ops.constant import constant
from symgraph.ops.scalar_table import (
    abs,
    add,
    and_,
    angle,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cast,
    ceil,
    clip,
    complex,
    conj,
    cos,
    cosh,
    deg2rad,
    eq,
    erf,
    erfc,
    erfinv,
    exp,
    exp2,
    expm1,
    floor,
    floor_div,
    gamma,
    gammaln,
    ge,
    gt,
    hypot,
    identity,
    imag,
    invert,
    isinf,
    isnan,
    le,
    left_shift,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    lt,
    maximum,
    minimum,
    mod,
    mul,
    neg,
    neq,
    or_,
    pow,
    psi,
    rad2deg,
    real,
    reciprocal,
    right_shift,
    round,
    round_half_away,
    second,
    sgn,
    sigmoid,
    sin,
    sinh,
    softplus,
    sqr,
    sqrt,
    sub,
    switch,
    tan,
    tanh,
    tri_gamma,
    true_div,
    trunc,
    xlogy,
    xor,
)
from symgraph.tensor import linalg, nlinalg, nnet, shared_randomstreams, signal, slinalg
from symgraph.tensor.constructors import tensor
from symgraph.tensor.creation import (
    alloc,
    arange,
    empty,
    eye,
    fill,
    full,
    full_like,
    identity_like,
    ones,
    ones_like,
    tri,
    tril,
    triu,
    zeros,
    zeros_like,
)
from symgraph.tensor.diagonals import diag, diagonal, trace
from symgraph.tensor.indexing import inc_subtensor, set_subtensor, take
from symgraph.tensor.inputs import *
from symgraph.tensor.linalg import batched_dot, dot, matmul, outer, tensordot
from symgraph.tensor.manipulation import (
    as_tensor_variable,
    atleast_nd,
    concatenate,
    dimshuffle,
    expand_dims,
    join,
    moveaxis,
    shape,
    shape_padaxis,
    shape_padleft,
    shape_padright,
    squeeze,
    stack,
    swapaxes,
    transpose,
)
from symgraph.tensor.masks import flatnonzero, nonzero, nonzero_values
from symgraph.tensor.operators import install
from symgraph.tensor.reduction import (
    all,
    any,
    argmax,
    argmin,
    logsumexp,
    max,
    max_and_argmax,
    mean,
    min,
    norm,
    prod,
    ptp,
    std,
    sum,
    var,
)
from symgraph.tensor.repeating import repeat, roll, tile
from symgraph.tensor.reshaping import (
    addbroadcast,
    broadcast_to,
    flatten,
    ravel,
    reshape,
    specify_shape,
    split,
)
from symgraph.tensor.sorting import argsort, argtopk, sort, topk, topk_and_argtopk

install()
_ROOMS = (linalg, nlinalg, nnet, shared_randomstreams, signal, slinalg)
# Theano's other names for the same functions.
inv = reciprocal
bitwise_and, bitwise_or, bitwise_xor, bitwise_not = and_, or_, xor, invert
where = switch
abs_ = abs
square = sqr
inf, nan, pi, newaxis = _numpy.inf, _numpy.nan, _numpy.pi, None

__all__ = [
    name
    for name, value in globals().items()
    if not name.startswith("_") and (not isinstance(value, _ModuleType) or value in _ROOMS)
]
_tell_calls(globals())
for _room in (linalg, nlinalg, slinalg):
    _tell_calls(vars(_room))
