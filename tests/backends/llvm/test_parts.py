"""The host program in parts: long stretches without loops apart from what has loops."""

from itertools import groupby
from unittest import mock

import numpy as np
from hypothesis import given
from support.agreement import assert_agree, budget
from support.graph_drawing import graphs
from symgraph.backends.llvm.host_emission import module

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower.analysis import outline


def straight(x, count):
    """Values of `count` kernels that do not fuse."""
    return [(x * number).sum() for number in range(count)]


def test_loops_stand_apart_from_long_straight_code():
    x = T.dvector("x")
    start = straight(x, 70)
    states, _ = sg.scan(lambda s, a: s * a, outputs_info=[x], non_sequences=[start[3]], n_steps=4)
    end = straight(states[-1] + start[5], 70)
    f = sg.function([x], [*start, states, *end])
    parts = f.executable.native.outline.parts
    looping = [any(map(outline.loops, part)) for part in parts]
    assert [kind for kind, _ in groupby(looping)] == [False, True, False]
    value = np.linspace(0.1, 0.2, 5)
    expected = sg.function([x], [*start, states, *end], mode="reference")(value)
    for result, right in zip(f(value), expected, strict=True):
        np.testing.assert_allclose(result, right, rtol=1e-10)


def test_short_programs_are_one_part():
    x = T.dvector("x")
    assert len(sg.function([x], straight(x, 3)).executable.native.outline.parts) == 1


@budget(1)
@given(graphs(min_steps=3, max_steps=10))
def test_any_parts_mean_the_same(drawn):
    with (
        mock.patch.object(outline, "PART", 2),
        mock.patch.object(outline, "LONG", 2),
        mock.patch.object(module, "LONG", 2),
        sg.config.change_flags(cache="False"),
    ):
        assert_agree(drawn.inputs, drawn.outputs, drawn.values)
