"""The strategy that draws whole graphs."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from support.graph_pool import Pool, listing
from support.graph_steps import STEPS, Step
from symgraph.graph import DTYPES, Variable

# Floats most of the time, and the dtypes that back ends leave to NumPy least.
DTYPE_SETS = (
    ("float64", "float32"),
    ("float32", "int64", "bool"),
    ("float64", "int8", "uint8", "int32"),
    ("float16", "float32", "float64"),
    ("int64", "uint64", "uint16", "int16"),
    tuple(DTYPES),
)


class Drawn:
    """A graph: its inputs with a value for each, and its outputs."""

    def __init__(
        self, inputs: list[Variable], values: list[np.ndarray], outputs: list[Variable]
    ) -> None:
        self.inputs = inputs
        self.values = values
        self.outputs = outputs

    def __repr__(self) -> str:
        given = [
            f"{v} = {v.type}: {_shown(value)}"
            for v, value in zip(self.inputs, self.values, strict=True)
        ]
        return "\n".join(["", *given, *map(listing, self.outputs)])


def _shown(value: np.ndarray) -> str:
    how = f"{value.dtype.str} {value.shape} strides {value.strides}"
    return f"{how} {value.tolist()}" if value.size <= 40 else how


@st.composite
def graphs(
    draw: Any,
    min_steps: int = 1,
    max_steps: int = 8,
    steps: tuple[Step, ...] = STEPS,
    kind: type[Pool] = Pool,
    **how: Any,
) -> Drawn:
    """Random graphs over every op of the language, on inputs of random dtypes and layouts.

    `kind` is the pool that they grow from; `how` is passed on to it: special, smooth, open_types,
    dtypes.
    """
    how.setdefault("dtypes", draw(st.sampled_from(DTYPE_SETS)))
    pool = kind(draw, **how)
    for _ in range(draw(st.integers(1, 3))):
        pool.new_input()
    made: list[Variable] = []
    wanted = draw(st.integers(min_steps, max_steps))
    for _ in range(3 * wanted):
        variable = pool.one_of(steps)(pool)
        if variable is not None and (kept := pool.keep(variable)) is not None:
            made.append(kept)
        if len(made) >= wanted:
            break
    return Drawn(pool.inputs, pool.given, _outputs(pool, made))


def _outputs(pool: Pool, made: list[Variable]) -> list[Variable]:
    """The last result, and perhaps some of those before it: they must not be overwritten.
    Sometimes an input, or one variable twice."""
    if not made:
        return [pool.inputs[0] * 1]
    outputs = [v for v in made[:-1] if pool.chance(3)] + made[-1:]
    if pool.chance(8):
        outputs.append(pool.one_of(outputs))
    if pool.chance(8):
        outputs.insert(0, pool.one_of(pool.inputs))
    return outputs


@st.composite
def spoiled(draw: Any, drawn: Drawn) -> list[np.ndarray]:
    """Values for the inputs of which one or two may no longer fit: other integers, so that
    indices are out of bounds and sizes differ; other extents on an axis."""
    values = list(drawn.values)
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(values) - 1))
        value = values[at]
        if value.dtype.kind in "iu" and value.size and draw(st.booleans()):
            values[at] = _another_number(draw, value)
        elif value.ndim:
            values[at] = _another_extent(draw, value, drawn.inputs[at].type.shape)
    return values


def _another_number(draw: Any, value: np.ndarray) -> np.ndarray:
    limits = np.iinfo(value.dtype)
    low, high = max(-40, int(limits.min)), min(40, int(limits.max))
    changed = value.copy()
    where = draw(st.integers(0, value.size - 1))
    changed.flat[where] = draw(st.integers(low, high))
    return changed


def _another_extent(draw: Any, value: np.ndarray, known: tuple[int | None, ...]) -> np.ndarray:
    open_axes = [axis for axis, extent in enumerate(known) if extent is None]
    if not open_axes:
        return value
    axis = draw(st.sampled_from(open_axes))
    extent = value.shape[axis]
    return stretched(value, axis, draw(st.sampled_from([extent + 1, 1, 0, max(extent - 1, 0)])))


def stretched(value: np.ndarray, axis: int, extent: int) -> np.ndarray:
    """The array with another extent on the axis: cut, or going on with its first elements."""
    if value.shape[axis] == 0:
        shape = (*value.shape[:axis], extent, *value.shape[axis + 1 :])
        return np.ones(shape, value.dtype)
    return np.take(value, np.arange(extent) % value.shape[axis], axis)


@st.composite
def other_shapes(draw: Any, drawn: Drawn) -> list[np.ndarray]:
    """Values in which extents are others, equal ones still equal; but sometimes one is 1 where
    others are not, which is found only when the function runs."""
    extents = sorted({extent for value in drawn.values for extent in value.shape})
    choice = st.sampled_from([1, 0, 2, 3, 7, 18, 40])
    meaning = {extent: draw(st.just(extent) | choice) for extent in extents}
    values = []
    for value in drawn.values:
        for axis, extent in enumerate(value.shape):
            new = 1 if draw(st.integers(0, 5)) == 5 else meaning[extent]
            if new != extent and value.size // max(extent, 1) * new <= 2000:
                value = stretched(value, axis, new)
        values.append(value)
    return values
