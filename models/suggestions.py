"""What somebody who mistyped a name may have meant."""

import difflib
from collections.abc import Iterable
from typing import Any


def did_you_mean(name: Any, names: Iterable[str]) -> str:
    """Return `; did you mean 'adam'?` where one of the names is close to `name`, "" otherwise."""
    close = difflib.get_close_matches(str(name), list(names), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
