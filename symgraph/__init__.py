"""symgraph: a declarative graph compiler in the tradition of Theano.

Build expressions with `symgraph.tensor`, differentiate them with `grad`, and compile them
with `function`.

>>> x = T.dscalar("x")
>>> f = sg.function([x], [x**2, sg.grad(x**2, x)])
>>> f(3.0)
[array(9.), array(6.)]
"""

import os.path

from symgraph import compile, debug, gradient, graph, loops, tensor, typed_list
from symgraph import loops as scan_module
from symgraph.compile import (
    Function,
    In,
    OpFromGraph,
    OrderedUpdates,
    Out,
    UnusedInputError,
    as_op,
    clone,
    function,
    function_dump,
    get_backend,
    graph_replace,
    shared,
)
from symgraph.compile import available as available_backends
from symgraph.debug import debugprint, pp, pprint
from symgraph.debug import printing as printing
from symgraph.gradient import Lop, Rop, grad, subgraph_grad, verify_grad
from symgraph.graph import (
    Apply,
    Constant,
    MissingInputError,
    Op,
    SharedVariable,
    Type,
    Variable,
    config,
)
from symgraph.graph.other_types import generic_type as generic
from symgraph.graph.version import __version__ as __version__
from symgraph.loops import (
    foldl,
    foldr,
    ifelse,
    loop,
    map,
    reduce,
    scan,
    scan_checkpoints,
    until,
    vectorize_graph,
)
from symgraph.tensor.shared_randomstreams import RandomStreams

# In a source tree `backends` and `models` stand beside this folder, and a program that is started
# there imports the tree whatever is installed.
if not os.path.isdir(os.path.join(__path__[0], "backends")):
    __path__.append(os.path.dirname(__path__[0]))

compile.install()
debug.install()
compile.prepare()

__all__ = [
    "Apply",
    "Constant",
    "Function",
    "In",
    "Lop",
    "MissingInputError",
    "Op",
    "OpFromGraph",
    "OrderedUpdates",
    "Out",
    "RandomStreams",
    "Rop",
    "SharedVariable",
    "Type",
    "UnusedInputError",
    "Variable",
    "as_op",
    "available_backends",
    "clone",
    "compile",
    "config",
    "debug",
    "debugprint",
    "foldl",
    "foldr",
    "function",
    "function_dump",
    "generic",
    "get_backend",
    "grad",
    "gradient",
    "graph",
    "graph_replace",
    "ifelse",
    "loop",
    "loops",
    "map",
    "pp",
    "pprint",
    "printing",
    "reduce",
    "scan",
    "scan_checkpoints",
    "scan_module",
    "shared",
    "subgraph_grad",
    "tensor",
    "typed_list",
    "until",
    "vectorize_graph",
    "verify_grad",
]
graph.tell_calls(globals())
