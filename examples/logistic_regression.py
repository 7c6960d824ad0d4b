"""Logistic regression: two sets of points in the plane, then handwritten digits.

The book's section 3.2: a softmax of two classes separates points (x1, x2) by a line; the cost is
summed over mini-batches of 100 at learning rate 0.01, which is the mean at 1. Its table of points
is not printed, so points are drawn here on both sides of a line. Section 3.4: 784-10 on the
digits, L2 0.001, learning rate 0.5, mini-batches of 100, stopped when 3,000 of them bring no
improvement. Draws `points.png` and `digit-weights.png`.

    python examples/logistic_regression.py [FOLDER]
"""

import sys
from pathlib import Path

import numpy as np
from symgraph.models import LogisticRegression, NoImprovement, plots
from symgraph.models.datasets import load_digits


def points(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`n` points of the unit square near no line: class 1 lies above 1.67 x1 + 1.96 x2 = 1.35."""
    random = np.random.RandomState(seed)
    drawn = random.uniform(size=(2 * n, 2))
    height = drawn @ [1.67, 1.96] - 1.35
    clear = np.abs(height) > 0.1
    return drawn[clear][:n], (height[clear][:n] > 0).astype(np.int64)


def separate_points(folder: Path) -> float:
    """Learn the line and draw it; the share of new points on the wrong side."""
    x, y = points(1000, seed=1)
    model = LogisticRegression(
        learning_rate=1.0, batch_size=100, max_iter=50, l2=0.0, optimizer="sgd", scale=False, tol=0
    )
    model.fit(x, y)
    new_x, new_y = points(200, seed=2)
    error = 1 - model.score(new_x, new_y)
    p = model.predict_proba([[0.27, 0.02]])[0]
    print(f"points: error {100 * error:.1f} % of {len(new_y)} new points; ", end="")
    print(f"(0.27, 0.02) is of class 0 with probability {p[0]:.2f}")
    weights, bias = (parameter.get_value() for parameter in model.parameters)
    figure = plots.decision_line(x, y, weights, bias, title="Logistic regression of points")
    print("drawn:", plots.save(figure, folder / "points.png"))
    return error


def read_digits(folder: Path) -> float:
    """Learn the ten digits and draw the weights of each; the test error."""
    data = load_digits()
    model = LogisticRegression(
        l2=0.001, learning_rate=0.5, batch_size=100, max_iter=157,
        optimizer="sgd", scale=False, tol=0, early_stopping=NoImprovement(3000), random_state=0,
        dtype="float32",
    )  # fmt: skip
    model.fit(data.train.x, data.train.y, validation=(data.validation.x, data.validation.y))
    error = 1 - model.score(data.test.x, data.test.y)
    history = model.history_
    print(f"digits: best after {history.best_epoch} of {history.epochs} epochs; ", end="")
    print(f"test error {100 * error:.1f} %")
    weights = model.parameters[0].get_value()
    labels = [str(digit) for digit in model.classes_]
    figure = plots.weight_images(weights, (28, 28), title="Weights of each digit", labels=labels)
    print("drawn:", plots.save(figure, folder / "digit-weights.png"))
    return error


if __name__ == "__main__":
    here = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    separate_points(here)
    read_digits(here)
