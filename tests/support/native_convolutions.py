"""Convolutions with shapes that fill and overflow vectors, and their results beside the meaning."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import strategies as st

import symgraph as sg
from support.drawn_convolutions import Drawn
from symgraph.graph import TensorType, Variable
from symgraph.lower.convolutions.winograd import WinogradProblem
from symgraph.lower.program.values import Literal


@st.composite
def larger(draw, spatial: int | None = None) -> Drawn:
    """Convolutions with more of everything than `drawn` has, but few places in all."""
    n = spatial or draw(st.integers(1, 3))

    def per_axis(strategy):
        return tuple(draw(strategy) for _ in range(n))

    most = {1: 70, 2: 24, 3: 9}[n]
    strides, dilations = per_axis(st.sampled_from([1, 1, 2, 3])), per_axis(st.integers(1, 2))
    taps = per_axis(st.integers(1, 5 if n < 3 else 3))
    pads = per_axis(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    groups = draw(st.sampled_from([1, 1, 1, 2, 3]))
    batch, ins, outs = draw(st.integers(1, 4)), draw(st.integers(1, 7)), draw(st.integers(1, 14))
    images, places = [], []
    for (before, after), f, s, d in zip(pads, taps, strides, dilations, strict=True):
        reach = (f - 1) * d + 1
        least = max(reach - before - after, 1)
        images.append(draw(st.integers(least, least + most)))
        places.append((images[-1] + before + after - reach) // s + 1)
    image, kernel = (batch, ins * groups, *images), (outs * groups, ins, *taps)
    output = (batch, outs * groups, *places)
    return Drawn(strides, dilations, groups, False, pads, image, kernel, output)


def arrays(case: Drawn, dtype: str, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=s).astype(dtype) for s in (case.image, case.kernel, case.output)]


# Which shapes of image (x), kernel (w) and output (y) are known when compiling.
KNOWN = ("xwy", "w", "")


def variables(values: list[np.ndarray], known: str = "xwy") -> list[Variable]:
    return [
        TensorType(str(v.dtype), v.shape if name in known else (None,) * v.ndim)(name)
        for v, name in zip(values, "xwy", strict=True)
    ]


def by_tiles(monkeypatch: pytest.MonkeyPatch, always: bool) -> None:
    """Kernels that tiles serve are always computed by tiles, or never."""
    monkeypatch.setattr(WinogradProblem, "may_pay", always)
    monkeypatch.setattr(WinogradProblem, "is_profitable", Literal(always, "bool"))


def three(case: Drawn, x: Variable, w: Variable, y: Variable) -> list[Variable]:
    return [case.forward(x, w), case.by_image(w, y), case.by_kernel(x, y)]


def assert_right(
    case: Drawn, values: list[np.ndarray], known: str = "xwy", ulps: float = 30
) -> None:
    """All three, to so many units in the last place of what sums of as many terms are about."""
    dtype = str(values[0].dtype)
    inputs = variables(values, known)
    found = sg.function(inputs, three(case, *inputs))(*values)
    exact = [v.astype("float64") for v in values]
    wide = variables(exact)
    wanted = sg.function(wide, three(case, *wide), mode="reference")(*exact)
    taps, places = np.prod(case.kernel[-case.spatial :]), np.prod(case.output[2:])
    channels = case.image[1] / case.groups
    terms = (channels * taps, case.kernel[0] / case.groups * taps,
             case.output[0] * (1 if case.unshared else places))  # fmt: skip
    for have, want, count in zip(found, wanted, terms, strict=True):
        assert have.dtype == dtype
        atol = np.sqrt(count) * ulps * np.finfo(dtype).eps
        np.testing.assert_allclose(have, want, rtol=0, atol=atol)


def assert_the_same_on_any_number_of_threads(case: Drawn) -> None:
    values = arrays(case, "float32")
    inputs = variables(values)
    found = []
    for threads in (1, 2, 5):
        with sg.config.change_flags(threads=threads):
            f = sg.function(inputs, three(case, *inputs))
            found.append([result.tobytes() for result in f(*values)])
    assert found[0] == found[1] == found[2]


LENET = Drawn((1, 1), (1, 1), 1, False, ((0, 0), (0, 0)), (3, 20, 12, 12), (50, 20, 5, 5),
              (3, 50, 8, 8))  # fmt: skip
CASES = {
    "first": replace(LENET, image=(9, 1, 28, 28), kernel=(20, 1, 5, 5), output=(9, 20, 24, 24)),
    "second": LENET,
    # Patches of one image take more than a strip may.
    "strips": replace(LENET, pads=((1, 1), (1, 1)), image=(2, 48, 40, 40), kernel=(7, 48, 3, 3),
                      output=(2, 7, 40, 40)),
    "depthwise": replace(LENET, groups=12, pads=((1, 1), (1, 1)), image=(2, 12, 17, 19),
                         kernel=(12, 1, 3, 3), output=(2, 12, 17, 19)),
    "several maps of a channel": replace(
        LENET, dilations=(1, 2), groups=3, pads=((0, 1), (3, 0)), image=(2, 3, 9, 20),
        kernel=(6, 1, 4, 3), output=(2, 6, 7, 19)),
    "points": replace(LENET, image=(2, 33, 7, 7), kernel=(19, 33, 1, 1), output=(2, 19, 7, 7)),
}  # fmt: skip


PLACES = {
    "row": Drawn((2,), (1,), 1, True, ((1, 0),), (3, 4, 9), (5, 4, 4, 3), (3, 5, 4)),
    "plane": Drawn((1, 2), (2, 1), 2, True, ((0, 1), (2, 0)), (4, 6, 12, 13),
                   (8, 9, 7, 3, 3, 3), (4, 8, 9, 7)),
    "no pads": Drawn((1, 1), (1, 1), 1, True, ((0, 0), (0, 0)), (2, 3, 20, 8),
                     (17, 18, 6, 3, 3, 3), (2, 17, 18, 6)),
    "volume": Drawn((1, 1, 1), (1, 1, 1), 1, True, ((1, 1),) * 3, (2, 2, 3, 4, 3),
                    (3, 3, 4, 3, 2, 3, 3, 3), (2, 3, 3, 4, 3)),
    "nothing": Drawn((1,), (1,), 1, True, ((0, 0),), (0, 2, 5), (3, 4, 2, 2), (0, 3, 4)),
}  # fmt: skip
TILES = {
    "whole tiles": LENET,
    "cut tiles": replace(LENET, image=(5, 3, 13, 9), kernel=(11, 3, 3, 3), output=(5, 11, 14, 8),
                         pads=((1, 2), (0, 1))),
    "one tile": replace(LENET, image=(3, 2, 5, 6), kernel=(1, 2, 5, 5), output=(3, 1, 1, 2)),
    "many maps": replace(LENET, image=(20, 17, 8, 8), kernel=(33, 17, 3, 3), output=(20, 33, 8, 8),
                         pads=((1, 1), (1, 1))),
    "wide pads": replace(LENET, image=(2, 3, 6, 31), kernel=(9, 3, 5, 5), output=(2, 9, 10, 33),
                         pads=((4, 4), (2, 4))),
}  # fmt: skip
