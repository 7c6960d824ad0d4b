"""Samples with their labels, and the cut into training, validation and test parts."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Samples:
    """Hold samples with their targets.

    x: floats, (n, features). y: labels (int64 or text) or real targets, (n,). Raises ValueError for
    other shapes.

    >>> samples = Samples(np.array([[0.0], [1.0]]), np.array(["no", "yes"]))
    >>> len(samples), samples.take(np.array([1])).y.tolist()
    (2, ['yes'])
    """

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or self.y.ndim != 1 or len(self.x) != len(self.y):
            raise ValueError(
                f"samples need x of shape (n, features) and y of shape (n,), "
                f"got {self.x.shape} and {self.y.shape}"
            )

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: np.ndarray) -> "Samples":
        """Return the samples at `rows`, in that order."""
        return Samples(self.x[rows], self.y[rows])


@dataclass(frozen=True)
class DataSet:
    """Hold a named data set in three disjoint parts: training, validation, test.

    `axes` says what x and y are, for pictures, and `assumed` what a file was taken for that did not
    say what it is.

    >>> part = Samples(np.zeros((2, 3)), np.zeros(2))
    >>> DataSet("nothing", part, part, part).describe()
    'nothing: 2 / 2 / 2 samples (train / validation / test), 3 features'
    """

    name: str
    train: Samples
    validation: Samples
    test: Samples
    axes: tuple[str, str] = ("x", "y")
    assumed: str = ""

    @property
    def train_and_validation(self) -> Samples:
        """Both parts that training may look at, the training part first."""
        x = np.concatenate([self.train.x, self.validation.x])
        return Samples(x, np.concatenate([self.train.y, self.validation.y]))

    def describe(self) -> str:
        """Return one line: name, sizes of the parts, number of features."""
        sizes = " / ".join(f"{len(part):,}" for part in (self.train, self.validation, self.test))
        width = self.train.x.shape[1]
        features = f"{width} feature" + "s" * (width != 1)
        return f"{self.name}: {sizes} samples (train / validation / test), {features}"


def cut_mask(
    labels: np.ndarray, n_second: int, random: np.random.RandomState | np.random.Generator
) -> np.ndarray:
    """Return which `n_second` samples to cut off (bool), every class in proportion.

    labels: (n,). What proportion leaves of a whole sample goes to the largest remainders. Real
    numbers (regression) count as one class. Raises ValueError where there are not so many samples.

    >>> labels = np.array([0, 0, 0, 0, 1, 1])
    >>> np.bincount(labels[cut_mask(labels, 3, np.random.default_rng(0))]).tolist()
    [2, 1]
    """
    n = len(labels)
    if not 0 <= n_second <= n:
        raise ValueError(f"cannot cut {n_second} samples off {n}")
    if labels.dtype.kind not in "iubU":
        labels = np.zeros(n, dtype=np.int64)
    _, class_of, counts = np.unique(labels, return_inverse=True, return_counts=True)
    exact = counts * (n_second / max(n, 1))
    quota = np.floor(exact).astype(np.int64)
    short = n_second - int(quota.sum())
    quota[np.argsort(quota - exact, kind="stable")[:short]] += 1
    order = random.permutation(n)
    mask = np.zeros(n, dtype=bool)
    for k in range(len(counts)):
        rows = order[class_of[order] == k]
        mask[rows[: quota[k]]] = True
    return mask


def stratified_cut(
    samples: Samples, n_second: int, random: np.random.RandomState
) -> tuple[Samples, Samples]:
    """Cut off `n_second` samples, every class in proportion; both parts are shuffled.

    >>> samples = Samples(np.arange(4.0)[:, np.newaxis], np.array([0, 0, 1, 1]))
    >>> first, second = stratified_cut(samples, 2, np.random.RandomState(0))
    >>> sorted(first.y.tolist()), sorted(second.y.tolist())
    ([0, 1], [0, 1])
    """
    mask = cut_mask(samples.y, n_second, random)
    order = random.permutation(len(samples))
    second = mask[order]
    return samples.take(order[~second]), samples.take(order[second])


def three_parts(
    name: str, samples: Samples, seed: int, *, n_test: int, n_validation: int
) -> DataSet:
    """Cut test and validation parts off `samples`; the same for the same `seed`.

    >>> samples = Samples(np.zeros((10, 1)), np.arange(10.0))
    >>> data = three_parts("numbers", samples, 0, n_test=2, n_validation=3)
    >>> len(data.train), len(data.validation), len(data.test)
    (5, 3, 2)
    """
    random = np.random.RandomState(seed)
    rest, test = stratified_cut(samples, n_test, random)
    train, validation = stratified_cut(rest, n_validation, random)
    return DataSet(name, train, validation, test)
