"""`theano.tensor.opt`: of Theano's rules for tensors, what programs use besides rewriting."""

from symgraph.compat.theano.gof.node_classes import CLASSES
from symgraph.compat.theano.gof.node_objects import operation_object
from symgraph.compat.theano.lookup import resolver

__getattr__, __dir__ = resolver(__name__)

Assert = CLASSES["Assert"]
assert_ = assert_op = operation_object("Assert", ())
MakeVector = CLASSES["MakeVector"]
make_vector = operation_object("MakeVector", ())
Shape_i = CLASSES["Shape_i"]
