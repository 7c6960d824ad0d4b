"""Memory: planned before a call, no more than what is needed at one time, and in place."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lowering import lowered

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower.memory.plan import FreeMemory
from symgraph.lower.program.text import text_of
from symgraph.lower.program.types import Alloc
from symgraph.lower.program.values import BufferKind


def scratch(program):
    return [
        s.buffer for s in program.body if isinstance(s, Alloc) and s.buffer.kind is BufferKind.ARENA
    ]


x, w = T.dmatrix("x"), T.dmatrix("w")
a, b = (T.TensorType("float64", (5, 5))(name) for name in "ab")
v = T.TensorType("float64", (5,))("v")


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        # The product's memory becomes that of what is computed from it.
        (T.dot(T.tanh(T.dot(a, b) + v), b), 1),
        (T.dot(T.exp(T.dot(T.tanh(T.dot(a, b)), b)), b), 2),
        # Here it is needed again.
        (T.dot(T.dot(T.tanh(T.dot(a, b)), b), T.dot(a, b)), 3),
        # A transpose reads other elements than those written.
        (T.dot(T.tanh(T.dot(a, b)) + T.dot(a, b).T, b), 2),
    ],
)
def test_kernels_work_in_place(expression, count):
    assert len(scratch(lowered([a, b, v], [expression]).program)) == count


@given(st.data())
def test_parts_in_use_never_meet(data):
    memory, parts = FreeMemory(), {}
    for _ in range(data.draw(st.integers(0, 60))):
        if parts and data.draw(st.booleans()):
            start = data.draw(st.sampled_from(sorted(parts)))
            memory.release(start, parts.pop(start))
        else:
            size = data.draw(st.integers(1, 9)) * 64
            start = memory.take(size)
            assert start + size <= memory.end
            assert all(start + size <= s or s + n <= start for s, n in parts.items())
            parts[start] = size
    for start, size in parts.items():
        memory.release(start, size)
    whole = memory.end
    assert memory.take(whole) == 0
    assert memory.end == whole


def test_memory_is_known_before_the_call():
    f = sg.function([x, w], [T.dot(T.tanh(T.dot(x, w)), w.T), x.sum()])
    use = f.memory(np.ones((100, 30)), np.ones((30, 50)))
    assert use.inputs == 8 * (100 * 30 + 30 * 50)
    assert use.results == 8 * 100 * 30 + 64
    # One array of 100 x 50, which tanh overwrites; 64 for the sum.
    assert 8 * 100 * 50 <= use.scratch <= 8 * 100 * 50 + 128
    assert use.complete
    assert use.live <= use.peak == use.inputs + use.constants + use.results + use.scratch
    assert "100 " not in str(use)
    assert str(use).startswith("0.1 MB (inputs 0.0, constants 0.0, results 0.0, scratch 0.0)")


def test_memory_that_values_decide_is_not_counted():
    n = T.lscalar("n")
    assert not sg.function([n], T.arange(n) * 2).memory(3).complete


def test_arguments_that_do_not_fit_have_no_memory():
    f = sg.function([x, w], T.dot(x, w))
    with pytest.raises(ValueError, match="shapes do not fit"):
        f.memory(np.ones((2, 3)), np.ones((4, 5)))
    with pytest.raises(TypeError, match="reference' does not plan its memory"):
        sg.function([x], x + 1, mode="reference").memory(np.ones((2, 3)))


def test_a_step_of_a_wide_network_takes_little_more_than_its_live_values():
    """784-2000-2000-10 at batch 1,000: what is there, beside what could not be less."""
    sizes = (784, 2000, 2000, 10)
    parameters = [
        sg.shared(np.zeros(shape, "float32"))
        for inner, outer in pairwise(sizes)
        for shape in ((inner, outer), (outer,))
    ]
    inputs, y = T.fmatrix("x"), T.lvector("y")
    h = inputs
    for position in range(0, len(parameters), 2):
        h = T.dot(h, parameters[position]) + parameters[position + 1]
        h = T.nnet.softmax(h) if position == len(parameters) - 2 else T.tanh(h)
    cost = -T.mean(T.log(h)[T.arange(y.shape[0]), y])
    gradients = T.grad(cost, parameters)
    updates = [(p, p - np.float32(0.1) * g) for p, g in zip(parameters, gradients, strict=True)]
    step = sg.function([inputs, y], cost, updates=updates)
    use = step.memory(np.zeros((1000, 784), "float32"), np.zeros(1000, "int64"))
    assert use.peak <= 1.2 * use.live


def test_too_much_is_told_before_anything_runs():
    x = T.dvector("x")
    total = sg.shared(1.0)
    outer = T.exp(x.dimshuffle(0, "x") + x)
    f = sg.function([x], T.dot(outer, x), updates=[(total, total + 1)], name="far_too_much")
    with pytest.raises(MemoryError, match=r"far_too_much.*a call takes 72,0.*inputs 24.0"):
        f(np.zeros(3_000_000))
    assert total.get_value() == 1.0


def test_sizes_are_checked_in_the_order_of_the_axes():
    """Not in that of addresses, so that code is found which another process kept."""
    inputs = [T.dvector(name) for name in "abcdef"]
    product, *others = inputs[::-1]
    for other in others:
        product = T.tanh(product.dimshuffle(*range(product.ndim), "x")) * other
    text = text_of(lowered(inputs, [product]).program)
    extents = re.findall(r"n\d+(?= = extent a\d 0)", text)
    first = re.findall(r"= maximum\((n\d+), 1\) int64", text)
    assert list(dict.fromkeys(first)) == extents[::-1][: len(set(first))]
    assert len(set(first)) == len(extents)
