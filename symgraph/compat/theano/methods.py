"""The methods that Theano's classes have and symgraph's have not, or in another form."""

import itertools
from collections.abc import Iterator
from typing import Any, ClassVar
from weakref import WeakValueDictionary

import numpy as np

from symgraph import tensor
from symgraph.compat.theano.compile.function import used_variables
from symgraph.compat.theano.configdefaults import config
from symgraph.compat.theano.gof.graph import variables as all_variables
from symgraph.compat.theano.gof.trial_values import compute_trial_values
from symgraph.compat.theano.old_pickles import STATES
from symgraph.compat.theano.sparse.casting import cast as sparse_cast
from symgraph.compat.theano.tensor import basic
from symgraph.compat.theano.tensor.elementwise import function_named
from symgraph.compat.theano.tensor.type import TensorType as TheanosType
from symgraph.graph import Apply, Constant, Container, FunctionGraph, TensorType, Variable
from symgraph.graph import config as native_flags
from symgraph.ops.elemwise import Elemwise
from symgraph.ops.subtensor import IncSubtensor
from symgraph.sparse.type import SparseOperators
from symgraph.tensor.numpy_protocols import counterpart, of_function

# Functions that give floats of integers in Theano.
_ROUNDED = ("ceil", "floor", "trunc")


def _of_function(function: Any) -> Any:
    return lambda self, *args, **kwargs: function(self, *args, **kwargs)


def _choose(self: Variable, choices: Any, out: None = None, mode: str = "raise") -> Variable:
    found: Variable = tensor.choose(self, choices, mode=mode)
    return found


def _compress(self: Variable, a: Any, axis: int | None = None) -> Variable:
    # Theano's order: the variable is the array, and `a` what selects from it.
    found: Variable = tensor.compress(self, a, axis=axis)
    return found


def _clone(self: Variable) -> Variable:
    """Return a free variable of the same type and name."""
    if isinstance(self, Constant):
        return Constant(self.type, self.data, self.name)
    return Variable(self.type, name=self.name)


_evaluate = Variable.eval


def _eval(self: Variable, inputs_to_values: Any = None, mode: Any = None) -> Any:
    """Compute the value, of which Theano has what vanished here, as the inputs of a derivative."""
    given = [v for v in inputs_to_values or () if isinstance(v, Variable)]
    if not all(v.owner is not None or v in used_variables for v in given):
        return _evaluate(self, inputs_to_values, mode)
    with native_flags.change_flags(on_unused_input="ignore"):
        return _evaluate(self, inputs_to_values, mode)


def _get_parents(self: Variable) -> list[Any]:
    return [] if self.owner is None else [self.owner]


def _clip(self: Variable, a_min: Any = None, a_max: Any = None, **limits: Any) -> Variable:
    low = limits.pop("low", a_min)
    high = limits.pop("high", a_max)
    return basic.clip(self, low, high)


def _mean(
    self: Variable,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    acc_dtype: Any = None,
) -> Variable:
    return basic.mean(self, axis, dtype, keepdims=keepdims, acc_dtype=acc_dtype)


def _as_object(self: Variable, dtype: Any = None, copy: Any = None) -> np.ndarray:
    """Return an array of the variable itself, so that NumPy's functions build expressions."""
    array = np.empty((), object)
    array[()] = self
    return array


_natively_reshaped = Variable.reshape


def _reshape(self: Variable, *shape: Any, ndim: int | None = None, **named: Any) -> Variable:
    given = (named.pop("shape"),) if "shape" in named else shape
    return _natively_reshaped(self, *given, ndim=ndim, **named)


def _numpy_function(self: Variable, function: Any, types: Any, operands: Any, keywords: Any) -> Any:
    """Return what one of NumPy's functions makes of variables: an expression where there is one,
    else an array of the variables themselves, as before NumPy asked them."""
    if counterpart(function) is not None:
        return of_function(function, operands, keywords)
    return function._implementation(*operands, **keywords)


