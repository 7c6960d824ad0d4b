"""How a public function is tried: on which operands, and what it means in NumPy."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symgraph.graph import Variable

# What elements are drawn from. None is near an integer or a half, where functions have kinks.
DOMAINS: Mapping[str, Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]] = {
    "real": lambda rng, shape: rng.choice([-1, 1], shape) * _off_the_kinks(rng, shape, 3),
    "positive": lambda rng, shape: _off_the_kinks(rng, shape, 3),
    "above1": lambda rng, shape: 1 + _off_the_kinks(rng, shape, 3),
    "small": lambda rng, shape: rng.choice([-1, 1], shape) * rng.uniform(0.1, 0.9, shape),
    "unit": lambda rng, shape: rng.uniform(0.1, 0.9, shape),
    "definite": lambda rng, shape: _definite(rng, shape),
    "regular": lambda rng, shape: rng.uniform(-1, 1, shape) + 3 * np.eye(*shape[-2:]),
    "rows": lambda rng, shape: _sum_to_one(rng.uniform(0.1, 0.9, shape)),
}


def _off_the_kinks(rng: np.random.Generator, shape: tuple[int, ...], below: int) -> np.ndarray:
    return np.asarray(rng.integers(0, below, shape) + rng.uniform(0.1, 0.4, shape))


def _definite(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    a = rng.uniform(-1, 1, shape)
    return np.asarray(a @ a.swapaxes(-1, -2) + 2 * np.eye(shape[-1]))


def _sum_to_one(x: np.ndarray) -> np.ndarray:
    return np.asarray(x / x.sum(-1, keepdims=True))


@dataclass(frozen=True)
class Operand:
    """An array of floats: its extents, digits or letters that stand for any, and its domain."""

    extents: str
    domain: str = "real"

    @classmethod
    def read(cls, text: str) -> "Operand":
        """'nm positive' is a matrix of positive numbers, '' a real scalar, '3n' has three rows."""
        extents, _, domain = text.partition(" ")
        return cls(extents, domain or "real")

    def draw(self, letters: Mapping[str, int], rng: np.random.Generator) -> np.ndarray:
        shape = tuple(int(e) if e.isdigit() else letters[e] for e in self.extents)
        return DOMAINS[self.domain](rng, shape)


class Sample:
    """A call of a function with operands of floats, and the same in NumPy or SciPy.

    build: from variables, the result or several.
    meaning: from arrays, the same.
    operands: their extents and domains, see `Operand.read`.
    least: the smallest extent that a letter stands for.
    smooth: how often the result is differentiated in tests; rounding functions have 2 as well, all
        of whose derivatives are zero.
    """

    def __init__(
        self,
        build: Callable[..., Any],
        meaning: Callable[..., Any],
        *operands: str,
        least: int = 0,
        smooth: int = 2,
    ) -> None:
        self.build = build
        self.meaning = meaning
        self.operands = [Operand.read(text) for text in operands]
        self.least = least
        self.smooth = smooth

    def letters(self) -> list[str]:
        every = "".join(operand.extents for operand in self.operands)
        return sorted({letter for letter in every if letter.isalpha()})

    def points(
        self, extents: Sequence[int] = (2, 3, 1, 2, 3), seed: object = 0
    ) -> list[np.ndarray]:
        """Arrays whose letters are extents of these, in the letters' order."""
        rng = np.random.default_rng(zlib.crc32(repr(seed).encode()))
        letters = dict(zip(self.letters(), extents, strict=False))
        return [operand.draw(letters, rng) for operand in self.operands]

    def results(self, variables: Sequence[Variable]) -> list[Variable]:
        built = self.build(*variables)
        return list(built) if isinstance(built, list | tuple) else [built]

    def expected(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        found = self.meaning(*arrays)
        return list(map(np.asarray, found if isinstance(found, list | tuple) else [found]))
