"""MRG31k3p: two recurrences of order 3 combined.

P. L'Ecuyer, R. Touzin: Fast combined multiple recursive generators with multipliers of the form
a = +-2**q +-2**r. Proc. Winter Simulation Conference 2000, section 5:

    x1[n] = (2**22 x1[n-2] + (2**7 + 1) x1[n-3]) mod (2**31 - 1)
    x2[n] = (2**15 x2[n-1] + (2**15 + 1) x2[n-3]) mod (2**31 - 21069)
    z[n] = (x1[n] - x2[n]) mod (2**31 - 1), in 1, ..., 2**31 - 1

A state is six integers: x1[n-1], x1[n-2], x1[n-3], then those of x2. Jumps by 2**k steps multiply
by powers of the recurrences' matrices.
"""

from functools import cache

import numpy as np

M1 = 2**31 - 1
M2 = 2**31 - 21069
A1 = ((0, 2**22, 2**7 + 1), (1, 0, 0), (0, 1, 0))
A2 = ((2**15, 0, 2**15 + 1), (1, 0, 0), (0, 1, 0))
# Streams start 2**134 steps apart, and the parts of one stream 2**72.
STREAM, SUBSTREAM = 134, 72


def step(state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the next states of the rows of an (n, 6) int64 array, and z of each."""
    x1, x2 = state[:, :3], state[:, 3:]
    # Below 2**54: nothing overflows.
    new1 = (x1[:, 1] * 2**22 + x1[:, 2] * (2**7 + 1)) % M1
    new2 = (x2[:, 0] * 2**15 + x2[:, 2] * (2**15 + 1)) % M2
    following = np.stack([new1, x1[:, 0], x1[:, 1], new2, x2[:, 0], x2[:, 1]], axis=1)
    z = new1 - new2
    return following, np.where(z <= 0, z + M1, z)


def _times(left: np.ndarray, right: np.ndarray, modulus: int) -> np.ndarray:
    """Return the product of matrices of residues: three terms below 2**62 fit 64 bits."""
    terms = left.astype("uint64")[..., :, :, None] * right.astype("uint64")[..., None, :, :]
    return (terms.sum(axis=-2) % np.uint64(modulus)).astype("int64")


@cache
def _jump(exponent: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrices of 2**exponent steps."""
    result = []
    for matrix, modulus in ((A1, M1), (A2, M2)):
        power = np.array(matrix, "int64")
        for _ in range(exponent):
            power = _times(power, power, modulus)
        result.append(power)
    return tuple(result)  # type: ignore[return-value]


def jumped(state: np.ndarray, exponent: int) -> np.ndarray:
    """Return the rows of an (n, 6) array, 2**exponent steps later."""
    parts = []
    for place, power, modulus in zip((0, 3), _jump(exponent), (M1, M2), strict=True):
        column = state[:, place : place + 3, None].astype("int64")
        parts.append(_times(power, column, modulus)[..., 0])
    return np.concatenate(parts, axis=1)


def substreams(state: np.ndarray, count: int) -> np.ndarray:
    """Return `count` states, from this one on, each 2**72 steps after the one before: (count,
    6)."""
    result, exponent = state.reshape(1, 6).astype("int64"), SUBSTREAM
    while len(result) < count:
        # Doubles the number of states: each new one is as many parts further as there are already.
        result = np.concatenate([result, jumped(result, exponent)])
        exponent += 1
    return result[:count]
