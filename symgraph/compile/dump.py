"""All arguments of a call of `function`, written to a file for a bug report."""

import pickle
from pathlib import Path
from typing import Any


def function_dump(filename: str | Path, inputs: Any, outputs: Any = None, **options: Any) -> None:
    """Write the arguments of a call of `function` to a file, without compiling anything.

    filename: where the file is written.
    inputs, outputs, options: those of `function`.
    Returns nothing. What `pickle.load` reads from the file is a dict of arguments:
    `function(**arguments)` is the call. Raises OSError where the file cannot be written.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "call.pkl")
    >>> x = T.dscalar("x")
    >>> sg.function_dump(path, [x], x + 1)
    """
    with open(filename, "wb") as file:
        pickle.dump({"inputs": inputs, "outputs": outputs, **options}, file)
