"""An LSTM that reads handwritten digits row by row, as in the book's section 7.2.

28 steps of 28 pixels, 128 cells whose forget gates begin open, a softmax of the last output; of
pixels and outputs 40 % are left out while learning. Adam at a rate that decays, mini-batches of 25.
After 30 epochs with 4,000 digits it reads 97.7 % of 1,000 others (other seeds: 97.6, 97.0 %).
Draws `lstm-learning-curve.png`.

    python examples/lstm.py [FOLDER [EPOCHS]]
"""

import sys
from pathlib import Path

from symgraph.models import History, LSTMClassifier, plots
from symgraph.models.datasets import load_digits


def tell(history: History) -> None:
    """Called before the first epoch and after each."""
    if history.epochs:
        wrong = 100 * history.errors["training"][-1]
        print(f"epoch {history.epochs:3d}: cost {history.cost[-1]:.4f}, training {wrong:.1f} %")


def main(folder: Path, epochs: int = 30) -> float:
    """Train, test and draw; the test error."""
    data = load_digits()
    train = data.train_and_validation
    model = LSTMClassifier(
        n_steps=28,
        n_hidden=128,
        learning_rate=0.004,
        decay=0.001,
        dropout=0.4,
        batch_size=25,
        max_iter=epochs,
        early_stopping=False,
        random_state=0,
        dtype="float32",
    )
    model.fit(train.x, train.y, callbacks=[tell])

    error = 1 - model.score(data.test.x, data.test.y)
    history = model.history_
    print(
        f"compiled in {history.compile_seconds:.2f} s, trained for {history.epochs} epochs in "
        f"{sum(history.seconds):.1f} s; test error {100 * error:.1f} %"
    )
    in_percent = {name: [100 * e for e in errors] for name, errors in history.errors.items()}
    figure = plots.learning_curve(history.cost, in_percent, title="LSTM 28 x 28-128-10")
    print("drawn:", plots.save(figure, folder / "lstm-learning-curve.png"))
    return error


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0] if given else "."), *map(int, given[1:2]))
