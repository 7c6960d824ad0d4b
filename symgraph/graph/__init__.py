"""Expression graphs: types, variables, operations, and the walks over them."""

from symgraph.graph.config import Config, ConfigError, config
from symgraph.graph.container import Container, values_of
from symgraph.graph.forking import Undivided, after_fork, renewed_in_children
from symgraph.graph.function_graph import FunctionGraph, MissingInputError
from symgraph.graph.lazy import LazyModule
from symgraph.graph.op import Extent, NotDifferentiable, Op, PiecewiseConstant
from symgraph.graph.sizes import LARGEST, check_size
from symgraph.graph.trace import Place, at_place, one_place
from symgraph.graph.traversal import (
    ancestors,
    clone_replace,
    equal_computations,
    graph_inputs,
    rebuild,
    toposort,
)
from symgraph.graph.types import (
    COMPLEX_DTYPES,
    DISCRETE_DTYPES,
    DTYPES,
    FLOAT_DTYPES,
    INTEGER_DTYPES,
    NullType,
    TensorType,
    broadcast_static,
    canonical_dtype,
)
from symgraph.graph.variable import Apply, Constant, SharedVariable, Type, Variable

__all__ = [
    "COMPLEX_DTYPES",
    "DISCRETE_DTYPES",
    "DTYPES",
    "FLOAT_DTYPES",
    "INTEGER_DTYPES",
    "LARGEST",
    "Apply",
    "Config",
    "ConfigError",
    "Constant",
    "Container",
    "Extent",
    "FunctionGraph",
    "LazyModule",
    "MissingInputError",
    "NotDifferentiable",
    "NullType",
    "Op",
    "PiecewiseConstant",
    "Place",
    "SharedVariable",
    "TensorType",
    "Type",
    "Undivided",
    "Variable",
    "after_fork",
    "ancestors",
    "at_place",
    "broadcast_static",
    "canonical_dtype",
    "check_size",
    "clone_replace",
    "config",
    "equal_computations",
    "graph_inputs",
    "one_place",
    "rebuild",
    "renewed_in_children",
    "toposort",
    "values_of",
]
