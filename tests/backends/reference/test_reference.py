"""The reference back end: each operation's NumPy meaning, in order, with nothing kept."""

import gc
import weakref
from typing import ClassVar

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.debug import Step
from symgraph.graph import FunctionGraph, Op

backend = sg.get_backend("reference")


def compiled(inputs, outputs):
    return backend.compile(FunctionGraph(inputs, outputs), "test")


class Fresh(Op):
    """A new array each time, noted in `made`; `alive` tells how many earlier ones still live."""

    __props__ = ("number",)
    made: ClassVar[list] = []

    def __init__(self, number):
        self.number = number

    def output_types(self, x):
        return [x.type]

    def perform(self, node, x):
        gc.collect()
        result = x + 1
        self.made.append((weakref.ref(result), sum(r() is not None for r, _ in self.made)))
        return (result,)


def test_values_live_no_longer_than_they_are_needed():
    x = T.dvector("x")
    value = x
    for number in range(6):
        value = Fresh(number)(value)
    Fresh.made.clear()
    compiled([x], [value])([np.zeros(3)])
    # Only the operand of each lives while it is computed.
    assert max(alive for _, alive in Fresh.made) == 1


def test_nothing_is_kept_after_a_call():
    x = T.dvector("x")
    executable = compiled([x], [Fresh(0)(x), Fresh(1)(Fresh(2)(x))])
    Fresh.made.clear()
    results = executable([np.zeros(3)])
    del results
    gc.collect()
    assert [ref() for ref, _ in Fresh.made] == [None] * 3


def test_steps_come_in_order_and_give_back_the_results():
    x = T.dvector("x")
    y = T.exp(x) * 2
    steps = compiled([x], [y, x]).step([np.zeros(2)])
    nodes = []
    try:
        while True:
            step = next(steps)
            assert isinstance(step, Step)
            nodes.append(str(step.node.op))
    except StopIteration as end:
        results = end.value
    assert nodes[0] == "exp" and nodes[-1] == "mul"
    np.testing.assert_array_equal(results[0], [2, 2])
    np.testing.assert_array_equal(results[1], [0, 0])


def test_equal_parts_run_once():
    x = T.dvector("x")
    steps = compiled([x], [T.exp(x) + T.exp(x)]).step([np.zeros(2)])
    assert [str(step.node.op) for step in steps] == ["exp", "add"]


def test_the_time_of_each_node_is_added_up():
    x = T.dvector("x")
    executable = compiled([x], [T.exp(x)])
    seconds = {}
    executable.timed([np.zeros(2)], seconds)
    (once,) = seconds.values()
    executable.timed([np.zeros(2)], seconds)
    assert 0 < once < sum(seconds.values())
    assert [str(node.op) for (node,) in seconds] == ["exp"]


class AliasOut(Op):
    """Returns its very input, and a view of it."""

    def output_types(self, x):
        return [x.type, x.type]

    def perform(self, node, x):
        return x, x[:]


def test_no_result_is_an_input_a_view_or_another_result():
    x = T.dvector("x")
    a, b = AliasOut()(x)
    argument = np.zeros(2)
    results = compiled([x], [a, b, x, a])([argument])
    for position, result in enumerate(results):
        assert result.base is None
        assert not any(np.shares_memory(result, r) for r in (argument, *results[:position]))


def test_python_numbers_from_an_operation_become_arrays():
    class Number(Op):
        def output_types(self, x):
            return [x.type]

        def perform(self, node, x):
            return (float(x) + 1,)

    x = T.dscalar("x")
    (result,) = compiled([x], [Number()(x)])([np.array(1.0)])
    assert isinstance(result, np.ndarray) and result == 2


def test_wrong_numbers_of_inputs_and_outputs():
    x = T.dvector("x")
    executable = compiled([x], [x + 1])
    with pytest.raises(ValueError):
        executable([])

    class Short(AliasOut):
        def perform(self, node, x):
            return (x,)

    with pytest.raises(ValueError, match="Short gave 1 result, and declares 2"):
        compiled([x], Short()(x))([np.zeros(1)])


def test_what_it_tells():
    x = T.dvector("x")
    executable = compiled([x], [T.exp(x)])
    assert executable.describe().startswith("exp [id A]")
    assert executable.fallbacks() == []
    assert executable.free() is None
    assert backend.info()["numpy"] == np.__version__
