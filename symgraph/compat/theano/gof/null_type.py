"""`theano.gof.null_type`: the type of derivatives that do not exist."""

from symgraph.compat.theano.aliases import Alias
from symgraph.compat.theano.lookup import resolver
from symgraph.graph import NullType as NativeType

__getattr__, __dir__ = resolver(__name__)


class NullType(metaclass=Alias):
    """Represent derivatives that do not exist.

    why_null: why not.

    >>> from symgraph.compat.theano.gof.null_type import NullType
    >>> NullType("it jumps").reason
    'it jumps'
    """

    native = NativeType

    @classmethod
    def make(cls, why_null: str = "(no explanation given)") -> NativeType:
        """Return the type."""
        return NativeType(why_null)


null_type = NullType()
