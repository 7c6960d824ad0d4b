"""Which routine a product gets, its code, and its division among threads."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.llvm_products import ALL, Layout, Product, plain
from symgraph.backends.llvm.codegen import jit
from symgraph.backends.llvm.codegen.optimisation_level import AS_WRITTEN
from symgraph.backends.llvm.codegen.processor import registers
from symgraph.backends.llvm.routines.matmul.calls import facts_of
from symgraph.backends.llvm.routines.matmul.choice import Facts, choose, choose_library
from symgraph.backends.llvm.routines.matmul.dots import Dots
from symgraph.backends.llvm.routines.matmul.library import Library
from symgraph.backends.llvm.routines.matmul.modules import routine_module
from symgraph.backends.llvm.routines.matmul.outer import Outer
from symgraph.backends.llvm.routines.matmul.routine import Sum
from symgraph.backends.llvm.routines.matmul.routine_names import name_of, spec_of
from symgraph.backends.llvm.routines.registry import is_routine

ROWS, COLUMNS = (None, 1), (1, None)


def facts(rows, inner, columns, a=ROWS, b=ROWS, out=ROWS, c=(None, None), added=False):
    sum = Sum(added, added, added)
    return Facts("float32", sum, rows, columns, inner, a, b, out, c)


def transposed(x):
    return Layout(np.array(x.T).reshape(-1), x.shape, (1, max(x.shape[0], 1)))


def random(*shape, dtype=np.float32):
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(dtype)


@pytest.mark.parametrize(
    ("given", "kind", "flags"),
    [
        # A batch times weights; a narrow output; what comes back; gradients by weights.
        (facts(None, 784, 500), Outer, {"packed": False, "scattered": False}),
        (facts(None, 500, 4), Dots, {"packed": True}),
        (facts(None, 500, 784, b=COLUMNS), Outer, {"packed": True, "b_in_columns": True}),
        (facts(5, 500, 784, b=COLUMNS), Dots, {"packed": False}),
        (facts(None, 10, 500, b=COLUMNS), Outer, {"packed": True}),
        (facts(784, None, 500, a=COLUMNS), Outer, {"packed": False, "a_row": 1}),
        # Matrices times vectors, and vectors times matrices.
        (facts(1, 784, 500), Outer, {"rows": 1}),
        (facts(1, 784, 500, b=COLUMNS), Dots, {"rows": 1}),
        # Strides of which nothing is known.
        (facts(None, None, None, (None, None), (None, None)), Outer, {"packed": True}),
        (facts(3, 4, 5, added=True), Outer, {"scattered": True}),
        (facts(3, 4, 5, added=True, c=(None, 1)), Outer, {"scattered": False}),
    ],
)
def test_choice(given, kind, flags):
    spec, swapped = choose(given)
    assert isinstance(spec, kind)
    assert not swapped
    assert {name: getattr(spec, name) for name in flags} == flags


@pytest.mark.parametrize(
    ("given", "kind", "flags"),
    [
        (facts(784, None, 3, a=COLUMNS), Outer, {"scattered": True, "rows": 3, "columns": 784}),
        (facts(784, 500, 1, b=(1, 1), out=(1, 1)), Dots, {"rows": 1, "columns": 784}),
        (facts(500, 784, 1, a=COLUMNS, b=(1, 1), out=(1, 1)), Outer, {"rows": 1, "columns": 500}),
    ],
)
def test_narrow_results_are_computed_transposed(given, kind, flags):
    spec, swapped = choose(given)
    assert isinstance(spec, kind)
    assert swapped
    assert {name: getattr(spec, name) for name in flags} == flags


def test_the_library_computes_large_products_only():
    assert choose_library(facts(600, 784, 10)) is None
    assert choose_library(facts(None, 2000, 2000, COLUMNS, (None, None))) is None
    assert choose_library(facts(2000, 2000, 2000, COLUMNS)) == Library(
        "float32", Sum(), True, False
    )


@pytest.mark.parametrize("added", [False, True])
@pytest.mark.parametrize("lie", [(plain, plain), (transposed, plain), (plain, transposed)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_products(dtype, lie, added):
    a, b, c = (random(*shape, dtype=dtype) for shape in ((645, 700), (700, 610), (645, 610)))
    lain = (lay(x) for lay, x in zip(lie, (a, b), strict=True))
    product = Product(*lain, plain(c) if added else None, 0.5, 2.0, ALL)
    want = 0.5 * (a.astype(float) @ b) + (2.0 * c if added else 0)
    bound = 704 * np.finfo(dtype).eps * (abs(a) @ abs(b) + 2 * abs(c))
    for threads in (1, 2):
        assert (abs(product.run(threads) - want) <= bound).all()


def test_a_factor_of_zero_counts_in_large_products():
    a, b = random(645, 700), random(700, 610)
    a[3, 4] = np.nan
    found = Product(transposed(a), plain(b), None, 0.0, 1.0, ALL).run()
    assert np.isnan(found[3]).all()
    assert not np.delete(found, 3, 0).any()


@given(
    rows=st.sampled_from((65, 150, 400)),
    inner=st.sampled_from((300, 700)),
    columns=st.sampled_from((10, 130, 300, 511)),
    lie=st.tuples(st.sampled_from((plain, transposed)), st.sampled_from((plain, transposed))),
    added=st.booleans(),
    hidden=st.sampled_from(((), ALL)),
)
def test_the_result_is_the_same_on_any_number_of_threads(rows, inner, columns, lie, added, hidden):
    a, b, c = random(rows, inner), random(inner, columns), random(rows, columns)
    lain = (lay(x) for lay, x in zip(lie, (a, b), strict=True))
    product = Product(*lain, plain(c) if added else None, -0.5, 3.0, hidden)
    np.testing.assert_array_equal(product.run(threads=2), product.run(threads=1))


def innermost(product):
    """The loops of the product's routines that multiply, as lines of assembly."""
    spec, _ = choose(facts_of(product.program.body[-1]))
    text = jit.assembly(routine_module(name_of(spec)), effort=AS_WRITTEN)
    blocks = re.split(r"^(?=\.?L[\w.]+:)", text, flags=re.MULTILINE)
    loops = []
    for block in blocks:
        label = re.match(r"(\.?L[\w.]+):", block)
        lines = block.splitlines()
        turns = label and rf"\bj\w+\s+{re.escape(label[1])}$"
        ends = [n for n, line in enumerate(lines) if turns and re.search(turns, line)]
        if "vfmadd" in block and ends:
            loops.append(lines[: ends[0]])
    return loops


