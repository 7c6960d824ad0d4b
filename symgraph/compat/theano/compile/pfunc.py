"""`theano.compile.pfunc`: inputs as older programs describe them."""

from typing import Any

from symgraph.compat.theano.compile.function import pfunc as pfunc
from symgraph.compat.theano.lookup import resolver
from symgraph.compile import In
from symgraph.graph import Variable

__getattr__, __dir__ = resolver(__name__, ".compile.function")


class Param(In):
    """Describe an input of a function: the older form of `In`.

    variable: see `In`. default: the value when a call gives none. The others are those of `In`.

    >>> from symgraph.compat.theano.compile.pfunc import Param
    >>> x, y = T.dscalars("x", "y")
    >>> sg.function([x, Param(y, default=2.0)], x + y)(1.0)
    array(3.)
    """

    def __init__(
        self,
        variable: Variable,
        default: Any = None,
        name: str | None = None,
        mutable: bool | None = False,
        strict: bool = False,
        allow_downcast: bool | None = None,
        implicit: bool | None = None,
        borrow: bool | None = None,
    ) -> None:
        super().__init__(
            variable,
            name=name,
            value=default,
            mutable=mutable,
            strict=strict,
            allow_downcast=allow_downcast,
            implicit=implicit,
            borrow=borrow,
        )
