"""The steps by which a random graph grows: each takes what is there and adds one operation.

A step returns the new variable, or None where nothing there suits it. This file holds those that
compute; `graph_steps_layout` those that rearrange and select, `graph_steps_building` those that
make arrays and products, `graph_steps_images` those that convolve and pool.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

import symgraph.tensor as T
from support import rounding
from support.graph_pool import Pool
from support.graph_steps_building import BUILDING
from support.graph_steps_images import IMAGES
from support.graph_steps_layout import LAYOUT
from support.random_numbers import RANDOM_SCALARS
from symgraph.graph import Variable
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.scalar import SCALARS

Step = Callable[[Pool], Variable | None]

_LOGICAL = {"and_", "or_", "xor", "invert"}
_SHIFTS = {"left_shift", "right_shift"}
_SATURATED = {"saturated_add", "saturated_mul", "saturated_sub"}
_COMPLEX_TOO = {
    *("add", "sub", "mul", "true_div", "neg", "abs", "sqr", "exp", "sin", "cos", "tanh"),
    *("eq", "neq", "isnan", "isinf", "real", "imag", "conj", "angle", "identity", "second"),
    *("switch", "pow", "sqrt", "log", "reciprocal"),
}
# These are not defined on the reals, or have no derivative there.
_WITHOUT_DERIVATIVE = {"tri_gamma", *_LOGICAL, *_SHIFTS, *_SATURATED}


def _bounded(x: Variable) -> Variable:
    return 0.9 * T.tanh(x)


def _positive(x: Variable) -> Variable:
    return T.sqr(x) + 0.5


# Where a function is smooth and not steep: applied to its operands, None leaves one alone.
_DOMAINS: dict[str, tuple[Callable[[Variable], Variable] | None, ...]] = {
    **dict.fromkeys(("log", "log2", "log10", "log1p", "sqrt", "reciprocal"), (_positive,)),
    **dict.fromkeys(("gamma", "gammaln", "psi"), (lambda x: _bounded(x) + 2,)),
    **dict.fromkeys(("arcsin", "arccos", "arctanh", "erfinv", "tan"), (_bounded,)),
    **dict.fromkeys(("exp", "exp2", "expm1", "sinh", "cosh"), (_bounded,)),
    "arccosh": (lambda x: T.sqr(x) + 1.5,),
    "pow": (_positive, _bounded),
    **dict.fromkeys(("true_div", "floor_div", "mod", "xlogy"), (None, _positive)),
    **dict.fromkeys(("hypot", "arctan2"), (_positive, _positive)),
}

# --- elementwise ---


def _kinds(name: str, smooth: bool) -> str:
    if smooth or name in ("complex", "complex_from_polar"):
        return "f"
    taken = SCALARS[name].takes.kinds
    return taken if name in _COMPLEX_TOO else taken.replace("c", "")


# What is in the table, but for casts, which are made as they are asked for.
SCALAR_NAMES = [
    name
    for name in SCALARS
    if not name.startswith("cast{")
    # What is computed by iteration has bounds where operands are not extreme, and its own tests.
    and name not in RANDOM_SCALARS | {"multiply_add", *rounding.ITERATED}
]
SMOOTH_NAMES = [name for name in SCALAR_NAMES if name not in _WITHOUT_DERIVATIVE]


def elementwise(pool: Pool) -> Variable | None:
    name = pool.one_of(SMOOTH_NAMES if pool.smooth else SCALAR_NAMES)
    kinds = _kinds(name, pool.smooth)
    first = pool.pick(kinds)
    if first is None:
        return None
    operands: list[Any] = [first]
    while len(operands) < SCALARS[name].arity:
        last = operands[-1] if isinstance(operands[-1], Variable) else first
        operands.append(pool.partner(last, kinds))
    if len(operands) == 2 and pool.chance(4):
        operands.reverse()
    variables = [x for x in operands if isinstance(x, Variable)]
    if not pool.broadcasts(*map(pool.extents_of, variables)) or _is_refused(name, operands):
        return None
    if name == "switch" and isinstance(operands[0], Variable):
        is_complex = "complex" in operands[0].type.dtype
        operands[0] = T.neq(operands[0], 0) if is_complex else operands[0] > 0
    if pool.smooth:
        domains = _DOMAINS.get(name, (None,) * len(operands))
        operands = [
            f(x) if f is not None and isinstance(x, Variable) else x
            for f, x in zip(domains, operands, strict=True)
        ]
    return scalar_functions[name](*operands)


def _is_refused(name: str, operands: list[Any]) -> bool:
    """int64 and uint64 have only floats in common, which have no bits; and a number may not fit
    the dtype beside it."""
    dtypes = [v.type.dtype for v in operands if isinstance(v, Variable)]
    if name in _LOGICAL | _SHIFTS | _SATURATED and np.result_type(*dtypes).kind == "f":
        return True
    return "bool" in dtypes and any(type(v) is int for v in operands)


def arithmetic(pool: Pool) -> Variable | None:
    """What most of an expression is: the operators on operands that broadcast."""
    x = pool.pick("f" if pool.smooth else "iuf")
    if x is None:
        return None
    y = pool.partner(x, "f" if pool.smooth else "iuf")
    how = pool.one_of(["add", "mul", "sub", "maximum", "lt"])
    left, right = (x, y) if pool.chance() else (y, x)
    if how == "lt":
        return T.switch(T.lt(left, right), left, right * 2)
    return {"add": T.add, "mul": T.mul, "sub": T.sub, "maximum": T.maximum}[how](left, right)


def cast(pool: Pool) -> Variable | None:
    x = pool.pick("biuf")
    if x is None:
        return None
    floats = ["float64"] if pool.smooth else ["float64", "float32", "float16"]
    dtype = pool.one_of([*floats, "int64", "int8", "uint16", "bool"])
    return T.cast(x, dtype)


def activation(pool: Pool) -> Variable | None:
    x = pool.pick("f")
    if x is None:
        return None
    functions: list[Callable[[Variable], Variable]] = [
        lambda x: T.nnet.relu(x),
        lambda x: T.nnet.relu(x, 0.25),
        T.nnet.elu,
        T.nnet.selu,
        T.nnet.softsign,
        T.nnet.hard_sigmoid,
    ]
    return pool.one_of(functions)(x)


# --- reductions ---


def _spread(x: Variable, axis: int | None = None) -> Variable:
    """A standard deviation that is not zero, where it has no slope."""
    return T.std(T.concatenate([T.atleast_nd(x, 1), T.atleast_nd(x + 1.5, 1)]), axis)


_REDUCTIONS: dict[str, tuple[Callable[..., Variable], str]] = {
    "sum": (T.sum, "biufc"),
    "prod": (T.prod, "biufc"),
    "mean": (T.mean, "biufc"),
    "var": (T.var, "f"),
    "std": (_spread, "f"),
    "max": (T.max, "biuf"),
    "min": (T.min, "biuf"),
    "all": (T.all, "biuf"),
    "any": (T.any, "biuf"),
    "logsumexp": (T.logsumexp, "f"),
}
_NEED_ELEMENTS = {"max", "min", "mean", "var", "std", "logsumexp"}


def reduction(pool: Pool) -> Variable | None:
    name = pool.one_of(sorted(_REDUCTIONS))
    function, kinds = _REDUCTIONS[name]
    x = pool.pick(kinds, max_ndim=1 if name == "std" else 9)
    if x is None or (name in _NEED_ELEMENTS and 0 in pool.extents_of(x)):
        return None
    if name == "std":
        return function(x, axis=None if pool.chance() else 0)
    if name in ("all", "any") and pool.chance():
        x = x > 0
    return function(x, axis=pool.axes(x.type.ndim), keepdims=pool.chance())


def position(pool: Pool) -> Variable | None:
    x = pool.pick("biuf")
    if x is None or 0 in pool.extents_of(x):
        return None
    axis = None if x.type.ndim == 0 else pool.one_of([None, *range(x.type.ndim)])
    return pool.one_of([T.argmax, T.argmin])(x, axis=axis, keepdims=pool.chance())


def norm(pool: Pool) -> Variable | None:
    x = pool.pick("f")
    if x is None or 0 in pool.extents_of(x):
        return None
    if pool.chance(3):
        return T.ptp(x, axis=pool.axes(x.type.ndim))
    return T.norm(x + 3, pool.one_of([None, 1, np.inf, 3]), pool.axes(x.type.ndim))


# --- neural networks ---


def softmax(pool: Pool) -> Variable | None:
    x = pool.pick("f", min_ndim=1)
    if x is None or 0 in pool.extents_of(x):
        return None
    return pool.one_of([T.nnet.softmax, T.nnet.logsoftmax])(x, axis=pool.axis(x.type.ndim))


def binary_crossentropy(pool: Pool) -> Variable | None:
    x = pool.pick("f")
    if x is None:
        return None
    target = T.nnet.sigmoid(
        pool.operand(lambda s: s == pool.extents_of(x), pool.extents_of(x), "f")
    )
    if pool.chance():
        return T.nnet.sigmoid_binary_crossentropy(x, target)
    return T.nnet.binary_crossentropy(T.nnet.sigmoid(x), target)


def categorical_crossentropy(pool: Pool) -> Variable | None:
    """Of rows of probabilities or scores, against classes or distributions."""
    x = pool.pick("f", 2, 2)
    if x is None or 0 in pool.extents_of(x):
        return None
    rows, classes = pool.extents_of(x)
    if pool.chance(3):
        return T.nnet.categorical_crossentropy(T.nnet.softmax(x), T.nnet.softmax(x * 0.5))
    targets = T.as_tensor_variable(pool.integers(0, classes, (rows,)))
    if pool.chance():
        return T.nnet.softmax_categorical_crossentropy(x, targets)
    return T.nnet.categorical_crossentropy(T.nnet.softmax(x), targets)


STEPS: tuple[Step, ...] = (
    *(elementwise, elementwise, elementwise, elementwise, arithmetic, arithmetic, arithmetic),
    *(cast, activation, reduction, reduction, position, norm, softmax),
    *(binary_crossentropy, categorical_crossentropy),
    *LAYOUT,
    *BUILDING,
    *IMAGES,
)
