"""`theano.compat`: what Theano's programs took from it to run on Python 2 and 3."""

from collections import OrderedDict, defaultdict
from io import BytesIO, StringIO
from operator import truediv as operator_div
from typing import Any

izip, imap, ifilter = zip, map, filter
next = next
PY3 = True


class DefaultOrderedDict(defaultdict[Any, Any]):
    """Represent a dict that makes values for missing keys, and keeps its order as every dict does.

    >>> from symgraph.compat.theano.compat import DefaultOrderedDict
    >>> DefaultOrderedDict(int)["a"]
    0
    """


def cmp(a: Any, b: Any) -> int:
    """Return -1, 0 or 1 as `a` is less than, equal to or greater than `b`.

    >>> from symgraph.compat.theano.compat import cmp
    >>> cmp(1, 2)
    -1
    """
    return (a > b) - (a < b)


def exc_message(error: BaseException) -> Any:
    """Return the message of an exception: its only argument, or all of them.

    >>> from symgraph.compat.theano.compat import exc_message
    >>> exc_message(ValueError("no"))
    'no'
    """
    return error.args[0] if len(error.args) == 1 else error.args


def get_unbound_function(method: Any) -> Any:
    """Return the function of a method; a function is returned as it is.

    >>> from symgraph.compat.theano.compat import get_unbound_function
    >>> get_unbound_function(len) is len
    True
    """
    return getattr(method, "__func__", method)


def decode(text: bytes | str) -> str:
    """Return text as a str, decoded if it is bytes.

    >>> from symgraph.compat.theano.compat import decode
    >>> decode(b"a")
    'a'
    """
    return text.decode() if isinstance(text, bytes) else text


def decode_iter(texts: Any) -> list[str]:
    """Return a list of `decode` of each.

    >>> from symgraph.compat.theano.compat import decode_iter
    >>> decode_iter([b"a", "b"])
    ['a', 'b']
    """
    return [decode(text) for text in texts]


__all__ = [
    "PY3", "BytesIO", "DefaultOrderedDict", "OrderedDict", "StringIO", "cmp", "decode",
    "decode_iter", "exc_message", "get_unbound_function", "ifilter", "imap", "izip", "next",
    "operator_div",
]  # fmt: skip
