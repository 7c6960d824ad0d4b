"""Sorting and selection on devices: as NumPy's stable sort does it."""

import numpy as np
import pyopencl as cl
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from support.opencl_launches import SomeFacts, queue, run_launches
from symgraph.backends.opencl.launches import View
from symgraph.backends.opencl.sorting import KEYS, select_rows, sort_rows

CORE, THREAD = SomeFacts(True), SomeFacts(False)
SHAPES = st.tuples(st.integers(0, 3), st.sampled_from([0, 1, 2, 3, 31, 64, 65, 300]))


@st.composite
def matrices(draw):
    dtype = draw(st.sampled_from(sorted(KEYS)))
    shape = draw(SHAPES)
    if dtype.startswith("float"):
        special = [
            np.nan,
            np.inf,
            -np.inf,
            0.0,
            -0.0,
            1.0,
            -1.5,
            np.finfo(dtype).smallest_subnormal,
        ]
        elements = st.sampled_from(special) | st.floats(width=8 * np.dtype(dtype).itemsize)
    else:
        info = np.iinfo(dtype)
        few = st.sampled_from([info.min, info.max, 0, 1, 255, 256])
        elements = few | st.integers(info.min, info.max)
    return draw(hnp.arrays(dtype, shape, elements=elements))


def view(x, root):
    return View(root, str(x.dtype), x.shape, 0, (x.shape[1], 1))


@given(matrices(), st.sampled_from([CORE, THREAD]), st.booleans())
def test_rows_are_sorted(x, facts, in_place):
    arrays = {"x": x.reshape(-1).copy() if x.size else np.zeros(1, x.dtype)}
    if not in_place:
        arrays["out"] = np.zeros(max(x.size, 1), x.dtype)
    root = "x" if in_place else "out"
    run_launches(sort_rows(facts, view(x, "x"), view(x, root), False), arrays)
    np.testing.assert_array_equal(arrays[root][: x.size].reshape(x.shape), np.sort(x, axis=1))


@given(matrices(), st.sampled_from([CORE, THREAD]))
def test_orders_are_stable(x, facts):
    arrays = {
        "x": x.reshape(-1).copy() if x.size else np.zeros(1, x.dtype),
        "out": np.zeros(max(x.size, 1), np.int64),
    }
    out = view(np.empty(x.shape, np.int64), "out")
    run_launches(sort_rows(facts, view(x, "x"), out, True), arrays)
    wanted = np.argsort(x, axis=1, kind="stable")
    np.testing.assert_array_equal(arrays["out"][: x.size].reshape(x.shape), wanted)


@given(matrices(), st.sampled_from([CORE, THREAD]), st.booleans(), st.data())
def test_the_largest_or_smallest_are_selected(x, facts, largest, data):
    count = data.draw(st.integers(0, x.shape[1]))
    arrays = {
        "x": x.reshape(-1).copy() if x.size else np.zeros(1, x.dtype),
        "out": np.zeros(max(x.shape[0] * count, 1), np.int64),
    }
    out = View("out", "int64", (x.shape[0], count), 0, (count, 1))
    run_launches(select_rows(facts, view(x, "x"), out, largest), arrays)
    order = np.argsort(x, axis=1, kind="stable")
    chosen = order[:, x.shape[1] - count :] if largest else order[:, :count]
    got = arrays["out"][: chosen.size].reshape(chosen.shape)
    np.testing.assert_array_equal(got, np.sort(chosen, axis=1))


def test_kernels_of_all_dtypes_are_compiled_together():
    """No name is defined twice."""
    texts = {}
    for facts in (CORE, THREAD):
        for dtype in KEYS:
            x, out = view(np.empty((2, 5), dtype), "x"), view(np.empty((2, 5), np.int64), "out")
            launches = [
                *sort_rows(facts, x, x, False),
                *sort_rows(facts, x, out, True),
                *select_rows(facts, x, View("out", "int64", (2, 3), 0, (3, 1)), True),
            ]
            texts |= {launch.source: launch.kernel for launch in launches}
    program = cl.Program(queue().context, "\n".join(texts)).build(options=["-cl-std=CL1.2"])
    for kernel in texts.values():
        cl.Kernel(program, kernel)
