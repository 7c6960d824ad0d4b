"""Calls of LAPACK, and Fourier transforms, in the interpreter: nothing is read that was not
written, and the operands are those that the table of routines says."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lowering import assert_lowers, lowered

from symgraph.graph import TensorType
from symgraph.lower.program.lapack import COMPLEX, REAL, Kind, array_dtype, operands
from symgraph.lower.program.types import LapackCall, NumpyCall
from symgraph.lower.program.walk import statements
from symgraph.lower.verifier import VerificationError, verify
from symgraph.ops import (
    LU,
    QR,
    Cholesky,
    Det,
    EigvalsH,
    Expm,
    FourierTransform,
    LeastSquares,
    MatrixInverse,
    Reflectors,
    SingularValues,
    SlogDet,
    Solve,
)

SQUARE = (MatrixInverse(), Det(), SlogDet(), Cholesky(), Cholesky(False, "nan"), EigvalsH(),
          EigvalsH("upper"), Expm())  # fmt: skip
RECTANGULAR = (SingularValues(), QR(), QR("complete"), QR("r"), Reflectors(), LU())
SYSTEMS = (Solve(), Solve("lower"), Solve("upper", "symmetric"), Solve("lower", "definite"))
EXTENTS = st.integers(0, 4)


def definite(shape, seed):
    a = np.random.default_rng(seed).uniform(-1, 1, shape)
    return a @ np.swapaxes(a, -1, -2) + 3 * np.eye(shape[-1])


def check(op, *arrays):
    inputs = [TensorType(a.dtype.name, (None,) * a.ndim)() for a in arrays]
    outputs = op(*inputs)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    program = assert_lowers(inputs, outputs, arrays, rtol=1e-9)
    assert not any(isinstance(s, NumpyCall) for s in program.body)
    return program


@pytest.mark.parametrize("op", SQUARE, ids=str)
@given(n=EXTENTS, batch=st.sampled_from([(), (2,), (0,)]), seed=st.integers(0, 99))
def test_square_matrices(op, n, batch, seed):
    check(op, definite((*batch, n, n), seed))


@pytest.mark.parametrize("op", RECTANGULAR, ids=str)
@given(m=EXTENTS, n=EXTENTS, batch=st.sampled_from([(), (2,), (0,)]), seed=st.integers(0, 99))
def test_rectangular_matrices(op, m, n, batch, seed):
    check(op, np.random.default_rng(seed).normal(size=(*batch, m, n)))


@pytest.mark.parametrize("op", SYSTEMS, ids=str)
@given(n=EXTENTS, columns=st.sampled_from([None, 0, 1, 3]), seed=st.integers(0, 99))
def test_systems(op, n, columns, seed):
    shape = (2, n) if columns is None else (2, n, columns)
    check(op, definite((2, n, n), seed), np.random.default_rng(seed).normal(size=shape))


@given(m=EXTENTS, n=EXTENTS, columns=st.integers(0, 2), seed=st.integers(0, 99))
def test_least_squares(m, n, columns, seed):
    rng = np.random.default_rng(seed)
    check(LeastSquares(1e-3), rng.normal(size=(2, m, n)), rng.normal(size=(2, m, columns)))


@pytest.mark.parametrize("inverse", [False, True])
@given(n=st.integers(1, 17) | st.sampled_from([30, 45, 75]), rows=st.integers(0, 2))
def test_fourier_transforms(inverse, n, rows):
    check(FourierTransform(inverse), np.random.default_rng(n).normal(size=(rows, n, 2)))


@pytest.mark.parametrize("table, dtype", [(REAL, "float64"), (COMPLEX, "complex64")])
def test_the_table_of_routines(table, dtype):
    for routine in table:
        kinds = list(operands(routine, dtype))
        assert Kind.EXTENT in kinds
        assert {array_dtype(kind, dtype) for kind in kinds} <= {
            dtype,
            "float32",
            "float64",
            "int32",
        }
    with pytest.raises(KeyError):
        list(operands("heevd", "float64"))


def test_the_verifier_knows_operands():
    a = TensorType("float64", (None, None))("a")
    program, _ = lowered([a], [Cholesky()(a)])
    call = next(s for s in statements(program.body) if isinstance(s, LapackCall))
    letter, extent, matrix, lead = call.arguments
    for arguments, reason in (
        ((letter, extent, matrix), "3 operands of potrf"),
        ((extent, extent, matrix, lead), "should be a letter"),
        ((letter, letter, matrix, lead), "is no number"),
        ((letter, matrix, matrix, lead), "is an array"),
    ):
        wrong = dataclasses.replace(call, arguments=arguments)
        program.body[program.body.index(call)] = wrong
        with pytest.raises(VerificationError, match=reason):
            verify(program)
        program.body[program.body.index(wrong)] = call
