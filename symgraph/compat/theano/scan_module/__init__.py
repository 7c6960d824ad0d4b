"""The names of `theano.scan_module`."""

from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.scan_module.scan import scan as scan
from symgraph.compat.theano.scan_module.scan_checkpoints import scan_checkpoints as scan_checkpoints

__getattr__, __dir__ = resolver(
    __name__,
    ".scan_module.scan",
    ".scan_module.scan_views",
    ".scan_module.scan_utils",
    ".scan_module.scan_op",
    ".scan_module.scan_checkpoints",
)
