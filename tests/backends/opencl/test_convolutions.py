"""Convolutions by the OpenCL back end, on whatever device there is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drawn_convolutions import Drawn, drawn
from support.opencl_launches import SomeFacts, laid_out, run_launches, seen
from symgraph.backends.opencl.convolutions import convolve, unfolded

import symgraph.tensor as T

FACTS = [SomeFacts(is_cpu=True), SomeFacts(is_cpu=False)]
ROLES = ("image", "kernel", "output")


def expected(case, computes, arrays):
    """The array that is computed, and the sum of its terms' sizes."""
    apply = {"output": case.forward, "image": case.by_image, "kernel": case.by_kernel}[computes]
    given = [arrays[role] for role in ROLES if role != computes]
    results = []
    for values in (given, [abs(x) for x in given]):
        variables = [T.tensor(dtype="float64", shape=(None,) * x.ndim) for x in values]
        node = apply(*variables).owner
        numbers = [x.data for x in node.inputs[2:]]
        results.append(node.op.perform(node, *(x.astype("float64") for x in values), *numbers)[0])
    return results


def contiguous(shape):
    return tuple(int(np.prod(shape[i + 1 :])) for i in range(len(shape)))


def view_strides(shape, rng):
    """The strides of a view: channels may come last, axes may be reversed."""
    order = rng.permutation(len(shape))
    strides, size = [0] * len(shape), 1
    for axis in reversed(order):
        strides[axis] = size * int(rng.choice([1, 1, -1]))
        size *= max(shape[axis], 1)
    return tuple(strides)


def check(facts, case, computes, dtype, rng, views=False, special=False):
    shapes = dict(zip(ROLES, (case.image, case.kernel, case.output), strict=True))
    arrays = {role: rng.normal(size=shape).astype(dtype) for role, shape in shapes.items()}
    wanted, size = expected(case, computes, arrays)
    places = {}
    for role, values in arrays.items():
        strides = contiguous(values.shape)
        if views and role != computes and role != "output":
            strides = view_strides(values.shape, rng)
        places[role] = laid_out(values, role, strides)
    before = tuple(pad for pad, _ in case.pads)
    launches = convolve(
        facts, computes, *(places[role][1] for role in ROLES),
        case.strides, case.dilations, case.groups, before,
    )  # fmt: skip
    flats = {role: flat for role, (flat, _) in places.items()}
    margins = np.isnan(flats[computes]).sum()
    run_launches(launches, flats)
    got = seen(*places[computes])
    terms = np.prod(case.image) * np.prod(case.kernel) + 4
    eps = np.finfo(dtype).eps
    assert np.all(abs(got - wanted) <= min(terms, 1000) * eps * size)
    assert np.isnan(flats[computes]).sum() == margins


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize("computes", ROLES)
@given(case=drawn(unshared=False), data=st.data())
def test_convolutions_are_right(facts, computes, case, data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    check(facts, case, computes, dtype, rng, views=data.draw(st.booleans()))


def plane(batch, ins, outs, extent, taps, stride=1, dilation=1, groups=1, pad=0):
    """A convolution of squares."""
    places = (extent + 2 * pad - (taps - 1) * dilation - 1) // stride + 1
    return Drawn(
        (stride,) * 2, (dilation,) * 2, groups, False, ((pad, pad),) * 2,
        (batch, ins, extent, extent), (outs, ins // groups, taps, taps),
        (batch, outs, places, places),
    )  # fmt: skip


LARGER = {
    "first of LeNet": plane(3, 1, 20, 28, 5),
    "second of LeNet": plane(3, 20, 50, 12, 5),
    "padded": plane(2, 5, 7, 20, 3, pad=1),
    "padded widely": plane(2, 3, 4, 9, 5, pad=4),
    "strided": plane(2, 5, 7, 33, 3, stride=2, pad=1),
    "dilated": plane(2, 5, 7, 30, 3, dilation=2),
    "grouped": plane(2, 8, 12, 18, 3, groups=4),
    "depthwise": plane(2, 12, 12, 18, 3, groups=12, pad=1),
    "one tap": plane(2, 16, 12, 9, 1),
    "whole images": plane(9, 6, 17, 4, 4),
    "many channels": plane(1, 70, 66, 6, 3, pad=1),
    "many images": plane(40, 2, 3, 7, 3),
    "no images": plane(0, 3, 4, 5, 3),
    "no inputs": plane(2, 0, 4, 5, 3),
}


@pytest.mark.parametrize("facts", FACTS)
@pytest.mark.parametrize("computes", ROLES)
@pytest.mark.parametrize("name", LARGER)
@pytest.mark.parametrize("views", [False, True])
def test_larger_convolutions(facts, computes, name, views):
    check(facts, LARGER[name], computes, "float32", np.random.default_rng(1), views)


@pytest.mark.parametrize("computes", ROLES)
def test_images_are_unfolded_some_at_a_time(computes, monkeypatch):
    monkeypatch.setattr(unfolded, "LARGEST", 3 * 27 * 49)
    case = plane(7, 3, 4, 9, 3)
    check(FACTS[1], case, computes, "float64", np.random.default_rng(2))
