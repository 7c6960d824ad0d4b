"""Native convolutions beside the NumPy meaning, over shapes that fill and overflow vectors."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import budget
from support.native_convolutions import (
    CASES,
    KNOWN,
    LENET,
    PLACES,
    TILES,
    arrays,
    assert_right,
    assert_the_same_on_any_number_of_threads,
    by_tiles,
    larger,
    three,
    variables,
)
from symgraph.backends.llvm.routines.conv.transforms import matrices

import symgraph as sg
from symgraph.graph import FunctionGraph, TensorType
from symgraph.lower import lower
from symgraph.lower.program.types import Convolve


@budget(0.6)
@given(st.data())
def test_native_convolutions_are_right(data):
    case = data.draw(larger())
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    assert_right(case, arrays(case, dtype), data.draw(st.sampled_from(KNOWN)))


@pytest.mark.parametrize("name", TILES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("known", KNOWN)
def test_transformed_tiles(name, dtype, known, monkeypatch):
    by_tiles(monkeypatch, True)
    assert_right(TILES[name], arrays(TILES[name], dtype), known, ulps=400)


def test_transformed_tiles_of_views(monkeypatch):
    """Flipped kernels, and channels that come last."""
    by_tiles(monkeypatch, True)
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
    by_tiles(monkeypatch, True)
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


@pytest.mark.parametrize("known", ["w", ""])
@pytest.mark.parametrize("taps", [1, 3])
def test_the_algorithm_is_chosen_while_running(known, taps):
    """Programs for any shapes give the very numbers that those for known shapes do: sums go over
    the same terms in the same order, by tiles where these pay, else by patches."""
    case = replace(LENET, image=(2, 32, 18, 18), kernel=(32, 32, taps, taps),
                   output=(2, 32, 19 - taps, 19 - taps))  # fmt: skip
    values = arrays(case, "float32")
    made = []
    for shapes in (known, "xwy"):
        inputs = variables(values, shapes)
        made.append(sg.function(inputs, three(case, *inputs)[:2])(*values))
    for any_shapes, known_shapes in zip(*made, strict=True):
        np.testing.assert_array_equal(any_shapes, known_shapes)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("known", ["xwy", "w"])
def test_known_shapes(name, dtype, known, monkeypatch):
    by_tiles(monkeypatch, False)
    assert_right(CASES[name], arrays(CASES[name], dtype), known)


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("known", ["xwy", ""])
def test_weights_of_each_place(name, dtype, known):
    assert_right(PLACES[name], arrays(PLACES[name], dtype), known)


def test_weights_of_each_place_in_views():
    case = PLACES["plane"]
    image, kernel, output = arrays(case, "float32")
    x, w, y = variables([image.transpose(0, 2, 3, 1), kernel, output.transpose(1, 0, 2, 3)])
    outputs = three(case, x.dimshuffle(0, 3, 1, 2), w[..., ::-1], y.dimshuffle(1, 0, 2, 3))
    given = [np.ascontiguousarray(image.transpose(0, 2, 3, 1)), kernel,
             np.ascontiguousarray(output.transpose(1, 0, 2, 3))]  # fmt: skip
    found = sg.function([x, w, y], outputs)(*given)
    wanted = sg.function([x, w, y], outputs, mode="reference")(*given)
    for have, want in zip(found, wanted, strict=True):
        np.testing.assert_allclose(have, want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", [*CASES, *PLACES])
def test_results_do_not_depend_on_the_number_of_threads(name, monkeypatch):
    by_tiles(monkeypatch, False)
    assert_the_same_on_any_number_of_threads((CASES | PLACES)[name])


@pytest.mark.parametrize(
    ("image", "kernel", "pad"),
    [
        ((2, 0, 9, 11), (3, 0, 3, 3), 0),
        ((2, 3, 9, 11), (0, 3, 3, 3), 0),
        ((0, 3, 9, 11), (4, 3, 3, 3), 0),
        # All that is convolved is zeros around nothing.
        ((2, 3, 0, 11), (4, 3, 3, 3), 2),
    ],
)
def test_nothing_is_convolved(image, kernel, pad):
    places = [i + 2 * pad - f + 1 for i, f in zip(image[2:], kernel[2:], strict=True)]
    case = replace(LENET, pads=((pad, pad),) * 2, image=image, kernel=kernel,
                   output=(image[0], kernel[0], *places))  # fmt: skip
    assert_right(case, arrays(case, "float32"))


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
