"""Types of values that are no tensors: any Python object, None, slices, states of generators."""

import sys
from typing import Any, ClassVar

import numpy as np

from symgraph.graph.base_type import Type
from symgraph.graph.variable import Constant


class GenericType(Type):
    """The type of any Python object.

    Nothing is known of its values, so they are neither converted nor checked; constants are the
    very objects.
    """

    def filter(
        self, value: Any, *, strict: bool = False, allow_downcast: bool | None = None
    ) -> Any:
        if isinstance(value, Type.variable_class):
            raise TypeError(f"expected a Python object, got the symbolic variable {value}")
        return value

    def values_eq(self, a: Any, b: Any) -> bool:
        same = a is b or a == b
        return bool(np.all(same))

    def fixed_value(self, value: Any) -> Any:
        return self.filter(value)

    def __str__(self) -> str:
        return "generic"


class NoneTypeT(GenericType):
    """The type of None alone."""

    def filter(
        self, value: Any, *, strict: bool = False, allow_downcast: bool | None = None
    ) -> None:
        if value is not None:
            raise TypeError(f"expected None, got {value!r}")

    def value_key(self, value: Any) -> Any:
        return None

    def __str__(self) -> str:
        return "None"


class SliceType(Type):
    """The type of slices, whose parts are ints or None."""

    def filter(
        self, value: Any, *, strict: bool = False, allow_downcast: bool | None = None
    ) -> slice:
        if not isinstance(value, slice):
            raise TypeError(f"expected a slice, got {value!r}")
        return slice(*map(_whole, (value.start, value.stop, value.step)))

    def value_key(self, value: slice) -> Any:
        return (value.start, value.stop, value.step)

    def value_text(self, value: slice) -> str:
        parts = ["" if part is None else str(part) for part in (value.start, value.stop)]
        return ":".join(parts if value.step is None else [*parts, str(value.step)])

    def __str__(self) -> str:
        return "slice"


def _whole(part: Any) -> int | None:
    """Return a part of a slice as an int. Raises TypeError."""
    if part is None:
        return None
    array = np.asarray(part)
    if array.ndim or array.dtype.kind not in "iu":
        raise TypeError(f"a slice has ints, not {part!r}")
    return int(array)


class _GeneratorType(Type):
    """The type of generators of random numbers of one class of `numpy.random`, which is loaded when
    it is needed."""

    class_name: ClassVar[str]

    def filter(
        self, value: Any, *, strict: bool = False, allow_downcast: bool | None = None
    ) -> Any:
        if not self.holds(value):
            raise TypeError(f"expected a numpy.random.{self.class_name}, got {value!r}")
        return value

    def values_eq(self, a: Any, b: Any) -> bool:
        return _equal_states(self.state_of(a), self.state_of(b))

    def holds(self, value: Any) -> bool:
        """Return whether a value is a generator of the class."""
        # Before the module is loaded no generator exists.
        return "numpy.random" in sys.modules and isinstance(
            value, getattr(np.random, self.class_name)
        )

    def state_of(self, value: Any) -> Any:
        """Return what tells states apart."""
        raise NotImplementedError


class RandomStateType(_GeneratorType):
    """The type of `numpy.random.RandomState`s, compared by their states."""

    class_name = "RandomState"

    def state_of(self, value: "np.random.RandomState") -> Any:
        return value.get_state(legacy=False)

    def copy_value(self, value: "np.random.RandomState") -> "np.random.RandomState":
        # Any seed: the state is set at once.
        copy = np.random.RandomState(0)
        if type(value) is not np.random.RandomState or not _is_twister(value):
            return super().copy_value(value)  # type: ignore[no-any-return]
        copy.set_state(value.get_state())
        return copy


class GeneratorType(_GeneratorType):
    """The type of `numpy.random.Generator`s, compared by their states."""

    class_name = "Generator"

    def state_of(self, value: "np.random.Generator") -> Any:
        return value.bit_generator.state


def _is_twister(value: "np.random.RandomState") -> bool:
    state: Any = value.get_state(legacy=False)
    return bool(state["bit_generator"] == "MT19937")


def _equal_states(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_equal_states(a[key], b[key]) for key in a)
    return bool(np.array_equal(a, b))


generic_type = GenericType()
none_type = NoneTypeT()
slice_type = SliceType()
random_state_type = RandomStateType()
generator_type = GeneratorType()
NoneConst = Constant(none_type, None, name="None")
