"""`theano.compile.nanguardmode`: a mode that refuses nan, infinities and very large numbers."""

from typing import Any

import numpy as np

from symgraph.compat.theano.compile.mode import Mode, predefined_modes
from symgraph.compat.theano.compile.monitormode import Monitored, Thunk
from symgraph.compat.theano.configdefaults import config
from symgraph.compat.theano.lookup import resolver
from symgraph.graph import Apply, FunctionGraph, warn

__getattr__, __dir__ = resolver(__name__)
# What counts as a very large number.
BIG = 1e10


def contains_nan(arr: Any, node: Any = None, var: Any = None) -> bool:
    """Return whether an array holds nan.

    arr: an array, or a value of another kind, which holds none. node, var: Theano's.

    >>> from symgraph.compat.theano.compile.nanguardmode import contains_nan
    >>> contains_nan(np.array([1.0, np.nan]))
    True
    """
    return _floats(arr) and bool(np.isnan(arr).any())


def contains_inf(arr: Any, node: Any = None, var: Any = None) -> bool:
    """Return whether an array holds an infinity.

    arr: an array, or a value of another kind, which holds none. node, var: Theano's.

    >>> from symgraph.compat.theano.compile.nanguardmode import contains_inf
    >>> contains_inf(np.array([1.0, np.nan]))
    False
    """
    return _floats(arr) and bool(np.isinf(arr).any())


def _floats(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fc"


class NanGuardMode(Mode):
    """Raise where an operation takes or makes nan, an infinity, or a number beyond 1e10.

    nan_is_error, inf_is_error, big_is_error: which of them count; None for the flags of the
        configuration. optimizer, linker: as in `MonitorMode`.
    A call raises AssertionError, or warns where the flag `NanGuardMode.action` says so.

    >>> from symgraph.compat.theano.compile.nanguardmode import NanGuardMode
    >>> x = T.dscalar("x")
    >>> sg.function([x], T.log(x), mode=NanGuardMode())(1.0)
    array(0.)
    """

    def __init__(
        self,
        nan_is_error: bool | None = None,
        inf_is_error: bool | None = None,
        big_is_error: bool | None = None,
        optimizer: Any = "default",
        linker: Any = None,
    ) -> None:
        super().__init__(linker, optimizer)
        flags = config.NanGuardMode
        self.nan_is_error = flags.nan_is_error if nan_is_error is None else nan_is_error
        self.inf_is_error = flags.inf_is_error if inf_is_error is None else inf_is_error
        self.big_is_error = flags.big_is_error if big_is_error is None else big_is_error

    def compile(self, graph: FunctionGraph, name: str) -> Any:
        """Return the graph as something that runs node by node and checks each value."""
        return Monitored(graph, name, None, self._check)

    def _check(self, position: int, node: Apply, thunk: Thunk) -> None:
        for kind, variables, values in (
            ("input", node.inputs, thunk.inputs),
            ("output", node.outputs, thunk.outputs),
        ):
            for variable, (value,) in zip(variables, values, strict=True):
                found = self._found(value)
                if found:
                    self._tell(
                        f"{found} detected in the {kind} {variable} of {node.op}, created at"
                        f" {node.location}"
                    )

    def _found(self, value: Any) -> str:
        if self.nan_is_error and contains_nan(value):
            return "NaN"
        if self.inf_is_error and contains_inf(value):
            return "Inf"
        if self.big_is_error and _floats(value) and bool((np.abs(value) > BIG).any()):
            return "Big value"
        return ""

    @staticmethod
    def _tell(message: str) -> None:
        if config.NanGuardMode.action == "warn":
            warn(message, UserWarning)
        else:
            raise AssertionError(message)


predefined_modes["NanGuardMode"] = NanGuardMode
