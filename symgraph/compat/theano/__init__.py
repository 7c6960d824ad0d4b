"""Programs and libraries written for Theano 1.0, as they stand.

`python -m symgraph.compat.theano script.py [args]` runs a script; `install()` does the same within
a process. Afterwards `import theano` finds this package, whose modules mirror Theano's: each
re-exports what symgraph has, and holds what is only a Theano habit: older argument names, other
values. See `symgraph.compat.theano.habits` for those that touch every variable.
"""

from typing import Any

from symgraph.compat.theano.configdefaults import config, read_flags
from symgraph.compat.theano.configparser import change_flags as change_flags
from symgraph.compat.theano.habits import adopt
from symgraph.compat.theano.importer import install_finder, is_installed
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.mersenne import RandomStreams as RandomStreams
from symgraph.compat.theano.misc.safe_asarray import _asarray as _asarray
from symgraph.compat.theano.mrg_streams import MRG_RandomStreams as MRG_RandomStreams
from symgraph.compat.theano.scan_module.scan_utils import clone as clone
from symgraph.compat.theano.tensor.arrangement import dot as tensor_dot
from symgraph.compat.theano.tensor.basic import (
    get_scalar_constant_value as get_scalar_constant_value,
)
from symgraph.compat.theano.version import __version__ as __version__
from symgraph.graph import Variable

__getattr__, __dir__ = resolver(
    __name__,
    ".gof",
    ".compile",
    ".gradient",
    ".printing",
    ".scan_module",
    ".ifelse",
    ".updates",
    "symgraph",
)


def dot(l: Any, r: Any) -> Any:  # noqa: E741 - Theano's name
    """Compute a product: of tensors, or of objects that have `__dot__` or `__rdot__`.

    l, r: the factors. Raises NotImplementedError for what has no product.

    >>> from symgraph.compat.theano import dot
    >>> dot(T.constant([1, 2]), [3, 4]).eval()
    array(11)
    """
    if hasattr(l, "__dot__") or hasattr(r, "__rdot__"):
        found = l.__dot__(r) if hasattr(l, "__dot__") else NotImplemented
        if found is NotImplemented and hasattr(r, "__rdot__"):
            found = r.__rdot__(l)
        if found is not NotImplemented:
            return found
        raise NotImplementedError(f"Dot failed: {l!r} and {r!r} have no product")
    return tensor_dot(l, r)


def sparse_grad(var: Variable) -> Variable:
    """Return a selection whose derivative touches only the rows used: of symgraph, any is one.

    var: a selection by integers, such as `W[index]`.

    >>> from symgraph.compat.theano import sparse_grad
    >>> sparse_grad(T.dmatrix("W")[T.lvector("index")]).ndim
    2
    """
    return var


def install() -> None:
    """Let `import theano` find symgraph, and turn Theano's habits on, for the rest of the process.

    Returns nothing; a second call does nothing. Raises ImportError where another `theano` is
    already imported, and then changes nothing.

    >>> from symgraph.compat.theano import install
    >>> install()
    >>> import theano
    >>> theano.config.floatX
    'float64'
    """
    if not is_installed():
        install_finder()
        read_flags(config)
        adopt()
