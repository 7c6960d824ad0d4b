"""Characters and their numbers."""

from collections.abc import Iterable

import numpy as np

from ..errors import ParameterError

_MOST_NAMED = 10


class Alphabet:
    """Number the different characters of some texts from 0, in the order of Unicode.

    Raises `ParameterError` where there are none.

    >>> alphabet = Alphabet(["banana"])
    >>> alphabet.characters, alphabet.encode("nab").tolist(), alphabet.decode([1, 0])
    ('abn', [2, 0, 1], 'ba')
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.characters = "".join(sorted(set().union(*texts)))
        if not self.characters:
            raise ParameterError("a text without characters has no alphabet")
        self._points = _points(self.characters)

    def __len__(self) -> int:
        return len(self.characters)

    def encode(self, text: str) -> np.ndarray:
        """Return the number of each character: (len(text),), int32.

        Raises `ParameterError` that names characters which are not of this alphabet.
        """
        points = _points(text)
        numbers = np.minimum(np.searchsorted(self._points, points), len(self) - 1)
        known = self._points[numbers] == points
        if not known.all():
            unknown = "".join(sorted({chr(point) for point in points[~known]}))
            more = "..." if len(unknown) > _MOST_NAMED else ""
            raise ParameterError(
                f"the text has characters that the model does not know: "
                f"{unknown[:_MOST_NAMED]!r}{more}"
            )
        return numbers.astype(np.int32)

    def decode(self, numbers: np.ndarray) -> str:
        """Return the text of these characters."""
        return "".join(self.characters[number] for number in numbers)


def _points(text: str) -> np.ndarray:
    """Return Unicode's code points. Lone surrogates, which a str may hold, are characters too."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
