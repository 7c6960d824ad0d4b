"""Philox 4x32-10: random bits as a function of a key and a counter.

J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: Parallel random numbers: as easy as 1, 2, 3.
Proc. SC'11. Ten rounds of multiplications by constants, whose high and low halves are exchanged and
mixed with the key, turn a counter of four 32-bit words into four random ones.

Here a counter is two 64-bit numbers, `counter` (words 0 and 1) and `part` (words 2 and 3), and the
result is read as two of them as well: `philox_low` is words 0 and 1, `philox_high` words 2 and 3,
the lower word in the lower half. Element i of a draw owns the counter c + i with all its parts.
"""

from typing import Any

import numpy as np

from symgraph.ops.elemwise import elementwise
from symgraph.ops.scalar import BITS, declare

ROUNDS = 10
# The multipliers of words 0 and 2; the increments of both halves of the key for each round.
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
MASK = 0xFFFFFFFF
# The number of elements computed at a time, so that all data of a round stays in the cache.
_CHUNK = 1 << 14


def words(key: np.ndarray, counter: np.ndarray, part: np.ndarray) -> list[np.ndarray]:
    """Return the four 32-bit words, each in a uint64, for uint64 arrays that broadcast."""
    low, shift = np.uint64(MASK), np.uint64(32)
    c = [counter & low, counter >> shift, part & low, part >> shift]
    k = [key & low, key >> shift]
    for _ in range(ROUNDS):
        first, second = (c[i] * np.uint64(m) for i, m in zip((0, 2), MULTIPLIERS, strict=True))
        c = [
            (second >> shift) ^ c[1] ^ k[0],
            second & low,
            (first >> shift) ^ c[3] ^ k[1],
            first & low,
        ]
        k = [(half + np.uint64(w)) & low for half, w in zip(k, WEYL, strict=True)]
    return c


def pair(key: np.ndarray, counter: np.ndarray, part: np.ndarray, first: int) -> np.ndarray:
    """Return words `first` and `first + 1` as one uint64."""
    arrays = [np.asarray(a, "uint64") for a in (key, counter, part)]
    shape = np.broadcast_shapes(*(a.shape for a in arrays))
    flat = [a.reshape(1) if a.size == 1 else np.broadcast_to(a, shape).ravel() for a in arrays]
    result = np.empty(int(np.prod(shape)), "uint64")
    with np.errstate(over="ignore"):
        for start in range(0, result.size, _CHUNK):
            piece = slice(start, start + _CHUNK)
            found = words(*(a if a.size == 1 else a[piece] for a in flat))
            result[piece] = found[first] | (found[first + 1] << np.uint64(32))
    return result.reshape(shape)


def low_words(key: Any, counter: Any, part: Any) -> np.ndarray:
    return pair(key, counter, part, 0)


def high_words(key: Any, counter: Any, part: Any) -> np.ndarray:
    return pair(key, counter, part, 2)


def key_of(seed: int) -> int:
    """Return the key of a seed, an integer of any size from 0 up: its 64-bit digits, one after the
    other, go through the generator. Raises TypeError, ValueError."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise TypeError(f"a seed is an integer (or None for a new one each time), not {seed!r}")
    if seed < 0:
        raise ValueError(f"a seed is at least 0, not {seed}")
    key, rest, place = 0, int(seed), 0
    while rest or not place:
        key = int(low_words(key, rest & 0xFFFFFFFFFFFFFFFF, place))
        rest, place = rest >> 64, place + 1
    return key


def split_key(key: int, number: int) -> int:
    """Return the key of stream `number` among those of a key: another word of the generator, with
    parts that no draw uses."""
    return int(high_words(key, number, 0xFFFFFFFFFFFFFFFF))


def _uint64(dtypes: Any) -> str:
    return "uint64"


def _all_uint64(dtypes: Any) -> tuple[str, ...]:
    return ("uint64",) * len(dtypes)


philox_low, philox_high = (
    elementwise(
        declare(name, numpy, (None, None, None), result=_uint64, operand=_all_uint64, takes=BITS)
    )
    for name, numpy in (("philox_low", low_words), ("philox_high", high_words))
)
