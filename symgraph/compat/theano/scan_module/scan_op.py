"""`theano.scan_module.scan_op`: the class of loops."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, ".gof.node_classes")
