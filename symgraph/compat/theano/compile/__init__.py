"""The names of `theano.compile`."""

from symgraph.compat.theano.compile.function import function as function
from symgraph.compat.theano.compile.pfunc import pfunc as pfunc
from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(
    __name__,
    ".compile.function",
    ".compile.function_module",
    ".compile.pfunc",
    ".compile.mode",
    ".compile.sharedvalue",
    ".compile.builders",
    ".compile.io",
    ".compile.ops",
    ".compile.profiling",
    ".compile.debugmode",
    ".compile.monitormode",
    ".compile.nanguardmode",
    "symgraph.compile",
)
