"""Every rule keeps to the range of numbers, whatever constants it meets.

The examples and patterns of all rules are tried with inputs from the smallest numbers to the
largest, and with other constants in place of their own: zeros, infinities, nan and the ends of the
range among them. Where the written program stays in range, the rewritten one means the same; and
no constant makes a rule fail.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rewrite.test_cases import CASES
from rewrite.test_rules import PATTERNS
from support.agreement import assert_same_results, budget
from support.ranges import stays_in_range

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import Constant, TensorType, rebuild, toposort
from symgraph.ops import AdvancedIncSubtensor, AdvancedSubtensor, IncSubtensor, Subtensor

CASE_DTYPES = ("float32", "float64", "float16")
PATTERN_DTYPES = {
    "f": ["float16", "float32", "float64"],
    "i": ["int8", "int64"],
    "u": ["uint8", "uint64"],
    "c": ["complex64"],
    "b": ["bool"],
}
# How many operands of an indexed read or write are arrays; the rest are positions.
INDEXED = {Subtensor: 1, IncSubtensor: 2, AdvancedSubtensor: 1, AdvancedIncSubtensor: 2}
ORDINARY = (2.0, -3.0, 1.0, -1.0, 0.5, -0.25, 1e-3, 255.0)


def limits(dtype):
    return np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else np.finfo(dtype)


@st.composite
def constants(draw, dtype):
    """One number: ordinary, far out, or special."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        return draw(st.booleans())
    ends = limits(dtype)
    if kind in "iu":
        chosen = [0, 1, 2, 3, 7, 8, 63, 64, ends.max, ends.max - 1, ends.min, ends.min + 1]
        return np.asarray(draw(st.sampled_from(chosen)), dtype)
    special = [0.0, -0.0, np.inf, -np.inf, np.nan]
    far = [ends.max, ends.tiny, ends.smallest_subnormal, ends.max**0.5, ends.tiny**0.5]
    choices = st.sampled_from(ORDINARY) | st.sampled_from([*special, *map(float, far)])
    with np.errstate(all="ignore"):
        return np.asarray(draw(choices), dtype)


@st.composite
def far_out(draw, dtype, shape, room):
    """Floats of one magnitude, or of all, from the smallest normal numbers to the largest, or a
    few powers of two below."""
    ends = np.finfo(dtype)
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    low, high = np.log2(float(ends.tiny)) + 3, np.log2(float(ends.max)) - room
    near = draw(st.sampled_from(["top", "bottom", "one", "any", "spread", "top", "bottom"]))
    exponent = {"top": high, "bottom": low, "one": 0.0}.get(near)
    if exponent is None:
        exponent = rng.uniform(low, high, shape if near == "spread" else ())
    size = np.exp2(np.minimum(exponent, high - 1)) * rng.uniform(1, 2, shape)
    size = np.minimum(size, float(ends.max))
    if draw(st.booleans()):
        size = size * rng.choice([-1, 1], shape)
    return np.asarray(size, dtype)


@st.composite
def programs(draw, inputs, output, room):
    """The program with some of its constants replaced, equal ones by equal ones, and values."""
    # Others are extents and positions.
    dtypes = {variable.type.dtype for variable, _ in inputs}
    nodes = toposort([output])
    found = [v for n in nodes for v in n.inputs if isinstance(v, Constant)]
    positions = {v for n in nodes for v in n.inputs[INDEXED.get(type(n.op), len(n.inputs)) :]}
    new, stands = {}, {}
    for v in dict.fromkeys(found):
        if v.data.size == 1 and v.type.dtype in dtypes and v not in positions:
            key = str(v.data.item()), v.type.dtype
            if key not in new:
                new[key] = draw(st.none() | constants(v.type.dtype))
            if new[key] is not None:
                stands[v] = T.constant(np.full(v.data.shape, new[key], v.type.dtype))
    values = []
    for variable, shape in inputs:
        kind = np.dtype(variable.type.dtype).kind
        if kind in "fc":
            values.append(draw(far_out(variable.type.dtype, shape, room)))
        else:
            rng = np.random.default_rng(draw(st.integers(0, 2**31)))
            values.append(rng.integers(0, 2, shape).astype(variable.type.dtype))
    return rebuild([output], stands)[output] if stands else output, values


