"""One function in many disguises: each is right far out, and so is its derivative."""

import numpy as np
import pytest
from scipy import special

import symgraph as sg
import symgraph.tensor as T

FAR = [-1000.0, -100.0, -20.0, -1.0, 0.0, 1.0, 20.0, 100.0, 1000.0]
SIGMOID = special.expit


def softplus(x):
    return np.logaddexp(0, x)


SOFTPLUS = {
    "logaddexp(0, x)": lambda x: T.logaddexp(0.0, x),
    "max + log(1 + exp(-|x|))": lambda x: T.maximum(x, 0) + T.log(1 + T.exp(-abs(x))),
    "max + log1p(exp(-|x|))": lambda x: T.maximum(x, 0) + T.log1p(T.exp(-abs(x))),
    "relu + log(1 + exp(-|x|))": lambda x: T.nnet.relu(x) + T.log(1 + T.exp(-abs(x))),
    "-log(sigmoid(-x))": lambda x: -T.log(T.nnet.sigmoid(-x)),
    "-log(1 - sigmoid(x))": lambda x: -T.log(1 - T.nnet.sigmoid(x)),
    "-log(1 / (1 + exp(x)))": lambda x: -T.log(1 / (1 + T.exp(x))),
    "log(exp(x) + exp(0))": lambda x: T.log(T.exp(x) + T.exp(x * 0)),
    "x + log(1 + exp(-x))": lambda x: x + T.log(1 + T.exp(-x)),
}
SIGMOIDS = {
    "exp(x) / (1 + exp(x))": lambda x: T.exp(x) / (1 + T.exp(x)),
    "1 - 1 / (1 + exp(x))": lambda x: 1 - 1 / (1 + T.exp(x)),
    "exp(x) * sigmoid(-x)": lambda x: T.exp(x) * T.nnet.sigmoid(-x),
    "exp(x) / (exp(x) + exp(0))": lambda x: T.exp(x) / (T.exp(x) + T.exp(x * 0)),
}


@pytest.fixture(params=["reference", "llvm"], autouse=True)
def mode(request):
    with sg.config.change_flags(mode=request.param):
        yield


