"""`theano.tensor.nnet.ctc`: the cost of label sequences, which needs no other library."""

from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.nnet", ".gof.node_classes")


def ctc_available() -> bool:
    """Return whether `ctc` can be computed, which it always can.

    >>> from symgraph.compat.theano.tensor.nnet.ctc import ctc_available
    >>> ctc_available()
    True
    """
    return True


ctc_present = ctc_available
