"""Choose the program that serves a call: one for the shapes of some arguments, or a general one.

Known shapes make better programs, but each program takes time to compile. So a few combinations of
shapes get a program of their own, and one more program serves all others.
"""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from symgraph.graph import SharedVariable, Variable, values_of
from symgraph.lower.extents.static import Shape

# Limit on programs for particular shapes of arguments, before one serves all shapes.
SPECIALISED = 3


def shapes_of_shared_values(inputs: Sequence[Variable]) -> list[Shape | None]:
    """Return the shapes that the values of shared variables have now; None for other inputs."""
    return [
        values_of([v.container])[0].shape if isinstance(v, SharedVariable) else None for v in inputs
    ]


def serves(known: Sequence[Shape | None], shapes: Sequence[Shape]) -> bool:
    """Return whether a program for known shapes, where None stands for any, serves these."""
    return all(mine is None or mine == shape for mine, shape in zip(known, shapes, strict=True))


class ShapedProgram(Protocol):
    """A compiled program, for the `shapes` of its arguments; None stands for any shape."""

    shapes: tuple[Shape | None, ...]

    def fits(self, shapes: Sequence[Shape]) -> bool:
        """Return whether it can run with arguments of these shapes."""
        ...

    def hears(self, shapes: Sequence[Shape]) -> bool:
        """Return whether it polls for signals often enough with arguments of these shapes."""
        ...


P = TypeVar("P", bound=ShapedProgram)
Made = TypeVar("Made", covariant=True)


class Compile(Protocol[Made]):
    """A function that compiles the program for given shapes of some arguments; a `timed` program
    records the time of its parts, and a `patient` one polls for signals within kernels."""

    def __call__(
        self, shapes: Sequence[Shape | None], *, timed: bool = False, patient: bool = False
    ) -> Made: ...


class ShapePrograms(Generic[P]):
    """The programs of one function, the first of them for `shapes`. Arguments with a shape there
    get programs for the shapes that occur in calls; those with None never do."""

    def __init__(self, compile: Compile[P], shapes: Sequence[Shape | None]) -> None:
        self._compile = compile
        self._specialised = [shape is not None for shape in shapes]
        self.made: list[P] = [compile(shapes)]

    @property
    def newest(self) -> P:
        """Return the program compiled last."""
        return self.made[-1]

    def serving(self, shapes: Sequence[Shape]) -> P:
        """Return a program for arguments of these shapes, compiled if there is none yet."""
        fitting = [program for program in self.made if program.fits(shapes)]
        heard = [program for program in fitting if program.hears(shapes)]
        if not heard:
            heard = [self._made_for(shapes, fitting)]
            self.made += heard
        return heard[0]

    def _made_for(self, shapes: Sequence[Shape], fitting: Sequence[P]) -> P:
        """Compile a program for the shapes; where one fits already, a copy that polls within
        kernels."""
        if fitting:
            return self._compile(fitting[0].shapes, patient=True)
        wanted: list[Shape | None] = [None] * len(shapes)
        if len(self.made) < SPECIALISED:
            wanted = [s if f else None for s, f in zip(shapes, self._specialised, strict=True)]
        program = self._compile(wanted)
        return program if program.hears(shapes) else self._compile(wanted, patient=True)
