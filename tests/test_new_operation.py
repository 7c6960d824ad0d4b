"""An operation of another package: one class and one rule that writes its loops say all that
derivatives, rewriting, vectorising and lowering ask."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest
from support.op_checks import derivatives_agree

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import (
    Apply,
    BatchContext,
    Batched,
    FunctionGraph,
    Op,
    ShapeProxy,
    ShapeProxyContext,
    TensorType,
    Variable,
)
from symgraph.lower import register
from symgraph.lower.program.values import Literal
from symgraph.lower.writing.builder import Builder
from symgraph.ops.broadcast import sum_to
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.rank_alignment import pad_left
from symgraph.rewrite.context import RewriteContext


class WeightedRunningSum(Op):
    """y[..., i] = sum over j <= i of w[j] x[..., j], for float64."""

    never_larger: ClassVar[bool] = True

    def make_node(self, x: Variable, w: Variable) -> Apply:
        node = super().make_node(x, w)
        set_keys(node.outputs[0], extent_keys(x))
        return node

    def output_types(self, x: Variable, w: Variable) -> Sequence[TensorType]:
        if x.type.ndim < 1 or w.type.ndim != 1:
            raise TypeError(f"{self} takes an array and a vector of weights, not {x} and {w}")
        return [TensorType("float64", x.type.shape)]

    def perform(self, node: Apply, x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, ...]:
        if x.shape[-1] != w.shape[0]:
            raise ValueError(f"{x.shape[-1]} terms have {w.shape[0]} weights")
        with np.errstate(all="ignore"):
            return (np.cumsum(x * w, axis=-1),)

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    # --- derivatives ---

    def _later(self, g: Variable, w: Variable) -> Variable:
        """The sum of g at each place and behind it."""
        return self(g[..., ::-1], T.ones_like(w))[..., ::-1]

    def _reverse(self, node, g, multiply):
        if g is None:
            return [None, None]
        x, w = node.inputs
        later = self._later(g, w)
        by_x = multiply(later, pad_left([w, later])[0])
        by_w = sum_to(later * x, pad_left([w, x])[0])
        return [by_x, by_w.dimshuffle(x.type.ndim - 1)]

    def vjp(self, node, cotangents):
        return self._reverse(node, cotangents[0], T.mul)

    def guarded_vjp(self, node, cotangents):
        return self._reverse(node, cotangents[0], lambda g, w: T.switch(T.eq(g, 0), 0, g * w))

    def jvp(self, node, tangents):
        (x, w), (d_x, d_w) = node.inputs, tangents
        terms = [self(d_x, w)] if d_x is not None else []
        if d_w is not None:
            terms.append(self(x, d_w))
        return [sum(terms[1:], terms[0]) if terms else None]

    # --- shapes, errors, batches ---

    def shape_constraints(self, node):
        x, w = map(extent_keys, node.inputs)
        return [(x[-1], w[0])]

    def shape_proxy(self, node: Apply, context: ShapeProxyContext) -> ShapeProxy:
        x, w = context.operands
        keys = (*extent_keys(node.inputs[0])[:-1], extent_keys(node.inputs[1])[0])
        return context.requiring(x, [*context.extents(x)[:-1], context.extent(w, 0)], keys)

    def cannot_raise(self, node: Apply) -> bool:
        return all(left == right for left, right in self.shape_constraints(node))

    def batch(self, node: Apply, context: BatchContext) -> list[Batched] | None:
        if context.inputs[1].batched:
            return None
        return [Batched(self(*context.variables), True)]


def weighted_running_sum(b: Builder, node: Apply) -> None:
    x, w = map(b.buffer, node.inputs)
    fits = b.test("eq", x.extents[-1], w.extents[0])
    b.check(fits, "{0} terms have {1} weights", (x.extents[-1], w.extents[0]), node)
    out = b.home(node.outputs[0])

    def row(at):
        def term(i, total):
            product = b.compute("mul", x.dtype, b.load(x, (*at, i)), b.load(w, (i,)))
            total = b.compute("add", x.dtype, total, product)
            b.store(out, (*at, i), total)
            return [total]

        b.loop(x.extents[-1], term, [Literal(0.0, x.dtype)])

    with b.kernel():
        b.nest(x.extents[:-1], row)
    b.bind(node.outputs[0], out)


register(WeightedRunningSum, weighted_running_sum)

running = WeightedRunningSum()
X = np.array([[0.5, -1.0, 2.0], [0.0, 0.3, -0.7]])
W = np.array([2.0, 0.5, -1.0])


class Doubled(Op):
    """A composite: x + x."""

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        return [x.type]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        return (x + x,)

    def infer_shape(self, node, shapes):
        return [shapes[0]]

    def expand(self, node: Apply) -> list[Variable]:
        return [node.inputs[0] + node.inputs[0]]

    def vjp(self, node, cotangents):
        return [None if cotangents[0] is None else self(cotangents[0])]


def arguments():
    return T.dmatrix("x"), T.dvector("w")


def contains(f, kind):
    return any(isinstance(node.op, kind) for node in f.maker.fgraph.toposort())


@pytest.mark.parametrize("mode", ["llvm", "reference"])
def test_back_ends_compute_it(mode):
    x, w = arguments()
    f = sg.function([x, w], [running(x, w), Doubled()(x)], mode=mode)
    for x_value, w_value in ((X, W), (X[:, :0], W[:0]), (X[::-1, 1:], W[1:])):
        sums, doubled = f(x_value, w_value)
        np.testing.assert_array_equal(sums, np.cumsum(x_value * w_value, axis=1))
        np.testing.assert_array_equal(doubled, x_value * 2)
    with pytest.raises(ValueError, match="3 terms have 2 weights"):
        f(X, W[:2])


def test_native_code_takes_no_numpy():
    x, w = arguments()
    assert sg.function([x, w], [running(x, w), Doubled()(x)], mode="llvm").fallbacks() == []


def test_a_second_rule_is_refused():
    with pytest.raises(ValueError, match="WeightedRunningSum already has a rule"):
        register(WeightedRunningSum, weighted_running_sum)


def test_derivatives():
    derivatives_agree(lambda x, w: running(x, w) ** 2, X, W)
    derivatives_agree(lambda x: Doubled()(x) ** 2, X)


def test_rop_without_a_forward_derivative():
    x, v = T.dmatrix("x"), T.dmatrix("v")
    f = sg.function([x, v], sg.Rop(Doubled()(x) ** 2, x, v))
    np.testing.assert_allclose(f(X, X + 1), 8 * X * (X + 1))


def test_what_was_not_chosen_passes_no_derivative():
    x, w = arguments()
    chosen = T.switch(T.eq(w, np.inf), 0, running(x, w))
    f = sg.function([x, w], sg.grad(chosen.sum(), x))
    np.testing.assert_array_equal(f(X[:1], [2.0, 0.5, np.inf]), [[4.0, 0.5, 0.0]])


@pytest.mark.parametrize("mode", ["llvm", "reference"])
def test_its_shape_takes_no_value(mode):
    x, w = arguments()
    f = sg.function([x, w], running(x, w).shape, mode=mode)
    assert not contains(f, WeightedRunningSum)
    np.testing.assert_array_equal(f(X, W), [2, 3])
    with pytest.raises(ValueError):
        f(X, W[:2])
    g = sg.function([x], Doubled()(x).shape, mode=mode)
    assert not contains(g, Doubled)
    np.testing.assert_array_equal(g(X), [2, 3])


def test_rules_know_which_extents_it_demands():
    x, w = arguments()
    context = RewriteContext(FunctionGraph([x, w], [running(x, w)]))
    assert context.key_of(x.shape[1]) == context.key_of(w.shape[0])


def test_it_is_left_out_where_its_value_does_not_matter():
    x, w = arguments()
    y = T.dmatrix("y")
    three = TensorType("float64", (None, 3))("three")
    unread = T.switch(running(three, T.constant(W)).sum() > 0, y, y)
    assert not contains(sg.function([three, y], unread), WeightedRunningSum)
    doubtful = T.switch(running(x, w).sum() > 0, y, y)
    assert contains(sg.function([x, w, y], doubtful), WeightedRunningSum)


def test_it_works_on_a_batch():
    x, w = T.dvector("x"), T.dvector("w")
    single = running(x, w)
    many, weights = T.dtensor3("many"), T.dmatrix("weights")
    values = np.stack([X, X + 1])
    f = sg.function([many, w], sg.vectorize_graph(single, {x: many}))
    assert contains(f, WeightedRunningSum)
    assert not contains(f, sg.ops.Scan)
    np.testing.assert_allclose(f(values, W), np.cumsum(values * W, axis=-1))
    # Of many weights it says nothing: a loop goes over them.
    g = sg.function([x, weights], sg.vectorize_graph(single, {w: weights}))
    np.testing.assert_allclose(g(X[0], X), np.cumsum(X[0] * X, axis=-1))
