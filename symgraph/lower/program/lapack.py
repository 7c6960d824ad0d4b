"""The routines of LAPACK that programs call, by their operands."""

from collections.abc import Iterator
from enum import Enum

# The largest extent: LAPACK's integers have 32 bits.
LARGEST_EXTENT = 2**31 - 1
# The integers of LAPACK in memory, such as the rows that it exchanges.
INTEGER = "int32"


class Kind(Enum):
    """What an operand of a routine is: a letter, an extent, a real number, or an array: of the
    routine's dtype, of its real parts or of integers, that is read, or written and perhaps read
    before."""

    LETTER = "c"
    EXTENT = "n"
    NUMBER = "s"
    READ = "x"
    WRITTEN = "w"
    WRITTEN_REALS = "r"
    READ_INTEGERS = "j"
    WRITTEN_INTEGERS = "i"


# The operands of each routine by its name without the letter of the dtype, in the order of the C
# interface (LAPACKE's `_work` functions) but for the layout, which is that of columns: a letter of
# `Kind` for each (E. Anderson et al., "LAPACK Users' Guide").
SAME = {
    # Cholesky factor: uplo, n, a, lda; solutions with it: uplo, n, nrhs, a, lda, b, ldb.
    "potrf": "cnwn",
    "potrs": "cnnxnwn",
    # LU factors: m, n, a, lda, ipiv; solutions: trans, n, nrhs, a, lda, ipiv, b, ldb; the inverse:
    # n, a, lda, ipiv, work, lwork.
    "getrf": "nnwni",
    "getrs": "cnnxnjwn",
    "getri": "nwnjwn",
    # Equations with a symmetric matrix: uplo, n, nrhs, a, lda, ipiv, b, ldb, work, lwork.
    "sysv": "cnnwniwnwn",
    # Equations with a triangular matrix: uplo, trans, diag, n, nrhs, a, lda, b, ldb.
    "trtrs": "cccnnxnwn",
    # QR factors: m, n, a, lda, tau, work, lwork.
    "geqrf": "nnwnwwn",
}
REAL = SAME | {
    # Q: m, n, k, a, lda, tau, work, lwork.
    "orgqr": "nnnwnxwn",
    # Eigenvalues of a symmetric matrix: jobz, uplo, n, a, lda, w, work, lwork, iwork, liwork.
    "syevd": "ccnwnwwnin",
    # Eigenvalues: jobvl, jobvr, n, a, lda, wr, wi, vl, ldvl, vr, ldvr, work, lwork.
    "geev": "ccnwnwwwnwnwn",
    # Singular values: jobz, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork, iwork.
    "gesdd": "cnnwnwwnwnwni",
    # Least squares: m, n, nrhs, a, lda, b, ldb, s, rcond, rank, work, lwork, iwork.
    "gelsd": "nnnwnwnwsiwni",
}
# Those of complex numbers have memory for real numbers, too: `rwork`, behind `lwork`.
COMPLEX = SAME | {
    "hesv": "cnnwniwnwn",
    "ungqr": "nnnwnxwn",
    "heevd": "ccnwnrwnrnin",
    "geev": "ccnwnwwnwnwnr",
    "gesdd": "cnnwnrwnwnwnri",
    "gelsd": "nnnwnwnrsiwnri",
}
# The dtypes of routines, with those of their real numbers.
PARTS = {
    "float32": "float32",
    "float64": "float64",
    "complex64": "float32",
    "complex128": "float64",
}


def operands(routine: str, dtype: str) -> Iterator[Kind]:
    """Yield what each operand of a routine is. Raises KeyError for one that there is not."""
    table = REAL if PARTS[dtype] == dtype else COMPLEX
    return map(Kind, table[routine])


def array_dtype(kind: Kind, dtype: str) -> str:
    """Return the dtype of an array that is an operand of a routine."""
    if kind in (Kind.READ_INTEGERS, Kind.WRITTEN_INTEGERS):
        return INTEGER
    return PARTS[dtype] if kind is Kind.WRITTEN_REALS else dtype
