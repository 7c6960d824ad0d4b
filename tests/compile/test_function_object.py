"""What a compiled function tells of itself, and the values that it keeps."""

import pickle

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph import In, function, shared
from symgraph.graph import Op, TensorType


@pytest.fixture
def counter():
    """A function with an input, a sticky default, a shared variable read and one written."""
    x, state = T.dscalar("x"), T.dscalar("state")
    rate, last = shared(2.0, "rate"), shared(0.0, "last")
    f = function(
        [x, In(state, value=1.0, update=state + rate)],
        state * x,
        updates={last: x},
        mode="reference",
        name="counter",
    )
    return f, x, state, rate, last


def test_values_are_read_by_variable_and_by_name(counter):
    f, x, state, rate, last = counter
    assert f(10) == 10
    assert (f[state], f[rate], f[last], f[x]) == (3, 2, 10, None)
    assert (f["state"], f["rate"], f["last"], f["x"]) == (3, 2, 10, None)
    assert f.value[state] == f.value["state"] == f.container["state"].value == 3
    assert rate in f and "rate" in f and "other" not in f
    assert f.container[rate] is rate.container


def test_values_are_set_by_variable_and_by_name(counter):
    f, x, state, rate, _ = counter
    f[state] = 5
    f["rate"] = 7
    f.value[x] = 2
    assert f() == 10
    assert f[state] == 12
    assert rate.get_value() == 7


def test_values_read_and_set_are_copies():
    x = T.dvector("x")
    f = function([In(x, value=[1.0])], x * 1)
    f[x][0] = 5
    assert f() == [1]
    given = np.zeros(1)
    f[x] = given
    given[0] = 5
    assert f() == [0]


def test_values_that_are_not_there(counter):
    f = counter[0]
    with pytest.raises(KeyError, match="counter has no input or shared variable 'other'"):
        f["other"]
    with pytest.raises(KeyError, match="counter has no input or shared variable"):
        f.container[T.dscalar()]
    with pytest.raises(KeyError, match="no input or shared variable"):
        f[None]


def test_a_name_that_two_variables_bear_names_neither():
    x, y = T.dscalar("a"), T.dscalar("a")
    s = shared(1.0, "x")
    f = function([x, y, T.dscalar("x")], x + y + s, on_unused_input="ignore")
    with pytest.raises(KeyError, match="function has several variables called 'x'"):
        f["x"]
    with pytest.raises(TypeError, match="several inputs are named 'a'; give them by position"):
        f(1, a=2)
    assert f[s] == 1


def test_values_are_checked_when_set(counter):
    f, _, state, rate, _ = counter
    with pytest.raises(TypeError, match=r"counter: input 1 \(state\): expected 0 dimensions"):
        f[state] = [1, 2]
    with pytest.raises(TypeError, match="expected 0 dimensions"):
        f[rate] = [1, 2]
    assert (f[state], f[rate]) == (1, 2)


def test_shared_variables_are_listed_once(counter):
    f, _, _, rate, last = counter
    assert f.get_shared() == [rate, last]


def test_the_maker_and_the_storages(counter):
    f, x, state, rate, _ = counter
    assert f.name == "counter"
    assert [entry.variable for entry in f.maker.inputs] == [x, state]
    assert f.maker.fgraph.inputs == [x, state, rate]
    assert len(f.maker.fgraph.outputs) == 3
    assert f.maker.purposes == ["", "next state", "update of last"]
    assert f.maker.outputs[0].owner.inputs == (state, x)
    assert [c.value for c in f.input_storage] == [None, 1, 2]
    assert f.input_storage[2] is rate.container
    assert len(f.output_storage) == 1


def test_how_a_function_prints(counter):
    assert repr(counter[0]) == "<counter(x, state)>"
    assert repr(function([T.dscalar()], [], on_unused_input="ignore")) == (
        "<function(0 (float64 scalar))>"
    )


def test_what_runs_is_described(mode):
    x = T.dvector("x")
    text = function([x], T.exp(x)).describe()
    assert "exp" in text


def test_memory_between_calls_is_given_back(mode):
    x = T.dmatrix("x")
    f = function([x], T.nnet.softmax(x).sum())
    expected = f(np.eye(3))
    f.free()
    assert f(np.eye(3)) == expected


def test_a_profile_counts_and_times(mode):
    x = T.dvector("x")
    f = function([x], T.exp(x).sum(), profile=True, name="sums")
    f([1.0])
    assert "  1 call in" in str(f.profile)
    f([1.0])
    assert f.profile.calls == 2
    assert f.profile.seconds > 0
    assert f.profile.compile_seconds > 0
    summary = f.profile.summary()
    assert summary.startswith("profile of sums\n  compiled in ")
    assert "2 calls in" in summary
    assert str(f.profile) == summary
    assert function([x], x).profile is None


