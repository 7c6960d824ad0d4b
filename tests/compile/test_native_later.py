"""Calls do not wait for native code that is yet to be compiled: the third is made natively."""

import json
import subprocess
import sys

import pytest

# What a process does whose folder for code is its own.
PROGRAM = """
import json
import numpy as np
import symgraph as sg, symgraph.tensor as T
from symgraph.compile.compiled import Function

by_python = []
original = Function._call
def recording(self, args, kwargs, wanted):
    by_python.append(self.name)
    return original(self, args, kwargs, wanted)
Function._call = recording

x = T.dvector("x")
first, second = (sg.function([x], x + n, name=f"plus {n}") for n in (1, 2))
gone = sg.function([x], x + 3)
del gone
v = np.arange(3.0)
for n, f in ((1, first), (2, second), (1, first), (1, first), (2, second), (2, second)):
    np.testing.assert_array_equal(f(v), v + n)
np.testing.assert_array_equal(first(x=v), v + 1)
try:
    first(v, v)
except TypeError as error:
    assert "plus 1" in str(error), error
else:
    raise AssertionError
assert callable(first) and type(first).__call__(first, v).shape == (3,)
print(json.dumps(by_python))
"""


def run(*flags):
    environment = {"SYMGRAPH_FLAGS": ",".join(flags)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kept", [True, False])
def test_calls_become_native_once_a_function_was_called_twice(kept, tmp_path):
    flags = f"compiledir={tmp_path}" if kept else "cache=False"
    # With a keyword, and with too many arguments: by way of Python always.
    rest = ["plus 1", "plus 1"]
    assert run(flags) == ["plus 1", "plus 2", "plus 1", *rest]
    if kept:
        assert run(flags) == ["plus 1", "plus 2", *rest]
