"""How a public function is tried: on which operands, and what it means in NumPy."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse

import symgraph.sparse as S
import symgraph.tensor as T
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


MATRIX = {"csr": scipy.sparse.csr_matrix, "csc": scipy.sparse.csc_matrix}


def _sum_to_one(x: np.ndarray) -> np.ndarray:
    return np.asarray(x / x.sum(-1, keepdims=True))


def pattern(rows: Any, columns: Any) -> Any:
    """Which elements of a sparse operand are entries, in NumPy or of variables: every third row and
    the second column have none."""
    module: Any = T if isinstance(rows, Variable) else np
    row, column = module.arange(rows)[:, None], module.arange(columns)
    return ((row % 3) ** 2 < 4) & ((column - 1) ** 2 > 0) & ((row + 2 * column) % 5 < 4)


@dataclass(frozen=True)
class Operand:
    """An array of floats, or a sparse matrix of them: its extents, digits or letters that stand for
    any, and its domain.

    Of a sparse matrix the tests know the dense one. It is made of the elements that are not zero;
    if `structured`, of those at the places of `pattern`, so that zeros stay zeros.
    """

    extents: str
    domain: str = "real"
    format: str = ""
    structured: bool = False

    @classmethod
    def read(cls, text: str) -> "Operand":
        """'nm positive' is a matrix of positive numbers, '' a real scalar, '3n' has three rows,
        'csr nm' is a sparse matrix and 'csc! nm' a structured one."""
        format, _, rest = text.partition(" ")
        if format.rstrip("!") not in MATRIX:
            format, rest = "", text
        extents, _, domain = rest.partition(" ")
        return cls(extents, domain or "real", format.rstrip("!"), format.endswith("!"))

    def draw(self, letters: Mapping[str, int], rng: np.random.Generator) -> np.ndarray:
        shape = tuple(int(e) if e.isdigit() else letters[e] for e in self.extents)
        drawn = DOMAINS[self.domain](rng, shape)
        return np.where(pattern(*shape), drawn, 0.0) if self.format else drawn

    def of_variable(self, x: Variable) -> Variable:
        """What the function is called with, given the dense variable."""
        if not self.structured:
            return S.SparseFromDense(self.format)(x) if self.format else x
        places = pattern(x.shape[0], x.shape[1])
        if self.format == "csc":
            places, x = places.T, x.T
        row, column = T.nonzero(places)
        indptr = T.concatenate([T.zeros((1,), "int64"), T.cumsum(T.sum(places, axis=1))])
        made = S.CSR(x[row, column], column, indptr, x.shape)
        return made if self.format == "csr" else S.transpose(made)

    def of_array(self, x: np.ndarray) -> Any:
        """The same, of SciPy."""
        return MATRIX[self.format](x) if self.format else x


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

    @property
    def is_sparse(self) -> bool:
        return any(operand.format for operand in self.operands)

    def in_other_formats(self) -> "Sample":
        """The same call with csc matrices for csr matrices, and the other way round."""
        turned = copy(self)
        other = {"csr": "csc", "csc": "csr", "": ""}
        turned.operands = [replace(o, format=other[o.format]) for o in self.operands]
        return turned

    def results(self, variables: Sequence[Variable]) -> list[Variable]:
        """The results as variables, sparse ones as dense."""
        given = (o.of_variable(v) for o, v in zip(self.operands, variables, strict=True))
        built = self.build(*given)
        every = built if isinstance(built, list | tuple) else [built]
        to_dense = S.DenseFromSparse(structured=False)
        return [to_dense(v) if isinstance(v.type, S.SparseType) else v for v in every]

    def expected(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        found = self.meaning(*(o.of_array(x) for o, x in zip(self.operands, arrays, strict=True)))
        every = found if isinstance(found, list | tuple) else [found]
        return [v.toarray() if scipy.sparse.issparse(v) else np.asarray(v) for v in every]
