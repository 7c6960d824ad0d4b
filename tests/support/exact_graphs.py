"""Random small graphs whose arithmetic is exact, so that results can be compared bit by bit.

Every extent is one of a few, so that operands often fit; axes are of known or unknown extent
by chance, and a graph grows by one operation at a time on values drawn from what is there.
"""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

import symgraph.tensor as T
from support.lowering import meaning
from symgraph.graph import TensorType, Variable
from symgraph.ops.broadcast import sum_to

DTYPES = ("float32", "float64", "int64", "int8", "bool")
EXTENTS = (0, 1, 2, 3)
LIMIT = 1 << 20


@dataclass
class Pool:
    """The variables of a growing graph, each with its value."""

    draw: st.DrawFn
    extents: list[int]
    inputs: list[Variable] = field(default_factory=list)
    given: list[np.ndarray] = field(default_factory=list)
    values: dict[Variable, np.ndarray] = field(default_factory=dict)

    def add_input(self) -> None:
        draw = self.draw
        shape = tuple(draw(st.lists(st.sampled_from(self.extents), max_size=3)))
        known = [draw(st.booleans()) for _ in shape]
        dtype = draw(st.sampled_from(DTYPES))
        seed = draw(st.integers(0, 2**32 - 1))
        value = np.random.default_rng(seed).integers(-2, 3, shape).astype(dtype)
        static = [e if k else None for e, k in zip(shape, known, strict=True)]
        variable = Variable(TensorType(dtype, static), name=f"x{len(self.inputs)}")
        self.inputs.append(variable)
        self.given.append(value)
        self.values[variable] = value

    def pick(self, min_ndim: int = 0) -> Variable:
        fitting = [v for v in self.values if v.type.ndim >= min_ndim]
        if not fitting:
            raise ValueError("nothing fits")
        return self.draw(st.sampled_from(fitting[::-1] + fitting[-3:]))

    def axes(self, x: Variable) -> list[int]:
        return self.draw(st.lists(st.integers(0, x.type.ndim - 1), min_size=1, unique=True))

    def index(self, extent: int) -> object:
        draw = self.draw
        bound = st.none() | st.integers(-4, 4)
        choices = [
            st.builds(slice, bound, bound, st.sampled_from([None, 1, 2, -1, -2])),
        ]
        if extent:
            choices.append(st.integers(-extent, extent - 1))
        return draw(st.one_of(choices))


def unary(pool: Pool) -> Variable:
    functions = [T.neg, T.abs, T.sgn, T.sqr, T.floor, lambda x: x > 0, lambda x: x.clip(-1, 2)]
    return pool.draw(st.sampled_from(functions))(pool.pick())


def binary(pool: Pool) -> Variable:
    functions = [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        T.maximum,
        T.minimum,
        T.lt,
        T.eq,
    ]
    return pool.draw(st.sampled_from(functions))(pool.pick(), pool.pick())


def switch(pool: Pool) -> Variable:
    return T.switch(pool.pick() > 0, pool.pick(), pool.pick())


def cast(pool: Pool) -> Variable:
    return T.cast(pool.pick(), pool.draw(st.sampled_from(DTYPES)))


def reduction(pool: Pool) -> Variable:
    x = pool.pick(1)
    name = pool.draw(st.sampled_from(["sum", "prod", "max", "min", "any", "all"]))
    return getattr(x, name)(axis=pool.axes(x), keepdims=pool.draw(st.booleans()))


def arg_reduction(pool: Pool) -> Variable:
    x = pool.pick(1)
    axis = pool.draw(st.integers(0, x.type.ndim - 1))
    return pool.draw(st.sampled_from([T.argmax, T.argmin]))(x, axis=axis)


def dimshuffle(pool: Pool) -> Variable:
    x = pool.pick()
    order = pool.draw(st.permutations(range(x.type.ndim)))
    at = pool.draw(st.integers(0, len(order)))
    extra = ["x"] if len(order) < 3 and pool.draw(st.booleans()) else []
    return x.dimshuffle(*order[:at], *extra, *order[at:])


def subtensor(pool: Pool) -> Variable:
    x = pool.pick(1)
    count = pool.draw(st.integers(1, x.type.ndim))
    return x[tuple(pool.index(extent) for extent in pool.values[x].shape[:count])]


