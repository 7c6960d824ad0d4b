"""Classes of Theano's names whose objects are symgraph's."""

from collections.abc import Callable
from types import new_class
from typing import Any, ClassVar


class Pickled:
    """An object of Theano's in a pickle: the name of its class, and its state.

    `completed`, by the name of a class: what is done with such an object once its state is there.
    `apply`: what a call of an operation does, of the operation and the inputs.
    """

    completed: ClassVar[dict[str, Callable[["Pickled"], None]]] = {}
    apply: ClassVar[Callable[[Any, list[Any]], Any]]

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        self.state = state if isinstance(state, dict) else {"state": state}
        if self.kind in self.completed:
            self.completed[self.kind](self)

    def __call__(self, *inputs: Any) -> Any:
        return Pickled.apply(self, list(inputs))

    def __repr__(self) -> str:
        return f"<a pickled {self.kind} of Theano's>"


class Alias(type):
    """A class whose objects are those of another class, `native`, and of what `accepts` adds.

    A class that a program derives from it is derived from the native one. Calling it calls `make`,
    and `isinstance` tests `is_one`, which a class may define: by default the native class itself in
    both. Reading a pickle of Theano's calls `blank`, where the class has no objects of its own.
    """

    native: Any
    has_objects: ClassVar[bool] = False

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **keywords: Any
    ) -> Any:
        if not str(namespace.get("__module__", "")).startswith("symgraph."):
            # A program's own class derives from what the class stands for.
            actual = tuple(base.native if isinstance(base, Alias) else base for base in bases)
            if not any(isinstance(base, Alias) for base in actual):
                return new_class(name, actual, keywords, lambda given: given.update(namespace))
        # Only pickles get there: all others call the class.
        blank = {} if mcs.has_objects else {"__new__": lambda cls, *args, **kwargs: cls.blank()}
        return super().__new__(mcs, name, bases, {**blank, **namespace}, **keywords)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls.make(*args, **kwargs)

    def __instancecheck__(cls, instance: Any) -> bool:
        return bool(cls.is_one(instance))

    def __subclasscheck__(cls, subclass: type) -> bool:
        return type.__subclasscheck__(cls, subclass) or issubclass(subclass, cls.native)

    def make(cls, *args: Any, **kwargs: Any) -> Any:
        """Return an object of the native class."""
        return cls.native(*args, **kwargs)

    def is_one(cls, instance: Any) -> bool:
        """Return whether an object counts as one of the class."""
        return isinstance(instance, cls.native)

    def blank(cls) -> Any:
        """Return an object for the state of one in a pickle."""
        return Pickled(cls.__name__)


class AliasOfState(Alias):
    """A class of which a pickle's state fills an object of the native class."""

    def blank(cls) -> Any:
        """Return an object of the native class without its state."""
        return cls.native.__new__(cls.native)
