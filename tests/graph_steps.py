"""The steps by which a random graph grows: each takes what is there and adds one operation.

A step returns the new variable, or None where nothing there suits it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

import symgraph.tensor as T
from symgraph.graph import Constant, TensorType, Variable, toposort
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.scalar import SCALARS

LARGEST = 600

_LOGICAL = {"and_", "or_", "xor", "invert"}
_SHIFTS = {"left_shift", "right_shift"}
_COMPLEX_TOO = {
    *("add", "sub", "mul", "true_div", "neg", "abs", "sqr", "exp", "sin", "cos", "tanh"),
    *("eq", "neq", "isnan", "isinf", "real", "imag", "conj", "angle", "identity", "second"),
    "switch",
}
_REAL_FLOATS_ONLY = {"complex"}
_WITHOUT_DERIVATIVE = {"tri_gamma", "complex", "real", "imag", "conj", "angle", *_LOGICAL, *_SHIFTS}


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


class Pool:
    """The variables of a growing graph, each with its value by NumPy."""

    def __init__(self, draw: Any, smooth: bool) -> None:
        self.draw = draw
        self.smooth = smooth
        self.inputs: list[Variable] = []
        self.given: list[np.ndarray] = []
        self.values: dict[Variable, np.ndarray] = {}
        self.ready: list[Variable] = []

    def add_input(self, value: np.ndarray, ready: bool = True) -> Variable:
        """A new input; whether its type knows an extent is drawn."""
        shape = [extent if self.draw(st.integers(0, 2)) == 0 else None for extent in value.shape]
        variable = TensorType(value.dtype.name, shape)(f"x{len(self.inputs)}")
        self.inputs.append(variable)
        self.given.append(value)
        self.values[variable] = value.astype(value.dtype.name)
        if ready:
            self.ready.append(variable)
        return variable

    def value(self, variable: Variable) -> np.ndarray:
        """What the variable is worth, by each op's NumPy meaning."""
        for node in toposort([variable], stop_at=self.values):
            given = [self._leaf(v) for v in node.inputs]
            self.values.update(zip(node.outputs, node.op.perform(node, *given), strict=True))
        return self._leaf(variable)

    def _leaf(self, variable: Variable) -> np.ndarray:
        if isinstance(variable, Constant):
            return variable.data
        return self.values[variable]

    def keep(self, variable: Variable) -> Variable | None:
        """Take a result in, for later steps to use, if it is of a good size."""
        value = self.value(variable)
        if value.size > LARGEST:
            return None
        if self.smooth:
            if value.dtype != np.float64:
                variable = T.cast(variable, "float64")
            if value.size and np.abs(value).max() > 10:
                variable = T.tanh(variable)
            self.value(variable)
        self.ready.append(variable)
        return variable

    def pick(self, kinds: str = "biufc", min_ndim: int = 0, max_ndim: int = 9) -> Variable | None:
        """One of the variables of these kinds of dtype and ranks; recent ones first."""
        fitting = [
            v
            for v in reversed(self.ready)
            if np.dtype(v.type.dtype).kind in kinds and min_ndim <= v.type.ndim <= max_ndim
        ]
        return self.draw(st.sampled_from(fitting)) if fitting else None

    def shape(self, variable: Variable) -> tuple[int, ...]:
        return self.value(variable).shape

    def partner(self, variable: Variable, kinds: str) -> Variable | float:
        """Something that broadcasts with `variable`: a variable, or a number."""
        fitting: list[Any] = [
            v
            for v in reversed(self.ready)
            if np.dtype(v.type.dtype).kind in kinds and self._broadcast(v, variable)
        ]
        number = 2 if "f" not in kinds or "f" not in np.dtype(variable.type.dtype).kind else 1.5
        return self.draw(st.sampled_from([*fitting, number]))

    def _broadcast(self, a: Variable, b: Variable) -> bool:
        try:
            shape = np.broadcast_shapes(self.shape(a), self.shape(b))
        except ValueError:
            return False
        return int(np.prod(shape)) <= LARGEST

    def integer(self, value: int) -> Any:
        """An integer as a Python number, a constant, or an input given when called."""
        kind = self.draw(st.integers(0, 3))
        if kind == 0:
            dtype = self.draw(st.sampled_from(["int64", "int32", "int8"]))
            return self.add_input(np.array(value, dtype), ready=False)
        return T.constant(value, "int64") if kind == 1 else value

    def axis(self, ndim: int) -> int:
        return self.draw(st.integers(-ndim, ndim - 1))

    def axes(self, ndim: int) -> Any:
        """None, an axis or several."""
        if ndim == 0 or self.draw(st.booleans()):
            return None
        several = self.draw(st.lists(st.integers(0, ndim - 1), min_size=1, unique=True))
        return several[0] if len(several) == 1 else tuple(several)