def _noting(native: Any) -> property:
    """Return a property of symgraph's whose reading counts as an expression made of a variable."""

    def read(self: Variable) -> Variable:
        if self.owner is None:
            used_variables.add(self)
        found: Variable = native.fget(self)
        return found

    return property(read)


def _comparing(name: str, native: Any) -> Any:
    """Return an operator that also compares complex numbers, as the function of the name does."""

    def compare(self: Variable, other: Any) -> Any:
        dtypes = [getattr(v.type, "dtype", "") for v in (self, other) if isinstance(v, Variable)]
        if any(dtype.startswith("complex") for dtype in dtypes):
            return function_named(name)(self, other)
        return native(self, other)

    return compare


def _functions_of_eval(self: Variable) -> Any:
    """Return the functions that `eval` compiled. Raises AttributeError before the first: what a
    variable keeps in this way goes with none of its pickles."""
    if self.evaluated is None:
        raise AttributeError(f"{self}: `eval` has compiled no function of it")
    return self.evaluated


_OF_VARIABLES: dict[str, Any] = {
    **{name: _of_function(function_named(name)) for name in _ROUNDED},
    "__array__": _as_object,
    "__array_function__": _numpy_function,
    "__count__": itertools.count(),
    "__ge__": _comparing("ge", Variable.__ge__),
    "__gt__": _comparing("gt", Variable.__gt__),
    "__le__": _comparing("le", Variable.__le__),
    "__lt__": _comparing("lt", Variable.__lt__),
    "_fn_cache": property(_functions_of_eval),
    "choose": _choose,
    "clip": _clip,
    "clone": _clone,
    "compress": _compress,
    "eval": _eval,
    "flatten": _of_function(basic.flatten),
    "get_parents": _get_parents,
    "get_scalar_constant_value": basic.get_scalar_constant_value,
    "max": _of_function(basic.max),
    "mean": _mean,
    "prod": _of_function(basic.prod),
    "std": _of_function(basic.std),
    "sum": _of_function(basic.sum),
    "min": _of_function(basic.min),
    "reshape": _reshape,
    "round": _of_function(basic.round),
    "shape": _noting(Variable.shape),
    "size": _noting(Variable.size),
    "transfer": _of_function(basic.transfer),
    "var": _of_function(basic.var),
}


def _dtype_specs(self: TensorType) -> tuple[Any, str, str]:
    """Return NumPy's scalar type, and the names of the dtype in C and in NumPy's C interface."""
    kind = np.dtype(self.dtype)
    name = f"npy_{self.dtype}"
    return kind.type, name, f"NPY_{self.dtype.upper()}"


def _value_zeros(self: TensorType, shape: Any) -> np.ndarray:
    return np.zeros(shape, self.dtype)


def _get_shape_info(self: TensorType, value: np.ndarray) -> tuple[int, ...]:
    return value.shape


def _get_size(self: TensorType, shape_info: Any) -> int:
    return int(np.prod(shape_info, dtype="int64")) * np.dtype(self.dtype).itemsize


def _equals(self: Constant, other: Any) -> bool:
    """Return whether another constant is of the same type and value."""
    if not isinstance(other, Constant) or self.type != other.type:
        return False
    if isinstance(self.type, TensorType):
        return bool(np.array_equal(self.data, other.data, equal_nan=self.type.dtype[0] in "fc"))
    return bool(self.data is other.data or self.data == other.data)


_filter_natively = TensorType.filter


def _filter(self: TensorType, value: Any, strict: bool = False, allow_downcast: Any = None) -> Any:
    """Return a value as one of the type. Raises TypeError also where its shape is another, and
    ValueError for infinite values and nan where the program has them checked."""
    try:
        found = _filter_natively(self, value, strict=strict, allow_downcast=allow_downcast)
    except ValueError as error:
        raise TypeError(str(error)) from None
    if TheanosType.filter_checks_isfinite and not np.all(np.isfinite(found)):
        raise ValueError("non-finite elements not allowed")
    return found


