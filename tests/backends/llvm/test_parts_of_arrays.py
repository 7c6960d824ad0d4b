"""Arguments that are parts of larger arrays are read where they lie, and nothing behind them is."""

import ctypes
import mmap
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import budget
from symgraph.backends.llvm import memory_orders
from symgraph.backends.llvm.memory_orders import Layout, layout_of

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType

PAGE = mmap.PAGESIZE
OUTPUTS = {
    "sums": lambda x: [x.sum(), x.sum(axis=0), x.mean(axis=-1), x.any(axis=-1)],
    "places": lambda x: [x.argmax(axis=0), x.argmin(axis=-1), x.max(axis=0)],
    "walks": lambda x: [T.cumsum(x, axis=-1), T.cumsum(x, axis=0)],
    "rows": lambda x: [T.logsumexp(x, axis=-1), T.nnet.softmax(x, axis=-1)],
    "elements": lambda x: [x + x, T.exp(x)],
}
DTYPES = ("uint8", "float32", "float64")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Small arrays as well, in many layouts."""
    monkeypatch.setattr(memory_orders, "SMALL", 0)
    monkeypatch.setattr(memory_orders, "PROGRAMS", 10_000)


@pytest.fixture(scope="module")
def functions():
    made = {}
    for dtype in DTYPES:
        for ndim in (1, 2, 3):
            x = TensorType(dtype, (None,) * ndim)("x")
            for name, outputs in OUTPUTS.items():
                made[dtype, ndim, name] = sg.function([x], outputs(x), mode="llvm")
    return made


def before_the_end(size):
    """Return bytes that lie directly before memory which may not be read."""
    room = -(-size // PAGE) * PAGE
    memory = mmap.mmap(-1, room + PAGE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    if sys.platform == "linux":
        assert ctypes.CDLL(None).mprotect(ctypes.c_void_p(start + room), PAGE, 0) == 0
    return np.frombuffer(memory, "uint8", size, room - size)


@given(st.data())
@budget(2)
def test_parts_are_read_as_their_copies_are(functions, data):
    dtype, name = data.draw(st.sampled_from(DTYPES)), data.draw(st.sampled_from(sorted(OUTPUTS)))
    shape = data.draw(st.lists(st.integers(2, 40), min_size=1, max_size=3))
    longer = data.draw(st.lists(st.integers(0, 3), min_size=len(shape), max_size=len(shape)))
    step, size = data.draw(st.integers(1, 4)), np.dtype(dtype).itemsize
    pitches = [extent + more for extent, more in zip(shape, longer, strict=True)]
    pitches[-1] = (shape[-1] - 1) * step + 1 + longer[-1]
    strides = [size * int(np.prod(pitches[axis + 1 :])) for axis in range(len(shape))]
    strides[-1] *= step
    used = sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) + size
    first = before_the_end(used)[:size].view(dtype)
    part = np.lib.stride_tricks.as_strided(first, shape, strides)
    part[...] = np.random.default_rng(0).integers(0, 9, shape)
    part = part.transpose(data.draw(st.permutations(range(len(shape)))))
    f = functions[dtype, part.ndim, name]
    straight = f(np.ascontiguousarray(part))
    for found, wanted in zip(f(part), straight, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    if not part.flags.c_contiguous:
        assert f.executable._orders.run([part]) is not None


def test_layouts():
    x = np.zeros((4, 5, 6))
    assert layout_of(x[:, :, ::2], True) == Layout((0, 1, 2), (), 2)
    assert layout_of(x[1:, :, 1::2], True) == Layout((0, 1, 2), (), 2)
    assert layout_of(x[:, 1:3], True) == Layout((0, 1, 2), (1,))
    assert layout_of(x[::2].T, True) == Layout((2, 1, 0), (1,))
    assert layout_of(x[:, :, 2:4], True) == Layout((0, 1, 2), (2,))
    assert layout_of(x.T, False) == Layout((2, 1, 0))
    others = (x[:, :, ::-1], x[::-1], np.broadcast_to(x[:1], x.shape))
    assert [layout_of(other, True) for other in others] == [None] * 3
    assert layout_of(x[:, :, ::2], False) is None
    assert layout_of(x, True) is None


def test_checks_tell_of_the_part():
    x, y = T.dmatrix("x"), T.dvector("y")
    f = sg.function([x, y], x + y, mode="llvm")
    told = []
    for value in (np.zeros((3, 8))[:, ::2], np.zeros((3, 4))):
        with pytest.raises(ValueError, match="input 0: x is float64") as caught:
            f(value, np.zeros(5))
        told.append(str(caught.value))
    assert told[0] == told[1]
