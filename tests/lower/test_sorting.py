"""Sorting and selection in the interpreter: one statement for all rows, which reads and writes what
it says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lowering import assert_lowers, lowered

import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.lower.program.text import text_of
from symgraph.lower.program.types import Kernel, SelectRows, SortRows
from symgraph.lower.program.walk import statements
from symgraph.lower.verifier import VerificationError, verify
from symgraph.ops import ArgSelect, ArgSort, Sort, TakeOrdered

DTYPES = ("float64", "float32", "float16", "int64", "uint32", "int16", "uint8", "bool")
SHAPES = st.lists(st.integers(0, 5), min_size=1, max_size=3).map(tuple)


@given(st.sampled_from(DTYPES), SHAPES, st.integers(0, 99))
def test_sorting_of_any_array(dtype, shape, seed):
    values = np.random.default_rng(seed).integers(-3, 3, shape).astype(dtype)
    x = TensorType(dtype, (None,) * len(shape))("x")
    order = ArgSort()(x)
    outputs = [Sort()(x), order, TakeOrdered()(x, order), T.sort(x, axis=0), T.argsort(x, axis=0)]
    program = assert_lowers([x], outputs, [values])
    assert sum(isinstance(s, SortRows) for s in statements(program.body)) >= 2


@given(st.sampled_from(DTYPES), st.integers(0, 3), st.integers(1, 6), st.data())
def test_selection_from_any_array(dtype, rows, length, data):
    seed, count = data.draw(st.integers(0, 99)), data.draw(st.integers(1, length))
    values = np.random.default_rng(seed).integers(-3, 3, (rows, length)).astype(dtype)
    x = TensorType(dtype, (None, None))("x")
    outputs = [ArgSelect(count, largest)(x) for largest in (False, True)]
    program = assert_lowers([x], outputs, [values])
    assert sum(isinstance(s, SelectRows) for s in statements(program.body)) == 2


def test_rows_are_copied_only_where_they_must_be():
    """Numbers of 32 or 64 bits that lie row by row are read where they are; what is copied is
    sorted in place."""
    for dtype, kernels in (("float32", 0), ("int64", 0), ("int8", 2), ("float16", 2)):
        x = TensorType(dtype, (None, None))("x")
        body = list(statements(lowered([x], [Sort()(x)]).program.body))
        assert sum(isinstance(s, Kernel) for s in body) == kernels
        (s,) = (s for s in body if isinstance(s, SortRows))
        assert (s.x.root is s.out.root) == (kernels > 0)
    x = T.fmatrix("x")
    body = lowered([x], [Sort()(x[:, 1:])]).program.body
    (s,) = (s for s in statements(body) if isinstance(s, SortRows))
    assert s.x.root is s.out.root


def test_the_verifier_knows_operands():
    x = T.fmatrix("x")
    program = lowered([x], [ArgSort()(x), ArgSelect(2, True)(x)]).program
    for position, s in enumerate(program.body):
        if not isinstance(s, SortRows | SelectRows):
            continue
        wrong = [replace(s, out=s.scratch), replace(s, scratch=s.x), replace(s, x=s.out)]
        if isinstance(s, SortRows):
            wrong.append(replace(s, indices=False))
        for other in wrong:
            program.body[position] = other
            with pytest.raises(VerificationError):
                verify(program)
        program.body[position] = s
        verify(program)


def test_their_text():
    x = T.fmatrix("x")
    outputs = [Sort()(x), ArgSort()(x), ArgSelect(2, True)(x), ArgSelect(2, False)(x)]
    text = text_of(lowered([x], outputs).program)
    for words in ("= sort w", "= order w", "= select largest w", "= select smallest w"):
        assert words in text
