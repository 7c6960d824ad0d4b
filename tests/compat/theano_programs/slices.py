"""Slices as inputs, declared shapes of sparse matrices, and what variables keep."""

import pickle

import numpy as np
import scipy.sparse
import theano
import theano.sparse
import theano.tensor as T


def raised(kind, f, *args):
    try:
        f(*args)
    except kind:
        return True
    return False


m, s = T.dmatrix("m"), T.type_other.slicetype("s")
M = np.arange(12.0).reshape(3, 4)
f = theano.function([m, s], [m[s], m[0, s], T.grad(m[s].sum(), m)])
for part in (slice(1, 3), slice(None, None, -1), slice(-2, None, 2)):
    rows, entries, derivative = f(M, part)
    assert np.array_equal(rows, M[part])
    assert np.array_equal(entries, M[0, part])
    assert derivative.sum() == M[part].size

# Integers inside of loops, branches and functions.
n, x, k = T.lvector("n"), T.dvector("x"), T.lscalar("k")
given = {n: np.array([1, 2, 0]), x: np.array([3.0, 4.0, 5.0]), k: 2}


def by(y, wrt):
    g = T.grad(y.sum(), wrt)
    assert g.dtype == "float64"
    return g.eval({v: given[v] for v in theano.gof.graph.inputs([g]) if v in given})


assert np.array_equal(by(theano.scan(lambda a, b: a * b, [n, x])[0], n), [0, 0, 0])
assert by(theano.scan(lambda b, a: a * b, [x], None, [k])[0], k) == 12
assert np.array_equal(by(theano.OpFromGraph([n, x], [n * x])(n, x), n), given[x])
assert by(theano.scan(lambda a: a + 1, None, [k], None, 3)[0], k) == 0

# A loop whose description says which input may be overwritten.
total, _ = theano.scan(
    lambda v, before: v + before, [x], [{"initial": np.float64(1), "inplace": x}]
)
assert total.eval({x: [1.0, 2.0]}).tolist() == [2, 4]

a = theano.sparse.csc_matrix("a", dtype="float64")
declared = theano.function([a], T.specify_shape(a, (2, 3)))
assert declared(scipy.sparse.csc_matrix(np.ones((2, 3)))).sum() == 6
assert raised(AssertionError, declared, scipy.sparse.csc_matrix(np.ones((2, 4))))

v = T.lvector("v")
count = theano.function([v], T.extra_ops.bincount(v, assert_nonneg=True))
assert count([1, 1, 0]).tolist() == [1, 2]
assert raised(AssertionError, count, [1, -1])

y = T.dscalar("y")
z = y * 2
assert not hasattr(z, "_fn_cache")
z.eval({y: 1.0})
assert hasattr(z, "_fn_cache") and not hasattr(pickle.loads(pickle.dumps(z)), "_fn_cache")
assert len(z.tag.trace) == 1 and z.tag.trace[0][-1][0].endswith("slices.py")

assert T.TensorType.filter_checks_isfinite is False
T.TensorType.filter_checks_isfinite = True
assert raised(ValueError, x.type.filter, np.array([1.0, np.inf]))
T.TensorType.filter_checks_isfinite = False
assert np.isinf(x.type.filter(np.array([1.0, np.inf]))[1])
