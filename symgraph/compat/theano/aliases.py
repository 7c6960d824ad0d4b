"""Classes of Theano's names whose objects are symgraph's."""

from types import new_class
from typing import Any


class Alias(type):
    """A class whose objects are those of another class, `native`, and of what `accepts` adds.

    A class that a program derives from it is derived from the native one. Calling it calls `make`,
    and `isinstance` tests `is_one`, which a class may define: by default the native class itself in
    both.
    """

    native: Any

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **keywords: Any
    ) -> Any:
        if not str(namespace.get("__module__", "")).startswith("symgraph."):
            # A program's own class derives from what the class stands for.
            actual = tuple(base.native if isinstance(base, Alias) else base for base in bases)
            if not any(isinstance(base, Alias) for base in actual):
                return new_class(name, actual, keywords, lambda given: given.update(namespace))
        return super().__new__(mcs, name, bases, namespace, **keywords)

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
