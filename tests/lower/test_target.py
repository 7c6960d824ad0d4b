"""Other processors get other programs, which are right too."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from support.lowering import assert_lowers, lowered

import symgraph.tensor as T
from symgraph.lower import target as module
from symgraph.lower.analysis.duration import Duration
from symgraph.lower.cost import function_cost
from symgraph.lower.program.text import text_of
from symgraph.lower.program.types import Convolve, Kernel, TiledRegion
from symgraph.lower.program.values import Literal
from symgraph.lower.program.walk import host_statements, kernels
from symgraph.lower.target import KIB, MIB, Target

AVX2 = Target().with_vectors(32, 16).with_caches(32 * KIB, 256 * KIB, 8 * MIB)
NEON = Target().with_vectors(16, 32).with_caches(64 * KIB, 512 * KIB, 0)
SMALL = Target().with_caches(8 * KIB, 32 * KIB, 0, 32)
LARGE_LINES = Target().with_caches(128 * KIB, 3 * MIB, 8 * MIB, 128)
TARGETS = {"AVX2": AVX2, "NEON": NEON, "small caches": SMALL, "large lines": LARGE_LINES}


def statements(program, kind):
    return [s for s in host_statements(program.body) if isinstance(s, kind)]


def test_the_defaults_are_a_core_with_1_mib_of_second_level_cache_and_wide_vectors():
    measured = Target()
    caches = (measured.l1_bytes, measured.l2_bytes, measured.l3_bytes, measured.line_bytes)
    assert caches == (48 * KIB, 1 * MIB, 32 * MIB, 64)
    same = measured.with_caches(*caches).with_vectors(64, 32)
    assert same == measured
    assert hash(same) == hash(measured)
    assert repr(same) == repr(measured)


def test_every_field_is_explained():
    text = Path(module.__file__).read_text()
    lines = text[text.index("class Target") : text.index("def with_caches")].splitlines()
    explained = False
    for line in map(str.strip, lines[3:]):
        explained = line.startswith("# ") or (explained and line != "")
        if any(line.startswith(f"{entry.name}:") for entry in fields(Target)):
            assert explained, line


@pytest.mark.parametrize("name", TARGETS)
def test_limits_follow_the_caches(name):
    target = TARGETS[name]
    assert target.near_bytes == target.l2_bytes * 3 // 8
    assert 8 * target.strip_words <= max(target.l1_bytes / 4, 2048)
    assert target.reach_bytes >= 1024
    assert target.near_sums_bytes >= target.l2_bytes


def test_narrow_vectors_take_longer():
    for fn in ("add", "exp", "random_word32"):
        dtype = "uint32" if "word" in fn else "float32"
        costs = [function_cost(fn, dtype, target) for target in (Target(), AVX2, NEON)]
        np.testing.assert_allclose(costs, costs[0] * np.array([1, 2, 4]))
    for fn, dtype in (("floor_div", "int64"), ("draw_poisson", "float64")):
        assert function_cost(fn, dtype, NEON) == function_cost(fn, dtype, Target())
    x, y = T.fmatrix("x"), T.fmatrix("y")
    program = lowered([x, y], [T.tanh(T.dot(x, y))]).program
    shapes = [(50, 60), (60, 70)]
    assert Duration(program, NEON).known(shapes) > 2 * Duration(program, Target()).known(shapes)


def test_work_that_takes_narrow_vectors_long_is_divided():
    x = T.TensorType("float32", (300, 200))("x")

    def divided(target):
        program = lowered([x], [T.exp(x)], target=target).program
        return [bool(kernel.work) for kernel in kernels(program.body)]

    assert divided(Target()) == [False]
    assert divided(NEON) == [True]
    assert divided(replace(Target(), small_ns=1e3)) == [True]


def layers(rows):
    """Two layers of tanh, and values."""
    shapes = (rows, 60), (60, 70), (70, 50)
    x, w, v = inputs = [T.TensorType("float64", s)(n) for s, n in zip(shapes, "xwv", strict=True)]
    values = [np.random.default_rng(0).normal(size=s) for s in shapes]
    return inputs, [T.tanh(T.dot(T.tanh(T.dot(x, w)), v))], values


@pytest.mark.parametrize("name", TARGETS)
def test_blocks_of_regions_fit_the_caches(name):
    inputs, outputs, _ = layers(2000)
    sizes = {}
    for key, target in (("default", Target()), (name, TARGETS[name])):
        program = lowered(inputs, outputs, target=target).program
        found = statements(program, TiledRegion)
        sizes[key] = [r.block.value for r in found if isinstance(r.block, Literal)]
    assert sizes["default"]
    assert sizes[name] != sizes["default"]
    if name == "small caches":
        # Each block would read w, of 33 KiB, again from farther away.
        assert sizes[name] == []


@pytest.mark.parametrize("name", TARGETS)
def test_regions_mean_the_same(name):
    inputs, outputs, values = layers(60)
    target = replace(TARGETS[name], near_bytes=1, least_blocks=1, block_rows=24)
    program = assert_lowers(inputs, outputs, values, rtol=1e-12, target=target)
    assert bool(statements(program, TiledRegion)) == (name != "small caches")


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("taps", [2, 3])
def test_convolutions_are_cut_to_fit_the_caches(name, taps):
    target = TARGETS[name]
    x = T.TensorType("float32", (2, 40, 30, 30))("x")
    k = T.TensorType("float32", (3, 40, taps, taps))("k")
    rng = np.random.default_rng(0)
    values = [rng.normal(size=v.type.shape).astype("float32") for v in (x, k)]
    y = T.nnet.conv2d(x, k)
    outputs = [y, *T.grad((y**2).sum(), [x, k])]
    schedules = []
    for aim in (Target(), target):
        program = assert_lowers([x, k], outputs, values, rtol=2e-2, target=aim)
        schedules.append([s.numbers for s in statements(program, Convolve)])
    assert schedules[0] != schedules[1]


@pytest.mark.parametrize("name", TARGETS)
def test_training_steps_mean_the_same(name):
    x, w = T.dmatrix("x"), T.TensorType("float64", (30, 20))("w")
    cost = T.log(T.nnet.softmax(T.dot(x, w))).sum()
    values = [np.random.default_rng(0).normal(size=s) for s in ((17, 30), (30, 20))]
    outputs = [cost, w - T.grad(cost, w)]
    program = assert_lowers([x, w], outputs, values, rtol=1e-11, target=TARGETS[name])
    assert statements(program, Kernel)


def test_what_is_expensive_is_a_choice_of_the_target():
    """1 - h**2 is computed where it is used, behind the products, unless arithmetic is dear."""
    x, w, c = T.dmatrices("x", "w", "c")
    h = T.tanh(T.dot(x, w))
    outputs = [(1 - T.sqr(h)) * T.dot(T.dot(h, c), T.dot(w.T, x.T).T)]
    cheap = text_of(lowered([x, w, c], outputs).program)
    dear = text_of(lowered([x, w, c], outputs, target=replace(Target(), expensive_ns=0.0)).program)
    product = cheap.rindex(" · ")
    assert "multiply_add" in cheap[product:]
    assert "multiply_add" in dear[: dear.rindex(" · ")]


@pytest.mark.parametrize("shape", [(20, 30), (3, 9)])
def test_loops_are_cut_as_the_target_says(shape):
    x = T.TensorType("float64", shape)("x")
    values = [np.random.default_rng(0).normal(size=shape)]
    outputs = [x.T + 1, T.exp(x).sum(axis=0), T.argmax(x, axis=1)]
    target = replace(Target(), transposing_tile=(4, 8), steps=((8, 3),), searched=5)
    texts = [
        text_of(assert_lowers([x], outputs, values, rtol=1e-12, target=aim))
        for aim in (Target(), target)
    ]
    assert texts[0] != texts[1]
