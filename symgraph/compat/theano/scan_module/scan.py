"""`theano.scan_module.scan`."""

from typing import Any

from symgraph.compat.theano.compile.function import used_variables
from symgraph.compat.theano.gof.utils import flatten
from symgraph.compat.theano.lookup import resolver
from symgraph.graph import Variable
from symgraph.loops import scan as natively

__getattr__, __dir__ = resolver(__name__, "symgraph.loops")


def scan(
    fn: Any,
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    n_steps: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
    profile: Any = False,
    allow_gc: bool | None = None,
    strict: bool = False,
    return_list: bool = False,
) -> Any:
    """Run a step again and again: see `symgraph.scan`, which has these arguments.

    What is handed to the step counts as used, though the step leaves it alone.

    >>> from symgraph.compat.theano.scan_module.scan import scan
    >>> scan(lambda v: v + 1, sequences=T.constant([1.0, 2.0]))[0].eval()
    array([2., 3.])
    """
    handed = (
        list(given.values()) if isinstance(given, dict) else given
        for given in flatten([sequences, outputs_info, non_sequences])
    )
    used_variables.update(v for v in flatten(list(handed)) if isinstance(v, Variable))
    return natively(
        fn, sequences, _without_places(outputs_info), non_sequences, n_steps, truncate_gradient,
        go_backwards, mode, name, profile, allow_gc, strict, return_list,
    )  # fmt: skip


def _without_places(outputs_info: Any) -> Any:
    """Return the descriptions of outputs without 'inplace', the input that Theano may overwrite
    with the output: no loop overwrites what is given."""
    if isinstance(outputs_info, dict):
        return {key: value for key, value in outputs_info.items() if key != "inplace"}
    if isinstance(outputs_info, list | tuple):
        return [_without_places(info) for info in outputs_info]
    return outputs_info