def listing(output: Variable) -> str:
    """The nodes of an output, one a line, for reading a counterexample."""
    names: dict[Variable, str] = {}
    lines = []
    for number, node in enumerate(toposort([output])):
        for position, variable in enumerate(node.outputs):
            names[variable] = f"n{number}" + (f".{position}" if len(node.outputs) > 1 else "")
        inputs = ", ".join(names.get(v, str(v)) for v in node.inputs)
        types = ", ".join(str(v.type) for v in node.outputs)
        lines.append(f"{names[node.outputs[0]]} = {node.op}({inputs})  # {types}")
    return "\n".join([*lines, f"-> {names.get(output, str(output))}"])


# --- elementwise ---


def _kinds(name: str, smooth: bool) -> str:
    if smooth:
        return "f"
    if name in _LOGICAL:
        return "biu"
    if name in _SHIFTS:
        return "iu"
    if name in _REAL_FLOATS_ONLY:
        return "f"
    return "biufc" if name in _COMPLEX_TOO else "biuf"


# What is in the table, but for casts, which are made as they are asked for.
SCALAR_NAMES = [name for name in SCALARS if not name.startswith("cast{")]
SMOOTH_NAMES = [name for name in SCALAR_NAMES if name not in _WITHOUT_DERIVATIVE]


def elementwise(pool: Pool) -> Variable | None:
    name = pool.draw(st.sampled_from(SMOOTH_NAMES if pool.smooth else SCALAR_NAMES))
    kinds = _kinds(name, pool.smooth)
    operands: list[Any] = [pool.pick(kinds)]
    if operands[0] is None:
        return None
    while len(operands) < SCALARS[name].arity:
        shape = operands[-1] if isinstance(operands[-1], Variable) else operands[0]
        operands.append(pool.partner(shape, kinds))
    variables = [x for x in operands if isinstance(x, Variable)]
    if not _fit_together(pool, variables) or _overflows_shift(name, pool, operands):
        return None
    if name == "switch" and isinstance(operands[0], Variable):
        operands[0] = operands[0] > 0 if operands[0].type.dtype in _ORDERED else operands[0]
    if pool.smooth:
        domains = _DOMAINS.get(name, (None,) * len(operands))
        operands = [
            f(x) if f is not None and isinstance(x, Variable) else x
            for f, x in zip(domains, operands, strict=True)
        ]
    return scalar_functions[name](*operands)


_ORDERED = {"int8", "int16", "int32", "int64", "float16", "float32", "float64"}


def _fit_together(pool: Pool, variables: list[Variable]) -> bool:
    try:
        shape = np.broadcast_shapes(*map(pool.shape, variables))
    except ValueError:
        return False
    return int(np.prod(shape)) <= LARGEST


def _overflows_shift(name: str, pool: Pool, operands: list[Any]) -> bool:
    """C, and so NumPy, leaves shifts by a negative number undefined."""
    if name not in _SHIFTS or not isinstance(operands[1], Variable):
        return False
    by = pool.value(operands[1])
    return bool((by.astype("int64") < 0).any() or (by.astype("int64") > 7).any())


def cast(pool: Pool) -> Variable | None:
    x = pool.pick("biuf")
    if x is None:
        return None
    dtype = pool.draw(st.sampled_from(["float64", "float32", "int64", "int8", "uint16", "bool"]))
    if np.dtype(dtype).kind in "iu" and np.dtype(x.type.dtype).kind == "f":
        # Outside of the integers' range the result depends on the processor.
        x = T.switch(T.isnan(x), 0, T.clip(x, 0, 100))
    return T.cast(x, dtype)


# --- reductions ---

_REDUCTIONS = {
    "sum": (T.sum, "biufc"),
    "prod": (T.prod, "biufc"),
    "mean": (T.mean, "biufc"),
    "var": (T.var, "f"),
    "max": (T.max, "biuf"),
    "min": (T.min, "biuf"),
    "all": (T.all, "biuf"),
    "any": (T.any, "biuf"),
    "logsumexp": (T.logsumexp, "f"),
}
_NEED_ELEMENTS = {"max", "min", "mean", "var", "logsumexp"}


def reduction(pool: Pool) -> Variable | None:
    name = pool.draw(st.sampled_from(sorted(_REDUCTIONS)))
    function, kinds = _REDUCTIONS[name]
    x = pool.pick(kinds)
    if x is None or (name in _NEED_ELEMENTS and 0 in pool.shape(x)):
        return None
    if name in ("all", "any"):
        x = x > 0
    return function(x, axis=pool.axes(x.type.ndim), keepdims=pool.draw(st.booleans()))


def position(pool: Pool) -> Variable | None:
    x = pool.pick("biuf")
    if x is None or 0 in pool.shape(x):
        return None
    axis = None if x.type.ndim == 0 else pool.draw(st.sampled_from([None, *range(x.type.ndim)]))
    return pool.draw(st.sampled_from([T.argmax, T.argmin]))(x, axis=axis)


def softmax(pool: Pool) -> Variable | None:
    x = pool.pick("f", min_ndim=1)
    if x is None:
        return None
    return pool.draw(st.sampled_from([T.nnet.softmax, T.nnet.logsoftmax]))(x, axis=-1)
