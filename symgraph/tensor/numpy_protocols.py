"""NumPy's functions of variables: its protocols `__array_ufunc__` and `__array_function__`.

A function with a symbolic counterpart builds the expression; every other one raises a TypeError
that says what to write instead. See NumPy's enhancement proposals 13 and 18.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from symgraph.graph import Variable
from symgraph.ops import scalar_table as s
from symgraph.ops.constant import as_tensor
from symgraph.ops.elemwise import scalar_functions
from symgraph.tensor import (
    accumulation,
    contraction,
    counting,
    creation,
    diagonals,
    fft,
    indexing,
    linalg,
    manipulation,
    masks,
    nlinalg,
    reduction,
    repeating,
    reshaping,
    selection,
    slinalg,
    sorting,
    statistics,
)

Symbolic = Callable[..., Any]


def _logical(function: Symbolic) -> Symbolic:
    return lambda *operands: function(*(s.neq(operand, 0) for operand in operands))


# The counterparts of ufuncs, NumPy's and SciPy's, whose name is not that of a scalar function.
UFUNCS: dict[str, Symbolic] = {
    "subtract": s.sub,
    "multiply": s.mul,
    "divide": s.true_div,
    "floor_divide": s.floor_div,
    "remainder": s.mod,
    "divmod": lambda a, b: (s.floor_div(a, b), s.mod(a, b)),
    "power": s.pow,
    "negative": s.neg,
    "positive": as_tensor,
    "absolute": s.abs,
    "fabs": s.abs,
    "sign": s.sgn,
    "rint": s.round,
    "square": s.sqr,
    "conjugate": s.conj,
    "degrees": s.rad2deg,
    "radians": s.deg2rad,
    "equal": s.eq,
    "not_equal": s.neq,
    "greater": s.gt,
    "greater_equal": s.ge,
    "less": s.lt,
    "less_equal": s.le,
    "logical_and": _logical(s.and_),
    "logical_or": _logical(s.or_),
    "logical_xor": _logical(s.xor),
    "logical_not": lambda x: s.eq(x, 0),
    "bitwise_and": s.and_,
    "bitwise_or": s.or_,
    "bitwise_xor": s.xor,
    "bitwise_invert": s.invert,
    "isfinite": lambda x: s.invert(s.or_(s.isnan(x), s.isinf(x))),
    "matmul": linalg.matmul,
    "expit": s.sigmoid,
}
# What `ufunc.reduce` is, over the first axis unless another is given.
REDUCTIONS: dict[str, Symbolic] = {
    "add": reduction.sum,
    "multiply": reduction.prod,
    "maximum": reduction.max,
    "minimum": reduction.min,
    "logical_and": reduction.all,
    "logical_or": reduction.any,
}


def _clip(a: Any, a_min: Any = None, a_max: Any = None, **limits: Any) -> Variable:
    low, high = limits.pop("min", a_min), limits.pop("max", a_max)
    if limits:
        raise TypeError(f"got an unexpected keyword argument {next(iter(limits))!r}")
    if low is not None:
        a = s.maximum(a, low)
    return as_tensor(a) if high is None else s.minimum(a, high)


def _inner(a: Any, b: Any) -> Variable:
    a, b = as_tensor(a), as_tensor(b)
    return s.mul(a, b) if 0 in (a.ndim, b.ndim) else linalg.tensordot(a, b, ([-1], [-1]))


def _round(a: Any, decimals: int = 0) -> Variable:
    if decimals != 0:
        raise TypeError("takes no number of decimals")
    return s.round(a)


def _where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None and y is None:
        return masks.nonzero(condition)
    return s.switch(s.neq(condition, 0), x, y)


# The counterparts of the other functions: their arguments behind the first have NumPy's names.
FUNCTIONS: dict[Symbolic, Symbolic] = {
    np.all: reduction.all,
    np.allclose: statistics.allclose,
    np.any: reduction.any,
    np.argmax: reduction.argmax,
    np.argmin: reduction.argmin,
    np.argsort: sorting.argsort,
    np.broadcast_to: lambda array, shape: reshaping.broadcast_to(array, shape),
    np.bincount: counting.bincount,
    np.choose: selection.choose,
    np.clip: _clip,
    np.compress: lambda condition, a, axis=None: selection.compress(condition, a, axis),
    np.concatenate: manipulation.concatenate,
    np.copy: s.identity,
    np.cov: statistics.cov,
    np.cumprod: accumulation.cumprod,
    np.cumsum: accumulation.cumsum,
    np.diag: diagonals.diag,
    np.diagonal: diagonals.diagonal,
    np.diff: accumulation.diff,
    np.dot: linalg.dot,
    np.einsum: contraction.einsum,
    np.expand_dims: manipulation.expand_dims,
    np.flatnonzero: masks.flatnonzero,
    np.full_like: creation.full_like,
    np.imag: s.imag,
    np.angle: s.angle,
    np.inner: _inner,
    np.isclose: statistics.isclose,
    np.kron: slinalg.kron,
    np.linalg.cholesky: slinalg.cholesky,
    np.linalg.det: nlinalg.det,
    np.linalg.inv: nlinalg.matrix_inverse,
    np.linalg.matrix_power: nlinalg.matrix_power,
    np.linalg.norm: nlinalg.norm,
    np.linalg.cond: nlinalg.cond,
    np.linalg.eig: nlinalg.eig,
    np.linalg.eigh: nlinalg.eigh,
    np.linalg.eigvalsh: lambda a, UPLO="L": slinalg.eigvalsh(a, lower=UPLO.upper() == "L"),
    np.linalg.lstsq: nlinalg.lstsq,
    np.linalg.matrix_rank: lambda A, tol=None: nlinalg.matrix_rank(A, tol),
    np.linalg.pinv: nlinalg.pinv,
    np.linalg.qr: nlinalg.qr,
    np.linalg.svd: nlinalg.svd,
    np.linalg.tensorinv: nlinalg.tensorinv,
    np.linalg.tensorsolve: nlinalg.tensorsolve,
    np.linalg.slogdet: nlinalg.slogdet,
    np.linalg.solve: slinalg.solve,
    np.max: reduction.max,
    np.mean: reduction.mean,
    np.min: reduction.min,
    np.moveaxis: manipulation.moveaxis,
    np.ndim: lambda a: as_tensor(a).ndim,
    np.nonzero: masks.nonzero,
    np.ones_like: creation.ones_like,
    np.outer: lambda a, b: linalg.outer(reshaping.ravel(a), reshaping.ravel(b)),
    np.prod: reduction.prod,
    np.ptp: reduction.ptp,
    np.ravel: reshaping.ravel,
    np.real: s.real,
    np.repeat: repeating.repeat,
    np.reshape: lambda a, shape: reshaping.reshape(a, shape),
    np.roll: repeating.roll,
    np.round: _round,
    np.searchsorted: counting.searchsorted,
    np.shape: manipulation.shape,
    np.size: lambda a: as_tensor(a).size,
    np.sort: sorting.sort,
    np.squeeze: manipulation.squeeze,
    np.stack: manipulation.stack,
    np.std: reduction.std,
    np.sum: reduction.sum,
    np.swapaxes: manipulation.swapaxes,
    np.take: indexing.take,
    np.take_along_axis: selection.take_along_axis,
    np.tensordot: linalg.tensordot,
    np.tile: repeating.tile,
    np.trace: diagonals.trace,
    np.transpose: lambda a, axes=None: manipulation.transpose(a, axes),
    np.tril: creation.tril,
    np.triu: creation.triu,
    np.unique: counting.unique,
    np.var: reduction.var,
    np.where: _where,
    np.zeros_like: creation.zeros_like,
}


# Those of functions of `numpy.fft`, by name: the module is loaded where a program uses it.
TRANSFORMS: dict[str, Symbolic] = {
    "fft": fft.fft,
    "fftn": fft.fftn,
    "ifft": fft.ifft,
    "ifftn": fft.ifftn,
}


def counterpart(function: Symbolic) -> Symbolic | None:
    """The symbolic form of a function of NumPy's that is no ufunc, None where it has none."""
    if function.__module__ == "numpy.fft":
        return TRANSFORMS.get(function.__name__)
    return FUNCTIONS.get(function)


