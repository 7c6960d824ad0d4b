"""`theano.tensor.utils`: hashes of arrays, and the shapes of a graph's variables."""

import hashlib
from typing import Any

import numpy as np

from symgraph.compat.theano.compile.function import function
from symgraph.compat.theano.lookup import resolver
from symgraph.graph import ancestors
from symgraph.tensor import shape

__getattr__, __dir__ = resolver(__name__)


def hash_from_ndarray(data: np.ndarray) -> str:
    """Return a hash of an array, of its dtype and shape too.

    data: an array.
    Returns a str.

    >>> from symgraph.compat.theano.tensor.utils import hash_from_ndarray
    >>> hash_from_ndarray(np.zeros(2)) == hash_from_ndarray(np.zeros((2, 1)))
    False
    """
    told = f"{data.dtype}{data.shape}".encode()
    return hashlib.sha256(np.ascontiguousarray(data).tobytes() + told).hexdigest()


def shape_of_variables(fgraph: Any, input_shapes: Any) -> dict[Any, tuple[int, ...]]:
    """Compute the shapes of all variables of a graph from those of its inputs.

    fgraph: what has `inputs` and `outputs`, such as `f.maker.fgraph`.
    input_shapes: by input, its shape. Raises ValueError where one is missing.
    Returns a dict of tuples.

    >>> from symgraph.compat.theano.tensor.utils import shape_of_variables
    >>> x = T.dmatrix("x")
    >>> graph = sg.graph.FunctionGraph([x], [x.T])
    >>> shape_of_variables(graph, {x: (2, 3)})[graph.outputs[0]]
    (3, 2)
    """
    missing = [variable for variable in fgraph.inputs if variable not in input_shapes]
    if missing:
        raise ValueError(f"shape_of_variables: the shape of {missing[0]} is needed")
    variables = [v for v in ancestors([*fgraph.inputs, *fgraph.outputs]) if hasattr(v.type, "ndim")]
    compute = function(list(fgraph.inputs), [shape(v) for v in variables], on_unused_input="ignore")
    values = [np.zeros(input_shapes[v], v.type.dtype) for v in fgraph.inputs]
    found = compute(*values)
    return {v: tuple(int(n) for n in s) for v, s in zip(variables, found, strict=True)}