def compiled(inputs, output, optimizer):
    with sg.config.change_flags(optimizer=optimizer):
        return sg.function(inputs, [output], mode="reference", on_unused_input="ignore")


def keeps_to_the_range(data, inputs, output, better, adds=True):
    """Values are the same; of rules that make them better only that they stay in range, where
    there is a little room at its upper end. What cancels or absorbs, as sums do, may become 0."""
    output, values = data.draw(programs(inputs, output, 4 if better else 0))
    variables = [variable for variable, _ in inputs]
    rewritten = compiled(variables, output, "fast_run")
    if not stays_in_range(variables, [output], values):
        return
    (before,), (after,) = compiled(variables, output, "None")(*values), rewritten(*values)
    if better:
        assert np.isfinite(after).all()
        assert adds or (after[before != 0] != 0).all()
    else:
        assert_same_results(variables, [output], values, [before], [after], output)


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{case.rule} {position}" for position, case in enumerate(CASES)]
)
@given(data=st.data())
@budget(0.4)
def test_examples(case, data):
    inputs = case.inputs(data.draw(st.sampled_from(CASE_DTYPES)))
    shaped = list(zip(inputs, case.shapes, strict=True))
    keeps_to_the_range(data, shaped, case.before(*inputs), case.better)


@pytest.mark.parametrize("name", PATTERNS)
@given(data=st.data())
@budget(0.4)
def test_patterns(name, data):
    rule = PATTERNS[name]
    kinds = [kind for kind in rule.kinds if kind in PATTERN_DTYPES]
    dtype = data.draw(st.sampled_from(PATTERN_DTYPES[data.draw(st.sampled_from(kinds))]))
    inputs = [
        TensorType("bool" if v.name == "c" else dtype, (None,))(v.name) for v in rule.variables
    ]
    shaped = [(v, (3,)) for v in inputs]
    keeps_to_the_range(data, shaped, rule.before(*inputs), rule.better, adds=False)


TOP = {"float16": 5e4, "float32": 3e38, "float64": 1.5e308}


def ones(x):
    return T.ones_like(x)


