"""What an error of a running function says: the cause, the operation, its inputs, the line."""

import pickle

import numpy as np
import pytest

import symgraph.tensor as T
from symgraph import function
from symgraph.debug import NodeError, node_error
from symgraph.debug.values import describe_value
from symgraph.graph import Op


def failing_node():
    x, y = T.dvector("x"), T.dscalar("y")
    return (x[2:] + y).owner


def test_the_cause_stands_first_then_the_node_then_its_inputs():
    node = failing_node()
    error = node_error(node, ValueError("it does not fit"), [np.zeros(9), np.array([2.5])])
    lines = str(error).splitlines()
    assert lines[0] == "it does not fit"
    assert lines[1].startswith(f"in add, created at {__file__}:")
    assert lines[1].endswith("return (x[2:] + y).owner")
    assert lines[2].endswith(" is float64 (9,)")
    assert lines[3].endswith(" is float64 (1,) = [2.5]")
    assert error.node is node
    assert error.values_known


def test_unknown_values_are_told_by_their_types():
    error = node_error(failing_node(), ValueError("it does not fit"), None)
    assert str(error).splitlines()[2].endswith(" is a float64 vector")
    assert not error.values_known


@pytest.mark.parametrize("kind", [ValueError, IndexError, KeyError, ZeroDivisionError, MemoryError])
def test_an_error_is_of_its_causes_class(kind):
    error = node_error(failing_node(), kind("it failed"), None)
    assert isinstance(error, kind)
    assert isinstance(error, NodeError)
    assert type(error).__name__ == kind.__name__
    assert str(error).startswith("it failed\nin add, created at")
    assert type(node_error(failing_node(), error, None)) is type(error)


def test_causes_that_take_more_than_a_message():
    try:
        b"\xff".decode("ascii")
    except UnicodeDecodeError as cause:
        error = node_error(failing_node(), cause, None)
    assert isinstance(error, UnicodeError)
    assert "can't decode byte 0xff" in str(error)
    try:
        np.empty((2**30, 2**25))
    except MemoryError as cause:
        error = node_error(failing_node(), cause, None)
    assert isinstance(error, MemoryError)
    assert str(error).startswith("Unable to allocate")


@pytest.mark.parametrize("kind", [ValueError, KeyError, Exception])
def test_errors_pickle_without_their_graph(kind):
    error = node_error(failing_node(), kind("it failed"), None)
    other = pickle.loads(pickle.dumps(error))
    assert type(other) is type(error)
    assert str(other) == str(error)
    assert other.node is None


@pytest.mark.parametrize(
    "value, text",
    [
        (np.zeros((3, 4)), "float64 (3, 4)"),
        (np.array(2), "int64 () = 2"),
        (np.array([[1, 2], [3, 4]]), "int64 (2, 2) = [[1, 2], [3, 4]]"),
        (np.zeros((0, 2)), "float64 (0, 2)"),
        (np.zeros(7), "float64 (7,)"),
        ("text", "'text'"),
    ],
)
def test_how_a_value_is_described(value, text):
    assert describe_value(value) == text


class Failing(Op):
    """Fails with what it is given."""

    __props__ = ("message",)

    def __init__(self, message):
        self.message = message

    def output_types(self, x):
        return [x.type]

    def perform(self, node, x):
        raise ArithmeticError(self.message)


@pytest.mark.parametrize("mode", ["reference", "llvm"])
def test_an_error_of_an_operation_of_ones_own(mode):
    x = T.dvector("x")
    y = Failing("no luck")(x * 2)
    f = function([x], y + 1, mode=mode)
    with pytest.raises(ArithmeticError) as caught:
        f([1.0, 2.0])
    lines = str(caught.value).splitlines()
    assert lines[0] == "no luck"
    assert lines[1] == f"in Failing{{message='no luck'}}, created at {y.location}"
    assert lines[2] == "  input 0: mul is float64 (2,) = [2., 4.]"
    assert isinstance(caught.value, NodeError)
    assert isinstance(caught.value.__cause__, ArithmeticError)


@pytest.mark.parametrize("mode", ["reference", "llvm"])
def test_both_back_ends_tell_the_values(mode):
    x, y = T.dvectors("x", "y")
    z = T.exp(x) + y
    f = function([x, y], z.sum(), mode=mode)
    with pytest.raises(ValueError) as caught:
        f([1.0, 2.0], [1.0, 2.0, 3.0])
    lines = str(caught.value).splitlines()
    assert lines[1] == f"in add, created at {z.location}"
    assert lines[2] == "  input 0: exp is float64 (2,) = [2.71828183, 7.3890561 ]"
    assert lines[3] == "  input 1: y is float64 (3,) = [1., 2., 3.]"
