"""A loop is what it stands for: the same steps written out."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from support import agreement
from support.drawn_loops import Drawn, Looped, Plan, Unrolled, plans

import symgraph as sg
import symgraph.tensor as T


def derivatives(case: Drawn, order: int) -> list:
    """The outputs, and derivatives of a number made of them, up to an order."""
    outputs = case.outputs()
    results, cost = list(outputs), case.weighted(outputs)
    for number in range(order):
        slopes = sg.grad(cost, case.wrt, disconnected_inputs="ignore")
        results += slopes
        cost = T.constant(0.0)
        for position, slope in enumerate(slopes):
            cost = cost + (slope * slope).sum() * (0.1 + position) + slope.sum() * number
    return results


def forward_derivatives(case: Drawn) -> list:
    """Of the outputs and of a number's gradient, in a direction."""
    outputs = case.outputs()
    slopes = sg.grad(case.weighted(outputs), case.wrt, disconnected_inputs="ignore")
    moves = [T.cos(v + number) for number, v in enumerate(case.wrt)]
    real = [v for v in outputs if v.dtype == "float64"]
    return [sg.Rop(v, case.wrt, moves, disconnected_outputs="ignore") for v in (*real, *slopes)]


def assert_like_unrolled(
    make: Callable[[Drawn], list], plan: Plan, seed: int, variants=agreement.EVERY
) -> None:
    """Where large terms cancel, what is left has their rounding."""
    looped, unrolled = Looped(plan, seed), Unrolled(plan, seed)
    expected = agreement.compile_variant(agreement.TRUTH, unrolled.inputs, make(unrolled))(
        *unrolled.values
    )
    results = make(looped)
    finite = [np.abs(values[np.isfinite(values)]) for values in map(np.asarray, expected)]
    noise = 1e-9 + 1e-12 * max(values.max(initial=0) for values in finite)
    for variant in variants:
        found = agreement.compile_variant(variant, looped.inputs, results)(*looped.values)
        for position, (mine, theirs) in enumerate(zip(found, expected, strict=True)):
            assert mine.dtype == theirs.dtype, position
            assert mine.shape == theirs.shape, f"{variant}: {position}"
            np.testing.assert_allclose(mine, theirs, 1e-8, noise, err_msg=f"{variant} {position}")


@agreement.budget(0.4)
@given(plans(), st.integers(0, 2**20))
def test_values_and_derivatives_are_those_of_the_loop_written_out(plan, seed):
    assert_like_unrolled(partial(derivatives, order=1), plan, seed)


@agreement.budget(0.2)
@given(plans(), st.integers(0, 2**20))
def test_second_derivatives_are_those_of_the_loop_written_out(plan, seed):
    assert_like_unrolled(partial(derivatives, order=2), plan, seed, agreement.EVERY[::3])


@agreement.budget(0.2)
@given(plans(), st.integers(0, 2**20))
def test_forward_derivatives_are_those_of_the_loop_written_out(plan, seed):
    """Which no truncation cuts short."""
    whole = replace(plan, truncate=-1)
    assert_like_unrolled(forward_derivatives, whole, seed, agreement.EVERY[::3])
