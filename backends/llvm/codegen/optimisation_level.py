"""Choose how much LLVM optimises a program: less for a large one, which would take minutes.

Size is counted in steps: the statements of all distinct kernels. 1,100 varied operations on
matrices of float64 (4,000 steps, AVX-512) compile in 1.5 s instead of 5.5; their code runs 1.06
times as long on matrices of 1000 x 1000, and 1.3 times on ones of 100 x 100.
"""

from typing import NamedTuple

from symgraph.lower.analysis.outline import Outline


class OptimisationLevel(NamedTuple):
    """Options of LLVM's pipeline, and of the IR that it receives."""

    # The level of the pipeline, 0 (none) to 3.
    level: int
    # Whether loops are unrolled and interleaved, and straight-line code is vectorised.
    unrolled: bool
    # Whether mathematical functions are inlined at each use.
    inlined: bool
    # The level of code generation, 0 to 3.
    generation: int


# At level 3 the pipeline takes a tenth longer; no measured code is faster for it. (At level 1,
# standard deviations of columns take twice the time.)
FULL = OptimisationLevel(level=2, unrolled=True, inlined=True, generation=3)
LESS = OptimisationLevel(level=1, unrolled=False, inlined=False, generation=0)
# For code that is to be compiled as written.
AS_WRITTEN = OptimisationLevel(level=0, unrolled=False, inlined=True, generation=3)
# For code that runs once in a call and gains little from optimisation: of the native call 12
# nanoseconds of 100, for 90 milliseconds of compile time.
AT_ONCE = OptimisationLevel(level=0, unrolled=False, inlined=False, generation=0)
# The number of steps from which less is optimised.
LARGE = 2_000


def effort_for(outline: Outline) -> OptimisationLevel:
    """Return the optimisation level for a program of this size."""
    kernels = {interface.key for interface in outline.interfaces.values()}
    steps = sum(key.count("\n") + 1 for key in kernels)
    return LESS if steps >= LARGE else FULL
