"""Values in one line of text: for error messages and for observing a function's run."""

import numpy as np

# The longest text of a value that is no array.
LONGEST = 200
# The largest number of elements of a value that is shown in full.
SHOWN = 6


def describe_value(value: object) -> str:
    """Return dtype and shape of an array, and its elements if they are few, as text."""
    if not isinstance(value, np.ndarray):
        text = repr(value).replace("\n", " ")
        return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
    text = f"{value.dtype} {value.shape}"
    if value.size > SHOWN or value.size == 0:
        return text
    return f"{text} = {np.array2string(value, separator=', ').replace(chr(10), '')}"
