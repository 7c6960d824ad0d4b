"""Neighbourhoods of images as rows, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.op_checks import ANY_DTYPE, arrays, derivatives_agree, everywhere, run, same
from tensor.test_conv import tensor, value

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

images2neibs, neibs2images = T.nnet.neighbours.images2neibs, T.nnet.neighbours.neibs2images


def plain(x, shape, step, mode):
    """Neighbourhood by neighbourhood."""
    if mode == "wrap_centered":
        pads = [(0, 0), (0, 0), *((n // 2, n // 2) for n in shape)]
        x = np.pad(x, pads, mode="wrap")
    elif mode in ("half", "full"):
        around = [n // 2 if mode == "half" else n - 1 for n in shape]
        x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in around)])
    rows = [
        image[i : i + shape[0], j : j + shape[1]].ravel()
        for image in x.reshape(-1, *x.shape[2:])
        for i in range(0, x.shape[2] - shape[0] + 1, step[0])
        for j in range(0, x.shape[3] - shape[1] + 1, step[1])
    ]
    return np.array(rows).reshape(-1, shape[0] * shape[1])


@given(st.data())
def test_neighbourhoods(data):
    mode = data.draw(st.sampled_from(["valid", "ignore_borders", "wrap_centered", "half", "full"]))
    extent = st.sampled_from([1, 3, 5]) if mode == "wrap_centered" else st.integers(1, 3)
    shape, step = ((data.draw(extent), data.draw(extent)) for _ in range(2))
    # What one neighbourhood takes of the image, and how many steps there are more.
    first = {"half": [n % 2 for n in shape], "full": [2 - n for n in shape]}.get(mode, shape)
    more = [data.draw(st.integers(4 if mode in ("half", "full") else 0, 6)) for _ in range(2)]
    extents = [n + s * m for n, s, m in zip(first, step, more, strict=True)]
    if mode == "ignore_borders":
        extents = [e + data.draw(st.integers(0, s - 1)) for e, s in zip(extents, step, strict=True)]
    if mode == "wrap_centered":
        # The image may be smaller than the neighbourhood.
        extents = [data.draw(st.integers(1, 6)) for _ in range(2)]
    x = data.draw(arrays((2, 1, *extents), data.draw(ANY_DTYPE)))
    a = TensorType(x.dtype, x.shape if data.draw(st.booleans()) else (None,) * 4)("x")
    found = run(images2neibs(a, shape, step, mode), {a: x})
    same(found, plain(x, shape, step, mode))


@given(st.data())
def test_there_and_back(data):
    shape = (data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3)))
    x = data.draw(arrays((2, 3, shape[0] * 2, shape[1] * 3), "float64"))
    a, size = tensor(x), T.lvector("size")
    back = neibs2images(images2neibs(a, shape), shape, size)
    same(run(back, {a: x, size: x.shape}), x)
    wide = np.pad(x, ((0, 0), (0, 0), (0, shape[0] - 1), (0, shape[1] - 1)))
    b = tensor(wide)
    cut = neibs2images(images2neibs(b, shape, None, "ignore_borders"), shape, wide.shape,
                       "ignore_borders")  # fmt: skip
    expected = np.zeros_like(wide)
    expected[:, :, : x.shape[2], : x.shape[3]] = x
    same(run(cut, {b: wide}), expected)


@pytest.mark.parametrize("mode", ["valid", "wrap_centered", "half", "full"])
def test_derivatives(mode):
    x = np.random.default_rng(0).normal(size=(1, 2, 5, 7))
    derivatives_agree(lambda a: images2neibs(a, (3, 3), (1, 2), mode) ** 2, x)


MODES = ["valid", "ignore_borders", "wrap_centered", "half", "full"]


@pytest.mark.parametrize("mode", MODES)
def test_symbolic_extents(mode):
    """The same as of numbers, on every back end, with derivatives."""
    x, shape, step = T.dtensor4("x"), T.lvector("shape"), (T.iscalar("down"), T.lscalar("right"))
    y = images2neibs(x, shape, step, mode)
    outputs = [y, sg.grad((y**2).sum(), x)]
    value_ = np.random.default_rng(0).normal(size=(2, 1, 9, 5))
    f = sg.function([x, shape, *step], outputs)
    assert f.fallbacks() == []
    for given_, steps in (((3, 1), (2, 1)), ((1, 3), (1, 2)), ((3, 3), (1, 1))):
        fixed = images2neibs(x, given_, steps, mode)
        wanted = [run(v, {x: value_}) for v in (fixed, sg.grad((fixed**2).sum(), x))]
        for found, expected in zip(f(value_, given_, *steps), wanted, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-13)
        point = {x: value_, shape: given_, step[0]: steps[0], step[1]: steps[1]}
        everywhere(outputs, point)
    with pytest.raises(ValueError, match="images2neibs: neib_shape is at least 1, not 0"):
        f(value_, (0, 1), 1, 1)
    if mode == "wrap_centered":
        with pytest.raises(ValueError, match="images2neibs: neib_shape % 2 is at least 1, not 0"):
            f(value_, (2, 1), 1, 1)
    if mode == "valid":
        with pytest.raises(ValueError, match="was specified to have"):
            f(value_, (2, 6), 1, 1)


@pytest.mark.parametrize("mode", ["valid", "ignore_borders"])
def test_images_of_symbolic_extents(mode):
    rows, shape, size = T.dmatrix("rows"), T.lvector("shape"), T.lvector("size")
    image = neibs2images(rows, shape, size, mode)
    value_ = np.random.default_rng(0).normal(size=(12, 6))
    whole = (2, 1, 6, 6) if mode == "valid" else (2, 1, 7, 8)
    point = {rows: value_, shape: (2, 3), size: whole}
    fixed = neibs2images(rows, (2, 3), whole, mode)
    np.testing.assert_array_equal(run(image, point), run(fixed, point))
    everywhere([image, sg.grad((image**2).sum(), rows)], point)
    derivatives_agree(lambda v: neibs2images(v, (2, 3), whole, mode) ** 2, value_)


def test_the_example_of_the_manual():
    x = np.arange(100.0).reshape(1, 1, 10, 10)
    found = value(lambda a: images2neibs(a, neib_shape=(5, 5)), x)
    assert found.shape == (4, 25)
    assert found[1].tolist() == [*range(5, 10), *range(15, 20), *range(25, 30), *range(35, 40),
                                 *range(45, 50)]  # fmt: skip


def test_what_does_not_fit():
    with pytest.raises(
        TypeError, match=r"images2neibs takes images \(batch, channels, rows, colum"
    ):
        images2neibs(T.dmatrix("x"), (2, 2))
    with pytest.raises(ValueError, match=r"neib_shape=\(2, 0\) is neither an int above 0 nor 2 of"):
        images2neibs(T.dtensor4("x"), (2, 0))
    with pytest.raises(
        ValueError, match="mode='same' is none of valid, ignore_borders, wrap_cente"
    ):
        images2neibs(T.dtensor4("x"), 2, mode="same")
    with pytest.raises(ValueError, match=r"around a pixel has odd extents, not \(2, 3\)"):
        images2neibs(T.dtensor4("x"), (2, 3), mode="wrap_centered")
    x = TensorType("float64", (1, 1, 5, 4))("x")
    with pytest.raises(ValueError, match=r"of \(2, 2\), \(2, 2\) apart, do not cover images of "
                       r"\(5, 4\); mode='ignore_borders' leaves out what is over"):  # fmt: skip
        images2neibs(x, 2)
    y = T.dtensor4("y")
    f = sg.function([y], images2neibs(y, 2))
    with pytest.raises(
        ValueError, match=r"shape \(1, 1, 5, 4\) was specified to have \(1, 1, 4, 4"
    ):
        f(np.zeros((1, 1, 5, 4)))
    with pytest.raises(ValueError, match="mode='half' is neither valid nor ignore_borders"):
        neibs2images(T.dmatrix(), 2, (1, 1, 4, 4), "half")
    with pytest.raises(TypeError, match=r"neibs2images takes a matrix, not v \("):
        neibs2images(T.dvector("v"), 2, (1, 1, 4, 4))
    n = T.dmatrix("n")
    with pytest.raises(
        ValueError, match=r"of \(2, 2\) do not cover images of the shape \(1, 1, 4,"
    ):
        neibs2images(n, 2, (1, 1, 4, 5))
    size = T.lvector("size")
    back = neibs2images(n, 2, size)
    with pytest.raises(ValueError, match=r"\(1, 1, 4, 4\) was specified to have \(1, 1, 4, 5\)"):
        run(back, {n: np.zeros((4, 4)), size: [1, 1, 4, 5]})
