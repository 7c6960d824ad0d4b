"""The type of a variable: which values it may hold, and how these are checked, compared, copied."""

import copy
from typing import Any, ClassVar

# The longest text of a constant in print.
LONGEST = 40


class Type:
    """Represent the values that a variable may hold; immutable, compared by class and `__props__`.

    Types of one's own derive from it. Such a class declares

    - `filter(value, strict=, allow_downcast=)`: the value as one of the type, or TypeError or
      ValueError. Without it no value is one of the type.

    Everything else has a default, for classes that know better to override:

    - `values_eq`, `values_eq_approx`: when two values are equal, and nearly so;
    - `copy_value`: a copy that shares nothing with a value, `copy.deepcopy` unless said otherwise;
    - `fixed_value`, `value_key`, `value_text`: the value of a constant, what is equal for constants
      that may be merged, and how it is printed;
    - `is_super`, `agrees_with`: which other types' values are of this one, and may be;
    - `variable_class`, `constant_class`, `shared_class`: classes of variables, which may have
      methods.

    Values of such types pass through functions as they are: as arguments, results, shared values
    and between operations, which compute them in Python. See docs/user-ops.md.

    >>> class Text(sg.Type):
    ...     def filter(self, value, *, strict=False, allow_downcast=None):
    ...         if not isinstance(value, str):
    ...             raise TypeError(f"expected a str, got {value!r}")
    ...         return value
    >>> Text()("name").type == Text()
    True
    """

    __props__: ClassVar[tuple[str, ...]] = ()
    # The classes of the variables, constants and shared variables of this type; set by
    # `symgraph.graph.variable`.
    variable_class: ClassVar[Any]
    constant_class: ClassVar[Any]
    shared_class: ClassVar[Any]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(
            getattr(self, name) == getattr(other, name) for name in self.__props__
        )

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name) for name in self.__props__)))

    def __str__(self) -> str:
        props = ", ".join(f"{name}={getattr(self, name)}" for name in self.__props__)
        return f"{type(self).__name__}{{{props}}}" if props else type(self).__name__

    def __repr__(self) -> str:
        return str(self)

    def __call__(self, name: str | None = None) -> Any:
        return self.make_variable(name)

    def make_variable(self, name: str | None = None) -> Any:
        """Return a new variable of the type.

        name: what it is called in print.
        Returns a Variable without an owner.

        >>> T.dvector().type.make_variable("x")
        x
        """
        return self.variable_class(self, name=name)

    def filter(
        self, value: Any, *, strict: bool = False, allow_downcast: bool | None = None
    ) -> Any:
        """Convert a value to one of this type.

        value: anything.
        strict: whether only what is a value of the type as it stands is taken.
        allow_downcast: whether what loses precision is taken.
        Returns the value. Raises TypeError or ValueError for what is none of the type.

        >>> T.dvector().type.filter([1, 2])
        array([1., 2.])
        """
        raise TypeError(f"{type(self).__name__} does not say which values it takes")

    def is_valid_value(self, value: Any) -> bool:
        """Test whether something is a value of the type as it stands.

        value: anything.
        Returns a bool.

        >>> T.dvector().type.is_valid_value(np.ones(2)), T.dvector().type.is_valid_value([1, 1])
        (True, False)
        """
        try:
            self.filter(value, strict=True)
        except (TypeError, ValueError):
            return False
        return True

    def filter_variable(self, other: Any) -> Any:
        """Convert something to a variable of the type.

        other: a variable of a type whose values this one takes, or a value, of which a constant is
            made.
        Returns a Variable. Raises TypeError, ValueError.

        >>> T.dvector().type.filter_variable([1, 2]).type.dtype
        'float64'
        """
        if not isinstance(other, Type.variable_class):
            return self.constant_class(self, self.filter(other))
        converted = self.convert_variable(other)
        if converted is None:
            raise TypeError(f"{other} of type {other.type} is no {self}")
        return converted

    def convert_variable(self, variable: Any) -> Any:
        """Return a variable of another type as one of this type.

        variable: any variable.
        Returns it where its values are of this type, None where they may not be.

        >>> x = T.dvector("x")
        >>> x.type.convert_variable(x), T.fvector().type.convert_variable(x)
        (x, None)
        """
        return variable if self.is_super(variable.type) else None

    def values_eq(self, a: Any, b: Any) -> bool:
        """Test whether two values of the type are equal.

        a, b: values of the type.
        Returns a bool; nan counts as equal to itself.

        >>> T.dvector().type.values_eq(np.array([1.0, np.nan]), np.array([1.0, np.nan]))
        True
        """
        return bool(a == b)

    def values_eq_approx(self, a: Any, b: Any) -> bool:
        """Test whether two values of the type are equal but for rounding.

        a, b: values of the type.
        Returns a bool.

        >>> T.dvector().type.values_eq_approx(np.ones(2), np.ones(2) + 1e-14)
        True
        """
        return self.values_eq(a, b)

    def is_super(self, other: "Type") -> bool:
        """Test whether every value of another type is a value of this one.

        other: a type.
        Returns a bool.

        >>> T.dvector().type.is_super(T.TensorType("float64", (3,)))
        True
        """
        return self == other

    def agrees_with(self, other: "Type") -> bool:
        """Test whether a value may be of this type and of another one.

        other: a type.
        Returns a bool: each type may know what the other does not.

        >>> T.dvector().type.agrees_with(T.dmatrix().type)
        False
        """
        return self.is_super(other) or other.is_super(self)

    # --- values that variables hold ---

    def copy_value(self, value: Any) -> Any:
        """Copy a value, so that changing one leaves the other.

        value: of the type.
        Returns a value of the type.

        >>> T.dvector().type.copy_value(np.ones(2))
        array([1., 1.])
        """
        return copy.deepcopy(value)

    def own_value(self, filtered: Any, given: Any) -> Any:
        """Return a value that shares nothing with one that was given.

        filtered: what `filter` made of it. given: the value given.
        Returns `filtered`, or a copy where the two may share memory.

        >>> T.dvector().type.own_value(np.ones(2), [1, 1])
        array([1., 1.])
        """
        return self.copy_value(filtered)

    def fixed_value(self, value: Any) -> Any:
        """Return the value of a constant.

        value: of the type.
        Returns a value that nobody else can change. Raises TypeError, ValueError.

        >>> T.dvector().type.fixed_value(np.ones(2)).flags.writeable
        False
        """
        return self.copy_value(self.filter(value, strict=True))

    def value_key(self, value: Any) -> Any:
        """Return what is equal for values that constants may have in common.

        value: of the type.
        Returns something hashable; that of the very object unless a type knows better.

        >>> T.dvector().type.value_key(np.ones(2)) == T.dvector().type.value_key(np.ones(2))
        True
        """
        return id(value)

    def value_text(self, value: Any) -> str:
        """Return a value as text, for print.

        value: of the type.
        Returns a str of one line.

        >>> T.dscalar().type.value_text(np.array(2.0))
        '2.0'
        """
        text = repr(value).replace("\n", " ")
        return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def as_type(what: Any) -> Type:
    """Return a type itself, or that of the variables which a constructor such as `T.dvector` makes.
    Raises TypeError."""
    if isinstance(what, Type):
        return what
    made = what() if callable(what) else None
    if not isinstance(made, Type.variable_class):
        raise TypeError(
            f"expected a type, such as TensorType('float64', (None,)) or T.dvector, not {what!r}"
        )
    kind: Type = made.type
    return kind


def has_values(kind: Type) -> bool:
    """Return whether there are values of a type: those of undefined derivatives have none."""
    return type(kind).filter is not Type.filter
