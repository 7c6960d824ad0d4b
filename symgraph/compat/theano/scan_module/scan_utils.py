"""`theano.scan_module.scan_utils`: helpers of loops."""

from typing import Any

from symgraph.compat.theano.configdefaults import config
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.scan_module.replacement import map_variables as map_variables
from symgraph.compile import clone as clone_natively
from symgraph.graph import equal_computations as equal_natively
from symgraph.graph import rebuild

__getattr__, __dir__ = resolver(__name__, "symgraph.loops", "symgraph.compile")


def clone(
    output: Any,
    replace: Any = None,
    strict: bool = True,
    share_inputs: bool = True,
    copy_inputs: Any = None,
) -> Any:
    """Copy expressions with variables exchanged: see `symgraph.clone`.

    copy_inputs: Theano's older name of `share_inputs`.
    The others are those of `symgraph.clone`. Where the flag `compute_test_value` is on, a copy for
    which nothing else is known keeps the test value of the original.

    >>> from symgraph.compat.theano.scan_module.scan_utils import clone
    >>> x, y = T.dscalars("x", "y")
    >>> clone(x**2, {x: y + 1}).eval({y: 2.0})
    array(9.)
    """
    shared = share_inputs if copy_inputs is None else copy_inputs
    made = clone_natively(output, replace, strict, shared)
    if config.compute_test_value != "off":
        for old, new in zip(_variables(output), _variables(made), strict=True):
            if hasattr(old.tag, "test_value") and not hasattr(new.tag, "test_value"):
                new.tag.test_value = old.tag.test_value
    return made


def _variables(form: Any) -> list[Any]:
    if isinstance(form, dict):
        return list(form.values())
    return list(form) if isinstance(form, list | tuple) else [form]


def equal_computations(xs: Any, ys: Any, in_xs: Any = None, in_ys: Any = None) -> bool:
    """Return whether two lists of variables compute the same in the same way.

    xs, ys: the lists. in_xs, in_ys: inputs of one that stand for those of the other.

    >>> from symgraph.compat.theano.scan_module.scan_utils import equal_computations
    >>> x, y = T.dscalars("x", "y")
    >>> equal_computations([x + 1], [y + 1]), equal_computations([x + 1], [y + 1], [x], [y])
    (False, True)
    """
    pairs = dict(zip(in_xs or (), in_ys or (), strict=True))
    if any(old.type != new.type for old, new in pairs.items()):
        return False
    found = rebuild(list(xs), pairs)
    return equal_natively([found[x] for x in xs], list(ys))
