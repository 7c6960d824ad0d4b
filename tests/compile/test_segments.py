"""However values of other types stand between tensors, functions compute the same."""

from typing import ClassVar

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T
from symgraph.compile.segments import MixedExecutable, Segment


class Box(sg.Type):
    """A tuple that holds a vector."""

    def filter(self, value, *, strict=False, allow_downcast=None):
        if not isinstance(value, tuple) or len(value) != 1:
            raise TypeError(f"expected a box, got {value!r}")
        return value


class Pack(sg.Op):
    itypes, otypes = (T.dvector,), (Box(),)

    def perform(self, node, x):
        return ((x.copy(),),)


class Unpack(sg.Op):
    itypes, otypes = (Box(),), (T.dvector,)
    view_map: ClassVar = {0: 0}

    def perform(self, node, box):
        return box


class Both(sg.Op):
    """Of a box and a vector, a box and a vector."""

    itypes, otypes = (Box(), T.dvector), (Box(), T.dvector)

    def perform(self, node, box, x):
        return (box[0] + x,), box[0] - x


def apply(step, vectors):
    """A step on vectors, in one form with boxes and in one without."""
    kind, left, right = step
    a, b = vectors[left % len(vectors)], vectors[right % len(vectors)]
    (with_a, plain_a), (with_b, plain_b) = a, b
    if kind == "add":
        return [(with_a + with_b * 0.5, plain_a + plain_b * 0.5)]
    if kind == "tanh":
        return [(T.tanh(with_a) - T.mean(with_b), T.tanh(plain_a) - T.mean(plain_b))]
    if kind == "through":
        return [(Unpack()(Pack()(with_a)), plain_a)]
    box, difference = Both()(Pack()(with_a), with_b)
    return [(Unpack()(box), plain_a + plain_b), (difference, plain_a - plain_b)]


steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "tanh", "through", "both"]), st.integers(0, 20), st.integers(0, 20)
    ),
    min_size=1,
    max_size=8,
)


@given(steps, st.sampled_from(["llvm", "reference"]), st.integers(0, 3))
def test_boxes_make_no_difference(steps, mode, length):
    x, y = T.dvectors("x", "y")
    vectors = [(x, x), (y, y)]
    for step in steps:
        vectors += apply(step, vectors)
    boxed, plain = ([pair[side] for pair in vectors] for side in (0, 1))
    f = sg.function([x, y], boxed, mode=mode)
    g = sg.function([x, y], plain, mode="reference")
    values = np.linspace(-1, 1, length), np.linspace(2, 0, length)
    with np.errstate(all="ignore"):
        found, wanted = f(*values), g(*values)
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    arrays = [*values, *found]
    assert not any(
        np.shares_memory(a, b) for at, a in enumerate(arrays) for b in arrays[at + 1 :] if a.size
    )
    if isinstance(f.executable, MixedExecutable):
        in_python = [s for s in f.executable.steps if not isinstance(s, Segment)]
        assert {type(node.op) for node in in_python} <= {Pack, Unpack, Both}
