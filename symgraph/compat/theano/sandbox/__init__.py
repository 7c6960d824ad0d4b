"""The modules of `theano.sandbox`."""

from symgraph.compat.theano.sandbox import rng_mrg

__all__ = ["rng_mrg"]
