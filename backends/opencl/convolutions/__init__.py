"""Convolutions, each of whose three arrays is computed from the other two (`symgraph.ops.conv`)."""

from symgraph.backends.opencl.convolutions.direct import direct_launches
from symgraph.backends.opencl.convolutions.problem import Convolution
from symgraph.backends.opencl.launches import Facts, Launch, View


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
    return direct_launches(facts, problem)