_OF_TYPES: dict[str, Any] = {
    "filter": _filter,
    "dtype_specs": _dtype_specs,
    "get_shape_info": _get_shape_info,
    "get_size": _get_size,
    "may_share_memory": staticmethod(np.may_share_memory),
    "numpy_dtype": property(lambda self: np.dtype(self.dtype)),
    "value_zeros": _value_zeros,
    "filter_checks_isfinite": property(lambda self: TheanosType.filter_checks_isfinite),
    "name": None,
    "sparse_grad": False,
}


def _set_data(self: Container, value: Any) -> None:
    self.value = value


class _Storage(list[Any]):
    """The list of one value that a container is in Theano: of one container always the same."""

    _known: ClassVar[WeakValueDictionary[int, "_Storage"]] = WeakValueDictionary()

    def __init__(self, container: Container) -> None:
        super().__init__([None])
        self.container = container

    @classmethod
    def of(cls, container: Container) -> "_Storage":
        found = cls._known.get(id(container))
        if found is None:
            found = cls._known[id(container)] = cls(container)
        return found

    def __getitem__(self, index: Any) -> Any:
        return [self.container.value][index]

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(index, None)  # Raises IndexError.
        self.container.value = value

    def __iter__(self) -> Iterator[Any]:
        return iter([self.container.value])

    def __reduce__(self) -> Any:
        return _Storage, (self.container,)


# A container in Theano is a list of one value, which is also its `data`.
_OF_CONTAINERS: dict[str, Any] = {
    "storage": property(_Storage.of),
    "data": property(lambda self: self.value, _set_data),
}
_OF_GRAPHS: dict[str, Any] = {
    "apply_nodes": property(lambda self: set(self.toposort())),
    "variables": property(lambda self: set(all_variables(self.inputs, self.outputs))),
}


def _default_output(self: Apply) -> Variable:
    """Return the output that stands for the node: the only one, or that its operation names."""
    position = getattr(self.op, "default_output", None)
    if position is None:
        if len(self.outputs) != 1:
            raise ValueError(f"{self.op}.default_output should be an output index.")
        position = 0
    return self.outputs[position]


def _with_inputs(self: Apply, inputs: Any, strict: bool = True) -> Apply:
    """Return a node of the same operation on other inputs."""
    made: Apply = self.op.make_node(*inputs)
    return made


_make_node = Apply.__init__


def _init_node(self: Apply, op: Any, inputs: Any, *rest: Any, **keywords: Any) -> None:
    _make_node(self, op, inputs, *rest, **keywords)
    used_variables.update(v for v in inputs if v.owner is None)
    if config.compute_test_value != "off":
        compute_trial_values(self)


_OF_NODES: dict[str, Any] = {
    "__init__": _init_node,
    "clone_with_new_inputs": _with_inputs,
    "default_output": _default_output,
    "get_parents": lambda self: list(self.inputs),
    "nin": property(lambda self: len(self.inputs)),
    "nout": property(lambda self: len(self.outputs)),
    "out": property(_default_output),
}
# The function of numbers that an elementwise operation applies: a program's own, or symgraph's.
_OF_ELEMWISE: dict[str, Any] = {
    "scalar_op": property(lambda self: getattr(self.scalar, "of", self.scalar)),
}
# What Theano's operations tell of how they write; memory is written over wherever that is safe.
_OF_WRITES: dict[str, Any] = {
    "inplace": True,
    "set_instead_of_inc": property(lambda self: self.set),
}
METHODS: dict[type, dict[str, Any]] = {
    IncSubtensor: _OF_WRITES,
    Variable: _OF_VARIABLES,
    Constant: {"equals": _equals},
    TensorType: _OF_TYPES,
    Apply: _OF_NODES,
    Container: _OF_CONTAINERS,
    FunctionGraph: _OF_GRAPHS,
    Elemwise: _OF_ELEMWISE,
    SparseOperators: {"astype": _of_function(sparse_cast)},
}
for _kind, _fill in STATES.items():
    METHODS[_kind]["__setstate__"] = _fill
