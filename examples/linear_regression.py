"""Linear regression by gradient descent, written out: the price of a startup from a score.

The book's example (section 2.5): score = round(100 U), price = 300 + 20 score + noise, and with
x = (score - 50) / 100, y = price / 100 the line is y = 13 + 20 x. One sample at a time, learning
rate 0.1. Draws `linear-regression.png`.

    python examples/linear_regression.py [FOLDER]
"""

import sys
from pathlib import Path

import numpy as np
from symgraph.models import plots
from symgraph.models.datasets import valuation_samples

import symgraph as sg
import symgraph.tensor as T

RATE = 0.1
PASSES = 100


def main(folder: Path) -> tuple[float, float]:
    """Fit and draw the line; its intercept and slope."""
    samples = valuation_samples(10)

    # The model: h = theta0 + theta · x, and its cost J = mean((h - y)² / 2).
    theta = sg.shared(np.zeros(1), name="theta")
    theta0 = sg.shared(0.0, name="theta0")
    x, y = T.dvector("x"), T.dscalar("y")
    h = theta0 + T.dot(theta, x)
    J = T.mean(T.sqr(h - y) / 2)

    # Its derivatives are expressions too; a step moves both parameters against them.
    g0, g = sg.grad(J, [theta0, theta])
    step = sg.function([x, y], J, updates=[(theta0, theta0 - RATE * g0), (theta, theta - RATE * g)])

    for epoch in range(1, PASSES + 1):
        cost = np.mean([step(*sample) for sample in zip(samples.x, samples.y, strict=True)])
        if epoch in (1, 2, 5, 10, 20, 50, PASSES):
            line = f"y = {theta0.get_value():7.4f} + {theta.get_value()[0]:7.4f} x"
            print(f"after {epoch:3d} passes: mean cost {cost:9.5f}, {line}")

    intercept, slope = float(theta0.get_value()), float(theta.get_value()[0])
    figure = plots.line_fit(
        samples.x[:, 0],
        samples.y,
        intercept,
        slope,
        title="Linear regression: the price of a startup",
        truth=(13.0, 20.0),
        xlabel="expert's score: (score - 50) / 100",
        ylabel="price / 100",
    )
    print("drawn:", plots.save(figure, folder / "linear-regression.png"))
    return intercept, slope


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
