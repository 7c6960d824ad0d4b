"""NumPy's functions of variables: the expression they mean, or an error that says what to do."""

from contextlib import suppress

import numpy as np
import pytest
from scipy import special

import symgraph as sg
import symgraph.tensor as T
from symgraph.ops.elemwise import scalar_functions
from symgraph.tensor import numpy_protocols

V = np.array([0.3, 0.9, 0.5])
M = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 5.0]])
UFUNCS = {name: f for name, f in vars(np).items() if isinstance(f, np.ufunc)}


def evaluated(result):
    return [r.eval() for r in result] if isinstance(result, tuple | list) else result.eval()


def operands(ufunc):
    """Values that the ufunc takes, with what it makes of them; None where it takes no numbers."""
    for candidate in (M, V, np.array([1, 2, 3])):
        values = [candidate, *[candidate + 1] * (ufunc.nin - 1)]
        with np.errstate(all="ignore"), suppress(TypeError, ValueError):
            return values, ufunc(*values)
    return None


TAKING_NUMBERS = [name for name, ufunc in sorted(UFUNCS.items()) if operands(ufunc) is not None]


@pytest.mark.parametrize("name", TAKING_NUMBERS)
def test_every_ufunc_is_its_expression_or_says_that_there_is_none(name):
    ufunc = UFUNCS[name]
    values, expected = operands(ufunc)
    try:
        found = ufunc(*map(sg.shared, values))
    except TypeError as error:
        assert f"numpy.{ufunc.__name__} of <shared" in str(error)
        assert "it has no symbolic form" in str(error)
    else:
        np.testing.assert_allclose(evaluated(found), expected, rtol=1e-13)


def test_ufuncs_have_expressions():
    """Those that the language has functions for, whatever NumPy calls them."""
    known = {*numpy_protocols.UFUNCS, *scalar_functions}
    assert len(known & {ufunc.__name__ for ufunc in UFUNCS.values()}) > 60
    for name in numpy_protocols.UFUNCS:
        assert isinstance(getattr(np, name, getattr(special, name, None)), np.ufunc)


@pytest.mark.parametrize("name", numpy_protocols.REDUCTIONS)
def test_reductions_of_ufuncs(name):
    ufunc, x = getattr(np, name), sg.shared(M)
    np.testing.assert_allclose(ufunc.reduce(x).eval(), ufunc.reduce(M), rtol=1e-14)
    np.testing.assert_allclose(ufunc.reduce(x, 1).eval(), ufunc.reduce(M, 1), rtol=1e-14)
    np.testing.assert_allclose(ufunc.reduce(x, axis=1).eval(), ufunc.reduce(M, 1), rtol=1e-14)


def test_scipys_ufuncs():
    x = sg.shared(V)
    for function in (special.erf, special.gammaln, special.expit, special.psi):
        np.testing.assert_allclose(function(x).eval(), function(V), rtol=1e-13)


def test_arrays_and_numbers_of_numpy_beside_variables():
    x = T.dvector("x")
    for expression, value in (
        (V + x, V + V),
        (np.float64(2) * x, 2 * V),
        (V.__lt__(x), V < V),
        (V @ T.as_tensor_variable([x, x, x]), V @ np.stack([V, V, V])),
        (np.equal(x, V), V == V),
        (divmod(V, x)[1], V % V),
    ):
        np.testing.assert_allclose(expression.eval({x: V}), value)


