"""The multilayer perceptron beside scikit-learn's of the same size, on the 5,000 digits.

4,000 digits train and 1,000 test, for five cuts. Both networks are 784-500-10 with tanh, plain
gradient descent in batches of 20 at rate 0.05, the same L2 penalty and the same number of epochs.
scikit-learn adds alpha/2 · ΣW² / batch to its cost, so that alpha is 2 · l2 · batch.

The seconds of symgraph contain the compilation. Both compute on one thread unless more are asked
for: products as small as these gain nothing from more.

    python examples/compare_with_sklearn.py [--epochs 30] [--seeds 5] [--threads 1]
"""

import argparse
import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier as TheirPerceptron
from symgraph.models import MLPClassifier
from symgraph.models.datasets import load_digits
from threadpoolctl import threadpool_limits

L2, BATCH, RATE = 1e-4, 20, 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=5, help="from 2")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    results: dict[str, list[tuple[float, float]]] = {"symgraph": [], "scikit-learn": []}
    for seed in range(options.seeds):
        data = load_digits(seed)
        train, test = data.train_and_validation, data.test
        models = {
            "symgraph": MLPClassifier(
                (500,), "tanh", learning_rate=RATE, batch_size=BATCH, l2=L2,
                max_iter=options.epochs, optimizer="sgd", scale=False, tol=0,
                random_state=seed, dtype="float32",
            ),
            "scikit-learn": TheirPerceptron(
                (500,), "tanh", solver="sgd", learning_rate_init=RATE, batch_size=BATCH,
                alpha=2 * L2 * BATCH, momentum=0.0, max_iter=options.epochs, tol=0.0,
                n_iter_no_change=options.epochs, random_state=seed,
            ),
        }  # fmt: skip
        for name, model in models.items():
            start = time.perf_counter()
            with threadpool_limits(options.threads):
                model.fit(train.x, train.y)
            seconds = time.perf_counter() - start
            error = 100 * (1 - model.score(test.x, test.y))
            results[name].append((error, seconds))
            print(f"seed {seed}: {name:12} test error {error:.2f} %, {seconds:.1f} s", flush=True)
    for name, rows in results.items():
        (error, seconds), spread = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1)
        print(
            f"{name:12} test error {error:.2f} ± {spread[0]:.2f} %, "
            f"{seconds:.1f} ± {spread[1]:.1f} s"
        )


if __name__ == "__main__":
    main()