def compiled(write, dtype, at):
    x = T.vector("x", dtype=dtype)
    y = write(x)
    return sg.function([x], [y, sg.grad(y.sum(), x)])(np.array(at, dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SOFTPLUS)
def test_softplus(name, dtype):
    value, slope = compiled(SOFTPLUS[name], dtype, FAR)
    close = {"rtol": 20 * np.finfo(dtype).eps, "atol": 10 * np.finfo(dtype).tiny}
    if name.startswith(("x +", "max", "relu")):
        close["atol"] = np.finfo(dtype).eps
    np.testing.assert_allclose(value, softplus(np.array(FAR)), **close)
    if "|" not in name:
        np.testing.assert_allclose(slope, SIGMOID(FAR), atol=np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SIGMOIDS)
def test_sigmoid(name, dtype):
    value, slope = compiled(SIGMOIDS[name], dtype, FAR)
    close = {"rtol": 20 * np.finfo(dtype).eps, "atol": 10 * np.finfo(dtype).tiny}
    np.testing.assert_allclose(value, SIGMOID(FAR), **close)
    steep = SIGMOID(FAR) * SIGMOID(-np.array(FAR))
    np.testing.assert_allclose(slope, steep, atol=np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "write",
    [lambda x: T.log(1 - T.exp(x)), lambda x: T.log1p(-T.exp(x)), lambda x: T.log(-T.expm1(x))],
)
def test_log_of_one_minus_exp(write, dtype):
    at = np.array([-1000, -80, -20, -1, -0.5, -1e-3, -1e-6], dtype)
    value, slope = compiled(write, dtype, at)
    wide = at.astype("longdouble")
    wanted = np.where(wide > -0.7, np.log(-np.expm1(wide)), np.log1p(-np.exp(wide)))
    close = {"rtol": 10 * np.finfo(dtype).eps, "atol": np.finfo(dtype).tiny}
    np.testing.assert_allclose(value, wanted.astype("float64"), **close)
    np.testing.assert_allclose(slope, (-1 / np.expm1(-wide)).astype("float64"), rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_log_of_erfc(dtype):
    at = np.array([-30, -3, 0, 1, 5, 8.5, 9.5, 12, 25, 27, 100, 1000], dtype)
    value, slope = compiled(lambda x: T.log(T.erfc(x)), dtype, at)
    wide = at.astype("float64")
    scaled, near = special.erfcx(np.maximum(wide, 0)), np.minimum(wide, 0)
    wanted = np.where(wide > 0, np.log(scaled) - wide**2, np.log(special.erfc(near)))
    np.testing.assert_allclose(value, wanted, rtol=2e-6 if dtype == "float32" else 1e-13)
    ratio = np.where(wide > 0, 1 / scaled, np.exp(-(near**2)) / special.erfc(near))
    slopes = -2 / np.sqrt(np.pi) * ratio
    np.testing.assert_allclose(slope, slopes, rtol=5e-5 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scaled_erfc(dtype):
    at = np.array([-3, -1, 0, 1, 5, 8.5, 9.5, 12, 25, 27, 1e3, 1e6], dtype)
    value, slope = compiled(lambda x: T.exp(x**2) * T.erfc(x), dtype, at)
    wanted = special.erfcx(at.astype("float64"))
    np.testing.assert_allclose(value, wanted, rtol=2e-5 if dtype == "float32" else 1e-12)
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_log_of_cosh(dtype):
    at = np.array([-1000, -20, -1, -0.5, -1e-6, 0, 1e-6, 0.5, 1, 1.5, 20, 1000], dtype)
    value, slope = compiled(lambda x: T.log(T.cosh(x)), dtype, at)
    wide = at.astype("longdouble")
    wanted = np.abs(wide) + np.log1p(np.expm1(-2 * np.abs(wide)) / 2)
    small = 2 * np.sinh(wide / 2) ** 2
    wanted = np.where(np.abs(wide) < 1, np.log1p(small), wanted).astype("float64")
    np.testing.assert_allclose(value, wanted, rtol=20 * np.finfo(dtype).eps)
    np.testing.assert_allclose(slope, np.tanh(at.astype("float64")), rtol=20 * np.finfo(dtype).eps)


def test_hyperbolic_functions_written_out_do_not_cancel():
    at = np.array([1e-9, 1e-3, 1.0, 30.0])
    for write, wanted in (
        (lambda x: (T.exp(x) - T.exp(-x)) / 2, np.sinh(at)),
        (lambda x: 0.5 * (T.exp(x) - T.exp(-x)), np.sinh(at)),
        (lambda x: T.sinh(1000 * x) / T.cosh(1000 * x), np.tanh(1000 * at)),
    ):
        np.testing.assert_allclose(compiled(write, "float64", at)[0], wanted, rtol=1e-14)


def test_complements_of_the_error_function():
    at = np.array([0.5, 3.0, 5.0, 8.0])
    for write, wanted in (
        (lambda x: 1 - T.erf(x), special.erfc(at)),
        (lambda x: T.erf(x) - 1, -special.erfc(at)),
        (lambda x: 1 + T.erf(-x), special.erfc(at)),
        (lambda x: 2 - T.erfc(-x), special.erfc(at)),
        (lambda x: 1 - T.erfc(x / 1e9), special.erf(at / 1e9)),
    ):
        np.testing.assert_allclose(compiled(write, "float64", at)[0], wanted, rtol=1e-13)


def test_entropy_counts_nothing_for_what_never_happens():
    x = T.dvector("x")
    entropy = sg.function([x], -(x * T.log(x)).sum())
    np.testing.assert_allclose(entropy([0.0, 0.5, 0.5, 0.0]), np.log(2))


def test_logit_of_sigmoid():
    value, slope = compiled(
        lambda x: T.log(T.nnet.sigmoid(x) / (1 - T.nnet.sigmoid(x))), "float64", FAR
    )
    np.testing.assert_array_equal(value, FAR)
    np.testing.assert_allclose(slope, np.ones(9))