def test_a_profile_of_the_reference_back_end_tells_the_time_of_each_node():
    x = T.dvector("x")
    f = function([x], T.exp(x).sum(), profile=True, mode="reference")
    f([1.0])
    names = [str(node.op).partition("{")[0] for (node,) in f.profile.of_nodes]
    assert sorted(names) == ["exp", "sum"]
    assert 0 < sum(f.profile.of_nodes.values()) <= f.profile.seconds
    assert f"made at {__file__}" in f.profile.summary()
    assert "and 1 operations that took less" in f.profile.summary(lines=1)


def test_a_profile_of_native_code_tells_the_time_of_what_runs_as_one():
    x, w = T.dmatrix("x"), T.dmatrix("w")
    f = function([x, w], [T.exp(T.dot(x, w)) * 2, T.sqr(x).sum()], profile=True, mode="llvm")
    for size in (50, 60):
        product, total = f(np.ones((70, size)), np.ones((size, 80)))
        np.testing.assert_allclose(product, np.full((70, 80), 2 * np.exp(size)))
        assert total == 70 * size
    together = [
        tuple(str(node.op).partition("{")[0] for node in nodes) for nodes in f.profile.of_nodes
    ]
    assert sorted(together) == [("Dot",), ("exp", "mul"), ("sqr", "sum")]
    assert 0 < sum(f.profile.of_nodes.values()) <= f.profile.seconds
    assert "%  exp, mul, made at " in f.profile.summary()


class Rotated(Op):
    """An operation that no back end knows."""

    def output_types(self, x):
        return [TensorType(x.type.dtype, x.type.shape)]

    def perform(self, node, x):
        return (np.roll(x, 1),)

    def infer_shape(self, node, shapes):
        return [shapes[0]]


def test_operations_without_native_code_are_listed():
    x = T.dvector("x")
    y = 2 * Rotated()(x * 3)
    native = function([x], y, mode="llvm", profile=True)
    np.testing.assert_array_equal(native([1, 2, 3]), [18, 6, 12])
    (node,) = native.fallbacks()
    assert node.op == Rotated()
    assert node.location.line == y.owner.inputs[1].location.line
    assert "without native code, run by NumPy:\n    Rotated" in native.profile.summary()
    assert function([x], x * 3, mode="llvm").fallbacks() == []
    assert function([x], y, mode="reference").fallbacks() == []


def test_watching_a_call_node_by_node(mode):
    x = T.dvector("x")
    s = shared(1.0, "s")
    f = function([x], [T.exp(x) + s, x.sum()], updates={s: s + 1})
    steps = f.step([0.0, 0.0])
    seen = []
    try:
        while True:
            step = next(steps)
            seen.append(str(step.node.op).partition("{")[0])
            if seen[-1] == "exp":
                np.testing.assert_array_equal(step.inputs[0], [0, 0])
                np.testing.assert_array_equal(step.outputs[0], [1, 1])
    except StopIteration as end:
        outputs = end.value
    np.testing.assert_array_equal(outputs[0], [2, 2])
    assert outputs[1] == 0
    assert "exp" in seen and "sum" in seen
    # Watching updates nothing.
    assert s.get_value() == 1


def test_the_arguments_of_a_watched_call_are_checked_at_once():
    x = T.dvector("x")
    f = function([x], x * 2)
    with pytest.raises(TypeError, match="missing argument x"):
        f.step()


def test_the_arguments_of_function_in_a_file(tmp_path):
    x = T.dscalar("x")
    s = shared(2.0, "s")
    sg.function_dump(tmp_path / "call.pkl", [x], x * s, updates={s: s + 1}, name="dumped")
    arguments = pickle.loads((tmp_path / "call.pkl").read_bytes())
    f = function(**arguments)
    assert (f(3), f(3), f.name) == (6, 9, "dumped")
    assert s.get_value() == 2


def test_it_tells_its_inputs_and_outputs():
    x, y = T.dscalars("x", "y")
    total = x + y
    f = sg.function([x, sg.In(y, name="other")], [total, sg.Out(x * 2, borrow=True)])
    assert [entry.variable for entry in f.inputs] == [x, y]
    assert f.inputs[1].name == "other"
    assert [entry.borrow for entry in f.outputs] == [False, True]
    assert f.outputs[0].variable is total
