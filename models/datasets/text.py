"""Texts: files of the user's own, and one that is always there."""

import importlib
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError
from ..files import read_content

# Of a text, the last part by which a language model is measured: one in this many characters.
_HELD_OUT = 10


@dataclass(frozen=True)
class Text:
    """Hold a text to learn from, one that follows it to measure by, and where they are from.

    >>> Text("a rhyme", "one two three", " four").describe()
    'a rhyme: 13 / 5 characters (to learn from / to measure by), 10 different'
    """

    name: str
    train: str
    validation: str

    def describe(self) -> str:
        """Return a text such as `book.txt: 9,000 / 1,000 characters, 71 different`."""
        different = len(set(self.train) | set(self.validation))
        return (
            f"{self.name}: {len(self.train):,} / {len(self.validation):,} characters "
            f"(to learn from / to measure by), {different} different"
        )


def load_text(path: str | Path | None = None) -> Text:
    """Return the text of a file in UTF-8 (or UTF-16, where its first bytes say so).

    None: the help on Python that comes with it, 0.5 million characters. The last tenth is to
    measure by. Line ends become "\\n". Raises `DataError` where the file is missing, empty or no
    text.

    >>> "def" in load_text().train
    True
    """
    if path is None:
        return _cut("help on Python (pydoc_data.topics)", _help_on_python())
    path = Path(path)
    content = read_content(path)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(path, f"no text in UTF-8: {error.reason} at byte {error.start:,}") from None
    if "\0" in text:
        raise DataError(path, f"no text: it holds a zero, at character {text.index(chr(0)):,}")
    if not text.strip():
        raise DataError(path, "empty: there is nothing to learn from")
    return _cut(path.name, text.replace("\r\n", "\n").replace("\r", "\n"))


def _cut(name: str, text: str) -> Text:
    end = len(text) - len(text) // _HELD_OUT
    return Text(name, text[:end], text[end:])


def _help_on_python() -> str:
    topics: dict[str, str] = importlib.import_module("pydoc_data.topics").topics
    return "\n\n".join(topics[name] for name in sorted(topics))
