"""The startup-valuation example of the book (section 2.5): an expert's score and a price.

score = round(100 U), price = 300 + 20 score + noise with noise in -10 .. 10. Normalised as there,
x = (score - 50) / 100 and y = price / 100, the line is y = 13 + 20 x with x in [-0.5, 0.5].
"""

import dataclasses

import numpy as np

from .split import DataSet, Samples, three_parts

THETA0 = 300.0
THETA1 = 20.0
AXES = ("expert's score: (score - 50) / 100", "price / 100")


def valuation_samples(n: int, seed: int = 234, dtype: str = "float64") -> Samples:
    """Return `n` normalised samples of the example: x (n, 1), y (n,), floats of the dtype.

    >>> samples = valuation_samples(10)
    >>> slope, intercept = np.polyfit(samples.x[:, 0], samples.y, 1)
    >>> round(float(slope)), round(float(intercept))
    (20, 13)
    """
    random = np.random.RandomState(seed)
    score = np.round(100 * random.uniform(size=n))
    noise = np.round(20 * random.uniform(size=n)) - 10
    price = THETA0 + THETA1 * score + noise
    return Samples(((score - 50) / 100).astype(dtype)[:, np.newaxis], (price / 100).astype(dtype))


def load_valuation(seed: int = 234, dtype: str = "float64") -> DataSet:
    """Return the book's 10 samples to train on, 5 more to validate, 5 to test.

    >>> load_valuation().describe()
    'startup valuation: 10 / 5 / 5 samples (train / validation / test), 1 feature'
    """
    data = three_parts(
        "startup valuation", valuation_samples(20, seed, dtype), seed, n_test=5, n_validation=5
    )
    return dataclasses.replace(data, axes=AXES)
