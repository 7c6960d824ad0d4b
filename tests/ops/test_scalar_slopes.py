"""Slopes of every function of the table at special points: 0, 1, -1, large and small numbers."""

import itertools

import numpy as np
import pytest
from support import agreement

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops import scalar_table, special_table
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.scalar import SCALARS, Undefined

POINTS = (0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1000.0, -1000.0)
STEP = 1e-5
# Of numbers around 1 the differences have errors of about STEP ** 2 and 1e-16 / STEP.
ACCURACY = 1e-6
# Every real function of real numbers with a derivative; conversions are made when first asked for.
NAMES = sorted(
    name
    for name, scalar in SCALARS.items()
    if scalar.contributions is not None
    and any(scalar.contributions)
    and "f" in scalar.takes.kinds
    and not name.startswith(("cast{", "complex"))
)


def test_the_sweep_has_all_functions_in_it():
    assert {"pow", "hypot", "xlogy", "logaddexp", "arctan2", "clip", "sqrt"} <= set(NAMES)
    tables = {**vars(scalar_table), **vars(special_table)}
    assert all(name in tables for name in NAMES)


def value(name, *operands):
    with np.errstate(all="ignore"):
        return np.asarray(SCALARS[name].numpy(*operands), "float64")


def differences(name, points, position):
    """The slopes to the right and to the left of the points, and further to the right; they may
    be nan or infinite."""
    slopes = []
    for steps in (1, -1, 2):
        moved = list(points)
        step = steps * STEP * np.maximum(1, np.abs(points[position]))
        moved[position] = points[position] + step
        with np.errstate(all="ignore"):
            difference = value(name, *moved) - value(name, *points)
            slopes.append(difference / (moved[position] - points[position]))
    return slopes


def swept(name):
    """The function's vectors of operands, the derivatives by those that have one, and points."""
    count = SCALARS[name].arity
    rows = np.array(list(itertools.product(POINTS, repeat=count))).T
    x = [TensorType("float64", (None,))() for _ in range(count)]
    rules = SCALARS[name].contributions
    by = [at for at, rule in enumerate(rules) if not isinstance(rule, Undefined | None)]
    y = scalar_functions[name](*x)
    gradients = sg.grad(T.sum(y), [x[at] for at in by])
    return x, by, y, gradients, list(rows)


@pytest.mark.parametrize("variant", agreement.EVERY, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_no_derivative_is_missing_where_the_function_is_finite(name, variant):
    """And it is that of the differences, where those of both sides agree."""
    x, by, y, gradients, points = swept(name)
    forward = [sg.Rop(y, x[at], T.ones_like(x[at])) for at in by]
    found = agreement.compile_variant(variant, x, [*gradients, *forward])(*points)
    for at, slope, moved in zip(by, found[: len(by)], found[len(by) :], strict=True):
        right, left, further = differences(name, points, at)
        known = np.isfinite(right) & np.isfinite(left)
        assert not np.isnan(slope[known]).any()
        known &= np.isfinite(further)
        if name == "clip":
            # Between equal bounds every operand is at a kink.
            known &= points[1] != points[2]
        slope, moved, right, left, further = (
            a[known] for a in (slope, moved, right, left, further)
        )
        size = 1 + np.abs(right)
        # At a jump the slopes of both sides may agree, but not those of two steps.
        smooth = np.maximum(np.abs(right - left), np.abs(right - further)) < 1e-3 * size
        error = np.abs(slope - (right + left) / 2) / size
        rounding = np.abs(value(name, *points))[known] * 1e-15 / (STEP * size)
        assert (error < ACCURACY + rounding)[smooth].all()
        np.testing.assert_allclose(moved, slope, rtol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_nor_is_a_second_derivative_where_the_first_is_finite(name):
    x, by, _, gradients, points = swept(name)
    firsts = agreement.compile_variant(agreement.TRUTH, x, gradients)
    for first_at, gradient in zip(by, gradients, strict=True):
        for at in by:
            second = sg.grad(T.sum(gradient), x[at], disconnected_inputs="ignore")
            (found,) = agreement.compile_variant(agreement.TRUTH, x, [second])(*points)
            known = np.ones(len(found), bool)
            for sign in (0, 1, -1):
                moved = list(points)
                moved[at] = points[at] + sign * STEP * np.maximum(1, np.abs(points[at]))
                known &= np.isfinite(firsts(*moved)[by.index(first_at)])
            assert not np.isnan(found[known]).any()
