"""`theano.sandbox.rng_mrg`."""

from symgraph.compat.theano.mrg_streams import MRG_RandomStreams

__all__ = ["MRG_RandomStreams"]