CASES = {
    np.all: ((M > 0.3,), {"axis": 1}),
    np.allclose: ((M, M + 1e-9), {}),
    np.any: ((M > 4.5, 0), {}),
    np.argmax: ((M, 1), {}),
    np.argmin: ((M,), {}),
    np.argsort: ((M,), {"axis": 0}),
    np.broadcast_to: ((V, (2, 3)), {}),
    np.bincount: ((np.array([1, 3, 1]), V), {"minlength": 5}),
    np.choose: ((np.array([1, 0, 1]), [V, -V]), {}),
    np.clip: ((M, 0.4), {"a_max": 2}),
    np.compress: (([True, False, True], M), {"axis": 1}),
    np.concatenate: (((V, V), 0), {}),
    np.copy: ((V,), {}),
    np.cov: ((M,), {"ddof": 0}),
    np.cumprod: ((M, 1), {}),
    np.cumsum: ((M,), {"axis": 0}),
    np.diag: ((M, 1), {}),
    np.diagonal: ((M,), {"offset": -1}),
    np.diff: ((M, 2, 0), {}),
    np.dot: ((M, V), {}),
    np.einsum: (("ij,j", M, V), {}),
    np.expand_dims: ((V, 1), {}),
    np.fft.fft: ((M,), {"axis": 0, "norm": "ortho"}),
    np.fft.fftn: ((M,), {"axes": (0,)}),
    np.fft.ifft: ((V, 4), {}),
    np.fft.ifftn: ((M,), {}),
    np.flatnonzero: ((V > 0.4,), {}),
    np.full_like: ((V, 2.5), {}),
    np.imag: ((V + 2j,), {}),
    np.angle: ((V + 2j,), {}),
    np.inner: ((M, V), {}),
    np.isclose: ((M, 1.0), {"atol": 0.5}),
    np.kron: ((M, M), {}),
    np.linalg.cholesky: ((M,), {}),
    np.linalg.det: ((M,), {}),
    np.linalg.inv: ((M,), {}),
    np.linalg.matrix_power: ((M, 3), {}),
    np.linalg.norm: ((M, 2), {}),
    np.linalg.cond: ((M,), {}),
    np.linalg.eig: ((M,), {}),
    np.linalg.eigh: ((M @ M.T,), {"UPLO": "U"}),
    np.linalg.eigvalsh: ((M @ M.T,), {"UPLO": "U"}),
    np.linalg.lstsq: ((M, V), {}),
    np.linalg.matrix_rank: ((M,), {}),
    np.linalg.pinv: ((M,), {}),
    np.linalg.qr: ((M,), {"mode": "r"}),
    np.linalg.svd: ((M,), {"compute_uv": False}),
    np.linalg.tensorinv: ((M,), {"ind": 1}),
    np.linalg.tensorsolve: ((M, V), {}),
    np.linalg.slogdet: ((M,), {}),
    np.linalg.solve: ((M, V), {}),
    np.max: ((M, 0), {"keepdims": True}),
    np.mean: ((M, 1, None, None, True), {}),
    np.min: ((M,), {}),
    np.moveaxis: ((M[None], 0, 2), {}),
    np.ndim: ((M,), {}),
    np.nonzero: ((V > 0.4,), {}),
    np.ones_like: ((V,), {}),
    np.outer: ((M, V), {}),
    np.prod: ((M, 1), {}),
    np.ptp: ((M, 1), {}),
    np.ravel: ((M,), {}),
    np.real: ((V + 2j,), {}),
    np.repeat: ((M, 2, 1), {}),
    np.reshape: ((M, (1, -1)), {}),
    np.roll: ((M, 2), {"axis": 1}),
    np.round: ((M,), {}),
    np.searchsorted: ((np.sort(V), M), {"side": "right"}),
    np.shape: ((M,), {}),
    np.size: ((M,), {}),
    np.sort: ((M,), {"axis": 0}),
    np.squeeze: ((M[None],), {"axis": 0}),
    np.stack: (([V, V],), {"axis": 1}),
    np.std: ((M, 0, None, None, 1), {}),
    np.sum: ((M,), {"axis": (0, 1)}),
    np.swapaxes: ((M[None], 0, 1), {}),
    np.take: ((M, [0, 2], 1), {}),
    np.take_along_axis: ((M, np.array([[1], [0], [2]]), 1), {}),
    np.tensordot: ((M, M), {"axes": 1}),
    np.tile: ((V, 2), {}),
    np.trace: ((M, 1), {}),
    np.transpose: ((M[None], (2, 0, 1)), {}),
    np.tril: ((M, -1), {}),
    np.triu: ((M,), {"k": 1}),
    np.unique: ((V, True), {"return_counts": True}),
    np.var: ((M,), {"ddof": 1}),
    np.where: ((M > 1, M, -M), {}),
    np.zeros_like: ((M,), {}),
}


def symbolic(value):
    if isinstance(value, np.ndarray):
        return sg.shared(value)
    return type(value)(map(symbolic, value)) if isinstance(value, tuple | list) else value


def test_every_function_has_its_case():
    transforms = {getattr(np.fft, name) for name in numpy_protocols.TRANSFORMS}
    assert set(CASES) == {*numpy_protocols.FUNCTIONS, *transforms}


@pytest.mark.parametrize("function", CASES, ids=lambda f: f.__name__)
def test_every_function_is_its_expression(function):
    values, keywords = CASES[function]
    expected = function(*values, **keywords)
    found = function(*map(symbolic, values), **keywords)
    if function is np.ndim:
        assert found == expected
        return
    several = isinstance(expected, tuple) and function is not np.shape
    pairs = zip(found, expected, strict=True) if several else [(found, expected)]
    for one, other in pairs:
        assert one.eval().shape == np.shape(other)
        np.testing.assert_allclose(one.eval(), other, rtol=1e-12)


x, m = T.dvector("x"), T.dmatrix("m")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: np.fft.hfft(x),
            r"numpy\.fft\.hfft of x \(float64 vector\): it has no symbolic form",
        ),
        (lambda: np.convolve(x, x), r"numpy\.convolve of x .* compile what comes before"),
        (lambda: np.add.outer(x, x), r"numpy\.add\.outer of x .* no symbolic form"),
        (lambda: np.add.accumulate(x), r"numpy\.add\.accumulate of x .* no symbolic form"),
        (lambda: np.exp(x, out=np.ones(3)), r"numpy\.exp of x .* leave `out` away"),
        (lambda: np.sum(m, out=np.ones(3)), r"numpy\.sum of m .* leave `out` away"),
        (lambda: np.ones(3).__iadd__(x), r"numpy\.add of x .* write a = a \+ x instead of a \+= x"),
        (lambda: np.sum(m, axis=0, initial=3), r"numpy\.sum of m .*'initial'"),
        (lambda: np.round(x, 2), r"numpy\.round of x .* no number of decimals"),
        (lambda: np.array(x), r"x \(float64 vector\) is symbolic and has no values .*\.eval\(\)"),
        (lambda: np.array([x, x]), r"x \(float64 vector\) is symbolic"),
        (lambda: np.full(3, T.dscalar("s")), r"s \(float64 scalar\) is symbolic"),
        (lambda: np.interp(x, [0, 1], [0, 1]), r"numpy\.interp of x"),
    ],
)
def test_what_has_no_expression(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_the_remedies_work():
    value = V.copy()
    value = value + x
    np.testing.assert_allclose(value.eval({x: V}), 2 * V)
    before = sg.function([x], x * 2)
    np.testing.assert_allclose(np.fft.fft(before(V)), np.fft.fft(2 * V))
    np.testing.assert_allclose(np.array(sg.shared(V).eval()), V)
