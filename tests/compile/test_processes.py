"""Graphs, shared variables and functions that go to another process."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

import symgraph.tensor as T
from symgraph import In, function, grad, shared

READ = """
import pathlib, pickle, sys
things = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())
"""


@pytest.fixture
def elsewhere(tmp_path):
    """Run a program in a fresh process, in which `things` is what was pickled here."""

    def run(things, program):
        path = tmp_path / "things.pkl"
        path.write_bytes(pickle.dumps(things))
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", READ + program, str(path)],
            capture_output=True,
            text=True,
        )
        assert done.stderr == ""
        return done.stdout.strip()

    return run


def test_a_function_runs_in_a_fresh_process(mode, elsewhere):
    x, w = T.dvector("x"), shared(np.array([2.0, 3.0]), "w")
    cost = (x * w).sum()
    f = function(
        [x, In(T.dscalar("rate"), value=0.5)],
        {"cost": cost},
        updates={w: w - grad(cost, w) * 0.5},
        on_unused_input="ignore",
        name="train",
    )
    f([1.0, 1.0])
    program = "print(things([1, 1]), things([1, 1]), things['w'], things.name, things['rate'])"
    assert elsewhere(f, program) == ("{'cost': array(4.)} {'cost': array(3.)} [0.5 1.5] train 0.5")


def test_an_expression_is_built_upon_in_a_fresh_process(elsewhere):
    x, s = T.fmatrix("x"), shared(np.float32(2), "s")
    y = T.tanh(x * s).sum()
    program = """
import symgraph as sg
x, s, y = things
assert x in sg.graph.graph_inputs([y]) and s in sg.graph.graph_inputs([y])
print(y.type, sg.pprint(y.owner.inputs[0]), y.owner.inputs[0].location.line)
print(sg.grad(y, x).eval({x: [[0.0]]}), s.get_value().dtype, s.location.line)
"""
    line = y.owner.inputs[0].location.line
    assert elsewhere((x, s, y), program).splitlines() == [
        f"float32 scalar tanh(x * s) {line}",
        f"[[2.]] float32 {line - 1}",
    ]


def test_what_two_functions_share_stays_shared(elsewhere):
    s, x = shared(0.0), T.dscalar("x")
    up = function([x], updates={s: s + x}, mode="reference")
    read = function([], s, mode="reference")
    program = "up, read, s = things; up(5); s.set_value(s.get_value() + 1); print(read())"
    assert elsewhere((up, read, s), program) == "6.0"


def test_an_error_comes_back_from_another_process(elsewhere):
    """As multiprocessing does it: the error is pickled there, and raised here."""
    x, y = T.dvectors("x", "y")
    f = function([x, y], x + y, mode="reference")
    program = """
try:
    things([1, 2], [1, 2, 3])
except ValueError as error:
    print(pickle.dumps(error).hex())
"""
    error = pickle.loads(bytes.fromhex(elsewhere(f, program)))
    assert isinstance(error, ValueError)
    assert "input 0: x is float64 (2,) = [1., 2.]" in str(error)
    assert error.node is None
