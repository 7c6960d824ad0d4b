"""The nodes of an expression graph: variables, and the applications of ops that compute them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symgraph.graph.base_type import Type
from symgraph.graph.trace import SourceLocation, user_location

if TYPE_CHECKING:
    from symgraph.graph.method_declarations import MethodDeclarations

    Methods = MethodDeclarations["Variable"]
else:
    Methods = object


class Variable(Methods):
    """Represent a value to be computed, or without an owner a free variable.

    type: which values there may be, such as a TensorType.
    owner, index: the Apply that computes it, and which of its outputs it is.
    name: what it is called in print. location: the user's line, found unless given.

    Compared and hashed by identity. Importing `symgraph.ops` adds the arithmetic operators,
    importing `symgraph.tensor` the methods of a tensor; `MethodDeclarations` lists both.
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
        own = getattr(self, "__dict__", None)
        # What a program keeps with the variable, or in a class of its own.
        state = () if not own and not self.notes else ((own, {"notes": self.notes}),)
        if self.owner is None:
            return _restore_leaf, (type(self), self.type, self.name, self.location), *state
        # The ancestors come first, each before its clients, so that pickle never nests deeply.
        return _restore_output, (_ordered_ancestors(self.owner), self.owner, self.index), *state

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
    cls: Any, type: Type, name: str | None, location: SourceLocation | None
) -> Variable:
    # A program's own class may be made of other arguments.
    variable: Variable = cls.__new__(cls)
    Variable.__init__(variable, type, name=name, location=location)
    return variable


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
