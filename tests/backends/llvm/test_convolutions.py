"""Native convolutions beside the NumPy meaning, over shapes that fill and overflow vectors."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops.convolutions import Drawn

import symgraph as sg
from symgraph.graph import TensorType, Variable


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


def assert_right(case: Drawn, values: list[np.ndarray], known: bool = True) -> None:
    """All three, to the rounding of sums of as many terms."""
    dtype = str(values[0].dtype)
    inputs = variables(values, known)
    found = sg.function(inputs, three(case, *inputs))(*values)
    exact = [v.astype("float64") for v in values]
    wide = variables(exact)
    wanted = sg.function(wide, three(case, *wide), mode="reference")(*exact)
    for have, want in zip(found, wanted, strict=True):
        assert have.dtype == dtype
        scale = np.sqrt(sum(v.size for v in values)) + 1
        np.testing.assert_allclose(have, want, rtol=0, atol=scale * 8 * np.finfo(dtype).eps)


@given(st.data())
def test_native_convolutions_are_right(data):
    case = data.draw(larger())
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    assert_right(case, arrays(case, dtype), data.draw(st.booleans()))


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


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_known_shapes(name, dtype):
    assert_right(CASES[name], arrays(CASES[name], dtype))


@pytest.mark.parametrize("name", CASES)
def test_results_do_not_depend_on_the_number_of_threads(name):
    values = arrays(CASES[name], "float32")
    inputs = variables(values)
    found = []
    for threads in (1, 2, 5):
        with sg.config.change_flags(threads=threads):
            f = sg.function(inputs, three(CASES[name], *inputs))
            found.append([result.tobytes() for result in f(*values)])
    assert found[0] == found[1] == found[2]


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
