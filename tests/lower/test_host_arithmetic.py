"""What the host computes of numbers, before a program is made, before it runs and in it, is what
the scalar table says: function by function, and dtype by dtype."""

from itertools import product

import numpy as np
import pytest
from support.rounding import ARITHMETIC, EXACT
from support.scalar_cases import CASES, apply, arity

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import COMPLEX_DTYPES, DTYPES
from symgraph.lower.extents.evaluation import INTEGER, value_of
from symgraph.ops.scalar import SCALARS

REALS = [dtype for dtype in DTYPES if dtype not in COMPLEX_DTYPES]
ENDS = (-(2**63), -(2**63) + 1, -(2**62), -7, -1, 0, 1, 2, 3, 2**32, 2**62, 2**63 - 2, 2**63 - 1)
# More than a host scalar is ever asked to be.
MOST = 60


def table(fn, args, dtype):
    with np.errstate(all="ignore"):
        return np.asarray(SCALARS[fn].numpy(*(np.asarray(a, dtype) for a in args))).item()


@pytest.mark.parametrize("fn", sorted(INTEGER))
def test_plain_integers_are_the_tables(fn):
    for args in product(ENDS, repeat=SCALARS[fn].arity):
        dtypes = ("int64",) * len(args)
        found = value_of(fn, args, dtypes, SCALARS[fn].result(dtypes))
        assert (found, type(found)) == (table(fn, args, "int64"), type(table(fn, args, "int64")))


@pytest.mark.parametrize("dtype", REALS)
def test_the_ends_of_every_dtype_are_the_tables(dtype):
    kind = np.dtype(dtype).kind
    info = None if kind == "b" else np.finfo(dtype) if kind == "f" else np.iinfo(dtype)
    ends = (False, True) if info is None else [np.dtype(dtype).type(v).item() for v in (
        info.min, info.max, 0, 1, 3, *((np.inf, -np.inf, np.nan, 0.5, -2.5) if kind == "f" else ()),
    )]  # fmt: skip
    for fn in ("add", "sub", "mul", "maximum", "minimum", "eq", "lt", "floor_div", "ceil", "round"):
        if kind not in SCALARS[fn].takes.kinds:
            continue
        for args in product(ends, repeat=SCALARS[fn].arity):
            dtypes = SCALARS[fn].operand((dtype,) * len(args))
            found = value_of(fn, args, tuple(dtypes), SCALARS[fn].result(dtypes))
            np.testing.assert_equal(found, table(fn, args, dtypes[0]))


def extents(fn, n):
    """For each dtype an array with as many elements as the function of n and numbers near it."""
    found = []
    for dtype in REALS:
        if np.dtype(dtype).kind not in CASES[fn].takes or fn == "complex":
            continue
        own = [T.cast(n if k == 0 else T.maximum(n - 2 * k, 1), dtype) for k in range(arity(fn))]
        value = apply(fn, *own)
        if value.type.dtype.startswith("complex"):
            continue
        real = T.cast(value, "float64") * 1.0
        count = T.clip(T.switch(T.isnan(real), 0, real), 0, MOST)
        found.append(T.arange(T.ceil(count).astype("int64")))
    return found


@pytest.mark.parametrize("fn", sorted(CASES))
def test_extents_are_the_tables_on_every_road(fn):
    """Known when the program is made, when it is called, and only in it: native code rounds what
    is not arithmetic in its own way."""
    x, n = T.vector("x"), T.lscalar("n")
    value = np.arange(5.0)
    if not extents(fn, n):
        pytest.fail(f"{fn} takes no real numbers") if not fn.startswith("complex") else None
        return
    wanted = [len(y) for y in sg.function([n], extents(fn, n), mode="reference")(5)]
    shared = sg.shared(value)
    known = sg.function([], extents(fn, shared.shape[0]))()
    assert [len(y) for y in known] == wanted
    counts = [x.shape[0], n] if fn in ARITHMETIC | EXACT | {"mul", "sqr"} else [x.shape[0]]
    outputs = [y for count in counts for y in extents(fn, count)]
    told = sg.function([x, n], outputs, on_unused_input="ignore")(value, 5)
    assert [len(y) for y in told] == wanted * len(counts)


@pytest.mark.parametrize("rounded", [T.ceil, T.round, T.floor, T.trunc])
def test_a_rounded_half_of_a_known_extent(rounded):
    x = sg.shared(np.arange(5.0))
    m = rounded(0.5 * x.shape[0]).astype("int64")
    count, part, line, filled = sg.function([], [m, x[0:m], T.arange(m), T.alloc(1, m)])()
    assert {len(part), len(line), len(filled)} == {int(count)}
