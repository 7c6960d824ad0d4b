"""A restricted Boltzmann machine learns what digits look like, as in the book's section 10.3.

500 hidden units, persistent contrastive divergence with 15 Gibbs steps, learning rate 0.1,
mini-batches of 20. Draws its filters (`rbm-filters.png`), and what it dreams of 1,000 Gibbs steps
from test digits (`rbm-samples.png`).

    python examples/rbm.py [FOLDER [EPOCHS]]
"""

import sys
from pathlib import Path

import numpy as np
from symgraph.models import RBM, History, plots
from symgraph.models.datasets import load_digits

SHAPE = (28, 28)


def tell(history: History) -> None:
    """Called before the first epoch and after each."""
    if history.epochs:
        known, seconds = -history.cost[-1], history.seconds[-1]
        print(f"epoch {history.epochs:2d}: pseudo-likelihood {known:.1f}, {seconds:.1f} s")


def main(folder: Path, epochs: int = 15) -> float:
    """Train, test and draw; the pseudo-likelihood of test digits."""
    data = load_digits()
    # Every mini-batch holds all digits.
    order = np.random.default_rng(0).permutation(len(data.train))
    model = RBM(
        n_hidden=500,
        learning_rate=0.1,
        batch_size=20,
        max_iter=epochs,
        k=15,
        persistent=True,
        random_state=0,
        dtype="float32",
    )
    model.fit(data.train.x[order], callbacks=[tell])

    known = model.score(data.test.x[::5])
    print(f"pseudo-likelihood of test digits: {known:.1f}")
    starts = np.random.default_rng(1).choice(len(data.test), 18, replace=False)
    dreams = model.sample(data.test.x[starts], n_steps=1000, random_state=2)
    captions = [f"from a {label}" for label in data.test.y[starts]]
    gallery = plots.digit_gallery(dreams, SHAPE, captions, title="After 1,000 Gibbs steps")
    filters = plots.weight_images(
        model.machine_.W.get_value()[:, :100], SHAPE, title="Weights of 100 hidden units"
    )
    print("drawn:", plots.save(filters, folder / "rbm-filters.png"))
    print("drawn:", plots.save(gallery, folder / "rbm-samples.png"))
    return known


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0] if given else "."), *map(int, given[1:2]))
