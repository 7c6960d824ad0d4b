"""The routines of LAPACK that programs call, by their operands."""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple, TypeVar

Operand = TypeVar("Operand")

# The largest extent: LAPACK's integers have 32 bits.
LARGEST_EXTENT = 2**31 - 1
# The integers of LAPACK in memory, such as the rows that it exchanges.
INTEGER = "int32"


class Kind(Enum):
    """What an operand of a routine is: a letter, a number, or an array of the program's dtype or of
    integers, that is read, or written and perhaps read before."""

    LETTER = "c"
    EXTENT = "n"
    NUMBER = "s"
    READ = "x"
    WRITTEN = "w"
    READ_INTEGERS = "j"
    WRITTEN_INTEGERS = "i"


class LapackRoutine(NamedTuple):
    """A routine: a letter of `Kind` for each of its operands, in the order of the C interface
    (LAPACKE's `_work` functions), without the layout, which is that of columns."""

    operands: str

    def kinds(self) -> Iterator[Kind]:
        return map(Kind, self.operands)


# By their names without the letter of the dtype (E. Anderson et al., "LAPACK Users' Guide").
ROUTINES: dict[str, LapackRoutine] = {
    # Cholesky factor: uplo, n, a, lda; solutions with it: uplo, n, nrhs, a, lda, b, ldb.
    "potrf": LapackRoutine("cnwn"),
    "potrs": LapackRoutine("cnnxnwn"),
    # LU factors: m, n, a, lda, ipiv; solutions: trans, n, nrhs, a, lda, ipiv, b, ldb; the inverse:
    # n, a, lda, ipiv, work, lwork.
    "getrf": LapackRoutine("nnwni"),
    "getrs": LapackRoutine("cnnxnjwn"),
    "getri": LapackRoutine("nwnjwn"),
    # Equations with a symmetric matrix: uplo, n, nrhs, a, lda, ipiv, b, ldb, work, lwork.
    "sysv": LapackRoutine("cnnwniwnwn"),
    # Equations with a triangular matrix: uplo, trans, diag, n, nrhs, a, lda, b, ldb.
    "trtrs": LapackRoutine("cccnnxnwn"),
    # QR factors: m, n, a, lda, tau, work, lwork; Q: m, n, k, a, lda, tau, work, lwork.
    "geqrf": LapackRoutine("nnwnwwn"),
    "orgqr": LapackRoutine("nnnwnxwn"),
    # Eigenvalues of a symmetric matrix: jobz, uplo, n, a, lda, w, work, lwork, iwork, liwork.
    "syevd": LapackRoutine("ccnwnwwnin"),
    # Singular values: jobz, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork, iwork.
    "gesdd": LapackRoutine("cnnwnwwnwnwni"),
    # Least squares: m, n, nrhs, a, lda, b, ldb, s, rcond, rank, work, lwork, iwork.
    "gelsd": LapackRoutine("nnnwnwnwsiwni"),
}
