"""Hypothesis strategies: arrays of every dtype, shape and memory layout, and whole graphs."""

from dataclasses import dataclass

import graph_steps
import numpy as np
from hypothesis import strategies as st

from symgraph.graph import COMPLEX_DTYPES, DTYPES, FLOAT_DTYPES, INTEGER_DTYPES, Variable

# Long enough for a vectorised loop and its remainder; small enough to stay fast.
EXTENTS = st.sampled_from([2, 3, 1, 0, 4, 5, 17, 33])
LARGEST = 300

# What an array may hold that arithmetic treats specially.
SPECIAL_FLOATS = (np.inf, -np.inf, np.nan, 0.0, -0.0, 1.0, -1.0, 0.5)


@st.composite
def shapes(draw, max_ndim: int = 3) -> tuple[int, ...]:
    """Shapes of up to LARGEST elements; extents of 0 and 1 are frequent."""
    shape: list[int] = []
    for _ in range(draw(st.integers(0, max_ndim))):
        extent = draw(EXTENTS)
        if extent * int(np.prod(shape)) <= LARGEST:
            shape.append(extent)
    return tuple(shape)


def dtypes() -> st.SearchStrategy[str]:
    """Every dtype; floats half of the time."""
    return st.sampled_from(["float64", "float32", "float16"]) | st.sampled_from(DTYPES)


@st.composite
def contents(draw, dtype: str, shape: tuple[int, ...], special: bool = False) -> np.ndarray:
    """Values of moderate size; with `special` also infinities, nans, zeros and the extremes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if dtype in FLOAT_DTYPES:
        value = rng.uniform(-2, 2, shape)
    elif dtype in COMPLEX_DTYPES:
        value = rng.uniform(-2, 2, shape) + 1j * rng.uniform(-2, 2, shape)
    else:
        value = rng.integers(-4 if dtype.startswith("int") else 0, 5, shape)
    array = np.asarray(value).astype(dtype)
    if special and array.size and draw(st.booleans()):
        with np.errstate(all="ignore"):
            chosen = np.array(rng.choice(_specials(dtype), shape)).astype(dtype)
        array = np.where(rng.random(shape) < 0.3, chosen, array)
    return array


def _specials(dtype: str) -> np.ndarray:
    if dtype in INTEGER_DTYPES:
        info = np.iinfo(dtype)
        return np.array([info.min, info.max, 0, 1, info.max - 1], dtype)
    if dtype == "bool":
        return np.array([False, True])
    real = "float32" if dtype == "complex64" else "float64" if dtype == "complex128" else dtype
    limits = np.finfo(real)
    extremes = (limits.max, limits.min, limits.tiny, limits.smallest_subnormal)
    return np.array([*SPECIAL_FLOATS, *extremes], real)


def _strided(value: np.ndarray) -> np.ndarray:
    wide = np.zeros([2 * extent for extent in value.shape], value.dtype)
    view = wide[tuple(slice(None, None, 2) for _ in value.shape)]
    view[...] = value
    return view


def _reversed(value: np.ndarray) -> np.ndarray:
    every = tuple(slice(None, None, -1) for _ in value.shape)
    return np.ascontiguousarray(value[every])[every].reshape(value.shape)


def _read_only(value: np.ndarray) -> np.ndarray:
    value = value.copy()
    value.flags.writeable = False
    return value


def _repeated(value: np.ndarray) -> np.ndarray:
    """The first row, repeated with a stride of 0."""
    return np.broadcast_to(value[:1], value.shape) if value.ndim and len(value) else value


def _unaligned(value: np.ndarray) -> np.ndarray:
    memory = np.zeros(value.nbytes + 1, "uint8")
    view = memory[1:].view(value.dtype).reshape(value.shape)
    view[...] = value
    return view


LAYOUTS = {
    "contiguous": lambda value: value.copy(),
    "fortran": lambda value: value.copy(order="F"),
    "strided": _strided,
    "reversed": _reversed,
    "read-only": _read_only,
    "repeated": _repeated,
    "unaligned": _unaligned,
    "other byte order": lambda value: value.astype(value.dtype.newbyteorder()),
}


@st.composite
def arrays(
    draw,
    dtype: str | None = None,
    shape: tuple[int, ...] | None = None,
    special: bool = False,
) -> np.ndarray:
    """Arrays of any dtype, shape (0 and 1 included), and layout in memory."""
    dtype = draw(dtypes()) if dtype is None else dtype
    shape = draw(shapes()) if shape is None else shape
    value = draw(contents(dtype, shape, special))
    return LAYOUTS[draw(st.sampled_from(list(LAYOUTS)))](value)


@dataclass
class Drawn:
    """A graph: its inputs with a value for each, and its outputs."""

    inputs: list[Variable]
    values: list[np.ndarray]
    outputs: list[Variable]

    def __repr__(self) -> str:
        given = [
            f"{v} = {v.type}: {value!r}" for v, value in zip(self.inputs, self.values, strict=True)
        ]
        return "\n".join(["", *given, *map(graph_steps.listing, self.outputs)])


@st.composite
def graphs(draw, max_steps: int = 8, special: bool = False, smooth: bool = False) -> Drawn:
    """Random graphs over every op of the language, on inputs of random dtypes and layouts.

    special: let inputs hold infinities, nans and the like.
    smooth: only float64 inputs and functions with derivatives, kept where they are finite.
    """
    pool = graph_steps.Pool(draw, smooth)

    def new_input() -> None:
        dtype = "float64" if smooth else draw(dtypes())
        value = draw(arrays(dtype, draw(shapes()), special=special and not smooth))
        pool.add_input(value)

    for _ in range(draw(st.integers(1, 3))):
        new_input()
    made = []
    for _ in range(draw(st.integers(1, max_steps))):
        variable = draw(st.sampled_from(graph_steps.STEPS))(pool)
        if variable is not None and (kept := pool.keep(variable)) is not None:
            made.append(kept)
    # The last result, and perhaps some of those before it: they must not be overwritten.
    outputs = [v for v in made[:-1] if draw(st.integers(0, 3)) == 0] + made[-1:]
    return Drawn(pool.inputs, pool.given, outputs or [pool.inputs[0] * 1])
