"""Derivatives of random graphs: reverse, forward, second and by differences, on every back end."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, event, given, reject
from support import rounding
from support.agreement import assert_agree, budget
from support.finite_differences import ridders
from support.graph_drawing import Drawn, graphs

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient.errors import NullTypeGradError
from symgraph.graph import Variable

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def gradients(cost: Variable, wrt: list[Variable]) -> list[Variable]:
    try:
        return sg.grad(cost, wrt, disconnected_inputs="ignore")
    except NullTypeGradError as error:
        # Psi can be differentiated once; all else here as often as one likes.
        if "tri_gamma has no derivative" not in str(error):
            raise
        reject()


class Slopes:
    """A drawn graph's outputs made one number, with its derivatives along random directions."""

    def __init__(self, drawn: Drawn) -> None:
        rng = np.random.default_rng(len(drawn.outputs))
        self.inputs, self.values = drawn.inputs, [np.asarray(v, v.dtype.name) for v in drawn.values]
        results = rounding.run(drawn.inputs, drawn.outputs, self.values)
        weights = [T.constant(rng.uniform(0.5, 1.5, result.shape)) for result in results]
        weighted = [(w * y).sum() for w, y in zip(weights, drawn.outputs, strict=True)]
        self.cost = T.stack(weighted).sum()
        self.wrt = [x for x in drawn.inputs if x.type.dtype == "float64"]
        at = [v for x, v in zip(self.inputs, self.values, strict=True) if x in self.wrt]
        self.directions = [
            [T.constant(rng.uniform(-1, 1, value.shape)) for value in at] for _ in range(2)
        ]

    def reverse(self, cost: Variable, which: int) -> Variable:
        """The slope along a direction, from the gradient."""
        found = gradients(cost, self.wrt)
        products = [(g * v).sum() for g, v in zip(found, self.directions[which], strict=True)]
        return T.stack(products).sum()

    def forward(self, cost: Variable, which: int) -> Variable:
        return sg.Rop(cost, self.wrt, self.directions[which], disconnected_outputs="ignore")

    def by_differences(self, cost: Variable, which: int) -> tuple[float, float]:
        moves = dict(zip(self.wrt, self.directions[which], strict=True))

        def at(step: float) -> float:
            moved = [
                v + step * moves[x].data if x in moves else v
                for x, v in zip(self.inputs, self.values, strict=True)
            ]
            return float(rounding.run(self.inputs, [cost], moved)[0])

        return ridders(at)

    def numbers(self, outputs: Sequence[Variable]) -> tuple[np.ndarray, float]:
        """The outputs, and how far rounding may move them."""
        exact = np.array(rounding.run(self.inputs, outputs, self.values))
        varied = np.array(
            [
                rounding.run(self.inputs, outputs, self.values, np.random.default_rng(seed))
                for seed in range(6)
            ]
        )
        return exact, float(np.abs(varied - exact).max())


def assert_slopes_agree(slopes: Slopes, cost: Variable, which: int) -> None:
    """Reverse and forward mode give the same slope, and so do differences where they exist."""
    both = [slopes.reverse(cost, which), slopes.forward(cost, which)]
    (reverse, forward), noise = slopes.numbers(both)
    numeric, error = slopes.by_differences(cost, which)
    scale = max(1.0, abs(numeric))
    assume(np.isfinite(noise))
    if not error <= 1e-4 * scale:
        event("a kink or a jump")
        assume(np.isfinite([reverse, forward]).all())
    else:
        event("smooth")
        assert abs(reverse - numeric) <= 1e-7 * scale + 20 * (error + noise)
    assert abs(reverse - forward) <= 1e-9 * max(1.0, abs(reverse)) + 10 * noise


@budget(2)
@given(graphs(min_steps=2, max_steps=8, smooth=True))
def test_first_derivatives(drawn):
    slopes = Slopes(drawn)
    assume(np.isfinite(rounding.run(slopes.inputs, [slopes.cost], slopes.values)[0]))
    assert_slopes_agree(slopes, slopes.cost, 0)


@budget(2)
@given(graphs(min_steps=1, max_steps=4, smooth=True))
def test_second_derivatives(drawn):
    slopes = Slopes(drawn)
    assume(np.isfinite(rounding.run(slopes.inputs, [slopes.cost], slopes.values)[0]))
    first = slopes.reverse(slopes.cost, 0)
    assume(np.isfinite(rounding.run(slopes.inputs, [first], slopes.values)[0]))
    assert_slopes_agree(slopes, first, 1)


@budget(1)
@given(graphs(min_steps=2, max_steps=8, smooth=True))
def test_every_back_end_computes_them_alike(drawn):
    """Gradients have the shapes and dtypes of their variables, and the reference's values."""
    slopes = Slopes(drawn)
    first = gradients(slopes.cost, slopes.wrt)
    outputs = [slopes.cost, *first, slopes.forward(slopes.cost, 0)]
    outcome = assert_agree(drawn.inputs, outputs, drawn.values)
    assert outcome.results is not None
    values = dict(zip(drawn.inputs, drawn.values, strict=True))
    for x, g in zip(slopes.wrt, outcome.results[1:], strict=False):
        assert (g.dtype, g.shape) == (np.float64, values[x].shape)


@budget(1)
@given(graphs(min_steps=1, max_steps=4, smooth=True))
def test_every_back_end_computes_second_derivatives_alike(drawn):
    slopes = Slopes(drawn)
    first = slopes.reverse(slopes.cost, 0)
    outputs = [first, *gradients(first, slopes.wrt), slopes.forward(first, 1)]
    assert_agree(drawn.inputs, outputs, drawn.values)


@budget(0.6)
@given(graphs(min_steps=2, max_steps=8, dtypes=("float64", "float32", "float16")))
def test_gradients_in_every_dtype(drawn):
    """Of whatever is a float: float16 and float32, beside integers."""
    floats = [x for x in drawn.inputs if "float" in x.type.dtype]
    costs = [y.sum() for y in (*drawn.outputs, floats[0]) if "float" in y.type.dtype]
    found = gradients(T.stack(costs).sum(), floats)
    outcome = assert_agree(drawn.inputs, found, drawn.values)
    values = dict(zip(drawn.inputs, drawn.values, strict=True))
    for x, g in zip(floats, outcome.results, strict=True):
        assert (g.dtype.name, g.shape) == (x.type.dtype, values[x].shape)
