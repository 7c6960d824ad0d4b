"""`theano.tensor.shared_randomstreams`: the numbers of `numpy.random.RandomState`."""

from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.mersenne import GeneratorState as RandomStateSharedVariable
from symgraph.compat.theano.mersenne import RandomStreams

__all__ = ["RandomStateSharedVariable", "RandomStreams"]
_find, __dir__ = resolver(__name__)
__getattr__ = _find
