"""`theano.gof.op`: operations of a program's own, as programs for Theano write them."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, ClassVar

from symgraph.compat.theano.compile.overwriting import WRITTEN_OVER
from symgraph.compat.theano.configdefaults import config
from symgraph.compat.theano.gof.graph import Apply
from symgraph.compat.theano.gof.trial_values import trial_value
from symgraph.compat.theano.lookup import resolver
from symgraph.gradient import DisconnectedType
from symgraph.graph import Apply as NativeApply
from symgraph.graph import (
    NotDifferentiable,
    TensorType,
    Variable,
    warn,
)
from symgraph.graph import Op as NativeOp
from symgraph.tensor import as_tensor_variable, zeros_like

__getattr__, __dir__ = resolver(__name__, "symgraph.graph")


class Op(NativeOp):
    """Declare an operation as Theano does; its subclasses are symgraph's operations.

    - `make_node(*inputs)` returns `Apply(self, inputs, outputs)`; `itypes` and `otypes`, lists of
      types, may say the same;
    - `perform(node, inputs, output_storage)` puts each output in `output_storage[i][0]`;
    - `grad(inputs, output_gradients)` or `L_op(inputs, outputs, output_gradients)`, and
      `R_op(inputs, eval_points)`, for derivatives;
    - `infer_shape(node, input_shapes)`, `connection_pattern(node)`, `__props__`;
    - `view_map` and `destroy_map`, which give lists of inputs; what is written over is a copy, and
      reaches arguments and shared variables in functions with `accept_inplace=True`.

    It runs in Python within compiled functions. `c_code` is never used.

    >>> from symgraph.compat.theano.gof.op import Op
    >>> class Doubled(Op):
    ...     itypes = otypes = [T.dvector().type]
    ...     def perform(self, node, inputs, output_storage):
    ...         output_storage[0][0] = 2 * inputs[0]
    >>> Doubled()([1.0, 2.0]).eval()
    array([2., 4.])
    """

    default_output: int | None = None
    itypes: ClassVar[Any] = None
    otypes: ClassVar[Any] = None

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        for name, adapt in (("perform", _performing), ("infer_shape", _inferring)):
            own = cls.__dict__.get(name)
            if callable(own) and not hasattr(own, "adapted"):
                setattr(cls, name, adapt(own))

    def _identity(self) -> tuple[Any, ...]:
        # Without `__props__` an operation is equal to itself only.
        if "__props__" in _declared(type(self)):
            return super()._identity()
        return (type(self), id(self))

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        """Apply the operation to variables, and return what it computes: one variable, or a list.

        inputs: for `make_node`. `return_list=True` returns a list in any case; `name` names the
        only output. Other keywords are for `make_node`.
        """
        as_list, name = kwargs.pop("return_list", False), kwargs.pop("name", None)
        node = self.make_node(*inputs, **kwargs)
        outputs = list(node.outputs)
        for at, positions in _overwritten(self).items():
            WRITTEN_OVER[outputs[at]] = node.inputs[positions[0]]
        if name is not None:
            outputs[0].name = name
        if self.default_output is not None:
            found = outputs[self.default_output]
            return [found] if as_list else found
        return outputs if as_list or len(outputs) != 1 else outputs[0]

    def make_node(self, *inputs: Any) -> NativeApply:
        """Return the node of the operation on inputs, by `itypes` and `otypes`."""
        if self.itypes is None or self.otypes is None:
            raise NotImplementedError(
                f"{type(self).__name__} declares neither make_node nor both itypes and otypes"
            )
        if len(inputs) != len(self.itypes):
            raise ValueError(f"We expected {len(self.itypes)} inputs but got {len(inputs)}.")
        given = [v if isinstance(v, Variable) else as_tensor_variable(v) for v in inputs]
        for variable, kind in zip(given, self.itypes, strict=True):
            if not kind.is_super(variable.type):
                raise TypeError(
                    f"We expected inputs of types {self.itypes} but got {variable.type}"
                )
        return Apply.make(self, given, [kind() for kind in self.otypes])

    def vjp(self, node: NativeApply, cotangents: Sequence[Variable | None]) -> Sequence[Any]:
        """Return the reverse derivatives, from `L_op` or `grad`."""
        if not (hasattr(self, "L_op") or hasattr(self, "grad")):
            raise NotDifferentiable(f"{self} has neither grad nor L_op, so no reverse derivative")
        given = [
            _zeros(output) if g is None else g
            for output, g in zip(node.outputs, cotangents, strict=True)
        ]
        if hasattr(self, "L_op"):
            found = self.L_op(list(node.inputs), list(node.outputs), given)
        else:
            declared: Any = self
            found = declared.grad(list(node.inputs), given)
        if not isinstance(found, list | tuple):
            raise TypeError(f"{self}.grad must return a list or a tuple, not {found!r}")
        if len(found) != len(node.inputs):
            raise ValueError(
                f"{self} returned the wrong number of gradients: {len(found)} for"
                f" {len(node.inputs)} inputs"
            )
        return [None if _is_disconnected(g) else _variable(g) for g in found]

    def jvp(self, node: NativeApply, tangents: Sequence[Variable | None]) -> Sequence[Any]:
        """Return the forward derivatives, from `R_op`."""
        if not hasattr(self, "R_op"):
            raise NotDifferentiable(f"{self} has no R_op, so no forward derivative")
        return list(self.R_op(list(node.inputs), list(tangents)))

    def views(self) -> list[tuple[int, int]]:
        """Return the pairs of `view_map`, where each output has a list of inputs."""
        return [(output, at) for output, listed in self.view_map.items() for at in _listed(listed)]


PureOp = Op


def _listed(positions: Any) -> list[int]:
    return list(positions) if isinstance(positions, list | tuple) else [positions]


def _overwritten(op: Any) -> dict[int, list[int]]:
    """Return the `destroy_map` of an operation: by output, the inputs that it writes over."""
    return {at: _listed(listed) for at, listed in getattr(op, "destroy_map", {}).items()}


def _declared(cls: type) -> set[str]:
    return {name for base in cls.__mro__ if base not in (NativeOp, object) for name in vars(base)}


def _performing(own: Any) -> Any:
    """Return Theano's `perform`, which also takes values one by one, and then returns a tuple."""

    def perform(self: Any, node: NativeApply, *values: Any) -> Any:
        if len(values) >= 2 and isinstance(values[1], list) and isinstance(values[0], list | tuple):
            return own(self, node, *values)
        storage: list[list[Any]] = [[None] for _ in node.outputs]
        given = list(values)
        for position in {at for listed in _overwritten(self).values() for at in listed}:
            # Others may need the value that it writes over.
            given[position] = deepcopy(given[position])
        own(self, node, given, storage)
        return tuple(cell[0] for cell in storage)

    perform.adapted = True  # type: ignore[attr-defined]
    return perform


