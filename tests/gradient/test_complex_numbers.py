"""Derivatives through complex numbers: reverse against numeric ones by both parts, forward too.

A gradient by z = a + ib is that by a plus i times that by b.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient import verify_grad
from symgraph.graph import TensorType
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.scalar import SCALARS

# Every function of complex numbers that has a derivative; a switch is differentiated elsewhere.
NAMES = sorted(
    name
    for name, scalar in SCALARS.items()
    if "c" in scalar.takes.kinds
    and scalar.contributions is not None
    and any(scalar.contributions)
    and name != "switch"
    and not name.startswith("cast{")
)
# Off the axes, where branch cuts and branch points lie.
PART = st.sampled_from([-1.9, -0.8, -0.35, 0.3, 0.75, 1.4, 2.2])


def numbers(size):
    """Arrays of complex numbers."""
    part = st.lists(PART, min_size=size, max_size=size).map(np.array)
    return st.tuples(part, part).map(lambda parts: parts[0] + 1j * parts[1])


def forward_agrees(function, points, directions):
    """Rop is the difference of values along the directions."""
    x, v = ([TensorType(p.dtype, p.shape)() for p in points] for _ in range(2))
    y = function(*x)
    moved = sg.function([*x, *v], sg.Rop(y, x, v), mode="reference", on_unused_input="ignore")
    value = sg.function(x, y, mode="reference", on_unused_input="ignore")
    step = 1e-6
    ahead, behind = (
        value(*(p + sign * step * d for p, d in zip(points, directions, strict=True)))
        for sign in (1, -1)
    )
    found = moved(*points, *directions)
    assert found.dtype == y.type.dtype
    np.testing.assert_allclose(found, (ahead - behind) / (2 * step), rtol=1e-5, atol=1e-5)


def all_agree(function, *points):
    """Reverse and forward, first and second order."""
    directions = [np.roll(p, 1) * (0.7 if p.dtype.kind == "f" else 0.7 - 0.2j) for p in points]

    def first(*x):
        y = T.as_tensor_variable(function(*x))
        cost = T.sum(T.real(y * (1 - 0.3j)))
        return sg.grad(cost, list(x), disconnected_inputs="ignore")

    verify_grad(function, points, n_tests=1)
    verify_grad(first, points, n_tests=1)
    forward_agrees(function, points, directions)


@pytest.mark.parametrize("name", NAMES)
def test_functions_of_complex_numbers(name):
    @settings(max_examples=5, deadline=None)
    @given(st.tuples(*[numbers(3)] * SCALARS[name].arity))
    def check(points):
        all_agree(scalar_functions[name], *points)

    check()


BINARY = [n for n in NAMES if SCALARS[n].arity == 2]


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("real", [0, 1])
def test_beside_real_numbers(name, real):
    """A real operand's gradient is real: it moves the result along one direction."""
    points = [np.array([0.4 + 0.9j, 1.2 - 0.3j]), np.array([-0.7 + 0.2j, 0.9 + 1.1j])]
    points[real] = np.array([0.7, 1.6])
    all_agree(scalar_functions[name], *points)


def test_complex_numbers_made_of_real_ones():
    x, y = np.array([0.3, -1.2, 0.8]), np.array([1.1, 0.4, -0.6])
    for made in (T.complex, T.complex_from_polar):
        all_agree(lambda a, b, made=made: T.exp(made(a, b)) * made(b, a), x, y)
    all_agree(lambda a: T.exp(a * 1j) + a**2 * (1 + 2j), x)
    all_agree(lambda a, b: abs(T.complex(a, b)) + T.angle(T.complex(a, b)), x, y)


M = np.array([[0.3 + 1j, -0.8 + 0.2j, 1.1 - 0.4j], [0.9 - 0.7j, 0.2 + 0.5j, -1.3 + 0.6j]])
R = np.array([[0.5, -1.1, 0.8], [1.4, 0.3, -0.6]])

