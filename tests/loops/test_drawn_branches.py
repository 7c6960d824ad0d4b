"""A branch is what it stands for: the expression that was chosen, on its own."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import agreement
from support.lowering import assert_lowers

import symgraph as sg
import symgraph.tensor as T
from symgraph.ops import IfElse

CONDITIONS = 3
# An expression: what it is, a number, and the expressions that it is made of.
Tree = tuple[str, int, tuple["Tree", ...]]

LEAVES: Sequence[Callable[[Any, Any], Any]] = (
    lambda x, w: T.tanh(x * w[0]),
    lambda x, w: x[1:] * w.sum(),
    lambda x, w: T.concatenate([x * x, T.sin(x[:1] + w[1])]),
    lambda x, w: x,
    lambda x, w: w * 0.5,
    lambda x, w: x[: T.cast(T.clip(abs(x).sum(), 0, 2), "int64")] + w[0],
)


def trees() -> st.SearchStrategy:
    leaves = st.tuples(st.just("leaf"), st.integers(0, len(LEAVES) - 1), st.just(()))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(st.just("branch"), st.integers(0, CONDITIONS - 1), st.tuples(inner, inner)),
            st.tuples(st.just("chain"), st.just(0), st.tuples(inner, inner)),
            st.tuples(st.just("loop"), st.integers(0, 3), st.tuples(inner)),
        ),
        max_leaves=5,
    )


class Case:
    """A tree's variables and values; `lazily` with `ifelse` and `scan`, else written out."""

    def __init__(self, seed: int, signs: Sequence[bool], lazily: bool) -> None:
        rng = np.random.default_rng(seed)
        self.x, self.w, self.c = T.dvector("x"), T.dvector("w"), T.dvector("c")
        self.inputs = [self.x, self.w, self.c]
        self.values = [rng.normal(size=4), rng.normal(size=3), np.where(signs, 1.0, -1.0)]
        self.lazily = lazily

    def known(self, variable: Any) -> np.ndarray:
        return sg.function(self.inputs, variable, mode="reference", on_unused_input="ignore")(
            *self.values
        )

    def choose(self, condition: Any, then: Callable[[], Any], orelse: Callable[[], Any]) -> Any:
        if self.lazily:
            return sg.ifelse(condition, then(), orelse())
        return then() if self.known(condition) else orelse()

    def build(self, tree: Tree, x: Any) -> Any:
        kind, number, parts = tree
        if kind == "leaf":
            return LEAVES[number](x, self.w)
        if kind == "chain":
            return self.build(parts[1], self.build(parts[0], x))
        if kind == "branch":
            sides = [lambda part=part: self.build(part, x) for part in parts]
            return self.choose(self.c[number] > 0, *sides)
        return self.loop(number, parts[0], x)

    def loop(self, steps: int, tree: Tree, x: Any) -> Any:
        def step(state: Any) -> Any:
            return self.choose(
                state.sum() > 0,
                lambda: T.tanh(state * self.w[1] + self.build(tree, state).sum()),
                lambda: state * 0.5 + self.w[2],
            )

        if self.lazily:
            return sg.scan(step, outputs_info=x, n_steps=steps)[0].sum(axis=0)
        state, total = x, T.zeros_like(x)
        for _ in range(steps):
            state = step(state)
            total = total + state
        return total

    def results(self, tree: Tree) -> list[Any]:
        output = self.build(tree, self.x)
        cost = (output * output * T.arange(1, output.shape[0] + 1)).sum() + T.sin(output).sum()
        wrt = [self.x, self.w]
        slopes = sg.grad(cost, wrt, disconnected_inputs="ignore")
        second = sg.grad(
            slopes[0].sum() + (slopes[1] ** 2).sum(), wrt, disconnected_inputs="ignore"
        )
        return [output, *slopes, *second, *self.along(cost)]

    def along(self, cost: Any) -> list[Any]:
        """The derivative in a direction, forward; of the gradient too."""
        wrt = [self.x, self.w]
        directions = [T.cos(self.x), T.ones_like(self.w)]
        slopes = sg.grad(cost, wrt, disconnected_inputs="ignore")
        given = {"disconnected_outputs": "ignore"}
        return [sg.Rop(v, wrt, directions, **given) for v in (cost, *slopes)]


CASES = (trees(), st.integers(0, 99), st.tuples(*[st.booleans()] * CONDITIONS))


def assert_like_the_branch_chosen(
    make: Callable[[Case, Tree], list[Any]], tree: Tree, seed: int, signs: Sequence[bool], variants
) -> None:
    plain, lazy = (Case(seed, signs, lazily) for lazily in (False, True))
    truth = agreement.compile_variant(agreement.TRUTH, plain.inputs, make(plain, tree))
    expected = truth(*plain.values)
    results = make(lazy, tree)
    for variant in variants:
        f = agreement.compile_variant(variant, lazy.inputs, results)
        assert not any(isinstance(node.op, IfElse) for node in f.fallbacks())
        for position, (mine, theirs) in enumerate(zip(f(*lazy.values), expected, strict=True)):
            assert mine.shape == theirs.shape, f"{variant}: {position}"
            np.testing.assert_allclose(mine, theirs, 1e-8, 1e-9, err_msg=f"{variant} {position}")


@agreement.budget(0.5)
@given(*CASES)
def test_values_are_those_of_the_branch_chosen(tree, seed, signs):
    def value(case: Case, tree: Tree) -> list[Any]:
        return [case.build(tree, case.x)]

    assert_like_the_branch_chosen(value, tree, seed, signs, agreement.EVERY)


# Its derivative's other branch has an extent that is told outside.
@example(("branch", 0, (("leaf", 3, ()), ("leaf", 4, ()))), 0, (False,) * CONDITIONS)
@agreement.budget(0.2)
@given(*CASES)
def test_derivatives_are_those_of_the_branch_chosen(tree, seed, signs):
    assert_like_the_branch_chosen(Case.results, tree, seed, signs, agreement.EVERY[::3])


@agreement.budget(1)
@given(*CASES)
def test_the_loop_program_keeps_the_rules(tree, seed, signs):
    case = Case(seed, signs, True)
    assert_lowers(case.inputs, [case.build(tree, case.x), case.x * 2], case.values, 1e-12)


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
def test_what_is_wrong_in_the_other_branch_does_no_harm(variant):
    """Neither its indices, nor its shapes, nor the length that one of its values tells."""
    x, k = T.dvector("x"), T.lscalar("k")
    outputs = [
        sg.ifelse(k < 3, x[k], x[0] * 0),
        sg.ifelse(k < 3, x * T.ones((k,)), x),
        sg.ifelse(k < 3, x[: T.arange(3)[k]], x),
    ]
    f = agreement.compile_variant(variant, [x, k], outputs)
    x3 = np.array([1.0, 2.0, 3.0])
    assert [v.tolist() for v in f(x3, 9)] == [0, [1, 2, 3], [1, 2, 3]]
    with pytest.raises(ValueError, match=r"2\b.*3\b|3\b.*2\b"):
        f(x3, 2)
