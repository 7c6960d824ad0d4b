"""Cheap values are computed where they are used."""

import numpy as np
from support.lowering import assert_lowers
from support.program_loops import functions, kernels, program_of, within

import symgraph.tensor as T
from symgraph.lower.program.types import Alloc, Compute, Kernel
from symgraph.lower.program.values import BufferKind


def functions_of(kernel: Kernel) -> list[str]:
    return [s.fn for s in within(kernel.body) if isinstance(s, Compute)]


def scratch(program) -> int:
    return sum(isinstance(s, Alloc) and s.buffer.kind is BufferKind.ARENA for s in program.body)


x, w, c = T.dmatrix("x"), T.dmatrix("w"), T.dmatrix("c")
h = T.tanh(T.dot(x, w))
VALUES = [np.ones((3, 2)), np.ones((2, 4)) / 8, np.ones((4, 3)) / 4]


def test_a_derivative_is_computed_beside_what_it_multiplies():
    """Between the two stands a product of matrices, for which h lies in memory."""
    back = T.dot(T.dot(h, c), T.dot(w.T, x.T).T)
    slope = (1 - T.sqr(h)) * back
    program = assert_lowers([x, w, c], [slope], VALUES, rtol=1e-12)
    first, last = kernels(program)[0], kernels(program)[-1]
    assert "multiply_add" not in functions_of(first)
    assert {"multiply_add", "mul"} <= set(functions_of(last))


def test_what_is_expensive_stays():
    """exp(h), needed only later, is stored rather than h if that is what has to be."""
    back = T.dot(T.dot(h, c), T.dot(w.T, x.T).T)
    program = assert_lowers([x, w, c], [T.exp(h) * back, h], VALUES, rtol=1e-12)
    assert functions(program).count("exp") == 1
    assert "exp" in functions_of(kernels(program)[0])


def test_nothing_is_computed_in_two_places():
    """Two kernels use the slope: it is stored once."""
    slope = 1 - T.sqr(h)
    back = T.dot(T.dot(h, c), T.dot(w.T, x.T).T)
    again = T.dot(slope * back, T.dot(w.T, x.T)).sum() + slope * back
    program = assert_lowers([x, w, c], [again, slope], VALUES, rtol=1e-12)
    assert functions(program).count("tanh") == 1
    assert functions(program).count("multiply_add") == 1


def test_indices_stay_in_memory():
    """Those of a nest that picks by them, and what it picks from."""
    i = T.lvector("i")
    v = T.dvector("v")
    values = [np.arange(4.0), np.array([0, 2, 1, 0])]
    assert_lowers([v, i], [(v * 2 + 1)[i + 1] + v], values)


def test_moving_takes_no_memory():
    back = T.dot(T.dot(h, c), T.dot(w.T, x.T).T)
    kept = program_of([x, w, c], (1 - T.sqr(h)) * back)
    without = program_of([x, w, c], h * back)
    assert scratch(kept) == scratch(without)


def test_a_step_back_through_a_layer_works_in_place():
    """The slope times what comes from behind takes the place of the latter, also where sums
    over the rows are taken several rows at a time."""
    y = T.dot(h, c)
    gradients = T.grad(T.sqr(T.tanh(y) + x.sum()).sum(), [w, c])
    assert_lowers([x, w, c], gradients, VALUES, rtol=1e-9)
    bias = T.dvector("bias")
    g = T.tanh(T.dot(x, w) + bias)
    outputs = T.grad(T.sqr(T.dot(g, c)).sum(), [w, bias])
    rows = [np.ones((9, 2)), np.ones((2, 4)) / 8, np.ones((4, 3)) / 4, np.zeros(4)]
    program = assert_lowers([x, w, c, bias], outputs, rows, rtol=1e-9)
    reused = [s for s in within(program.body) if getattr(s, "injective", False)]
    assert reused
