"""What Theano itself has pickled: shared variables, expressions, and objects that hold them.

A pickle names Theano's classes. Those of variables and types give objects of symgraph's, without
their state (`AliasOfState`), which the functions of `STATES` fill. A node is read once its inputs
are there: the function of symgraph that does the same as its operation is applied to them, and the
outputs that the pickle has become those of the node that this makes.
"""

import copyreg
import inspect
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakSet

from symgraph.compat.theano import tensor
from symgraph.compat.theano.aliases import Alias, Pickled
from symgraph.compat.theano.gof.node_classes import CLASSES
from symgraph.compat.theano.gof.node_objects import OperationObject
from symgraph.compat.theano.sandbox.multinomial import MultinomialFromUniform
from symgraph.compat.theano.sandbox.rng_mrg import mrg_uniform
from symgraph.graph import (
    Apply,
    Constant,
    Container,
    Op,
    SharedVariable,
    TensorType,
    Variable,
    ancestors,
)
from symgraph.ops.scalar_table import identity
from symgraph.tensor import nnet

# Arguments of operations that they take besides those that their makers name.
_OPTIONS = ("border_mode", "subsample", "filter_flip", "filter_dilation", "num_groups", "unshared")
# By the identity of a variable without its state, the nodes that need it.
_waiting: dict[int, list[Pickled]] = {}
# The nodes that were there before the one that is read.
_known: WeakSet[Apply] = WeakSet()


def _elementwise(state: dict[str, Any], inputs: Sequence[Variable]) -> Any:
    return state["scalar_op"](*inputs)


def _subtensor(state: dict[str, Any], inputs: Sequence[Variable]) -> Variable:
    return inputs[0][tensor.subtensor.get_idx_list(inputs, state["idx_list"])]


def _inc_subtensor(state: dict[str, Any], inputs: Sequence[Variable]) -> Variable:
    x, y, *indices = inputs
    index = tensor.subtensor.get_idx_list([x, *indices], state["idx_list"])
    write = tensor.set_subtensor if state["set_instead_of_inc"] else tensor.inc_subtensor
    return write(x[index], y)


def _advanced(state: dict[str, Any], inputs: Sequence[Variable]) -> Variable:
    return inputs[0][tuple(inputs[1:])]


def _inc_advanced(state: dict[str, Any], inputs: Sequence[Variable]) -> Variable:
    x, y, *indices = inputs
    write = tensor.set_subtensor if state["set_instead_of_inc"] else tensor.inc_subtensor
    return write(x[tuple(indices)], y)


def _rebroadcast(state: dict[str, Any], inputs: Sequence[Variable]) -> Any:
    return CLASSES["Rebroadcast"](*state["axis"].items())(*inputs)


def _uniform(state: dict[str, Any], inputs: Sequence[Variable]) -> Any:
    kind = state["output_type"]
    return mrg_uniform.new(inputs[0], kind.ndim, kind.dtype, inputs[1])


def _counts(state: dict[str, Any], inputs: Sequence[Variable]) -> Any:
    return MultinomialFromUniform.make(state.get("odtype", "auto"))(*inputs)


# By the class in Theano, what applies an operation of this state to inputs.
FUNCTIONS_OF_STATES: dict[str, Callable[[dict[str, Any], Sequence[Variable]], Any]] = {
    "AdvancedIncSubtensor": _inc_advanced,
    "AdvancedIncSubtensor1": _inc_advanced,
    "AdvancedSubtensor": _advanced,
    "AdvancedSubtensor1": _advanced,
    "Elemwise": _elementwise,
    "IncSubtensor": _inc_subtensor,
    "MultinomialFromUniform": _counts,
    "Rebroadcast": _rebroadcast,
    "ScalarFromTensor": lambda state, inputs: inputs[0],
    "SoftmaxGrad": lambda state, inputs: nnet.softmax_grad(*inputs),
    "Subtensor": _subtensor,
    "TensorFromScalar": lambda state, inputs: inputs[0],
    "mrg_uniform": _uniform,
}


def _refusal(what: str) -> str:
    return (
        f"the pickle has an expression of Theano's {what}, which symgraph cannot read: pickle the"
        " values of shared variables, or build the expression again and set them"
    )


