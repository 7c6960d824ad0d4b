"""Convolutions, each of whose three arrays is computed from the other two (`symgraph.ops.conv`).

They are products where there are enough channels: with a matrix that devices with vectors pack as
they read it (`implicit`), and others in memory (`unfolded`). Else they are computed row by row
(`rows`), or element by element (`direct`).
"""

from symgraph.backends.opencl.convolutions.direct import direct_launches
from symgraph.backends.opencl.convolutions.implicit import implicit_launches
from symgraph.backends.opencl.convolutions.problem import Convolution
from symgraph.backends.opencl.convolutions.rows import row_launches
from symgraph.backends.opencl.convolutions.unfolded import unfolded_launches
from symgraph.backends.opencl.launches import Facts, Launch, View

# Rows of a product from which packing its other matrix pays off.
LEAST_ROWS = 3


def convolve(
    facts: Facts,
    computes: str,
    image: View,
    kernel: View,
    output: View,
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
    groups: int,
    before: tuple[int, ...],
) -> list[Launch]:
    """Return the launches that compute the 'image' (N, C, *I), the 'kernel' (K, C / groups, *F) or
    the 'output' (N, K, *O) of a convolution from the other two, of float32 or of float64.

    The array that is computed is contiguous and shares no memory with the others; these may be
    any views. `before` is the padding before the image on each spatial axis, maybe negative.
    """
    problem = Convolution(computes, image, kernel, output, strides, dilations, groups, before)
    if 0 in problem.result.extents:
        return []
    if not _suits_products(problem):
        return row_launches(facts, problem) if facts.is_cpu else direct_launches(facts, problem)
    launches = implicit_launches if facts.is_cpu else unfolded_launches
    return [launch for part in range(groups) for launch in launches(facts, problem.group(part))]


def _suits_products(problem: Convolution) -> bool:
    """Whether products for each group fill vectors and tiles."""
    rows = problem.kernel.extents[problem.computes == "image"]
    if problem.computes != "image":
        rows //= problem.groups
    extents = (*problem.image.extents, *problem.kernel.extents, *problem.output.extents)
    return rows >= LEAST_ROWS and 0 not in extents
