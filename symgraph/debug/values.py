"""Values in a line: for error messages and for watching a function run."""

import numpy as np

# A value of at most this many numbers is shown in full.
SHOWN = 6


def describe_value(value: object) -> str:
    """dtype and shape of an array, and its numbers where they are few."""
    if not isinstance(value, np.ndarray):
        return repr(value)
    text = f"{value.dtype} {value.shape}"
    if value.size > SHOWN or value.size == 0:
        return text
    return f"{text} = {np.array2string(value, separator=', ').replace(chr(10), '')}"
