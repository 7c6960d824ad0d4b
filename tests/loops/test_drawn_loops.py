"""A loop is what it stands for: the same steps written out."""

import agreement
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from loops.drawn import Drawn, Looped, Plan, Unrolled, plans

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


def assert_like_unrolled(plan: Plan, seed: int, order: int, variants=agreement.EVERY) -> None:
    looped, unrolled = Looped(plan, seed), Unrolled(plan, seed)
    expected = agreement.compile_variant(
        agreement.TRUTH, unrolled.inputs, derivatives(unrolled, order)
    )(*unrolled.values)
    results = derivatives(looped, order)
    for variant in variants:
        found = agreement.compile_variant(variant, looped.inputs, results)(*looped.values)
        for position, (mine, theirs) in enumerate(zip(found, expected, strict=True)):
            assert mine.dtype == theirs.dtype, position
            assert mine.shape == theirs.shape, f"{variant}: {position}"
            np.testing.assert_allclose(mine, theirs, 1e-8, 1e-9, err_msg=f"{variant} {position}")


@agreement.budget(1)
@given(plans(), st.integers(0, 2**20))
def test_values_and_slopes_are_those_of_the_loop_written_out(plan, seed):
    assert_like_unrolled(plan, seed, 1)


@agreement.budget(0.4)
@given(plans(), st.integers(0, 2**20))
def test_second_derivatives_are_those_of_the_loop_written_out(plan, seed):
    assert_like_unrolled(plan, seed, 2, agreement.EVERY[::3])