STRUCTURES = {
    "sum": lambda z: (z * z).sum(axis=0),
    "mean": lambda z: (z * z).mean(axis=1),
    "prod": lambda z: z.prod(axis=1),
    "variance": lambda z: T.var(z, axis=0),
    "dot": lambda z: T.dot(z, z.T),
    "dot with itself conjugated": lambda z: T.dot(T.conj(z), z.T),
    "matrix and vector": lambda z: T.dot(z, z[0]) + T.dot(z[:, 1], z)[:2],
    "batched dot": lambda z: T.batched_dot(z[None], z.T[None]),
    "tensordot": lambda z: T.tensordot(z, z * (2 - 1j), axes=2),
    "index": lambda z: z[1, ::-1] * z[0] ** 2,
    "index by arrays": lambda z: z[[0, 1, 0], [2, 0, 2]] ** 2,
    "set": lambda z: T.set_subtensor(z[0], z[1] ** 2) * z,
    "increment": lambda z: T.inc_subtensor(z[:, 1:], z[:, :2] ** 2) * z,
    "increment by arrays": lambda z: T.inc_subtensor(z[[0, 0]], z**2) * z,
    "reshape": lambda z: z.reshape((3, 2)) ** 2,
    "flatten": lambda z: z.flatten() ** 2,
    "transpose": lambda z: z.T**2,
    "repeat": lambda z: T.repeat(z, 2, axis=0) ** 2,
    "tile": lambda z: T.tile(z, (2, 1)) ** 2,
    "join": lambda z: T.concatenate([z, z * 1j], axis=1) ** 2,
    "stack": lambda z: T.stack([z, z**2]),
    "broadcast": lambda z: z[:, :1] * z + z[:1] * 1j,
    "diagonal": lambda z: T.diag(T.dot(z, z.T)),
    "switch": lambda z: T.switch(T.real(z) > 0, z**2, T.conj(z)),
    "ifelse": lambda z: sg.ifelse(T.real(z[0, 0]) > 0, z**2, T.conj(z)),
    "norm": lambda z: T.sqrt((abs(z) ** 2).sum()),
    "cast": lambda z: T.cast(T.cast(z, "complex64"), "complex128") * 0 + z**2,
    "scan": lambda z: sg.scan(lambda row, sofar: sofar * row + 1j, z, [z[0] * 0 + 1])[0],
}  # fmt: skip


@pytest.mark.parametrize("name", STRUCTURES)
def test_structures(name):
    all_agree(STRUCTURES[name], M)


@pytest.mark.parametrize("name", ["dot", "index", "set", "increment", "join", "scan", "broadcast"])
def test_structures_of_products_of_real_and_complex_numbers(name):
    all_agree(lambda z, x: STRUCTURES[name](z) * (STRUCTURES[name](x * (1 - 2j))), M, R)


def test_a_real_array_beside_a_complex_one_in_products_and_in_place():
    all_agree(lambda z, x: T.dot(z, x.T), M, R)
    all_agree(lambda z, x: T.inc_subtensor(z[0], x[1] ** 2) * z, M, R)
    all_agree(lambda z, x: T.concatenate([z, x]) ** 2, M, R)


def test_convolutions():
    image = (M[0].reshape(1, 1, 1, 3) * np.ones((1, 1, 2, 1))).copy()
    kernel = M[:, :2].reshape(1, 1, 2, 2)
    all_agree(lambda z, w: T.nnet.conv2d(z, w) ** 2, image, kernel)


@pytest.mark.parametrize("mode", ["llvm", "reference"])
@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_gradients_are_of_the_dtype_and_shape_everywhere(mode, dtype):
    z = TensorType(dtype, (None, None))("z")
    g = sg.grad(T.sum(abs(T.dot(T.exp(z), z.T))), z)
    assert g.type.dtype == dtype
    f, compute = (sg.function([z], g, mode=m) for m in (mode, "reference"))
    for shape in ((2, 3), (0, 3), (1, 1), (2, 0)):
        value = (np.resize(M, shape) * 0.5).astype(dtype)
        found = f(value)
        assert found.dtype == dtype
        assert found.shape == shape
        np.testing.assert_allclose(
            found, compute(value), rtol=1e-4 if dtype[-2:] == "64" else 1e-12
        )


# Values of Theano 1.0.5: the gradients by 1 + 2i of the functions in its scalar table that have
# one, of the cotangent 2, or 0.7 + 0.3i of complex results, and those of products with 0.5 - 1.5i.
THEANO = {
    "real": (lambda z: T.real(z), 2.0, 2.0 + 0j),
    "imag": (lambda z: T.imag(z), 2.0, 2.0j),
    "abs": (lambda z: abs(z), 2.0, 0.89442719 + 1.78885438j),
    "mul": (lambda z: z * (0.5 - 1.5j), 0.7 + 0.3j, -0.1 + 1.2j),
}


@pytest.mark.parametrize("name", THEANO)
def test_the_convention_is_theanos(name):
    function, cotangent, expected = THEANO[name]
    z = T.zscalar("z")
    gradient = sg.Lop(function(z), z, T.constant(cotangent))
    found = sg.function([z], gradient, on_unused_input="ignore")(1 + 2j)
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_a_step_against_the_gradient_descends():
    z = T.zvector("z")
    cost = T.sum(abs(z**2 - (1 + 2j)) ** 2)
    value, slope = sg.function([z], cost), sg.function([z], sg.grad(cost, z))
    at = np.array([0.5 + 0.1j, -1.0 + 0.3j])
    for _ in range(300):
        at = at - 0.02 * slope(at)
    assert value(at) < 1e-10


def test_at_zero_the_derivatives_of_magnitude_and_angle_are_zero():
    z = T.zvector("z")
    for function in (abs, T.angle, T.sgn):
        y = function(z)
        cost = T.sum(T.real(y) + T.imag(y))
        np.testing.assert_array_equal(sg.grad(cost, z).eval({z: [0j]}), [0j])
        np.testing.assert_array_equal(sg.Rop(y, z, z + 1).eval({z: [0j]}), [0])
