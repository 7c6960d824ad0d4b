"""The names of `theano.gof`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(
    __name__,
    ".gof.graph",
    ".gof.op",
    ".gof.type",
    ".gof.fg",
    ".gof.opt",
    ".gof.optdb",
    ".gof.toolbox",
    ".gof.utils",
    ".gof.link",
    ".gof.null_type",
    ".gof.destroyhandler",
)
