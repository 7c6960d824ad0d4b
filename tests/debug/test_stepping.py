"""What is seen of a function that runs step by step."""

import numpy as np

import symgraph.tensor as T
from symgraph import function
from symgraph.debug import Step


def test_a_step_prints_its_node_and_values():
    x = T.dvector("x")
    y = T.exp(x)
    (step,) = function([x], y).step([0.0, 0.0])
    assert isinstance(step, Step)
    assert str(step) == (
        f"exp, created at {y.location}\n"
        "  input 0: x is float64 (2,) = [0., 0.]\n"
        "  output 0: exp is float64 (2,) = [1., 1.]"
    )


def test_each_node_runs_when_it_is_asked_for():
    """The steps before an error are seen."""
    x, i = T.dvector("x"), T.lscalar("i")
    y = T.exp(x)
    steps = function([x, i], [y, y[i] + 1]).step([0.0], 3)
    assert str(next(steps).node.op) == "exp"
    try:
        for _ in steps:
            raise AssertionError("the index is out of range")
    except IndexError as error:
        assert "exp is float64 (1,) = [1.]" in str(error)


def test_where_a_nan_comes_from():
    x = T.dvector("x")
    f = function([x], T.log(x).sum() * 2)
    first = next(
        step for step in f.step([1.0, -1.0]) if any(np.isnan(v).any() for v in step.outputs)
    )
    assert str(first.node.op) == "log"
    np.testing.assert_array_equal(first.inputs[0], [1, -1])
