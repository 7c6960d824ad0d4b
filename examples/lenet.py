"""LeNet learns handwritten digits, as in the book's section 5.2 and the deep learning tutorials.

20 maps of 5 x 5 windows, 50 maps of those, the largest of 2 x 2 after each, 500 units; descent at
0.1, mini-batches of 50. After 20 epochs with 4,000 digits it reads 97.7 % of 1,000 others. Draws
`feature-maps.png`: what the maps answer to a digit.

    python examples/lenet.py [FOLDER [EPOCHS]]
"""

import sys
from pathlib import Path

from symgraph.models import History, LeNet, plots
from symgraph.models.datasets import load_digits


def tell(history: History) -> None:
    """Called before the first epoch and after each."""
    if history.epochs:
        wrong = 100 * history.errors["training"][-1]
        print(f"epoch {history.epochs:2d}: cost {history.cost[-1]:.4f}, training {wrong:.1f} %")


def main(folder: Path, epochs: int = 20) -> float:
    """Train, test and draw; the test error."""
    data = load_digits()
    train = data.train_and_validation
    model = LeNet(
        batch_size=50, max_iter=epochs, early_stopping=False, random_state=0, dtype="float32"
    )
    model.fit(train.x, train.y, callbacks=[tell])

    error = 1 - model.score(data.test.x, data.test.y)
    history = model.history_
    print(
        f"compiled in {history.compile_seconds:.2f} s, trained for {history.epochs} epochs in "
        f"{sum(history.seconds):.1f} s; test error {100 * error:.1f} %"
    )
    digit = data.test.x[:1]
    layers = [model.feature_maps(digit, layer)[0] for layer in (1, 2)]
    title = f"{model.predict(digit)[0]}, says the network"
    figure = plots.feature_maps(digit.reshape(28, 28), layers, title=title)
    print("drawn:", plots.save(figure, folder / "feature-maps.png"))
    return error


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0] if given else "."), *map(int, given[1:2]))
