"""How programs divide into launches, and that these do what the program does."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.exact_graphs import Drawn, graphs
from support.grid_interpreter import GridInterpreter
from support.lowering import lowered, meaning

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower.grid import Compact, Launch, Whole, divide
from symgraph.lower.program.values import Literal
from symgraph.lower.target import Grid, Target

CORE = replace(Target(), grid=Grid.CORE, undivided=0, small_ns=0.0)
THREAD = replace(CORE, grid=Grid.THREAD, steps=())
TARGETS = pytest.mark.parametrize("target", [CORE, THREAD], ids=["core", "thread"])

x = T.TensorType("float64", (400, 300))("x")
y = T.TensorType("float64", (400, 300))("y")
v = T.TensorType("float64", (100_000,))("v")


def launches(inputs, outputs, target):
    """All launches: 'total', or the extents of the grid, innermost first."""
    program = lowered(inputs, outputs, target=target).program
    return [
        "total" if launch.total is not None else [e.value for e in launch.grid]
        for launch in divide(program, target, frozenset()).launches
        if all(isinstance(extent, Literal) for extent in launch.grid)
    ]


def run(inputs, outputs, values, target, given=(), compact=True):
    low = lowered(inputs, outputs, target=target)
    arguments = frozenset(low.program.arguments[n] for n in given)
    return GridInterpreter(low, target, arguments, compact)(values)


@pytest.mark.parametrize(
    ("output", "core", "thread"),
    [
        (T.tanh(x), [[120_000]], [[120_000]]),
        (T.exp(x.T) + y.T, [[400, 300]], [[400, 300]]),
        (x.sum(axis=1), [[400]], [[400]]),
        (x.sum(axis=0), [[300]], [[300]]),
        (T.nnet.softmax(x), [[400]], [[400]]),
        # The partial sums, then a single item.
        (v.sum(), ["total", []], ["total", []]),
        (v.max() + v.min(), ["total", []], ["total", []]),
    ],
)
def test_what_kernels_become(output, core, thread):
    inputs = [v] if output.type.ndim == 0 else [x, y]
    for target, wanted in ((CORE, core), (THREAD, thread)):
        found = launches(inputs, [output], target)
        assert [sorted(n) if isinstance(n, list) else n for n in found] == [
            sorted(n) if isinstance(n, list) else n for n in wanted
        ]


@TARGETS
def test_reductions_over_different_axes_are_apart(target):
    found = launches([x], [x.sum(), x.sum(axis=0), x.max(axis=1)], target)
    assert sorted(map(str, found)) == sorted(map(str, ["total", [], [300], [400]]))


@TARGETS
def test_launches_of_a_single_item_merge(target):
    """Three totals, and what is computed of them: four launches."""
    w = T.TensorType("float64", (200_000,))("w")
    u = T.TensorType("float64", (300_000,))("u")
    output = T.sqrt((v**2).sum()) + T.exp(-(w**2).sum()) * (u**2).sum()
    assert launches([v, w, u], [output], target) == ["total", "total", "total", []]


@TARGETS
def test_moved_launches_keep_what_they_read(target):
    """A sum of few elements that is needed last, while much memory comes and goes."""
    a, b = T.TensorType("float64", (8,))("a"), T.TensorType("float64", (60,))("b")
    total, chain = T.exp(a).sum(), b
    for _ in range(3):
        chain = T.cumsum(T.sort(T.sin(chain)))
    values = [np.linspace(-1, 1, 8), np.linspace(0, 9, 60)]
    outputs = [chain, total * 2]
    for got, want in zip(
        run([a, b], outputs, values, target), meaning([a, b], outputs, values), strict=True
    ):
        np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("compact", [True, False])
@TARGETS
def test_launches_with_little_work_are_one(target, compact):
    """A total among them, too, which is combined behind a launch that has much work."""
    z = T.dvector("z")
    outputs = [T.exp(z[1:]), z.sum() * v.sum()]
    program = lowered([z, v], outputs, target=target).program
    found = [s for s in divide(program, target, frozenset()).steps if isinstance(s, Compact)]
    assert found
    assert any(isinstance(s, Whole) for step in found for s in step.single.body)
    values = [np.linspace(-1, 1, 7), np.linspace(0, 1, 100_000)]
    got = run([z, v], outputs, values, target, compact=compact)
    for result, want in zip(got, meaning([z, v], outputs, values), strict=True):
        np.testing.assert_allclose(result, want, rtol=1e-12)


@TARGETS
def test_loops_hand_on_their_states(target):
    steps = T.lscalar("n")
    u = T.TensorType("float64", (5,))("u")
    outputs, _ = sg.scan(lambda s: T.tanh(s) * 1.5 + s.sum(), outputs_info=[u], n_steps=steps)
    values = [np.int64(4), np.linspace(-1, 1, 5)]
    (got,) = run([steps, u], [outputs], values, target, given=[0])
    (want,) = meaning([steps, u], [outputs], values)
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_an_empty_argument_runs_no_item():
    for target in (CORE, THREAD):
        rows = T.dmatrix("rows")
        outputs = [T.exp(rows), rows.sum(), rows.sum(axis=1)]
        values = [np.empty((0, 3))]
        for got, want in zip(
            run([rows], outputs, values, target), meaning([rows], outputs, values), strict=True
        ):
            np.testing.assert_array_equal(got, want)


@given(graphs(), st.sampled_from([CORE, THREAD]), st.booleans())
def test_launches_mean_what_the_nodes_mean(drawn: Drawn, target: Target, compact: bool) -> None:
    got = run(drawn.inputs, drawn.outputs, drawn.values, target, compact=compact)
    for result, want in zip(got, meaning(drawn.inputs, drawn.outputs, drawn.values), strict=True):
        assert result.dtype == want.dtype
        np.testing.assert_array_equal(result, want)


def test_a_kernel_that_is_no_grid_is_one_item():
    """Each iteration needs the one before."""
    (launch,) = divide(lowered([v], [T.cumsum(v)], target=CORE).program, CORE, frozenset()).launches
    assert isinstance(launch, Launch)
    assert launch.single
