"""Hypothesis strategies: arrays of every dtype, shape, content and memory layout."""

import numpy as np
from hypothesis import strategies as st

from symgraph.graph import COMPLEX_DTYPES, DTYPES, FLOAT_DTYPES, INTEGER_DTYPES

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
def contents(
    draw,
    dtype: str,
    shape: tuple[int, ...],
    special: bool = False,
    whole: bool | None = None,
    stream: int = 0,
) -> np.ndarray:
    """Values of moderate size; with `special` also infinities, nans, zeros and the extremes.

    Floats are integers or not: of whole ones sums and products are exact, and many tie.
    Fractions of different streams never tie.
    """
    rng = np.random.default_rng([draw(st.integers(0, 2**32 - 1)), stream])
    if dtype in FLOAT_DTYPES + COMPLEX_DTYPES:
        whole = draw(st.booleans()) if whole is None else whole
        parts = [
            rng.integers(-2, 4, shape) if whole else rng.uniform(-2, 2, shape) for _ in range(2)
        ]
        value = parts[0] + 1j * parts[1] if dtype in COMPLEX_DTYPES else parts[0]
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
    view = wide[(*(slice(None, None, 2) for _ in value.shape), ...)]
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
    whole: bool | None = None,
    stream: int = 0,
) -> np.ndarray:
    """Arrays of any dtype, shape (0 and 1 included), and layout in memory."""
    dtype = draw(dtypes()) if dtype is None else dtype
    shape = draw(shapes()) if shape is None else shape
    value = draw(contents(dtype, shape, special, whole, stream))
    return LAYOUTS[draw(st.sampled_from(list(LAYOUTS)))](value)
