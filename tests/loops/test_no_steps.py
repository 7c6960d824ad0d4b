"""What is asked of a loop that made no steps: the error names the loop, on every back end, however
the graph was rewritten."""

import numpy as np
import pytest
from support.agreement import EVERY, compile_variant

import symgraph as sg
import symgraph.tensor as T

n, k, x = T.lscalar("n"), T.lscalar("k"), T.dvector("x")
two = T.constant(np.ones(2))
walk, _ = sg.scan(lambda h: h * 2.0, outputs_info=two, n_steps=n, name="walk")
(total, twice), _ = sg.scan(lambda a, s: [s + a, a * 2], x[:n], [T.constant(0.0), None], name="sum")
(stopped, _), _ = sg.scan(
    lambda a, s: ([s + a, a], sg.until(s > 9)), x[:n], [T.constant(0.0), None], name="stop"
)
tapped, _ = sg.scan(
    lambda s, r: s + r, outputs_info={"initial": two, "taps": [-2, -1]}, n_steps=n, name="taps"
)
mapped, _ = sg.map(lambda a: a + 1.0, x[:n])
last, outputs = sg.loop(lambda s, a: (s + a, s), T.constant(0.0), x[:n], name="plain")


def nested():
    def outer(row):
        inner, _ = sg.scan(lambda s: s + row, outputs_info=row, n_steps=n, name="inner")
        return inner[-1]

    return sg.map(outer, two)[0]


@pytest.mark.parametrize(
    "asked, error, name",
    [
        (walk[-1], IndexError, "walk"),
        (walk[0], IndexError, "walk"),
        (walk[k], IndexError, "walk"),
        (walk[-2], IndexError, "walk"),
        (walk[-1, 0], IndexError, "walk"),
        (walk[[-1]], IndexError, "walk"),
        (walk[::-1][0], IndexError, "walk"),
        (T.tanh(walk * 2 + 1)[-1], IndexError, "walk"),
        (walk[-1].sum() + walk[-1].prod(), IndexError, "walk"),
        (total[-1], IndexError, "sum"),
        (twice[-1], IndexError, "sum"),
        (stopped[-1], IndexError, "stop"),
        (tapped[-1], IndexError, "taps"),
        (mapped[-1], IndexError, "map"),
        (outputs[-1], IndexError, "plain"),
        (sg.ifelse(n >= 0, total[-1], T.constant(7.0)), IndexError, "sum"),
        (nested(), IndexError, "inner"),
        (walk.max(), ValueError, "walk"),
        (walk.min(axis=0), ValueError, "walk"),
        (twice.argmax(), ValueError, "sum"),
    ],
)
def test_the_loop_is_named(asked, error, name):
    for variant in EVERY:
        f = compile_variant(variant, [n, k, x], [asked])
        with pytest.raises(error, match=f"axis 0.*: scan '{name}' made no steps") as caught:
            f(0, 0, np.ones(3))
        assert "test_no_steps.py:" in str(caught.value)
        f(2, 0, np.ones(3))


def test_an_index_that_is_wrong_after_steps_says_nothing_of_the_loop():
    for variant in EVERY:
        f = compile_variant(variant, [n, k], [walk[k]])
        with pytest.raises(IndexError, match="index 3 is out of bounds") as caught:
            f(2, 3)
        assert "no steps" not in str(caught.value)


def test_what_no_steps_leave():
    asked = [last, sg.reduce(lambda a, s: s + a, x[:n], T.constant(3.0))[0], walk[-1:], twice.sum()]
    asked.append(sg.ifelse(n > 0, total[-1], T.constant(7.0)))
    for variant in EVERY:
        found = compile_variant(variant, [n, x], asked)(0, np.ones(3))
        assert [v.tolist() for v in found] == [0.0, 3.0, [], 0.0, 7.0]
