"""`theano.tensor.nnet.ctc`: the cost of label sequences, which needs no other library."""

from typing import Any

from symgraph.compat.theano.gof.node_objects import MAKERS
from symgraph.compat.theano.lookup import resolver
from symgraph.tensor import nnet

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.nnet", ".gof.node_classes")


def ctc_available() -> bool:
    """Return whether `ctc` can be computed, which it always can.

    >>> from symgraph.compat.theano.tensor.nnet.ctc import ctc_available
    >>> ctc_available()
    True
    """
    return True


ctc_present = ctc_available


def _temporal_classification(compute_grad: bool = True, openmp: Any = None) -> Any:
    return nnet.ctc


MAKERS["ConnectionistTemporalClassification"] = _temporal_classification