def set_subtensor(pool: Pool) -> Variable:
    x, y = pool.pick(1), pool.pick()
    part = x[pool.index(pool.values[x].shape[0])]
    y = T.cast(y, x.type.dtype)
    return pool.draw(st.sampled_from([T.set_subtensor, T.inc_subtensor]))(part, y)


def _positions(pool: Pool, extent: int) -> Variable:
    if not extent:
        raise ValueError("nothing to index")
    length = pool.draw(st.integers(0, 3))
    rows = st.lists(st.integers(-extent, extent - 1), min_size=length, max_size=length)
    return T.constant(np.array(pool.draw(rows), "int64"))


def gather(pool: Pool) -> Variable:
    x = pool.pick(1)
    axis = pool.draw(st.integers(0, x.type.ndim - 1))
    index: list[object] = [pool.index(extent) for extent in pool.values[x].shape[:axis]]
    return x[(*index, _positions(pool, pool.values[x].shape[axis]))]


def scatter(pool: Pool) -> Variable:
    part, y = gather(pool), pool.pick()
    y = T.cast(y, part.type.dtype)
    return pool.draw(st.sampled_from([T.set_subtensor, T.inc_subtensor]))(part, y)


def dot(pool: Pool) -> Variable:
    return T.dot(pool.pick(1), pool.pick(1))


def join(pool: Pool) -> Variable:
    x, y = pool.pick(1), pool.pick(1)
    return T.concatenate([x, y], axis=pool.draw(st.integers(0, x.type.ndim - 1)))


def reshape(pool: Pool) -> Variable:
    x = pool.pick(1)
    if pool.draw(st.booleans()):
        return x.flatten()
    if pool.draw(st.booleans()):
        return x.reshape((x.shape[0], -1)) if x.type.ndim > 1 else x.reshape((-1, 1))
    return x.T.reshape(tuple(x.shape[axis] for axis in range(x.type.ndim)))


def broadcast(pool: Pool) -> Variable:
    x = pool.pick()
    return T.broadcast_to(x, (pool.draw(st.sampled_from([1, 2])), *x.shape))


def from_shape(pool: Pool) -> Variable:
    x = pool.pick(1)
    return T.arange(x.shape[0]) + x.shape[-1]


def gradient_like(pool: Pool) -> Variable:
    """What a broadcast's derivative is made of: summing back to an operand's shape."""
    x, y = pool.pick(), pool.pick()
    return sum_to(T.maximum(x, y), x if x.type.ndim >= y.type.ndim else y)


OPERATIONS = (
    unary,
    binary,
    binary,
    switch,
    cast,
    reduction,
    reduction,
    arg_reduction,
    dimshuffle,
    subtensor,
    set_subtensor,
    gather,
    scatter,
    dot,
    join,
    reshape,
    broadcast,
    from_shape,
    gradient_like,
)


@dataclass
class Drawn:
    inputs: list[Variable]
    outputs: list[Variable]
    values: list[np.ndarray]


@st.composite
def graphs(draw: st.DrawFn, most: int = 8) -> Drawn:
    """Inputs, outputs and inputs' values of a graph that NumPy can evaluate."""
    pool = Pool(draw, [*draw(st.lists(st.sampled_from(EXTENTS), min_size=1, max_size=2)), 1])
    for _ in range(draw(st.integers(1, 3))):
        pool.add_input()
    wanted = len(pool.values) + draw(st.integers(most // 2, most))
    for _ in range(3 * most):
        operation = draw(st.sampled_from(OPERATIONS))
        try:
            made = operation(pool)
            (value,) = meaning(list(pool.values), [made], list(pool.values.values()))
        except (TypeError, ValueError, IndexError):
            continue
        if value.size <= 64 and (value.size == 0 or np.abs(value.astype(float)).max() < LIMIT):
            pool.values[made] = value
        if len(pool.values) >= wanted:
            break
    made = [variable for variable in pool.values if variable not in pool.inputs]
    outputs = made[-4:] + draw(st.lists(st.sampled_from(list(pool.values)), max_size=2))
    return Drawn(pool.inputs, outputs, pool.given)
