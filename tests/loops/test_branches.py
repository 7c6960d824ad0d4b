"""`ifelse` computes one branch and leaves the other alone."""

from collections.abc import Sequence

import numpy as np
import pytest
from support import agreement

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Apply, Op, Variable
from symgraph.ops.inner_graph import InnerGraphOp


class Watched(Op):
    """x itself; counts how often it is computed."""

    calls = 0

    def output_types(self, x: Variable) -> Sequence:
        return [x.type]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        Watched.calls += 1
        return (x.copy(),)

    def infer_shape(self, node: Apply, shapes: Sequence) -> Sequence:
        return [shapes[0]]

    def vjp(self, node: Apply, cotangents: Sequence) -> Sequence:
        return [Watched()(cotangents[0])]

    def jvp(self, node: Apply, tangents: Sequence) -> Sequence:
        return [Watched()(tangents[0])]


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
def test_only_the_branch_chosen_is_computed_in_derivatives_too(variant):
    x, c = T.dvector("x"), T.dscalar("c")
    y = sg.ifelse(c > 0, T.exp(x).sum(), (Watched()(x * 2) ** 3).sum())
    slope = sg.grad(y, x)
    outputs = [y, slope, sg.grad(slope.sum(), x), sg.Rop(y, x, T.ones_like(x))]
    f = agreement.compile_variant(variant, [x, c], outputs)
    Watched.calls = 0
    values = f(np.array([0.0, 1.0]), 1.0)
    assert Watched.calls == 0
    np.testing.assert_allclose(values[1], np.exp([0, 1]))
    values = f(np.array([1.0, 2.0]), 0.0)
    assert Watched.calls > 0
    np.testing.assert_allclose(values[0], 72)
    np.testing.assert_allclose(values[1], [24, 96])
    np.testing.assert_allclose(values[2], [48, 96])
    np.testing.assert_allclose(values[3], 120)


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
def test_several_outputs_of_different_shapes_and_branches_in_loops(variant):
    x, c = T.dvector("x"), T.bscalar("c")
    a, b = sg.ifelse(c, [x, x.sum()], [x[:1], 2.0])
    ys, _ = sg.scan(lambda v: sg.ifelse(v > 1, v**2, -v), x)
    outputs = [a, b, a.shape[0], ys, sg.grad(a.sum() + b + ys.sum(), x)]
    f = agreement.compile_variant(variant, [x, c], outputs)
    yes, no = (f(np.array([0.5, 2.0]), flag) for flag in (1, 0))
    assert [v.tolist() for v in yes] == [[0.5, 2], 2.5, 2, [-0.5, 4], [1, 6]]
    assert [v.tolist() for v in no] == [[0.5], 2, 1, [-0.5, 4], [0, 4]]


def test_intermediate_values_have_gradients_through_a_branch():
    x, c = T.dscalar("x"), T.dscalar("c")
    h = T.sqr(x)
    y = sg.ifelse(c > 0, h * 3, h * h)
    f = sg.function([x, c], [sg.grad(y, h), sg.grad(y, x)])
    assert [float(v) for v in f(2, 1)] == [3, 12]
    assert [float(v) for v in f(2, 0)] == [8, 32]


def test_a_steep_branch_not_chosen_does_not_spoil_the_gradient():
    x = T.dscalar("x")
    y = sg.ifelse(x > 0, T.sqrt(x), x * 0)
    assert sg.grad(y, x).eval({x: 0.0}) == 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (lambda v, s: (v, s, s), TypeError, "ifelse: the condition must be a real scalar"),
        (lambda v, s: (s, v, s), TypeError, "ifelse: the branches differ in rank"),
        (lambda v, s: (s, s, T.cast(s, "int32")), TypeError, "differ in dtype.*cast one of them"),
        (lambda v, s: (s, [v], s), TypeError, "one branch is a list, the other is not"),
        (lambda v, s: (s, [v], [v, v]), ValueError, "then_branch has 1 values, else_branch 2"),
        (lambda v, s: (s, "a", s), TypeError, "ifelse: then_branch must be a tensor"),
    ],
)
def test_what_does_not_fit_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        sg.ifelse(*arguments(T.dvector(), T.dscalar()))


