"""`theano.tensor.nnet.blocksparse`: products of chosen blocks, and their operations as objects."""

from symgraph.compat.theano.gof.node_classes import CLASSES
from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(
    __name__, "symgraph.tensor.nnet.blocksparse", "symgraph.tensor.nnet"
)

# What is written in place is for the back end to say.
sparse_block_gemv = sparse_block_gemv_inplace = CLASSES["SparseBlockGemv"]()
sparse_block_outer = sparse_block_outer_inplace = CLASSES["SparseBlockOuter"]()
