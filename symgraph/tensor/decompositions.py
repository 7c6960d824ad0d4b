"""Eigenvalues, singular values and factors of matrices, on the last two axes of arrays."""

from __future__ import annotations

from symgraph.graph import Variable
from symgraph.ops.constant import TensorLike, as_tensor, constant
from symgraph.ops.eigen import Eig, Eigh, EigvalsH
from symgraph.ops.expm import Expm
from symgraph.ops.linalg import Cholesky, Solve
from symgraph.ops.matrices import adjoint, mirrored, on_diagonal, swapped, triangle
from symgraph.ops.qr import LU, QR, Reflectors, permutation_matrix
from symgraph.ops.svd import SVD, SingularValues
from symgraph.tensor.indexing import getitem
from symgraph.tensor.matrix_batches import of_one_batch

PARTS = {"L": "lower", "U": "upper"}


def _part(UPLO: str, what: str) -> str:
    if not isinstance(UPLO, str) or UPLO.upper() not in PARTS:
        raise ValueError(f"{what}: UPLO is 'L' or 'U', not {UPLO!r}")
    return PARTS[UPLO.upper()]


def eig(a: TensorLike) -> tuple[Variable, Variable]:
    """Compute the eigenvalues and the right eigenvectors of square matrices.

    a: an array of square matrices, on its last two axes.
    Returns complex numbers, also where all eigenvalues are real: the eigenvalues, in no order, and
    the eigenvectors, of length 1, as columns. Raises TypeError for fewer than two axes, ValueError
    for other than square matrices, `numpy.linalg.LinAlgError` for infinities and nan. Derivatives:
    C. Boeddeker et al., arXiv:1701.00392; where eigenvalues are equal, only of functions of sums
    over the equal ones.

    >>> w, v = T.nlinalg.eig([[0.0, 1.0], [-1.0, 0.0]])
    >>> abs(w).eval()
    array([1., 1.])
    """
    w, v = Eig()(as_tensor(a))
    return w, v


def eigh(a: TensorLike, UPLO: str = "L") -> tuple[Variable, Variable]:
    """Compute the eigenvalues and the eigenvectors of symmetric or Hermitian matrices.

    a: an array of square matrices, on its last two axes.
    UPLO: which triangle is read, 'L' or 'U'; the other has no derivative.
    Returns the real eigenvalues, in ascending order, and the orthonormal eigenvectors as columns.
    Raises TypeError for fewer than two axes, ValueError for other than square matrices and for
    another UPLO. Derivatives: M. Giles (2008), 3.1. Of equal eigenvalues the vectors are not
    determined; derivatives there are right for functions that do not depend on the choice.

    >>> w, v = T.nlinalg.eigh([[2.0, 1.0], [1.0, 2.0]])
    >>> w.eval()
    array([1., 3.])
    """
    w, v = Eigh(_part(UPLO, "eigh"))(as_tensor(a))
    return w, v


def eigvalsh(a: TensorLike, b: TensorLike | None = None, lower: bool = True) -> Variable:
    """Compute the eigenvalues of symmetric or Hermitian matrices, or those of pairs of them.

    a: an array of square matrices, on its last two axes.
    b: None; or an array of positive definite matrices: then w is returned for which there are
        vectors v with a · v = w · b · v.
    lower: whether the lower triangles are read, or the upper ones.
    Returns the real eigenvalues, in ascending order. Raises as `eigh` does, and
    `numpy.linalg.LinAlgError` where b is not positive definite.

    >>> T.slinalg.eigvalsh([[2.0, 1.0], [1.0, 2.0]], [[1.0, 0.0], [0.0, 1.0]]).eval()
    array([1., 3.])
    """
    a = as_tensor(a)
    part = "lower" if lower else "upper"
    if b is None:
        return EigvalsH(part)(a)
    a, b = of_one_batch(a, as_tensor(b))
    factor = Cholesky(lower)(b)
    factor = factor if lower else adjoint(factor)
    half = Solve("lower")(factor, mirrored(a, part, True))
    return EigvalsH()(Solve("lower")(factor, adjoint(half)))


def svd(
    a: TensorLike, full_matrices: bool = True, compute_uv: bool = True
) -> tuple[Variable, Variable, Variable] | Variable:
    """Compute the singular value decompositions a = u · diag(s) · vh.

    a: an array of matrices (m, n), on its last two axes; k is the smaller of m and n.
    full_matrices: whether u is (m, m) and vh (n, n), or (m, k) and (k, n).
    compute_uv: whether to return u, s, vh, or s alone, which takes a third of the time.
    Returns them; s holds the k singular values, descending. Raises TypeError for fewer than two
    axes and, when the function runs, `numpy.linalg.LinAlgError` where there is no convergence.
    Derivatives: J. Townsend (2016); of singular vectors of full matrices only where m = n is known.
    Of equal singular values the vectors are not determined; derivatives there are right for
    functions that do not depend on the choice.

    >>> T.nlinalg.svd([[3.0, 0.0], [0.0, 4.0]], compute_uv=False).eval()
    array([4., 3.])
    """
    a = as_tensor(a)
    if not compute_uv:
        return SingularValues()(a)
    u, s, vh = SVD(bool(full_matrices))(a)
    return u, s, vh


