"""`theano.tensor.opt`: of Theano's rules for tensors, what programs use besides rewriting."""

from symgraph.compat.theano.gof.node_classes import CLASSES
from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__)

Assert = CLASSES["Assert"]
assert_ = assert_op = Assert()
MakeVector = CLASSES["MakeVector"]
make_vector = MakeVector()
Shape_i = CLASSES["Shape_i"]
