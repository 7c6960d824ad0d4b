"""Loop nests: their order, their steps, what they read by indices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lowering import assert_lowers
from support.program_loops import functions, kernels, program_of, within

import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.lower.program.types import Load, Loop
from symgraph.lower.program.values import ONE, BufferKind
from symgraph.ops.broadcast import sum_to

SHAPES = [(5, 7), (4, 1), (1, 4), (0, 3), (3, 0), (8, 2), (13, 33)]


def whole(shape, seed=0, dtype="float64"):
    """Small integers: their sums are exact in any order."""
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(dtype)


def variable(shape, known, dtype="float64"):
    return TensorType(dtype, shape if known else (None,) * len(shape))("x")


def innermost(program):
    return [
        s
        for s in within(program.body)
        if isinstance(s, Loop) and not any(isinstance(inner, Loop) for inner in s.body)
    ]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("known", [False, True])
def test_sums_over_leading_axes(shape, known):
    """Several rows are added up at a time, the rows left over one by one."""
    x = variable(shape, known)
    outputs = [x.sum(axis=0), (x * 2 - 1).sum(axis=0), T.sqr(x), x.sum(axis=1), x.sum()]
    assert_lowers([x], outputs, [whole(shape)])


@given(st.data())
def test_reductions_over_any_axes_of_any_view(data):
    shape = tuple(data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=4)))
    order = data.draw(st.permutations(range(len(shape))))
    x = variable(shape, data.draw(st.booleans()))
    viewed = x.dimshuffle(*order)
    if data.draw(st.booleans()):
        viewed = viewed[::-1]
    several = st.lists(st.sampled_from(range(len(shape))), min_size=1, unique=True)
    outputs = [viewed.sum(axis=tuple(axes)) for axes in data.draw(st.lists(several, max_size=3))]
    outputs.append((viewed + 1).sum(axis=tuple(data.draw(several))))
    if data.draw(st.booleans()):
        outputs.append(viewed * 3)
    assert_lowers([x], outputs, [whole(shape, data.draw(st.integers(0, 9)))])


@pytest.mark.parametrize("dtype", ["float16", "float32", "int8", "uint8", "int64", "bool"])
@pytest.mark.parametrize("kind", ["sum", "prod", "max", "min", "all", "any"])
def test_reductions_of_every_dtype(dtype, kind):
    x = variable((5, 3), False, dtype)
    value = whole((5, 3), dtype=dtype)
    outputs = [getattr(x, kind)(axis=axis) for axis in (0, 1, None)]
    assert_lowers([x], outputs, [value])


def test_loops_run_along_memory():
    """A reduction of rows of the transposed matrix is one over its columns, row by row."""
    x = T.dmatrix("x")
    for program in (program_of([x], x.T.sum(axis=1)), program_of([x], (x.T * 2).sum(axis=1))):
        for loop in innermost(program):
            for s in loop.body:
                if isinstance(s, Load) and s.buffer.root.kind is BufferKind.ARGUMENT:
                    strides = dict(zip(s.indices, s.buffer.strides, strict=True))
                    assert strides[loop.index] == ONE


@pytest.mark.parametrize("shape", [(70, 90), (33, 64), (1, 80), (80, 1), (0, 9)])
@pytest.mark.parametrize("known", [False, True])
def test_memory_read_across_its_rows(shape, known):
    x, y = variable(shape, known), variable(shape[::-1], known)
    assert_lowers([x, y], [x.T + y], [whole(shape), whole(shape[::-1], 1)])


def test_memory_read_across_its_rows_goes_in_tiles():
    y = TensorType("float64", (500, 400))("y")
    (kernel,) = kernels(program_of([y], y.T + 0 * y.reshape((400, 500))))
    depth, body = 0, kernel.body
    while any(isinstance(s, Loop) for s in body):
        depth, body = depth + 1, next(s for s in body if isinstance(s, Loop)).body
    assert depth == 4


def test_a_known_sum_back_is_a_reduction():
    """Of a bias: no branch, no pass of its own."""
    x, bias = T.dmatrix("x"), TensorType("float64", (1, 3))("b")
    slope = T.grad(T.sqr(x + bias).sum(), bias)
    program = assert_lowers([x, bias], [slope], [whole((4, 3)), whole((1, 3), 1)])
    assert len(kernels(program)) <= 2
    same = sum_to(x, x)
    assert same is x


# --- indices ---


def test_what_indices_pick_is_read_where_it_is_used():
    x, i = T.dmatrix("x"), T.lvector("i")
    values = [whole((4, 3)), np.array([3, -1, 0, 0, -4])]
    program = assert_lowers([x, i], [T.sqr(x[i] + 1).sum(axis=1)], values)
    # One kernel looks at the indices, the other does all the rest.
    assert len(kernels(program)) == 2


def test_counting_indices_are_not_looked_up():
    x, y = T.dmatrix("x"), T.lvector("y")
    picked = x[T.arange(y.shape[0]), y]
    values = [whole((4, 3)), np.array([2, 0, 1])]
    program = assert_lowers([x, y], [picked.sum()], values)
    loads = [s for s in within(program.body) if isinstance(s, Load)]
    assert len(kernels(program)) == 2
    # The picked numbers, and y: once to be checked and once to be used.
    assert (
        sum(s.buffer.dtype == "int64" and s.buffer.root.kind is BufferKind.ARGUMENT for s in loads)
        == 2
    )


def test_the_same_indices_are_checked_once():
    x, i = T.dvector("x"), T.lvector("i")
    program = program_of([x, i], T.inc_subtensor(x[i], x[i] * 2))
    assert functions(program).count("minimum") == 1


def test_a_counting_index_may_be_too_long():
    x, y = T.dmatrix("x"), T.lvector("y")
    picked = x[T.arange(y.shape[0]), y]
    with pytest.raises(IndexError, match="index 2 is out of bounds for axis 0 with size 2"):
        assert_lowers([x, y], [picked], [whole((2, 3)), np.array([0, 0, 0])])


def test_a_counting_index_has_memory_where_that_is_asked_for():
    y = T.lvector("y")
    index = T.arange(y.shape[0])
    assert_lowers([y], [index, y[index], index * 2], [np.array([5, 6, 7])])


@given(st.data())
def test_picked_elements_in_any_company(data):
    """Used with others, reduced, returned, picked from what is itself computed."""
    rows, columns, count = (data.draw(st.integers(1, 4)) for _ in range(3))
    x, i, z = T.dmatrix("x"), T.lvector("i"), T.dmatrix("z")
    index = np.array(data.draw(st.lists(st.integers(-rows, rows - 1), max_size=count)), "int64")
    source = x * 2 if data.draw(st.booleans()) else x
    picked = source[i]
    choices = [
        picked,
        picked + z,
        picked.sum(axis=0),
        picked.sum(axis=1),
        picked - picked.sum(axis=1, keepdims=True),
        picked[:, ::-1],
        source[:, i % columns] if index.size else picked,
    ]
    outputs = data.draw(st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True))
    values = [whole((rows, columns)), index, whole((index.size, columns), 2)]
    assert_lowers([x, i, z], outputs, values)


def test_sums_of_transposed_arrays_go_in_tiles():
    """Both are read along their rows; what is written across rows stays in the cache."""
    x, y = (T.TensorType("float64", (70, 130))(name) for name in "xy")
    values = [whole((70, 130), 1), whole((70, 130), 2)]
    program = assert_lowers([x, y], [x.T + y.T], values)
    (tile,) = innermost(program)
    (load, *_) = (s for s in tile.body if isinstance(s, Load))
    assert load.buffer.strides[-1] == ONE
    loops = [s for s in within(program.body) if isinstance(s, Loop)]
    assert len(loops) == 4


@pytest.mark.parametrize("known", [False, True])
def test_axes_that_go_as_one_are_one_loop(known):
    """A bias for each map of a batch of images: the places of a map are one loop, however short
    their lines are."""
    x, bias = variable((3, 5, 4, 7), known), TensorType("float64", (5,))("b")
    spread = bias.dimshuffle("x", 0, "x", "x")
    values = [whole((3, 5, 4, 7)), whole((5,), 1)]
    program = assert_lowers([x, bias], [T.sqr(x + spread) - spread], values)
    # Where extents are unknown, one of them may turn out to be broadcast: then each has its loop.
    loops = len([s for s in within(program.body) if isinstance(s, Loop)])
    assert loops == (3 if known else 3 + 4)
    if known:
        assert [loop.extent.value for loop in innermost(program)] == [28]
    # Sums over the batch and its places; over the maps, which lie between, alone.
    program = assert_lowers([x, bias], [(x * spread).sum(axis=(0, 2, 3))], values)
    if known:
        assert 28 in [s.extent.value for s in within(program.body) if isinstance(s, Loop)]
    assert_lowers([x, bias], [(x * spread).sum(axis=1), (x + spread).sum(axis=(2, 3))], values)


@given(st.data())
def test_axes_go_as_one_only_where_all_lie_so(data):
    shape = tuple(data.draw(st.lists(st.integers(0, 4), min_size=2, max_size=4)))
    x = variable(shape, data.draw(st.booleans()))
    parts = []
    for _ in range(data.draw(st.integers(1, 3))):
        order = data.draw(st.permutations(range(len(shape))))
        if [shape[axis] for axis in order] != list(shape):
            order = range(len(shape))
        part = x.dimshuffle(*order)
        if data.draw(st.booleans()):
            axis = data.draw(st.integers(0, len(shape) - 1))
            part = part.sum(axis=axis, keepdims=True)
        elif data.draw(st.booleans()):
            part = part[:, ::-1]
        parts.append(part)
    total = sum(parts[1:], parts[0]) * x
    axes = data.draw(st.lists(st.sampled_from(range(len(shape))), unique=True))
    assert_lowers([x], [total, total.sum(axis=axes) if axes else total], [whole(shape)])
