"""All that a call of `function` was given, in a file for a bug report."""

import pickle
from pathlib import Path
from typing import Any


def function_dump(filename: str | Path, inputs: Any, outputs: Any = None, **options: Any) -> None:
    """Write the arguments of a call of `function` to a file, without compiling anything.

    What `pickle.load` reads from it is a dict of them: `function(**arguments)` is the call.
    """
    with open(filename, "wb") as file:
        pickle.dump({"inputs": inputs, "outputs": outputs, **options}, file)
