"""The names of `theano.scan_module`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(
    __name__,
    ".scan_module.scan",
    ".scan_module.scan_views",
    ".scan_module.scan_utils",
    ".scan_module.scan_op",
    ".scan_module.scan_checkpoints",
)
