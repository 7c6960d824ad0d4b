"""What a random graph grows from: its variables so far, each with its value by NumPy."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

import symgraph.tensor as T
from support.array_strategies import arrays, contents
from symgraph.graph import Constant, TensorType, Variable, toposort

LARGEST = 600
MOST_INPUTS = 7
INTEGER_DTYPES = ("int64", "int32", "int8", "uint8")


class Pool:
    """The variables of a growing graph, each with its value.

    `smooth` pools hold float64 only, of moderate size, so that derivatives exist and differences
    of values can tell them. `special` pools hold infinities, nans and the like as well. Where
    `open_types` is true no input's type knows an extent, so that other shapes can be passed.
    """

    def __init__(
        self,
        draw: Callable[[Any], Any],
        *,
        smooth: bool = False,
        special: bool = False,
        open_types: bool = False,
        dtypes: Sequence[str] = ("float64",),
        extents: Sequence[int] | None = None,
        largest: int = LARGEST,
    ) -> None:
        self.draw = draw
        self.smooth = smooth
        self.special = special and not smooth
        self.open_types = open_types
        self.dtypes = ("float64",) if smooth else tuple(dtypes)
        # Few extents, so that operands often fit.
        choices = st.sampled_from([2, 3, 4, 0, 5, 17, 33] if extents is None else list(extents))
        self.extents = [*draw(st.lists(choices, min_size=1, max_size=2)), 1]
        self.largest = largest
        self._drawn = 0
        self.inputs: list[Variable] = []
        self.given: list[np.ndarray] = []
        self.values: dict[Variable, np.ndarray] = {}
        self.ready: list[Variable] = []

    # --- drawing ---

    def one_of(self, choices: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(choices))

    def chance(self, out_of: int = 2) -> bool:
        """True once in `out_of` draws; false in the simplest examples."""
        return self.draw(st.integers(0, out_of - 1)) == out_of - 1

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def shape(self, max_ndim: int = 3) -> tuple[int, ...]:
        """Extents from the few of this pool, at most half of `largest` elements in all."""
        shape: list[int] = []
        for extent in self.draw(st.lists(st.sampled_from(self.extents), max_size=max_ndim)):
            if extent * int(np.prod(shape)) <= self.largest // 2:
                shape.append(extent)
        return tuple(shape)

    # --- variables and their values ---

    def add_input(self, value: np.ndarray, ready: bool = True) -> Variable:
        """A new input; which extents its type knows is drawn."""
        known = [not self.open_types and self.chance(3) for _ in value.shape]
        shape = [extent if k else None for extent, k in zip(value.shape, known, strict=True)]
        variable = self.made_input(TensorType(value.dtype.name, shape), f"x{len(self.inputs)}")
        self.inputs.append(variable)
        self.given.append(value)
        self.values[variable] = value.astype(value.dtype.name)
        if ready:
            self.ready.append(variable)
        return variable

    def made_input(self, type: TensorType, name: str) -> Variable:
        return type(name)

    def new_input(self, shape: tuple[int, ...] | None = None, dtype: str | None = None) -> Variable:
        dtype = self.one_of(self.dtypes) if dtype is None else dtype
        shape = self.shape() if shape is None else shape
        return self.add_input(self.draw(arrays(dtype, shape, self.special, *self._numbers())))

    def _numbers(self) -> tuple[bool | None, int]:
        """Whether floats are integers, and whose: where slopes are sought, ties are kinks."""
        self._drawn += 1
        return (False, self._drawn) if self.smooth else (None, 0)

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

    def extents_of(self, variable: Variable) -> tuple[int, ...]:
        return self.value(variable).shape

    def keep(self, variable: Variable) -> Variable | None:
        """Take a result in, for later steps to use, if it is of a good size."""
        value = self.value(variable)
        if value.size > self.largest:
            return None
        if self.smooth:
            if value.dtype.kind == "c":
                variable = T.real(variable) + T.imag(variable)
            elif value.dtype != np.float64:
                variable = T.cast(variable, "float64")
            if value.size and np.abs(value).max() > 10:
                variable = T.tanh(variable)
            self.value(variable)
        self.ready.append(variable)
        return variable

    def pick(self, kinds: str = "biufc", min_ndim: int = 0, max_ndim: int = 9) -> Variable | None:
        """One of the variables of these kinds of dtype and ranks; recent ones are simplest."""
        fitting = [
            v
            for v in reversed(self.ready)
            if v.type.ndim in range(min_ndim, max_ndim + 1) and np.dtype(v.type.dtype).kind in kinds
        ]
        return self.one_of(fitting) if fitting else None

    def operand(
        self, fits: Callable[[tuple[int, ...]], bool], shape: tuple[int, ...], kinds: str
    ) -> Variable:
        """A variable whose shape `fits`: one that is there, or new and of shape `shape`."""
        fitting = [
            v
            for v in reversed(self.ready)
            if np.dtype(v.type.dtype).kind in kinds and fits(self.extents_of(v))
        ]
        if fitting and not self.chance(4):
            return self.one_of(fitting)
        dtypes = [d for d in self.dtypes if np.dtype(d).kind in kinds] or [
            {"f": "float64", "u": "uint8", "c": "complex64"}.get(kinds[-1], "int64")
        ]
        dtype = self.one_of(dtypes)
        if len(self.inputs) < MOST_INPUTS and not self.chance(4):
            return self.new_input(shape, dtype)
        return T.constant(self.draw(contents(dtype, shape, False, *self._numbers())))

    def partner(self, variable: Variable, kinds: str) -> Variable | float:
        """Something that broadcasts with `variable`: a variable, or a number."""
        if self.chance(5):
            floats = "f" in kinds and "f" in np.dtype(variable.type.dtype).kind
            return 1.5 if floats else 1 if variable.type.dtype == "bool" else 2
        own = self.extents_of(variable)
        narrowed = tuple(1 if self.chance(4) else extent for extent in own)
        shape = narrowed[self.number(0, len(own)) if self.chance(3) else 0 :]
        return self.operand(lambda other: self.broadcasts(own, other), shape, kinds)

    def broadcasts(self, *shapes: tuple[int, ...]) -> bool:
        """Whether the shapes fit together, into something of a good size."""
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            return False
        return int(np.prod(shape)) <= self.largest

    # --- integers, which are plain, constant, given when called, or found in shapes ---

    def integer(self, value: int) -> Any:
        """The integer as a Python number, a constant, an extent of a variable, or an input."""
        how = self.one_of(["plain", "extent", "constant", "input"])
        if how == "extent":
            for variable in reversed(self.ready):
                for axis, extent in enumerate(self.extents_of(variable)):
                    if extent == value:
                        return variable.shape[axis]
        if how == "input" and len(self.inputs) < MOST_INPUTS + 3:
            dtypes = [d for d in INTEGER_DTYPES if holds(d, value)]
            return self.add_input(np.array(value, self.one_of(dtypes)), ready=False)
        return T.constant(value, "int64") if how == "constant" else value

    def integers(self, low: int, high: int, shape: tuple[int, ...]) -> Any:
        """An array of integers from `low` up to but without `high`: a list, a constant, or an
        input."""
        seed = self.number(0, 2**16)
        value = np.random.default_rng(seed).integers(low, high, shape)
        how = self.one_of(["constant", "input", "list"])
        if how == "input" and len(self.inputs) < MOST_INPUTS + 3:
            dtypes = [d for d in INTEGER_DTYPES if holds(d, low) and holds(d, high)]
            return self.add_input(value.astype(self.one_of(dtypes)), ready=False)
        return value.tolist() if how == "list" and value.size else T.constant(value)

    def axis(self, ndim: int) -> int:
        return self.number(-ndim, ndim - 1)

    def axes(self, ndim: int) -> Any:
        """None, an axis, or several."""
        if ndim == 0 or self.chance():
            return None
        several = self.draw(st.lists(st.integers(0, ndim - 1), min_size=1, unique=True))
        return several[0] if len(several) == 1 else tuple(several)


def holds(dtype: str, value: int) -> bool:
    return np.iinfo(dtype).min <= value <= np.iinfo(dtype).max


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
