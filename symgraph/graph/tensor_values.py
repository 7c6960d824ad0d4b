"""Comparison of arrays, and their text in print."""

import numpy as np

# Relative and absolute tolerance, by the size in bytes of a real number.
TOLERANCES = {8: (1e-5, 1e-8), 4: (1e-3, 1e-4), 2: (1e-2, 1e-2)}


def equal_arrays(a: np.ndarray, b: np.ndarray) -> bool:
    """Return whether two arrays have the same shape, dtype and elements; nan equals itself."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))


def approximately_equal(
    a: np.ndarray,
    b: np.ndarray,
    allow_remove_inf: bool = False,
    allow_remove_nan: bool = False,
    rtol: float | None = None,
    atol: float | None = None,
) -> bool:
    """Return whether two arrays are equal but for rounding: see `TensorType.values_eq_approx`."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    kept = np.ones(a.shape, bool)
    if allow_remove_inf:
        kept &= ~(np.isinf(a) & ~np.isinf(b))
    if allow_remove_nan:
        kept &= ~(np.isnan(a) & ~np.isnan(b))
    usual = TOLERANCES[a.real.dtype.itemsize]
    return bool(
        np.allclose(
            a[kept],
            b[kept],
            rtol=usual[0] if rtol is None else rtol,
            atol=usual[1] if atol is None else atol,
            equal_nan=True,
        )
    )


def array_text(data: np.ndarray, prefix: str) -> str:
    """Return a constant array as text, behind its type."""
    # A single number is printed as such, whatever its rank: operands are padded to equal ranks.
    if data.size == 1:
        return str(data.reshape(())[()])
    if data.ndim > 2 and data.size > 6:
        # A single line of the elements in order instead of nested rows.
        data = np.concatenate([data.flat[:3], data.flat[-3:]])
        first, last = (np.array2string(part, separator=", ") for part in (data[:3], data[3:]))
        return f"{prefix}{first[:-1]}, ..., {last[1:]}"
    return f"{prefix}{np.array2string(data, threshold=6, edgeitems=2, separator=', ')}"
