"""Native convolutions beside the NumPy meaning, over shapes that fill and overflow vectors."""

from dataclasses import replace

import numpy as np
import pytest
from agreement import budget
from hypothesis import given
from hypothesis import strategies as st
from ops.convolutions import Drawn
from symgraph.backends.llvm.conv.transforms import matrices

import symgraph as sg
from symgraph.graph import FunctionGraph, TensorType, Variable
from symgraph.lower import lower
from symgraph.lower.convolutions.tiles import Tiling
from symgraph.lower.program import Convolve


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


def variables(values: list[np.ndarray], known: bool = True) -> list[Variable]:
    return [
        TensorType(str(v.dtype), v.shape if known else (None,) * v.ndim)(name)
        for v, name in zip(values, "xwy", strict=True)
    ]


def three(case: Drawn, x: Variable, w: Variable, y: Variable) -> list[Variable]:
    return [case.forward(x, w), case.by_image(w, y), case.by_kernel(x, y)]


def assert_right(
    case: Drawn, values: list[np.ndarray], known: bool = True, ulps: float = 30
) -> None:
    """All three, to so many units in the last place of what sums of as many terms are about."""
    dtype = str(values[0].dtype)
    inputs = variables(values, known)
    found = sg.function(inputs, three(case, *inputs))(*values)
    exact = [v.astype("float64") for v in values]
    wide = variables(exact)
    wanted = sg.function(wide, three(case, *wide), mode="reference")(*exact)
    taps = np.prod(case.kernel[2:])
    terms = (case.kernel[1] * taps, case.kernel[0] / case.groups * taps,
             case.output[0] * np.prod(case.output[2:]))  # fmt: skip
    for have, want, count in zip(found, wanted, terms, strict=True):
        assert have.dtype == dtype
        atol = np.sqrt(count) * ulps * np.finfo(dtype).eps
        np.testing.assert_allclose(have, want, rtol=0, atol=atol)


@budget(0.6)
@given(st.data())
def test_native_convolutions_are_right(data):
    case = data.draw(larger())
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    assert_right(case, arrays(case, dtype), data.draw(st.booleans()))


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
    "points": replace(LENET, image=(2, 33, 7, 7), kernel=(19, 33, 1, 1), output=(2, 19, 7, 7)),
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


@pytest.mark.parametrize("name", TILES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_transformed_tiles(name, dtype, monkeypatch):
    monkeypatch.setattr(Tiling, "pays", True)
    assert_right(TILES[name], arrays(TILES[name], dtype), ulps=400)


def test_transformed_tiles_of_views(monkeypatch):
    """Flipped kernels, and channels that come last."""
    monkeypatch.setattr(Tiling, "pays", True)
    case = TILES["cut tiles"]
    image, kernel, output = arrays(case, "float32")
    x, w, y = variables([image.transpose(0, 2, 3, 1), kernel, output])
    outputs = three(case, x.dimshuffle(0, 3, 1, 2), w[:, :, ::-1, ::-1], y)
    values = [np.ascontiguousarray(image.transpose(0, 2, 3, 1)), kernel, output]
    found = sg.function([x, w, y], outputs)(*values)
    wanted = sg.function([x, w, y], outputs, mode="reference")(*values)
    for have, want in zip(found, wanted, strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", TILES)
def test_cells_of_transformed_tiles_do_not_depend_on_threads(name, monkeypatch):
    monkeypatch.setattr(Tiling, "pays", True)
    assert_the_same_on_any_number_of_threads(TILES[name])


@pytest.mark.parametrize("taps", [3, 5])
def test_transforms_are_short_convolutions(taps):
    exact = {
        name: np.array([[float(x) for x in row] for row in matrix])
        for name, matrix in matrices(4, taps).items()
    }
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=taps + 3), rng.normal(size=taps)
    products = (exact["G"] @ kernel) * (exact["B'"] @ image)
    wanted = np.correlate(image, kernel, "valid")
    np.testing.assert_allclose(exact["A"].T @ products, wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("image", "kernel", "algorithm"),
    [
        # Few channels, and kernels of other extents, take patches; deep maps take tiles.
        ((500, 1, 28, 28), (20, 1, 5, 5), "direct"),
        ((500, 20, 12, 12), (50, 20, 5, 5), "winograd"),
        ((8, 64, 56, 56), (64, 64, 3, 3), "winograd"),
        ((8, 64, 56, 56), (64, 64, 1, 1), "direct"),
        ((8, 64, 56, 56), (64, 64, 3, 5), "direct"),
    ],
)
def test_the_algorithm_follows_from_the_shapes(image, kernel, algorithm):
    places = [i - f + 1 for i, f in zip(image[2:], kernel[2:], strict=True)]
    output = (image[0], kernel[0], *places)
    case = replace(LENET, image=image, kernel=kernel, output=output)
    inputs = [
        TensorType("float32", shape)(name)
        for shape, name in zip((image, kernel, output), "xwy", strict=True)
    ]
    graph = FunctionGraph(inputs, three(case, *inputs))
    found = [s for s in lower(graph, "chosen", lambda _: True).program.body
             if isinstance(s, Convolve)]  # fmt: skip
    assert [s.algorithm for s in found] == [algorithm] * 3


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_known_shapes(name, dtype, monkeypatch):
    monkeypatch.setattr(Tiling, "pays", False)
    assert_right(CASES[name], arrays(CASES[name], dtype))


@pytest.mark.parametrize("name", CASES)
def test_results_do_not_depend_on_the_number_of_threads(name, monkeypatch):
    monkeypatch.setattr(Tiling, "pays", False)
    assert_the_same_on_any_number_of_threads(CASES[name])


@pytest.mark.parametrize("place", range(3))
def test_what_is_no_number_stays_where_it_belongs(place):
    """A nan reaches what it is part of, and nothing else: not what lies beside it in a vector."""
    case = replace(LENET, strides=(1, 2), pads=((1, 0), (2, 1)), image=(2, 3, 9, 13),
                   kernel=(5, 3, 3, 3), output=(2, 5, 8, 7))  # fmt: skip
    values = arrays(case, "float32")
    values[place][(1, *[2] * 3)] = np.nan
    inputs = variables(values)
    outputs = three(case, *inputs)
    found = sg.function(inputs, outputs)(*values)
    wanted = sg.function(inputs, outputs, mode="reference")(*values)
    for have, want in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(np.isnan(have), np.isnan(want))
