"""The multilayer perceptron 784-500-10 on handwritten digits.

As in the book's section 15.1 and the deep learning tutorials: 500 tanh units, a softmax, L2
0.0001, gradient descent at 0.01 in mini-batches of 20, early stopping by patience. Draws
`mlp-learning-curve.png`. `symgraph train mlp` does the same and more.

    python examples/mlp.py [FOLDER [EPOCHS]]
"""

import sys
from pathlib import Path

from symgraph.models import EarlyStopping, History, MLPClassifier, plots
from symgraph.models.datasets import load_digits


def tell(history: History) -> None:
    """Called before the first epoch and after each."""
    if history.epochs % 20 == 1:
        error = 100 * history.errors["validation"][-1]
        print(f"epoch {history.epochs:3d}: cost {history.cost[-1]:.4f}, validation {error:.1f} %")


def main(folder: Path, epochs: int = 1000) -> float:
    """Train, test and draw; the test error."""
    data = load_digits()
    model = MLPClassifier(
        hidden_layer_sizes=(500,),
        activation="tanh",
        l2=1e-4,
        learning_rate=0.01,
        batch_size=20,
        optimizer="sgd",
        scale=False,
        tol=0,
        max_iter=epochs,
        early_stopping=EarlyStopping(patience=5000),
        random_state=0,
        dtype="float32",
    )
    validation = (data.validation.x, data.validation.y)
    model.fit(data.train.x, data.train.y, validation=validation, callbacks=[tell])

    error = 1 - model.score(data.test.x, data.test.y)
    history = model.history_
    print(
        f"compiled in {history.compile_seconds:.2f} s, trained for {history.epochs} epochs in "
        f"{sum(history.seconds):.1f} s; test error {100 * error:.1f} %"
    )
    in_percent = {name: [100 * e for e in errors] for name, errors in history.errors.items()}
    figure = plots.learning_curve(
        history.cost, in_percent, title="MLP 784-500-10", best_epoch=history.best_epoch
    )
    print("drawn:", plots.save(figure, folder / "mlp-learning-curve.png"))
    return error


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0] if given else "."), *map(int, given[1:2]))