def _inferring(own: Any) -> Any:
    """Return Theano's `infer_shape`; a class that raises ShapeError has none."""

    def infer_shape(self: Any, node: NativeApply, shapes: Any) -> Any:
        found = own(self, node, [tuple(map(_variable, shape)) for shape in shapes])
        return [tuple(shape) for shape in found]

    infer_shape.adapted = True  # type: ignore[attr-defined]
    return infer_shape


def _variable(value: Any) -> Any:
    return value if isinstance(value, Variable) else as_tensor_variable(value)


def _zeros(output: Variable) -> Variable:
    return zeros_like(output) if isinstance(output.type, TensorType) else DisconnectedType()()


def _is_disconnected(gradient: Any) -> bool:
    return isinstance(getattr(gradient, "type", None), DisconnectedType) or gradient is None


def get_test_value(variable: Any) -> Any:
    """Return the value that a program gave a variable to test with, or that of a constant.

    variable: a variable with `tag.test_value`, a constant or a shared variable.
    Raises AttributeError where there is none.

    >>> from symgraph.compat.theano.gof.op import get_test_value
    >>> get_test_value(T.constant(2.0))
    array(2.)
    """
    return trial_value(_variable(variable))


def get_debug_values(*args: Any) -> list[tuple[Any, ...]]:
    """Return the test values of variables, in a list of one tuple; an empty list without them.

    args: variables and values.
    Raises AttributeError for a variable without one where the flag `compute_test_value` is 'raise'.

    >>> from symgraph.compat.theano.gof.op import get_debug_values
    >>> get_debug_values(T.dscalar("x"))
    []
    """
    if config.compute_test_value == "off":
        return []
    found = []
    for position, variable in enumerate(args):
        try:
            found.append(get_test_value(variable))
        except AttributeError:
            action = config.compute_test_value
            message = f"Argument {position} ('{variable}') has no test value"
            if action == "raise":
                raise AttributeError(message) from None
            if action == "warn":
                warn(message, UserWarning)
            return []
    return [tuple(found)]


def debug_error_message(message: str) -> None:
    """Raise, or warn of, an error that test values show, as `compute_test_value` says.

    >>> from symgraph.compat.theano.gof.op import debug_error_message
    >>> debug_error_message("none")
    """
    if config.compute_test_value in ("raise", "ignore"):
        raise ValueError(message)
    if config.compute_test_value == "warn":
        warn(message, UserWarning)


def missing_test_message(message: str) -> None:
    """Raise, or warn of, a test value that is missing, as `compute_test_value` says.

    >>> from symgraph.compat.theano.gof.op import missing_test_message
    >>> missing_test_message("none")
    """
    if config.compute_test_value == "raise":
        raise AttributeError(message)
    if config.compute_test_value == "warn":
        warn(message, UserWarning)
