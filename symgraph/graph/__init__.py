"""Expression graphs: types, variables, operations, and the walks over them."""

from symgraph.graph.array_limits import LARGEST, check_size
from symgraph.graph.base_type import Type, as_type, has_values
from symgraph.graph.batching import BatchContext, Batched
from symgraph.graph.bundle import BundleOp, BundleType, bundle_type_of, register_values
from symgraph.graph.call_errors import public_functions, tell_calls, tell_methods, telling
from symgraph.graph.casting import PrecisionLoss, convert
from symgraph.graph.config import Config, ConfigError, config
from symgraph.graph.container import Container, values_of
from symgraph.graph.evaluation import owned, performed
from symgraph.graph.forking import NoFork, after_fork, renewed_in_children
from symgraph.graph.function_graph import FunctionGraph, MissingInputError
from symgraph.graph.habits import Habits, adopt
from symgraph.graph.lazy_import import LazyModule
from symgraph.graph.op import Extent, ExtentKey, NotDifferentiable, Op, PiecewiseConstant
from symgraph.graph.passes import Pass, PassRun, Watch, pass_of, run_passes
from symgraph.graph.resident import Resident
from symgraph.graph.shape_proxy import ShapeProxy, ShapeProxyContext
from symgraph.graph.shared_variable import SharedVariable, next_number
from symgraph.graph.trace import SourceLocation, at_location, one_location, warn
from symgraph.graph.traversal import (
    ancestors,
    are_alike,
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
from symgraph.graph.variable import Apply, Constant, Variable

__all__ = [
    "COMPLEX_DTYPES",
    "DISCRETE_DTYPES",
    "DTYPES",
    "FLOAT_DTYPES",
    "INTEGER_DTYPES",
    "LARGEST",
    "Apply",
    "BatchContext",
    "Batched",
    "BundleOp",
    "BundleType",
    "Config",
    "ConfigError",
    "Constant",
    "Container",
    "Extent",
    "ExtentKey",
    "FunctionGraph",
    "Habits",
    "LazyModule",
    "MissingInputError",
    "NoFork",
    "NotDifferentiable",
    "NullType",
    "Op",
    "Pass",
    "PassRun",
    "PiecewiseConstant",
    "PrecisionLoss",
    "Resident",
    "ShapeProxy",
    "ShapeProxyContext",
    "SharedVariable",
    "SourceLocation",
    "TensorType",
    "Type",
    "Variable",
    "Watch",
    "adopt",
    "after_fork",
    "ancestors",
    "are_alike",
    "as_type",
    "at_location",
    "broadcast_static",
    "bundle_type_of",
    "canonical_dtype",
    "check_size",
    "clone_replace",
    "config",
    "convert",
    "equal_computations",
    "graph_inputs",
    "has_values",
    "next_number",
    "one_location",
    "owned",
    "pass_of",
    "performed",
    "public_functions",
    "rebuild",
    "register_values",
    "renewed_in_children",
    "run_passes",
    "tell_calls",
    "tell_methods",
    "telling",
    "toposort",
    "values_of",
    "warn",
]
