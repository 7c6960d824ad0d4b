"""Which program serves a call: one made for the shapes of some arguments, or one for all shapes.

Shapes that are known make better programs, but each program takes time to compile. So a few
combinations of shapes get a program of their own, and one more program serves all others.
"""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from symgraph.graph import SharedVariable, Variable
from symgraph.lower.extents.static import Shape

# Programs for the shapes that some arguments turn out to have, before one serves all shapes.
SPECIALISED = 3


def shapes_of_shared_values(inputs: Sequence[Variable]) -> list[Shape | None]:
    """Return the shapes that the values of shared variables have now; None for other inputs."""
    return [v.container.value.shape if isinstance(v, SharedVariable) else None for v in inputs]


class ShapedProgram(Protocol):
    """A compiled program, made for the `shapes` of its arguments; None for any."""

    shapes: tuple[Shape | None, ...]

    def fits(self, shapes: Sequence[Shape]) -> bool:
        """Whether it was made for such arguments."""
        ...

    def hears(self, shapes: Sequence[Shape]) -> bool:
        """Whether it polls for signals often enough when it is called with such arguments."""
        ...


P = TypeVar("P", bound=ShapedProgram)
Made = TypeVar("Made", covariant=True)


class Compile(Protocol[Made]):
    """What makes the program for given shapes of some arguments, one that tells the time of its
    parts if it is `timed`, and that polls for signals within kernels if it is `patient`."""

    def __call__(
        self, shapes: Sequence[Shape | None], *, timed: bool = False, patient: bool = False
    ) -> Made: ...


class ShapePrograms(Generic[P]):
    """The programs of one function, the first for `shapes`. Arguments that have a shape there get
    programs for the shapes that they turn out to have; those with None never do."""

    def __init__(self, compile: Compile[P], shapes: Sequence[Shape | None]) -> None:
        self._compile = compile
        self._specialised = [shape is not None for shape in shapes]
        self.made: list[P] = [compile(shapes)]

    @property
    def newest(self) -> P:
        """The program made last."""
        return self.made[-1]

    def serving(self, shapes: Sequence[Shape]) -> P:
        """Return a program for such arguments, which is compiled if there is none."""
        fitting = [program for program in self.made if program.fits(shapes)]
        heard = [program for program in fitting if program.hears(shapes)]
        if not heard:
            heard = [self._made_for(shapes, fitting)]
            self.made += heard
        return heard[0]

    def _made_for(self, shapes: Sequence[Shape], fitting: Sequence[P]) -> P:
        """Compile a program: where one fits, the same that also polls within kernels."""
        if fitting:
            return self._compile(fitting[0].shapes, patient=True)
        wanted: list[Shape | None] = [None] * len(shapes)
        if len(self.made) < SPECIALISED:
            wanted = [s if f else None for s, f in zip(shapes, self._specialised, strict=True)]
        program = self._compile(wanted)
        return program if program.hears(shapes) else self._compile(wanted, patient=True)