# What stays in range of x and y at the top, of m in the middle; t is one number at the top.
AT_THE_TOP = {
    "x/2 + y/2": lambda x, y, m, t: x * 0.5 + y * 0.5,
    "x/2 - y/2": lambda x, y, m, t: 0.5 * x - 0.5 * -y,
    "x/2 + y/2 + x/4": lambda x, y, m, t: (x * 0.25 + y * 0.25) + x * 0.25,
    "quotients": lambda x, y, m, t: x / 2 + y / 2,
    "sum": lambda x, y, m, t: T.sum(x * 0.125),
    "sum of quotients": lambda x, y, m, t: T.sum(x / 8),
    "sum of a row": lambda x, y, m, t: T.sum(T.outer(x, ones(y)) * 0.125, axis=1),
    "mean": lambda x, y, m, t: T.mean(x * 0.125),
    "sum of joined": lambda x, y, m, t: T.sum(T.concatenate([x, y]) * 0.0625),
    "dot": lambda x, y, m, t: T.dot(x * 1e-2, ones(y)),
    "dot by columns": lambda x, y, m, t: T.dot(ones(y), x / 100),
    "matrix and vector": lambda x, y, m, t: T.dot(m * 1e-2, x * 1e-1),
    "common factor": lambda x, y, m, t: T.dot(m / 16, x) + T.dot(m / 16, y),
    "common factor on the left": lambda x, y, m, t: T.dot(x, m / 16) + T.dot(y, m / 16),
    "common matrix": lambda x, y, m, t: T.dot(x * m, m / 32) - T.dot(-y * m, m / 32),
    "sum of product": lambda x, y, m, t: T.dot(x * m, m / 128).sum(),
    "sum of rows of a product": lambda x, y, m, t: T.dot(x * m, m / 64).sum(axis=0),
    "scaled product": lambda x, y, m, t: 1e-3 * (T.dot(x * m, m) * 1e-2 * 10),
    "two numbers": lambda x, y, m, t: t * (t * (T.dot(m, m) / t) / t),
    "quotient of numbers": lambda x, y, m, t: x * m / t / t * t,
    "update": lambda x, y, m, t: m - t * (0.1 * (T.dot(m, m) / t / t)),
    "scatter": lambda x, y, m, t: x - 0.25 * T.inc_subtensor(T.zeros_like(x)[[0, 1]], x[:2]),
    "slope": lambda x, y, m, t: T.grad((x * T.nnet.sigmoid(m[0] / t) * 0.25).sum(), m),
    "softmax": lambda x, y, m, t: (x / T.exp(m[0]).sum()).sum() / 2,
    "product": lambda x, y, m, t: T.prod(T.stack([t, 1 / t, t]) * 0.5),
    "product of joined": lambda x, y, m, t: T.prod(T.stack([t, t]) / t),
    "product of a row": lambda x, y, m, t: T.prod(T.stack([t, t, t]) * (1 / t)),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", AT_THE_TOP)
def test_nothing_overflows_at_the_top(name, dtype):
    x, y = T.vectors("x", "y", dtype=dtype)
    m, t = T.matrix("m", dtype=dtype), T.scalar("t", dtype=dtype)
    output = AT_THE_TOP[name](x, y, m, t)
    top, middle = np.full(4, TOP[dtype], dtype), np.full((4, 4), 0.5, dtype)
    values = (top, top, middle, top[0])
    with np.errstate(over="raise"):
        written = compiled([x, y, m, t], output, "None")(*values)
    assert np.isfinite(written[0]).all()
    for mode in ("reference", "llvm"):
        f = sg.function([x, y, m, t], [output], mode=mode, on_unused_input="ignore")
        assert_same_results([x, y, m, t], [output], values, written, f(*values), mode)


def test_a_float16_count_that_overflows():
    x = T.TensorType("float16", (1, None))("x")
    total = T.broadcast_to(x, (100_000, x.shape[1])).sum(axis=0)
    value = np.full((1, 2), 2.0**-10, "float16")
    for mode in ("reference", "llvm"):
        np.testing.assert_allclose(sg.function([x], total, mode=mode)(value), 97.65, rtol=2e-3)


SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e6, 5e-324, 1.7e308, -1.0, 0.5, 2**31, 2**63]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "int8", "uint64"])
@pytest.mark.parametrize("function", ["pow", "mul", "true_div", "add", "sub", "maximum", "mod"])
def test_no_constant_ends_compilation(function, dtype):
    """And what comes out is what is written, where that is no error."""
    x = T.vector("x", dtype=dtype)
    kind = np.dtype(dtype).kind
    if kind == "c" and function in ("maximum", "mod"):
        return
    ends = limits(dtype)
    whole = [0, 1, 2, 3, ends.max, ends.min, ends.min + 1] if kind in "iu" else SPECIAL
    values = np.asarray([0, 1, 2, 3, 7], dtype)
    with np.errstate(all="ignore"):
        numbers = [np.asarray(c, dtype) for c in whole]
    outputs = [getattr(T, function)(x, T.constant(c)) for c in numbers]
    expected = [compiled([x], v, "None") for v in outputs]
    for output, f in zip(outputs, expected, strict=True):
        for mode in ("reference", "llvm"):
            found = sg.function([x], [output], mode=mode)(values)
            assert_same_results([x], [output], [values], f(values), found, mode)
