"""Telling calls that are made natively from those that go by way of Python."""

from contextlib import contextmanager
from unittest.mock import patch

import numpy as np

from symgraph.compile.compiled import Function


@contextmanager
def by_python():
    """A list of the positional arguments of calls that go by way of Python, as they come."""
    calls = []
    original = Function._call

    def recording(self, args, kwargs, wanted):
        calls.append(args)
        return original(self, args, kwargs, wanted)

    with patch.object(Function, "_call", recording):
        yield calls


def is_native(f, *args):
    """Whether this call, which must succeed, is made natively."""
    with by_python() as calls:
        f(*args)
    return not calls


def outcome(call, *args):
    """What a call gives, for comparison: results as they are, or the error's kind and text."""
    try:
        results = call(*args)
    except Exception as error:
        return type(error), str(error)
    results = results if isinstance(results, list) else [results]
    return [(type(r), r.dtype, r.shape, r.tobytes()) for r in results]


def assert_same_as_by_python(f, *args):
    """The call gives or raises what it does by way of Python."""
    expected = outcome(lambda *a: Function.__call__(f, *a), *args)
    assert outcome(f, *args) == expected
    # Now that these extents are known.
    assert outcome(f, *args) == expected


def misaligned(values):
    """The values at an address that is no multiple of their size."""
    values = np.asarray(values)
    memory = np.zeros(values.nbytes + 1, np.uint8)
    array = memory[1:].view(values.dtype).reshape(values.shape)
    array[...] = values
    assert not array.flags.aligned
    return array
