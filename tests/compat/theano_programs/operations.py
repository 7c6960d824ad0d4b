"""Operations that programs make by their classes, and what is peculiar to Theano's."""

import pickle

import numpy as np
import scipy.sparse
import theano
import theano.tensor as T
from theano import sparse
from theano.tensor import blas, fourier, nlinalg, slinalg
from theano.tensor.nnet import neighbours
from theano.tensor.nnet.blocksparse import SparseBlockGemv
from theano.tensor.nnet.nnet import CrossentropySoftmax1HotWithBiasDx
from theano.tensor.opt import Assert
from theano.tensor.signal.pool import Pool, pool_2d

dtype = theano.config.floatX
rng = np.random.RandomState(0)
x, y = T.matrices("x", "y")
v = T.vector("v")


def drawn(*shape):
    return rng.rand(*shape).astype(dtype)


def raises(error, function, *arguments):
    try:
        function(*arguments)
    except error:
        return True
    return False


# Each of several largest cells of a window has the whole slope.
image = T.tensor4("image")
values = np.ones((1, 1, 2, 3), dtype)
for pooled in (pool_2d(image, (2, 2), ignore_border=False), Pool()(image, (2, 2))):
    slope = theano.function([image], T.grad(pooled.sum(), image))
    assert (slope(values) == 1).all()

# Linear algebra.
a = drawn(3, 3) + 3 * np.eye(3, dtype=dtype)
symmetric = theano.function([x, v], slinalg.solve_symmetric(x, v))
assert np.allclose(symmetric(a, a[0]), np.linalg.solve(a, a[0]))
values, vectors = theano.function([x], nlinalg.eig(x))(np.dot(a, a.T))
assert values.dtype == vectors.dtype == dtype
bad = np.array([[1, 0.2], [0.2, -2]], dtype)
assert np.isnan(theano.function([x], slinalg.Cholesky(on_error="nan")(x))(bad)).all()
assert raises(np.linalg.LinAlgError, theano.function([x], slinalg.Cholesky()(x)), bad)
assert raises(TypeError, nlinalg.alloc_diag, x)
least = theano.function([x, y], nlinalg.lstsq()(x, y, T.constant(-1.0)))
b = drawn(3, 2)
assert np.allclose(least(a, b)[0], np.linalg.solve(a, b))
assert slinalg.kron(v, x).ndim == 1
again = pickle.loads(pickle.dumps(slinalg.solve_upper_triangular))
assert again == slinalg.Solve("upper_triangular")

# BLAS.
scale = T.constant(np.asarray(2, dtype))
z = T.matrix("z")
product = theano.function([z, x, y], blas.gemm_no_inplace(z, scale, x, y, scale))
c, d = drawn(3, 2), drawn(2, 4)
assert np.allclose(product(np.ones((3, 4), dtype), c, d), 2 + 2 * np.dot(c, d))
w = T.vector("w")
assert blas.ger(x, scale, v, w).ndim == 2
assert raises(TypeError, blas.ger, x, scale, x, w)

# What is wrong is told by exceptions of these classes.
must = theano.function([v], Assert("no")(v, T.gt(v[0], 0)))
assert raises(AssertionError, must, np.zeros(1, dtype))
rows = theano.function([image], neighbours.images2neibs(image, (2, 2)))
assert raises(TypeError, rows, np.ones((1, 1, 3, 4), dtype))
labels = T.lvector("labels")
moved = theano.function([v, x, labels], CrossentropySoftmax1HotWithBiasDx()(v, x, labels))
assert raises(ValueError, moved, np.ones(1, dtype), np.ones((1, 2), dtype), [-1])

# Chosen blocks of a matrix.
W, h = T.tensor4("W"), T.tensor3("h")
out = SparseBlockGemv()(T.zeros_like(h), W, h, np.zeros((1, 1), int), np.zeros((1, 1), int))
blocks = drawn(1, 1, 2, 2)
found = theano.function([W, h], out)(blocks, np.ones((1, 1, 2), dtype))
assert np.allclose(found[0, 0], blocks[0, 0].sum(axis=0))

# The transform along an axis that is a variable.
signal, axis = np.arange(6.0).reshape(2, 3), T.iscalar("axis")
for given, number in ((T.dmatrix(), None), (T.zmatrix(), 5)):
    f = theano.function([given, axis], fourier.fft(given, number, axis))
    for at in (0, 1):
        assert np.allclose(f(signal, at), np.fft.fft(signal, number, at))
assert fourier.fft(T.fmatrix(), None, None).dtype == "complex128"

# Entries of sparse matrices are compared with a number, also complex ones.
numbers = scipy.sparse.csr_matrix(np.array([[0, 3 + 1j], [1 + 1j, 2 + 1j]]))
entries = sparse.csr_matrix("entries", dtype="complex128")
smaller = theano.function([entries], sparse.structured_minimum(entries, 2))(numbers)
assert smaller.toarray().tolist() == [[0, 2], [1 + 1j, 2]]
