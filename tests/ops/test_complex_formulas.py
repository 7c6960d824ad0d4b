"""Functions of complex numbers run natively, written with functions of their parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import assert_agree, budget
from support.op_checks import everywhere

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType
from symgraph.ops.complex_formulas import COMPLEX_FORMULAS

DTYPES = ["complex64", "complex128"]
UNARY = [name for name in COMPLEX_FORMULAS if name not in ("true_div", "pow", "reciprocal")]
FUNCTIONS = {
    **{name: getattr(T, name) for name in UNARY},
    "reciprocal": T.inv,
    "quotient": lambda z: z / (z[::-1] * 2 + 1),
    "power": lambda z: z ** (0.5 + 0.25j),
}


@st.composite
def numbers(draw, dtype):
    """Complex numbers of many sizes, some of them on an axis or on a unit circle."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.lists(st.integers(0, 5), min_size=1, max_size=2))
    size = 10 ** rng.uniform(-3, draw(st.sampled_from([0, 1, 2])), shape)
    angle = rng.uniform(-np.pi, np.pi, shape)
    angle = np.where(rng.random(shape) < 0.2, rng.choice([0, np.pi / 2, np.pi], shape), angle)
    size = np.where(rng.random(shape) < 0.2, 1, size)
    return (size * np.exp(1j * angle)).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
@given(data=st.data())
@budget(0.3)
def test_functions(name, dtype, data):
    values = data.draw(numbers(dtype))
    z = TensorType(dtype, (None,) * values.ndim)("z")
    output = FUNCTIONS[name](z)
    assert sg.function([z], output, mode="llvm").fallbacks() == []
    assert assert_agree([z], [output], [values]).error is None


@pytest.mark.parametrize("dtype", DTYPES)
def test_operations(dtype):
    """Sums, products, choices, selections and conversions."""
    z, w = (TensorType(dtype, (None, None))(name) for name in "zw")
    x = T.dmatrix("x")
    outputs = [
        z + w, z - w, z * w, -z, z.sum(), z.sum(axis=0), z.prod(axis=1), z.mean(axis=1),
        T.eq(z, w), T.neq(z, w), T.dot(z, w.T), T.dot(z[0], w[0]), T.dot(z, x.T), 2 * T.dot(z, w.T),
        T.dot(z, w.T) + z[:, :1], T.switch(x > 0, z, w), T.set_subtensor(z[0], w[1]),
        T.inc_subtensor(z[[1, 1]], w[:2]), T.join(0, z, w), z[::-1, ::2].T, T.tile(z, (2, 1)),
        T.cast(x, dtype), T.cast(z, "bool"), z * x, x / z, T.complex(x, x * 2), T.isnan(z),
        T.isinf(z), T.real(z), T.imag(z), T.conj(z), T.angle(x), T.ones_like(z), z**2, z**-1,
        T.sqrt((z * T.conj(z)).sum()), sg.scan(lambda s, p: p + s, [z], [w[0]])[0],
    ]  # fmt: skip
    assert sg.function([z, w, x], outputs, mode="llvm").fallbacks() == []
    rng = np.random.default_rng(0)
    points = []
    for rows, columns in ((2, 3), (5, 1), (3, 40)):
        parts = rng.normal(size=(4, rows, columns))
        one, other = parts[0] + 1j * parts[1], parts[2] + 1j * parts[3]
        other[1] = one[1]
        points.append({z: one, w: other, x: parts[3]})
    everywhere(outputs, *points)


def test_numbers_of_sixteen_bytes_between_threads_and_calls():
    """Kernels that take or carry them beside calls of NumPy, whose words are of eight bytes."""
    z, w = T.zvectors("z", "w")
    outputs = [
        z * (2.5 - 1j) + w[0],
        (z * w).sum(),
        (z - 0.5j).prod(),
        T.erf(z),
        z * w + w[1] / z[0],
    ]
    value = np.exp(1j * np.linspace(0, 3, 200_000))
    expected = sg.function([z, w], outputs, mode="reference")(value, value[::-1].copy())
    with sg.config.change_flags(threads="2"):
        f = sg.function([z, w], outputs, mode="llvm")
        for _ in range(4):
            found = f(value, value[::-1].copy())
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
