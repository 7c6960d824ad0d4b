"""Variables that hold a value, shared by every function that mentions them."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np

from symgraph.graph.base_type import Type
from symgraph.graph.container import Container, accepted
from symgraph.graph.variable import Variable

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