def test_branches_are_native_also_where_their_values_tell_the_shapes():
    x, c = T.dvector("x"), T.dscalar("c")
    ends = [T.cast(v, "int64") for v in (x.sum(), T.exp(x[0]))]
    outputs = [
        sg.ifelse(c > 0, T.exp(x[: ends[0]]), x[1:]),
        sg.ifelse(c > 0, sg.ifelse(c > 1, x * 2, T.arange(ends[1]) * 1.0), x[:1]),
        *sg.ifelse(c > 0, [x, x, x.sum(), T.constant(2.0)], [x[:2], x[1:], 3.0, c]),
    ]
    native, plain = (sg.function([x, c], outputs, mode=mode) for mode in ("llvm", "reference"))
    assert native.fallbacks() == []
    for value in (np.array([0.0, 1, 2]), np.array([1.0, 2])):
        for condition in (2.0, 0.5, -1.0):
            for mine, theirs in zip(native(value, condition), plain(value, condition), strict=True):
                assert mine.shape == theirs.shape
                np.testing.assert_allclose(mine, theirs, rtol=1e-14)


def test_branches_and_loops_of_complex_numbers_are_native():
    """What computes with complex numbers runs in NumPy, but no branch or loop does."""
    x, y, c = T.zvector("x"), T.dvector("y"), T.dscalar("c")
    powers, _ = sg.scan(lambda s: s * (1 + 1j), outputs_info=T.constant(1 + 0j), n_steps=5)
    outputs = [
        sg.ifelse(c > 0, x * 2, T.exp(x)),
        sg.ifelse(c > 0, T.real((y * 1j) ** 2), y),
        sg.ifelse(c > 0, x[1:], x[:1]),
        powers * c,
    ]
    native, plain = (sg.function([x, y, c], outputs, mode=mode) for mode in ("llvm", "reference"))
    assert not any(isinstance(node.op, InnerGraphOp) for node in native.fallbacks())
    for condition in (1.0, -1.0):
        given = np.array([1 + 2j, 3, -1j]), np.array([1.0, 2.0, 3.0]), condition
        for mine, theirs in zip(native(*given), plain(*given), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-14)


def test_a_condition_that_is_known():
    x = T.dvector("x")
    for variant in agreement.EVERY:
        outputs = [sg.ifelse(T.constant(flag), x * 2, x[1:]) for flag in (True, False)]
        f = agreement.compile_variant(variant, [x], outputs)
        assert [v.tolist() for v in f(np.array([1.0, 2.0]))] == [[2, 4], [2]]


def test_the_branches_share_their_memory():
    """What one branch needs for itself lies where the other has its own."""
    x, c = T.TensorType("float64", (500, 500))("x"), T.bscalar("c")
    one, two = T.dot(T.exp(x), T.sin(x)).sum(), T.dot(T.cos(x), T.tanh(x)).sum()
    both = sg.function([x, c], sg.ifelse(c, one, two))
    single = sg.function([x], one)
    value = np.zeros((500, 500))
    assert both.memory(value, 1).scratch <= single.memory(value).scratch + 4096


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
def test_what_has_no_native_code_within_branches_and_loops(variant):
    x, c = T.dvector("x"), T.dscalar("c")
    doubled, _ = sg.scan(lambda v: Watched()(sg.ifelse(v > c, v * 2, Watched()(v))), x)
    f = agreement.compile_variant(variant, [x, c], [doubled, sg.ifelse(c > 0, x, Watched()(x)[1:])])
    value = np.array([0.5, 2.0, 3.0])
    assert [v.tolist() for v in f(value, 1.0)] == [[0.5, 4, 6], [0.5, 2, 3]]
    assert [v.tolist() for v in f(value, -1.0)] == [[1, 4, 6], [2, 3]]
