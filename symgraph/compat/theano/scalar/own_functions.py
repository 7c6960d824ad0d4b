"""Functions of numbers that a program for Theano declares, as entries for symgraph's `Elemwise`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from symgraph.gradient import DisconnectedType
from symgraph.graph import NotDifferentiable, NullType, TensorType, Variable
from symgraph.ops.scalar import Multiply
from symgraph.ops.scalar import ScalarOp as NativeScalar
from symgraph.tensor import zeros_like


@dataclass(frozen=True, eq=False)
class OwnScalar(NativeScalar):
    """One result of a program's `ScalarOp`, as a function of numbers that symgraph applies.

    of: the program's object. position: of the result among those it computes.
    Equal objects make equal functions, which compilation merges.
    """

    of: Any = None
    position: int = 0

    def _identity(self) -> tuple[Any, ...]:
        return (self.of, self.position, self.arity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OwnScalar) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __reduce__(self) -> Any:
        return native_function, self._identity()


def native_function(of: Any, position: int, arity: int) -> OwnScalar:
    """Return one result of a program's function of numbers, for `symgraph.ops.Elemwise`.

    of: its `ScalarOp`. position: of the result. arity: how many operands there are.

    >>> from symgraph.compat.theano.scalar.basic import UnaryScalarOp, same_out
    >>> from symgraph.compat.theano.scalar.own_functions import native_function
    >>> class Halved(UnaryScalarOp):
    ...     def impl(self, x):
    ...         return x / 2
    >>> native_function(Halved(same_out), 0, 1).output_dtype(["float32"])
    'float32'
    """
    return OwnScalar(
        # In braces: no name that rewriting knows.
        name=f"own{{{of}}}" if of.nout == 1 else f"own{{{of}}}.{position}",
        arity=arity,
        numpy=partial(_values, of, position, arity),
        result=partial(_result_dtype, of, position),
        contributions=tuple(partial(_contribution, of, position, place) for place in range(arity)),
        operand=tuple,
        of=of,
        position=position,
    )


def _result_dtype(of: Any, position: int, dtypes: Sequence[str]) -> str:
    types = of.output_types([TensorType(dtype, ()) for dtype in dtypes])
    dtype: str = types[position].dtype
    return dtype


def _values(of: Any, position: int, arity: int, *operands: np.ndarray) -> Any:
    """Return the values of one result: by NumPy's or SciPy's function where the class names one,
    else number by number."""
    ufunc = _named(of, arity) or np.frompyfunc(of.impl, arity, of.nout)
    found = ufunc(*operands)
    return found[position] if of.nout > 1 else found


def _named(of: Any, arity: int) -> Callable[..., Any] | None:
    name, inputs, outputs = getattr(of, "nfunc_spec", None) or ("", 0, 0)
    if not name or inputs != arity or outputs != of.nout:
        return None
    module, _, function = name.rpartition(".")
    found: Callable[..., Any] | None = getattr(import_module(module or "numpy"), function, None)
    return found


def _contribution(
    of: Any,
    position: int,
    place: int,
    multiply: Multiply,
    moved: Variable,
    inputs: Sequence[Variable],
    output: Variable,
) -> Variable | None:
    """Return what `grad` says of one operand where one result's cotangent is `moved`, and those of
    the others are zero."""
    cotangents = [moved if k == position else zeros_like(output) for k in range(of.nout)]
    try:
        results = output if of.nout == 1 else of(*inputs)
        found = of.L_op(list(inputs), results if of.nout > 1 else [results], cotangents)
    except NotImplementedError as error:
        raise NotDifferentiable(str(error) or f"{of} has no derivative") from error
    if len(found) != len(inputs):
        raise ValueError(
            f"{of} returned the wrong number of gradients: {len(found)} for {len(inputs)} inputs"
        )
    share: Any = found[place]
    kind = getattr(share, "type", None)
    if share is None or isinstance(kind, DisconnectedType):
        return None
    if isinstance(kind, NullType) or isinstance(share, Variable):
        return share
    return zeros_like(moved) + share
