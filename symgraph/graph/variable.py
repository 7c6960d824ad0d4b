"""The nodes of an expression graph: variables, and the applications of ops that compute them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from symgraph.graph.base_type import Type
from symgraph.graph.container import Container, accepted
from symgraph.graph.trace import SourceLocation, user_location


class Variable:
    """Represent a value to be computed, or without an owner a free variable.

    type: which values there may be, such as a TensorType.
    owner, index: the Apply that computes it, and which of its outputs it is.
    name: what it is called in print. location: the user's line, found unless given.

    Compared and hashed by identity. The operators and the methods of a tensor are declared here;
    importing `symgraph.ops` adds the arithmetic ones, importing `symgraph.tensor` the others.
    Raises TypeError for a name that is no str.

    >>> x = T.dvector("x")
    >>> (x + 1).owner.inputs[0] is x
    True
    """

    # `evaluated`: the functions that `eval` compiled, kept as long as the variable. `notes`: what a
    # program keeps with the variable, where its language has that habit (`symgraph.graph.habits`).
    __slots__ = (
        "__weakref__",
        "evaluated",
        "extent_keys",
        "index",
        "location",
        "name",
        "notes",
        "owner",
        "type",
    )

    def __init__(
        self,
        type: Type,
        owner: Apply | None = None,
        index: int | None = None,
        name: str | None = None,
        location: SourceLocation | None = None,
    ) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"the name of a variable must be a str, not {name!r}")
        self.type: Any = type
        self.owner: Apply | None = owner
        self.index: int | None = index
        self.name: str | None = name
        self.location: SourceLocation | None = location if location is not None else user_location()
        # Per axis a key of the extent (equal keys: equal extents); set by ops that keep extents.
        self.extent_keys: tuple[Any, ...] | None = None
        self.evaluated: dict[Any, Any] | None = None
        self.notes: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        if self.owner is not None:
            suffix = f".{self.index}" if len(self.owner.outputs) > 1 else ""
            return f"{self.owner.op}{suffix}"
        return f"<{self.type}>"

    def __reduce__(self) -> Any:
        if self.owner is None:
            return _restore_leaf, (type(self), self.type, self.name, self.location)
        # The ancestors come first, each before its clients, so that pickle never nests deeply.
        return _restore_output, (_ordered_ancestors(self.owner), self.owner, self.index)

    @property
    def ndim(self) -> int:
        """Return the number of dimensions, an int.

        >>> T.dmatrix("x").ndim
        2
        """
        return self.type.ndim

    @property
    def dtype(self) -> str:
        """Return the name of the dtype, a str.

        >>> T.dmatrix("x").dtype
        'float64'
        """
        return self.type.dtype

    @property
    def broadcastable(self) -> tuple[bool, ...]:
        """Return for each axis whether its extent is known to be 1, a tuple of bools.

        >>> T.drow("x").broadcastable
        (True, False)
        """
        return self.type.broadcastable

    def clone(self) -> Any:
        """Return a free variable of the same type and name.

        Returns a Variable; of a constant, itself.

        >>> x = T.dvector("x")
        >>> x.clone() is x, x.clone().type == x.type
        (False, True)
        """
        return self.type.variable_class(self.type, name=self.name, location=self.location)

    if TYPE_CHECKING:
        # Given by `symgraph.ops.arithmetic`.
        def __add__(self, other: Any) -> Variable: ...
        def __radd__(self, other: Any) -> Variable: ...
        def __sub__(self, other: Any) -> Variable: ...
        def __rsub__(self, other: Any) -> Variable: ...
        def __mul__(self, other: Any) -> Variable: ...
        def __rmul__(self, other: Any) -> Variable: ...
        def __truediv__(self, other: Any) -> Variable: ...
        def __rtruediv__(self, other: Any) -> Variable: ...
        def __floordiv__(self, other: Any) -> Variable: ...
        def __rfloordiv__(self, other: Any) -> Variable: ...
        def __mod__(self, other: Any) -> Variable: ...
        def __rmod__(self, other: Any) -> Variable: ...
        def __pow__(self, other: Any) -> Variable: ...
        def __rpow__(self, other: Any) -> Variable: ...
        def __and__(self, other: Any) -> Variable: ...
        def __rand__(self, other: Any) -> Variable: ...
        def __or__(self, other: Any) -> Variable: ...
        def __ror__(self, other: Any) -> Variable: ...
        def __xor__(self, other: Any) -> Variable: ...
        def __rxor__(self, other: Any) -> Variable: ...
        def __lshift__(self, other: Any) -> Variable: ...
        def __rlshift__(self, other: Any) -> Variable: ...
        def __rshift__(self, other: Any) -> Variable: ...
        def __rrshift__(self, other: Any) -> Variable: ...
        def __lt__(self, other: Any) -> Variable: ...
        def __gt__(self, other: Any) -> Variable: ...
        def __le__(self, other: Any) -> Variable: ...
        def __ge__(self, other: Any) -> Variable: ...
        def __neg__(self) -> Variable: ...
        def __abs__(self) -> Variable: ...
        def __pos__(self) -> Variable: ...
        def __invert__(self) -> Variable: ...
        def __divmod__(self, other: Any) -> tuple[Variable, Variable]: ...
        def __rdivmod__(self, other: Any) -> tuple[Variable, Variable]: ...

        # Given by `symgraph.tensor.operators`.
        def __matmul__(self, other: Any) -> Variable: ...
        def __rmatmul__(self, other: Any) -> Variable: ...
        @property
        def shape(self) -> Any: ...
        @property
        def size(self) -> Variable: ...
        @property
        def rng(self) -> SharedVariable: ...
        @property
        def update(self) -> tuple[SharedVariable, Variable]: ...
        @property
        def T(self) -> Variable: ...
        @property
        def real(self) -> Variable: ...
        @property
        def imag(self) -> Variable: ...
        def __len__(self) -> int: ...
        def __iter__(self) -> Iterator[Variable]: ...
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any: ...
        def __getitem__(self, index: Any) -> Variable: ...
        def dot(self, other: Any) -> Variable: ...
        def dimshuffle(self, *order: Any) -> Variable: ...
        def transpose(self, *axes: Any) -> Variable: ...
        def reshape(self, *shape: Any, ndim: int | None = None) -> Variable: ...
        def flatten(self, ndim: int = 1) -> Variable: ...
        def ravel(self) -> Variable: ...
        def squeeze(self, axis: Any = None) -> Variable: ...
        def swapaxes(self, axis1: int, axis2: int) -> Variable: ...
        def repeat(self, repeats: Any, axis: int | None = None) -> Variable: ...
        def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> Variable: ...
        def sort(
            self, axis: int | None = -1, kind: str = "quicksort", order: None = None
        ) -> Variable: ...
        def argsort(
            self, axis: int | None = -1, kind: str = "quicksort", order: None = None
        ) -> Variable: ...
        def diagonal(self, offset: Any = 0, axis1: int = 0, axis2: int = 1) -> Variable: ...
        def trace(self, offset: Any = 0, axis1: int = 0, axis2: int = 1) -> Variable: ...
        def astype(self, dtype: Any) -> Variable: ...
        def copy(self, name: str | None = None) -> Variable: ...
        def fill(self, value: Any) -> Variable: ...
        def clip(self, low: Any, high: Any) -> Variable: ...
        def round(self) -> Variable: ...
        def conj(self) -> Variable: ...
        def sum(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Variable: ...
        def prod(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Variable: ...
        def mean(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Variable: ...
        def var(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Variable: ...
        def std(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Variable: ...
        def norm(self, L: Any = None, axis: Any = None, keepdims: bool = False) -> Variable: ...
        def max(self, axis: Any = None, keepdims: bool = False) -> Variable: ...
        def min(self, axis: Any = None, keepdims: bool = False) -> Variable: ...
        def ptp(self, axis: Any = None) -> Variable: ...
        def cumsum(self, axis: Any = None, dtype: Any = None) -> Variable: ...
        def cumprod(self, axis: Any = None, dtype: Any = None) -> Variable: ...
        def compress(self, condition: Any, axis: int | None = None) -> Variable: ...
        def choose(self, choices: Any, mode: str = "raise") -> Variable: ...
        def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Variable: ...
        def nonzero_values(self) -> Variable: ...
        def nonzero(self, return_matrix: bool = False) -> Any: ...
        def argmax(self, axis: Any = None, keepdims: bool = False) -> Variable: ...
        def argmin(self, axis: Any = None, keepdims: bool = False) -> Variable: ...
        def all(self, axis: Any = None, keepdims: bool = False) -> Variable: ...
        def any(self, axis: Any = None, keepdims: bool = False) -> Variable: ...

        # Given by `symgraph.compile`.
        def eval(
            self,
            inputs_to_values: Mapping[Variable | str, Any] | None = None,
            mode: Any = None,
        ) -> Any: ...


Type.variable_class = Variable


class Constant(Variable):
    """Represent a variable whose value is fixed when the graph is built.

    type: of the value. data: a value of that type, which is copied where it could be changed.
    name: in print.
    Raises TypeError and ValueError for a value that is none of the type's.

    >>> T.constant([1, 2]).data
    array([1, 2])
    """

    __slots__ = ("data",)

    def __init__(self, type: Type, data: Any, name: str | None = None) -> None:
        super().__init__(type, name=name)
        self.data: Any = type.fixed_value(data)

    @property
    def value(self) -> Any:
        """Return the value: of a tensor, a read-only array.

        >>> T.constant([1, 2]).value
        array([1, 2])
        """
        return self.data

    def clone(self) -> Constant:
        """Return the constant itself, as it never changes.

        >>> c = T.constant(1.0)
        >>> c.clone() is c
        True
        """
        return self

    def signature(self) -> tuple[Any, ...]:
        """Return what is equal for constants of equal type and bits.

        Returns a tuple; nan equals itself, and 0.0 not -0.0.

        >>> T.constant(0.0).signature() == T.constant(-0.0).signature()
        False
        """
        return (self.type, self.type.value_key(self.data))

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        return str(self.type.value_text(self.data))

    def __reduce__(self) -> Any:
        return Constant, (self.type, self.data, self.name)


Type.constant_class = Constant

# Shared variables are numbered in the order in which they are made.
_numbers = itertools.count()


def next_number() -> int:
    """Return a number above those of all shared variables made so far."""
    return next(_numbers)


class SharedVariable(Variable):
    """Represent a variable that holds a value, shared by every function that mentions it.

    type, container: which values there may be, and where the value is kept. name: in print.
    strict, allow_downcast: what `set_value` takes: see `In`.
    `shared` makes one of a value. `default_update`, where it is set, is an update of every function
    that mentions the variable. Raises TypeError for a name that is no str.

    >>> n = sg.shared(0, name="n")
    >>> count = sg.function([], n, updates={n: n + 1})
    >>> count(), count(), n.get_value()
    (array(0), array(1), array(2))
    """

    __slots__ = ("_default_update", "allow_downcast", "container", "number", "strict")

    def __init__(
        self,
        type: Type,
        container: Container,
        name: str | None = None,
        strict: bool = False,
        allow_downcast: bool | None = None,
    ) -> None:
        super().__init__(type, name=name)
        self.number: int = next(_numbers)
        self.container: Container = container
        self.strict: bool = strict
        self.allow_downcast: bool | None = allow_downcast
        if container.accept is None:
            # Refers neither to this variable, which would keep its container alive, nor to the
            # value.
            label = name if name is not None else f"a shared {type}"
            container.accept = partial(accepted, label, type, strict, allow_downcast)
        self._default_update: Variable | None = None

    @property
    def default_update(self) -> Variable | None:
        """Return the update of every function that uses the variable, or None where there is none.

        It is set by assignment, and taken back by `del` or None.

        >>> s = sg.shared(1.0)
        >>> s.default_update = s * 2
        >>> del s.default_update
        >>> s.default_update is None
        True
        """
        return self._default_update

    @default_update.setter
    def default_update(self, update: Any) -> None:
        self._default_update = update

    @default_update.deleter
    def default_update(self) -> None:
        self._default_update = None

    def get_value(self, borrow: bool = False, return_internal_type: bool = False) -> Any:
        """Return the value of the shared variable.

        borrow: whether the very array is returned, which must not be changed; otherwise a copy.
        return_internal_type: Theano's; it makes no difference here.
        Returns a value of the variable's type: of a tensor, a NumPy array.

        >>> sg.shared([1.0, 2.0]).get_value()
        array([1., 2.])
        """
        value = self.container.value
        return value if borrow else self.type.copy_value(value)

    def set_value(self, value: Any, borrow: bool = False) -> None:
        """Replace the value of the shared variable.

        value: an array of the variable's dtype and rank, or one that can be cast to it.
        borrow: whether the very array is held; otherwise a copy.
        Returns nothing. Raises TypeError and ValueError for a value that does not fit.

        >>> s = sg.shared([1.0, 2.0])
        >>> s.set_value([3.0])
        >>> s.get_value()
        array([3.])
        """
        filtered = accepted(str(self), self.type, self.strict, self.allow_downcast, value)
        self.container.value = filtered if borrow else self.type.own_value(filtered, value)

    def zero(self, borrow: bool = False) -> None:
        """Fill the value with zeros, keeping its shape.

        borrow: Theano's; it makes no difference here.
        Returns nothing.

        >>> s = sg.shared([1.0, 2.0])
        >>> s.zero()
        >>> s.get_value()
        array([0., 0.])
        """
        self.container.value = np.zeros_like(self.container.value)

    def clone(self) -> SharedVariable:
        """Return another variable on the same container, without a default update.

        >>> s = sg.shared([1.0, 2.0])
        >>> s.clone().get_value()
        array([1., 2.])
        """
        return type(self)(self.type, self.container, self.name, self.strict, self.allow_downcast)

    def __str__(self) -> str:
        return self.name if self.name is not None else f"<shared {self.type}>"

    def __reduce__(self) -> Any:
        state = {"default_update": self.default_update, "location": self.location}
        arguments = (self.type, self.container, self.name, self.strict, self.allow_downcast)
        return type(self), arguments, (None, state)


Type.shared_class = SharedVariable


class Apply:
    """One application of an op to input variables, with the output variables it computes."""

    __slots__ = ("__weakref__", "inputs", "op", "outputs")

    def __init__(
        self,
        op: object,
        inputs: Sequence[Variable],
        types: Sequence[Type],
        location: SourceLocation | None = None,
    ) -> None:
        for position, variable in enumerate(inputs):
            if not isinstance(variable, Variable):
                raise TypeError(f"input {position} of {op} is {variable!r}, not a variable")
        # Typed as Any: what else an op offers depends on its class, and its users know that.
        self.op: Any = op
        self.inputs: tuple[Variable, ...] = tuple(inputs)
        location = location if location is not None else user_location()
        self.outputs: tuple[Variable, ...] = tuple(
            type.variable_class(type, self, index, location=location)
            for index, type in enumerate(types)
        )

    @property
    def location(self) -> SourceLocation | None:
        return self.outputs[0].location

    def __repr__(self) -> str:
        return f"{self.op}({', '.join(map(str, self.inputs))})"

    def __reduce__(self) -> Any:
        inputs = tuple(map(_reference, self.inputs))
        outputs = tuple((v.type, v.name, _stored_keys(v)) for v in self.outputs)
        return _restore_apply, (self.op, inputs, outputs, self.location)


# A variable for pickle: itself if it has no owner, else its owner and its output position.
_Reference = tuple[Any, int | None]


def _reference(variable: Variable) -> _Reference:
    return (variable, None) if variable.owner is None else (variable.owner, variable.index)


def _referred(reference: _Reference) -> Variable:
    node, index = reference
    found: Variable = node if index is None else node.outputs[index]
    return found


def _stored_keys(variable: Variable) -> tuple[Any, ...] | None:
    """Return the extent keys in terms of the ancestors; None for keys that are the variable's
    own."""
    if variable.extent_keys is None:
        return None
    stored: list[Any] = []
    for key in variable.extent_keys:
        origin, axis = key if isinstance(key, tuple) else (key, None)
        if isinstance(origin, Variable) and origin is not variable:
            stored.append((_reference(origin), axis))
        else:
            stored.append(key if isinstance(key, int) else None)
    return tuple(stored)


def _restored_keys(variable: Variable, stored: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    if stored is None:
        return None
    keys: list[Any] = []
    for position, key in enumerate(stored):
        if not isinstance(key, tuple):
            keys.append((variable, position) if key is None else key)
            continue
        reference, axis = key
        origin = _referred(reference)
        keys.append(origin if axis is None else (origin, axis))
    return tuple(keys)


def _ordered_ancestors(node: Apply) -> list[Apply]:
    """Return the nodes that `node` depends on, each after those it depends on."""
    ordered: list[Apply] = []
    done = {node}
    stack = [(node, iter(node.inputs))]
    while stack:
        current, inputs = stack[-1]
        for variable in inputs:
            owner = variable.owner
            if owner is not None and owner not in done:
                done.add(owner)
                stack.append((owner, iter(owner.inputs)))
                break
        else:
            stack.pop()
            ordered.append(current)
    return ordered[:-1]


def _restore_leaf(
    cls: type, type: Type, name: str | None, location: SourceLocation | None
) -> Variable:
    return cls(type, name=name, location=location)


def _restore_output(ancestors: list[Apply], owner: Apply, index: int) -> Variable:
    return owner.outputs[index]


def _restore_apply(
    op: object,
    inputs: Sequence[_Reference],
    outputs: Sequence[tuple[Type, str | None, tuple[Any, ...] | None]],
    location: SourceLocation | None,
) -> Apply:
    node = Apply(op, list(map(_referred, inputs)), [type for type, _, _ in outputs], location)
    for variable, (_, name, keys) in zip(node.outputs, outputs, strict=True):
        variable.name = name
        variable.extent_keys = _restored_keys(variable, keys)
    return node
