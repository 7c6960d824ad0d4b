"""How values are read from the command line: types of argparse, which refuse bad ones at once."""

import argparse
import math

from symgraph.compile import get_backend


def _whole(text: str, least: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise argparse.ArgumentTypeError(f"{text!r} is no integer from {least}")
    return value


def positive_int(text: str) -> int:
    """Return an integer from 1."""
    return _whole(text, 1)


def natural(text: str) -> int:
    """Return an integer from 0."""
    return _whole(text, 0)


def seed(text: str) -> int:
    """Return an integer that starts a generator: 0 .. 2**32 - 1."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no integer from 0 to 4294967295")
    return value


def _real(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    return value if math.isfinite(value) else math.nan


def back_end(text: str) -> str:
    """Return the name of a back end or device, which is there."""
    try:
        get_backend(text)
    except (ValueError, RuntimeError) as error:
        raise argparse.ArgumentTypeError(" ".join(str(error).split())) from error
    return text


def positive_float(text: str) -> float:
    """Return a finite number above 0."""
    value = _real(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value


def share(text: str) -> float:
    """Return a finite number from 0."""
    value = _real(text)
    if not value >= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0")
    return value


def sizes(text: str) -> tuple[int, ...]:
    """Return the numbers of a text such as `500` or `300,100`."""
    return tuple(positive_int(part) for part in text.split(","))


_SEPARATORS = {"tab": "\t", "\\t": "\t", "space": "", " ": "", "comma": ",", "semicolon": ";"}


def separator(text: str) -> str:
    """Return one character, or the name of one; "" stands for white space."""
    found = _SEPARATORS.get(text, text)
    if found and (len(found) > 1 or found.isalnum() or found in '"\n\r.+-'):
        raise argparse.ArgumentTypeError(f"{text!r} is no separator such as ',', ';', tab or space")
    return found