def qr(a: TensorLike, mode: str = "reduced") -> tuple[Variable, Variable] | Variable:
    """Compute the factors a = q · r: orthonormal columns, and an upper triangle.

    a: an array of matrices (m, n), on its last two axes; k is the smaller of m and n.
    mode: 'reduced': q is (m, k) and r (k, n); 'complete': (m, m) and (m, n); 'r': r alone, as of
        'reduced'; 'raw': LAPACK's form of them, transposed, (n, m), and the factors tau, (k).
    Returns them. Raises TypeError for fewer than two axes, ValueError for another mode. The first k
    columns must be independent for derivatives (S. Walter and L. Lehmann, 2010); 'raw' has none,
    and 'complete' only where m <= n is known.

    >>> T.nlinalg.qr([[3.0, 1.0], [4.0, 2.0]], mode="r").eval()
    array([[-5. , -2.2],
           [ 0. ,  0.4]])
    """
    a = as_tensor(a)
    if mode == "r":
        return QR("r")(a)
    first, second = Reflectors()(a) if mode == "raw" else QR(mode)(a)
    return first, second


def lu(a: TensorLike, permute_l: bool = False) -> tuple[Variable, ...]:
    """Compute the factors a = p · l · u, with a permutation p.

    a: an array of matrices (m, n), on its last two axes; k is the smaller of m and n.
    permute_l: whether p · l and u are returned instead of p, l and u.
    Returns p, (m, m) with ones and zeros, l, (m, k), lower triangular with ones on the diagonal,
    and u, (k, n), upper triangular. Raises TypeError for fewer than two axes. Derivatives,
    by way of the triangles as of M. Giles (2008), where the first k columns are independent.

    >>> p, l, u = T.slinalg.lu([[1.0, 2.0], [2.0, 2.0]])
    >>> u.eval()
    array([[2., 2.],
           [0., 1.]])
    """
    packed, pivots, order = LU()(as_tensor(a))
    count = pivots.shape[-1]
    one = constant(1, packed.type.dtype)
    low = on_diagonal(packed, one, triangle(packed, "lower"))
    low = getitem(low, (..., slice(None), slice(count)))
    # Where there are more rows than columns, the columns of `packed` are those of l.
    up = getitem(triangle(packed, "upper"), (..., slice(count), slice(None)))
    exchange = swapped(permutation_matrix(order, packed.type.dtype))
    if permute_l:
        return exchange @ low, up
    return exchange, low, up


def lu_factor(a: TensorLike) -> tuple[Variable, Variable]:
    """Compute the LU factors of matrices, both in one, with the exchanges of rows.

    a: an array of matrices (m, n), on its last two axes.
    Returns u on and above the diagonal with l below it, whose diagonal holds ones; and for each of
    its rows the row that it was exchanged with, from the first on, int32. Raises TypeError for
    fewer than two axes. Derivatives as of `lu`.

    >>> both, exchanges = T.slinalg.lu_factor([[1.0, 2.0], [2.0, 2.0]])
    >>> both.eval(), exchanges.eval()
    (array([[2. , 2. ],
           [0.5, 1. ]]), array([1, 1], dtype=int32))
    """
    packed, pivots, _ = LU()(as_tensor(a))
    return packed, pivots


def cholesky(a: TensorLike, lower: bool = True, on_error: str = "raise") -> Variable:
    """Compute the Cholesky factors of symmetric or Hermitian positive definite matrices.

    a: an array of square matrices, on its last two axes, of which one triangle is read; the other
        has no derivative.
    lower: whether the lower triangle is read and the l with l · l.H = a returned, or the upper one
        read and the u with u.H · u = a returned.
    on_error: what becomes of a matrix that is not positive definite: 'raise', or 'nan', which
        makes a factor of nan.
    Returns floats or complex numbers of the shape of a. Raises TypeError for fewer than two axes
    and, when the function runs, `numpy.linalg.LinAlgError`, a ValueError. Derivatives: I. Murray,
    arXiv:1602.07527. Cost: O(n ** 3).

    >>> T.slinalg.cholesky([[4.0, 2.0], [2.0, 5.0]]).eval()
    array([[2., 0.],
           [1., 2.]])
    """
    return Cholesky(bool(lower), on_error)(as_tensor(a))


def expm(a: TensorLike) -> Variable:
    """Compute the exponentials of square matrices.

    a: an array of square matrices, on its last two axes.
    Returns floats or complex numbers of the shape of a. Raises TypeError for fewer than two axes,
    ValueError for other than square matrices. Source: N. Higham, "The scaling and squaring method
    for the matrix exponential revisited" (2005); of the derivative: R. Mathias (1996).

    >>> T.slinalg.expm([[0.0, 1.0], [0.0, 0.0]]).eval()
    array([[1., 1.],
           [0., 1.]])
    """
    return Expm()(as_tensor(a))


__all__ = ["cholesky", "eig", "eigh", "eigvalsh", "expm", "lu", "lu_factor", "qr", "svd"]
