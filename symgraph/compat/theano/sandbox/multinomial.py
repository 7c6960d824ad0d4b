"""`theano.sandbox.multinomial`: choices by uniform numbers that are given."""

from typing import Any

from symgraph.compat.theano.aliases import Alias
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.mrg_ops import CountsFromUniform, SuccessiveChoices
from symgraph.graph import Variable, canonical_dtype
from symgraph.ops.scalar_table import cast
from symgraph.tensor.manipulation import as_tensor_variable

_find, __dir__ = resolver(__name__, ".sandbox.rng_mrg")


def _inputs(what: str, pvals: Any, unis: Any, n: Any) -> list[Variable]:
    chances, u, count = (as_tensor_variable(v) for v in (pvals, unis, n))
    if chances.type.ndim != 2:
        raise NotImplementedError(f"{what}: pvals is a matrix, not {chances} ({chances.type})")
    if u.type.ndim != 1:
        raise NotImplementedError(f"{what}: unis is a vector, not {u} ({u.type})")
    return [chances, u, cast(count, "int64")]


class MultinomialFromUniform(metaclass=Alias):
    """Return what counts how often each category is chosen: of probabilities, a row for each draw,
    a vector of uniform numbers, and how many choices there are for each row.

    odtype: the dtype of the counts, 'auto' for that of the probabilities.

    >>> from symgraph.compat.theano.sandbox.multinomial import MultinomialFromUniform
    >>> MultinomialFromUniform("int64")([[0.25, 0.75]], [0.1, 0.5, 0.6], 3).eval()
    array([[1, 2]])
    """

    native = CountsFromUniform

    @classmethod
    def make(cls, odtype: str = "auto") -> Any:
        """Return the function."""

        def choose(pvals: Any, unis: Any, n: Any = 1) -> Variable:
            inputs = _inputs("MultinomialFromUniform", pvals, unis, n)
            dtype = inputs[0].type.dtype if odtype == "auto" else canonical_dtype(odtype)
            found: Variable = CountsFromUniform(dtype)(*inputs)
            return found

        return choose


class ChoiceFromUniform(metaclass=Alias):
    """Return what chooses different columns, without replacement: of the same arguments.

    odtype: the dtype of the positions, 'auto' for int64. replace: False, as in Theano.
    The function raises ValueError for more choices than columns.

    >>> from symgraph.compat.theano.sandbox.multinomial import ChoiceFromUniform
    >>> ChoiceFromUniform("auto")([[0.25, 0.75]], [0.5, 0.6], 2).eval()
    array([[1, 0]])
    """

    native = SuccessiveChoices

    @classmethod
    def make(cls, odtype: str = "auto", replace: bool = False) -> Any:
        """Return the function. Raises NotImplementedError with replacement."""
        if replace:
            raise NotImplementedError("ChoiceFromUniform chooses without replacement only")
        dtype = "int64" if odtype == "auto" else canonical_dtype(odtype)

        def choose(pvals: Any, unis: Any, n: Any = 1) -> Variable:
            found: Variable = SuccessiveChoices(dtype)(
                *_inputs("ChoiceFromUniform", pvals, unis, n)
            )
            return found

        return choose


MultinomialWOReplacementFromUniform = ChoiceFromUniform


def __getattr__(name: str) -> Any:
    return _find(name)
