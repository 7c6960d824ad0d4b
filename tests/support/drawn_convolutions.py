"""Drawn convolutions, and their plain meaning: a sum written as loops."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from hypothesis import strategies as st

from support.op_checks import integers
from symgraph.graph import Variable
from symgraph.ops import Conv, ConvInputGradient, ConvKernelGradient


@dataclass(frozen=True)
class Drawn:
    """The attributes and shapes of a convolution."""

    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    groups: int
    unshared: bool
    pads: tuple[tuple[int, int], ...]
    image: tuple[int, ...]
    kernel: tuple[int, ...]
    output: tuple[int, ...]

    @property
    def spatial(self) -> int:
        return len(self.strides)

    def _op(self, kind, extents=()):
        op = kind(self.strides, self.dilations, self.groups, self.unshared)
        numbers = integers(*(number for pad in self.pads for number in pad), *extents)
        return lambda a, b: op(a, b, *numbers)

    def forward(self, image: Variable, kernel: Variable) -> Variable:
        return self._op(Conv)(image, kernel)

    def by_image(self, kernel: Variable, output: Variable) -> Variable:
        return self._op(ConvInputGradient, self.image[2:])(kernel, output)

    def by_kernel(self, image: Variable, output: Variable) -> Variable:
        return self._op(ConvKernelGradient, self.kernel[-self.spatial :])(image, output)


@st.composite
def drawn(draw, min_spatial: int = 1, max_spatial: int = 3, unshared: bool | None = None) -> Drawn:
    n = draw(st.integers(min_spatial, max_spatial))
    each = st.integers(1, 3 if n < 3 else 2)

    def per_axis(strategy):
        return tuple(draw(strategy) for _ in range(n))

    strides, dilations, extents = per_axis(each), per_axis(st.integers(1, 2)), per_axis(each)
    pads = per_axis(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    groups = draw(st.integers(1, 3))
    own = draw(st.booleans()) if unshared is None else unshared
    batch, ins, outs = draw(st.integers(0, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    images, places = [], []
    for (before, after), f, s, d in zip(pads, extents, strides, dilations, strict=True):
        reach = (f - 1) * d + 1
        least = max(reach - before - after, 0)
        images.append(draw(st.integers(least, least + (4 if n < 3 else 2))))
        places.append((images[-1] + before + after - reach) // s + 1)
    kernel = (outs * groups, *(places if own else ()), ins, *extents)
    return Drawn(
        strides, dilations, groups, own, pads,
        (batch, ins * groups, *images), kernel, (batch, outs * groups, *places),
    )  # fmt: skip


def plain(case: Drawn, image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The output, term by term."""
    output = np.zeros(case.output, np.result_type(image, kernel))
    n, inner = case.spatial, case.kernel[-case.spatial - 1]
    outs = case.kernel[0] // case.groups
    for b, k, *o in np.ndindex(case.output):
        for c, *f in product(*map(range, case.kernel[-n - 1 :])):
            at = [
                place * s + position * d - before
                for place, position, s, d, (before, _) in zip(
                    o, f, case.strides, case.dilations, case.pads, strict=True
                )
            ]
            if all(0 <= i < extent for i, extent in zip(at, case.image[2:], strict=True)):
                weight = kernel[(k, *(o if case.unshared else ()), c, *f)]
                output[(b, k, *o)] += image[(b, k // outs * inner + c, *at)] * weight
    return output