@pytest.mark.skipif(registers(jit.host())[0] != 64, reason="the processor has no AVX-512")
@pytest.mark.parametrize(
    ("shape", "lie", "sums"),
    [
        ((256, 784, 500), (plain, plain), 24),
        ((784, 256, 500), (transposed, plain), 24),
        ((600, 784, 10), (plain, plain), 20),
        ((784, 600, 10), (transposed, plain), 20),
    ],
)
def test_sums_stay_in_registers(shape, lie, sums):
    rows, inner, columns = shape
    batch = inner if lie[0] is transposed else rows
    a, b = lie[0](random(rows, inner)), lie[1](random(inner, columns))
    loops = innermost(Product(a, b, hidden=(batch,)))
    largest = max(loops, key=lambda lines: sum("vfmadd" in line for line in lines))
    adds = [line for line in largest if "vfmadd" in line]
    assert len(adds) >= sums
    assert all("zmm" in line for line in adds)
    assert not any("(%rsp)" in line or "(%rbp)" in line for loop in loops for line in loop)


@pytest.mark.parametrize(
    "spec",
    [
        Outer("float32", Sum(True, False, True), 784, None, None, 1, True, False, True),
        Dots("float64", Sum(), None, 10, True, False),
        Library("float32", Sum(False, True, False), True, False),
    ],
)
def test_a_routine_can_be_written_from_its_name(spec):
    name = name_of(spec)
    assert is_routine(name)
    assert spec_of(name) == spec
    assert name in routine_module(name).globals


def test_products_of_like_matrices_share_a_routine():
    first, second = (
        Product(plain(random(rows, 7)), plain(random(7, 40)), hidden=(rows,)) for rows in (5, 6)
    )
    assert (
        jit.compile_object(first.module(), "a").needs
        == jit.compile_object(second.module(), "b").needs
    )