def _applied(op: Any, inputs: list[Any]) -> Any:
    """Return what an operation computes of inputs. Raises NotImplementedError for unknown ones."""
    if isinstance(op, Op):
        return op.make_node(*inputs).outputs
    kind = getattr(op, "kind", type(op).__name__)
    state = op.state if isinstance(op, Pickled) else vars(op)
    if kind in FUNCTIONS_OF_STATES:
        return FUNCTIONS_OF_STATES[kind](state, inputs)
    if isinstance(op, Pickled):
        raise NotImplementedError(_refusal(kind))
    # An object keeps what it was made with, and more.
    maker = op.maker() if isinstance(op, OperationObject) else type(op)
    parameters = inspect.signature(maker).parameters
    names = [n for n, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    if kind.startswith("Abstract"):
        names += _OPTIONS
    made = (type(op) if isinstance(op, OperationObject) else maker)(
        **{name: state[name] for name in names if name in state}
    )
    return made(*inputs)


def _read_node(node: Pickled) -> None:
    """Make the outputs of a pickled node those of a node of symgraph's."""
    inputs, outputs = list(node.state["inputs"]), node.state["outputs"]
    missing = next((v for v in inputs if not hasattr(v, "type")), None)
    if missing is not None:
        # The state of the input, of which this node computes the update, comes later.
        _waiting.setdefault(id(missing), []).append(node)
        return
    found = _applied(node.state["op"], inputs)
    results = list(found) if isinstance(found, list | tuple) else [found]
    for output, result in zip(outputs, results, strict=False):
        made = result.owner
        if made is None or made in _known or result in inputs:
            # The operation leaves its input as it is.
            result = identity(result)
            made = result.owner
        assert made is not None
        _known.update(
            v.owner for v in ancestors([result], set(inputs)) if v.owner not in (None, made)
        )
        position = result.index or 0
        own = list(made.outputs)
        own[position] = output
        made.outputs = tuple(own)
        output.owner, output.index, output.type = made, position, result.type
    _known.update(output.owner for output in outputs if output.owner is not None)


def _variable_state(self: Variable, state: Any) -> None:
    """Fill a variable with the state of one of Theano's, or of symgraph's."""
    if isinstance(state, tuple):
        own, slots = state
        for key, value in {**(own or {}), **slots}.items():
            setattr(self, key, value)
        return
    kind, name = state["type"], state.get("name")
    if isinstance(self, Constant):
        Constant.__init__(self, kind, state["data"], name)
    elif isinstance(self, SharedVariable):
        # Theano's expressions draw from the generator itself, not from its words.
        self.__class__ = SharedVariable
        SharedVariable.__init__(self, kind, state["container"], name)
        if state.get("default_update") is not None:
            self.default_update = state["default_update"]
    elif getattr(self, "owner", None) is None:
        # Otherwise its node has been read before.
        Variable.__init__(self, kind, name=name)
    else:
        self.name = name
        self.location = self.extent_keys = self.evaluated = self.notes = None
    kept = {key: value for key, value in state.items() if key not in _OF_VARIABLES}
    for key, value in kept.items():
        setattr(self, key, value)
    for node in _waiting.pop(id(self), ()):
        _read_node(node)


_OF_VARIABLES = frozenset(
    {
        "auto_name", "cached", "container", "data", "default_update", "index", "name", "owner",
        "tag", "type",
    }
)  # fmt: skip


def _container_state(self: Container, state: dict[str, Any]) -> None:
    """Fill a container with the state of one of Theano's."""
    Container.__init__(self, state["storage"][0])


_fill_natively = TensorType.__setstate__  # type: ignore[attr-defined]


def _type_state(self: TensorType, state: Any) -> None:
    """Fill a type with the state of one of Theano's, or of symgraph's."""
    if not isinstance(state, dict):
        _fill_natively(self, state)
    else:
        TensorType.__init__(self, state["dtype"], broadcastable=state.get("broadcastable", ()))


# By class of symgraph's, what fills its objects.
STATES: dict[type, Callable[..., None]] = {
    Variable: _variable_state,
    Container: _container_state,
    TensorType: _type_state,
}

_reconstruct_natively = copyreg._reconstructor  # type: ignore[attr-defined]


def _reconstructor(cls: Any, base: Any, state: Any) -> Any:
    """Make the object of a pickle of the oldest protocols, which does not call `cls.__new__`."""
    if isinstance(cls, Alias) and not cls.has_objects:
        return cls.blank()
    return _reconstruct_natively(cls, base, state)


def adopt() -> None:
    """Have pickles of Theano's read, for the rest of the process."""
    Pickled.completed["Apply"] = _read_node
    Pickled.apply = _applied
    _reconstructor.__module__, _reconstructor.__qualname__ = "copyreg", "_reconstructor"
    copyreg._reconstructor = _reconstructor  # type: ignore[attr-defined]