def of_ufunc(ufunc: Any, method: str, operands: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """The expression of a ufunc, or of its `reduce`. Raises TypeError."""
    own = getattr(np, ufunc.__name__, None) is ufunc
    name = f"numpy.{ufunc.__name__}" if own else ufunc.__name__
    if method == "__call__":
        symbolic = UFUNCS.get(ufunc.__name__) or scalar_functions.get(ufunc.__name__)
        return _applied(name, symbolic, operands, keywords)
    symbolic = REDUCTIONS.get(ufunc.__name__) if method == "reduce" else None
    if len(operands) < 2:
        keywords = {"axis": 0, **keywords}
    return _applied(f"{name}.{method}", symbolic, operands, keywords)


def of_function(function: Symbolic, operands: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """The expression of a function of NumPy's that is no ufunc. Raises TypeError."""
    names = _parameters(function)
    if names:
        # Beyond the first, arguments stand in other places in ours, under the same names.
        keywords = {**dict(zip(names[1:], operands[1:], strict=False)), **keywords}
        operands = operands[:1]
    name = f"{function.__module__}.{function.__name__}"
    return _applied(name, counterpart(function), operands, keywords)


@cache
def _parameters(function: Symbolic) -> tuple[str, ...]:
    """The names of what a function takes by position; none where NumPy does not tell."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        return ()
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return ()
    return tuple(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY)


def _applied(
    name: str, symbolic: Symbolic | None, operands: Sequence[Any], keywords: Mapping[str, Any]
) -> Any:
    variable = next(_variables([*operands, *keywords.values()]))
    what = f"{name} of {variable} ({variable.type})"
    if symbolic is None:
        raise TypeError(
            f"{what}: it has no symbolic form, and a variable no values before a function is"
            f" called; compile what comes before, and apply {name} to the result"
        )
    out = keywords.get("out")
    keywords = {key: value for key, value in keywords.items() if key != "out"}
    if any(array is not None for array in (out if isinstance(out, tuple) else (out,))):
        raise TypeError(
            f"{what}: an expression cannot be written into an array; leave `out` away, and write"
            " a = a + x instead of a += x"
        )
    try:
        return symbolic(*operands, **keywords)
    except TypeError as error:
        raise TypeError(f"{what}: {error}") from None


def _variables(values: Any) -> Iterator[Variable]:
    for value in values:
        if isinstance(value, Variable):
            yield value
        elif isinstance(value, list | tuple):
            yield from _variables(value)


def is_symbolic(variable: Any) -> str:
    """What is wrong where NumPy asks a variable for its values."""
    return (
        f"{variable} ({variable.type}) is symbolic and has no values before a function is called:"
        f" compute them by .eval(), or write the expression with symgraph.tensor, which takes"
        " lists of variables"
    )
