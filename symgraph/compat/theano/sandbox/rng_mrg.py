"""`theano.sandbox.rng_mrg`."""

from typing import Any

import numpy as np

from symgraph.compat.theano.aliases import Alias
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.mrg31k3p import STREAM, SUBSTREAM, jumped
from symgraph.compat.theano.mrg_ops import MRGUniform
from symgraph.compat.theano.mrg_streams import MRG_RandomStreams, guess_n_streams
from symgraph.graph import Variable, canonical_dtype
from symgraph.tensor.sizes import common_extents

__all__ = ["MRG_RandomStreams", "ff_2p72", "ff_2p134", "guess_n_streams", "mrg_uniform"]
_find, __dir__ = resolver(__name__)


class mrg_uniform(metaclass=Alias):  # noqa: N801 - Theano's name
    """Stand for the operation that draws uniform numbers from the states of a stream's parts."""

    native = MRGUniform

    @classmethod
    def make(cls, output_type: Any, inplace: bool = False) -> Any:
        """Return what draws numbers of a type, of states and a size."""

        def draw(rstate: Variable, size: Any) -> list[Variable]:
            return cls.new(rstate, output_type.ndim, output_type.dtype, size)

        return draw

    @classmethod
    def new(cls, rstate: Variable, ndim: int | None, dtype: Any, size: Any) -> list[Variable]:
        """Return the next states, and the numbers.

        rstate: the states, an int32 matrix of six columns. ndim: the number of axes where `size`, a
        vector, does not tell. dtype: of the numbers.

        >>> from symgraph.compat.theano.sandbox.rng_mrg import mrg_uniform
        >>> state = sg.shared(np.full((1, 6), 12345, "int32"))
        >>> mrg_uniform.new(state, None, "float64", (1,))[1].eval()
        array([0.735...])
        """
        extents = common_extents(size, [], ndim, "uniform")
        found: list[Variable] = MRGUniform(canonical_dtype(dtype))(rstate, *extents)
        return found


def ff_2p72(rstate: Any) -> np.ndarray:
    """Return a state 2**72 steps after another: where the next part of a stream starts.

    rstate: six integers.

    >>> from symgraph.compat.theano.sandbox.rng_mrg import ff_2p72
    >>> ff_2p72([12345] * 6)[0]
    np.int32(...)
    """
    return _ahead(rstate, SUBSTREAM)


def ff_2p134(rstate: Any) -> np.ndarray:
    """Return a state 2**134 steps after another: where the next stream starts.

    rstate: six integers.

    >>> from symgraph.compat.theano.sandbox.rng_mrg import ff_2p134
    >>> ff_2p134([12345] * 6)[0]
    np.int32(...)
    """
    return _ahead(rstate, STREAM)


def _ahead(state: Any, exponent: int) -> np.ndarray:
    found: np.ndarray = jumped(np.asarray(state).reshape(1, 6), exponent)[0].astype("int32")
    return found


def __getattr__(name: str) -> Any:
    return _find(name)
