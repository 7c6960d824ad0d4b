"""The names of `theano.scan_module.scan_checkpoints`."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.loops")
