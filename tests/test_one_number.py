"""A value that is used twice is one number, whoever computes it again: no difference of rounding is
seen between two uses of it.

Back ends may round a product and a sum at once. Where the product is also used by itself, its other
uses would see another number: the largest of some products would be less than one of them.
"""

from collections.abc import Callable

import numpy as np
import pytest
from support.agreement import EVERY, compile_variant
from symgraph.backends.llvm.emission.function_table import known

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType, Variable
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.scalar import SCALARS

# Rows of whole vectors, and of less than one; and rows known when the code is written.
COLUMNS = (5, 16, 37, 200)
Formula = Callable[[Variable, Variable], Variable]


def largest(p: Variable) -> Variable:
    return T.max(p, axis=1, keepdims=True)


def in_rows(f: Callable[[Variable, Variable], Variable], x: Variable, y: Variable) -> Variable:
    """Row by row in a loop."""
    return sg.map(f, [x, y])[0]


def chosen(x: Variable, y: Variable, f: Formula) -> Variable:
    """As one branch of two computes it."""
    return sg.ifelse(T.gt(x.shape[0], 0), f(x, y), x)


def seen_twice(p: Variable) -> Variable:
    """The same numbers."""
    return T.switch(T.isnan(p), 0, p)


def at_first(p: Variable, f: Variable) -> Variable:
    """f where the first row is the largest of a column; else 0."""
    return T.switch(T.eq(T.argmax(p, axis=0), 0), f, 0)


# What is exactly 0 everywhere: each finds a value that it has computed before.
ZERO: dict[str, Formula] = {
    "the largest product": lambda x, y: largest(x * y - largest(x * y)),
    "the largest square": lambda x, y: largest(T.sqr(x) - largest(T.sqr(x))),
    "the smallest product": lambda x, y: T.min(x * y - T.min(x * y, axis=1, keepdims=True), axis=1),
    "turned round": lambda x, y: largest(x * y - largest(y * x)),
    "the square of another name": lambda x, y: largest(x * x - largest(T.sqr(x))),
    "the square as a power": lambda x, y: largest(x**2 - largest(x * x)),
    "down the columns": lambda x, y: T.max(x * y - T.max(x * y, axis=0), axis=0),
    "over all": lambda x, y: (x * y - T.max(x * y)).max(),
    "a product and a number": lambda x, y: largest(3 * x - largest(3 * x)),
    "a column's multiples": lambda x, y: largest(x[:, :1] * y - largest(x[:, :1] * y)),
    "a sum of a product": lambda x, y: largest((x * y + y) - largest(x * y + y)),
    "a sum of two products": lambda x, y: largest((x * y + y * y) - largest(x * y + y * y)),
    "a product less a product": lambda x, y: largest((x * y - y * y) - largest(x * y - y * y)),
    "products less each other": lambda x, y: x * y - y * x,
    "less than a product": lambda x, y: largest((1 - x * y) - largest(1 - x * y)),
    "a logarithm of what is at most 1": lambda x, y: T.nnet.relu(T.nnet.logsoftmax(1e9 * x * y)),
    "where the largest is": lambda x, y: (
        1 - T.max(T.eq(x * y, largest(x * y)).astype("int8"), axis=1)
    ),
    "what was picked": lambda x, y: (
        (x * y)[T.arange(x.shape[0]), T.argmax(x * y, axis=1)] - T.max(x * y, axis=1)
    ),
    "the last when sorted": lambda x, y: T.sort(x * y, axis=1)[:, -1] - T.max(x * y, axis=1),
    "below its bound": lambda x, y: T.minimum(T.maximum(x * y, y) - x * y, 0),
    "clipped": lambda x, y: T.switch(T.lt(T.abs(x * y), 1), T.clip(x * y, -1, 1) - x * y, 0),
    "compared": lambda x, y: T.switch(T.gt(x * y, 0), T.nnet.relu(x * y) - x * y, 0),
    "of parts": lambda x, y: largest((x * y)[:, :3] - largest((x * y)[:, :3])),
    "overlapping parts": lambda x, y: (
        ((x * y)[:, 1:4] - y[:, 1:4]) - (seen_twice((x * y)[:, :4])[:, 1:] - y[:, 1:4])
    ),
    "a row": lambda x, y: at_first(x * y, (x * y)[0] - T.max(x * y, axis=0)),
    "a row of a sum": lambda x, y: at_first(x * y + y, (x * y + y)[0] - T.max(x * y + y, axis=0)),
    "a shuffled part": lambda x, y: at_first(
        x * y, (x * y).dimshuffle(1, 0)[:, 0] - T.max(x * y, axis=0)
    ),
    "a repeated row": lambda x, y: (x * y[:1])[1] - y[0] - (seen_twice(x * y[:1])[1] - y[0]),
    "a reshaped product": lambda x, y: T.max(
        (x * y).reshape((x.shape[0] * x.shape[1],)) - T.max(x * y)
    ),
    "joined products": lambda x, y: largest(
        T.join(0, x * y - largest(x * y), x * y - largest(x * y))
    ),
    "in a loop": lambda x, y: in_rows(lambda a, b: a * b - T.max(a * b), x, y).max(axis=1),
    "in a branch": lambda x, y: chosen(x, y, lambda a, b: largest(a * b - largest(a * b))),
    "of a wide sum": lambda x, y: largest(
        (x * y + y + x).sum(axis=0) - T.max((x * y + y + x).sum(axis=0)) + 0 * x
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ZERO)
def test_a_value_used_twice_is_one_number(name, dtype):
    rng = np.random.default_rng(0)
    for told in (None, 37):
        x, y = (TensorType(dtype, (None, told))() for _ in range(2))
        compiled = {v: compile_variant(v, [x, y], [ZERO[name](x, y)]) for v in EVERY}
        for columns in (told,) if told else COLUMNS:
            values = [rng.normal(size=(9, columns)).astype(dtype) for _ in range(2)]
            for variant, f in compiled.items():
                assert (f(*values)[0] == 0).all(), (variant, columns)


# Some with branches for rare arguments, of which vectors have another form.
PLACELESS: dict[str, Formula] = {
    "sines": lambda x, y: T.sin(x) + x * y,
    "gamma": lambda x, y: T.gamma(x) * y + T.gammaln(x) * y - x,
    "polynomial": lambda x, y: ((x * y + 0.1) * x + y) * x + 3,
    "gates": lambda x, y: T.nnet.sigmoid(x) * y + T.tanh(y) * x,
    "divided": lambda x, y: (x * y - 1) / (y * y + x) + T.exp(x) * y,
    **{
        name: lambda x, y, f=function: f(x)
        for name, function in scalar_functions.items()
        if name in SCALARS and SCALARS[name].arity == 1 and known(name, "float32")
    },
}


@pytest.mark.parametrize("name", PLACELESS)
def test_an_element_is_the_same_wherever_it_stands(name):
    """In a vector, in what is left of a row behind the last one, and alone."""
    rng = np.random.default_rng(0)
    x, y = T.fvectors("x", "y")
    f = sg.function([x, y], PLACELESS[name](x, y), mode="llvm", on_unused_input="ignore")
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e5, -1e5, 3e-39, 3e38]
    each = [np.concatenate([special, rng.normal(size=28)]).astype("float32") for _ in range(2)]
    rng.shuffle(each[1])
    # 37 numbers, an odd number of times.
    found = f(*[np.tile(v, 23) for v in each]).reshape(23, 37)
    alone = np.array([f(a, b)[0] for a, b in zip(*(v[:, None] for v in each), strict=True)])
    np.testing.assert_array_equal(found, np.broadcast_to(alone, found.shape))
