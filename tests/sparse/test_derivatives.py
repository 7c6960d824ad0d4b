"""Derivatives of functions of sparse matrices: regular and structured, in reverse and forward
mode, of first and second order."""

import numpy as np
import pytest
import scipy.sparse
from support.sparse_cases import FORMATS, MATRIX

import symgraph as sg
import symgraph.sparse as S
import symgraph.tensor as T

RNG = np.random.default_rng(0)


def matrix(format, shape, least=0.3):
    """A matrix with empty rows and explicit zeros, whose entries are away from kinks."""
    value = RNG.uniform(least, 0.9, shape) * (RNG.random(shape) < 0.6)
    value[0] = 0
    made = MATRIX[format](value)
    made.sort_indices()
    return made


DENSE = RNG.uniform(0.3, 0.9, (4, 3))
SQUARE = RNG.uniform(0.3, 0.9, (3, 3))
ROWS, COLUMNS = RNG.uniform(0.3, 0.9, 4), RNG.uniform(0.3, 0.9, 3)
# Of matrices of 4 x 3.
REGULAR = {
    "transpose": lambda x: S.transpose(x),
    "neg": S.neg,
    "other format": lambda x: S.to_format(S.to_format(x, "csr"), "csc"),
    "sum": lambda x: S.sp_sum(x) ** 2,
    "sum0": lambda x: S.sp_sum(x, 0) ** 2,
    "sum1": lambda x: S.sp_sum(x, 1) ** 2,
    "mul_s_d": lambda x: x * DENSE,
    "mul_s_v": lambda x: S.mul_s_v(x, COLUMNS),
    "row_scale": lambda x: S.row_scale(x, ROWS),
    "scale": lambda x: x * S.sp_sum(x),
    "square": lambda x: x * x,
    "add_s_s": lambda x: S.add(x, S.mul(x, x)),
    "dot": lambda x: S.dot(x, SQUARE) ** 2,
    "dot vector": lambda x: S.dot(x, COLUMNS) ** 2,
    "dense dot": lambda x: S.dot(DENSE.T, x) ** 2,
    "dot_s_s": lambda x: S.dot(x, x.T),
    "true_dot": lambda x: S.true_dot(x.T, x),
    "clean": lambda x: S.clean(x) * 2.0,
    "diag": lambda x: S.diag(x) ** 2,
    "rows": lambda x: x[[0, 2, 2, -1]],
    "part": lambda x: x[1:, ::-1],
    "elements": lambda x: x[[0, 1, 1], [0, 2, 2]] ** 2,
    "element": lambda x: x[2, 1] ** 2,
    "hstack": lambda x: S.hstack([x, x * x]),
    "vstack": lambda x: S.vstack([x, x * x], "csr"),
    "dense": lambda x: S.dense_from_sparse(x, structured=False) ** 2,
}
STRUCTURED = {
    **{
        name: getattr(S, name)
        for name in (
            "structured_exp",
            "structured_log",
            "structured_sigmoid",
            "sqr",
            "sqrt",
            "sin",
            "tan",
            "arcsin",
            "arctan",
            "sinh",
            "arcsinh",
            "tanh",
            "arctanh",
            "absolute",
            "deg2rad",
            "rad2deg",
            "log1p",
            "expm1",
        )
    },
    "structured_pow": lambda x: S.structured_pow(x, 3.0),
    "structured_add": lambda x: S.structured_add(x, 3.0),
    "structured_maximum": lambda x: S.structured_maximum(x, 0.1) * 2.0,
    "structured_minimum": lambda x: S.structured_minimum(x, 2.0) * 2.0,
    "structured_add_s_v": lambda x: S.structured_add_s_v(x, COLUMNS),
    "structured_dot": lambda x: S.structured_dot(x, SQUARE) ** 2,
    "structured dense dot": lambda x: S.structured_dot(DENSE.T, x) ** 2,
    "add_s_d": lambda x: (x + DENSE) ** 2,
    "sub_d_s": lambda x: (DENSE - x) ** 2,
    "add_s_s_data": lambda x: S.add_s_s_data(x, S.sqr(x)),
    "data": lambda x: S.csm_data(x) ** 2,
    "sum": lambda x: S.sp_sum(x, sparse_grad=True) ** 2,
    "sum0": lambda x: S.sp_sum(x, 0, sparse_grad=True) ** 2,
    "sum1": lambda x: S.sp_sum(x, 1, sparse_grad=True) ** 2,
    "dense": lambda x: S.dense_from_sparse(x) ** 2,
    "ones": lambda x: x * S.sp_ones_like(x),
}


# Whose second derivatives take long to compile: in one format they are looked at once.
SLOW = ("square", "scale", "add_s_s", "hstack", "vstack", "dot_s_s", "true_dot")


def cost_of(output):
    if isinstance(output.type, S.SparseType):
        output = S.dense_from_sparse(output, structured=False)
    return (output * T.cos(output)).sum()


def check_second_order(function, point, convert, modes=("llvm", "reference")):
    """The gradient's own gradient, and its forward derivative, are the slope of the gradient."""

    def gradient(x):
        return sg.grad(cost_of(function(convert(x))), x)

    x = T.TensorType("float64", (None,) * point.ndim)("x")
    direction = RNG.uniform(-1, 1, point.shape)
    slope = gradient(x)
    outputs = [slope, sg.grad((slope * direction).sum(), x, disconnected_inputs="ignore")]
    outputs += [sg.Rop(slope, x, T.constant(direction), disconnected_outputs="ignore")]
    outputs += [sg.Rop(cost_of(function(convert(x))), x, T.constant(direction))]
    results = [sg.function([x], outputs, mode=mode)(point) for mode in modes]
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    first, twice, forward, along = results[0]
    np.testing.assert_allclose(along, (first * direction).sum(), rtol=1e-9)
    np.testing.assert_allclose(twice, forward, rtol=1e-9, atol=1e-12)
    f = sg.function([x], slope)
    h = 1e-6
    numeric = (f(point + h * direction) - f(point - h * direction)) / (2 * h)
    np.testing.assert_allclose(forward, numeric, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", REGULAR)
def test_regular(name, format):
    function, point = REGULAR[name], matrix(format, (4, 3))
    S.verify_grad_sparse(function, [point], n_tests=1)
    convert = S.SparseFromDense(format)
    if format == "csc" and name in SLOW:
        return
    # The values are away from zero: a step drops or makes no entry.
    check_second_order(function, RNG.uniform(0.3, 0.9, (4, 3)), convert)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", STRUCTURED)
def test_structured(name, format):
    function, point = STRUCTURED[name], matrix(format, (4, 3))
    S.verify_grad_sparse(function, [point], structured=True, n_tests=1)
    check_second_order(
        function, point.data, lambda x: S.CSM(format)(x, point.indices, point.indptr, point.shape)
    )


TWO = {
    "add": (S.add, (4, 3), (4, 3)),
    "sub": (S.sub, (4, 3), (4, 3)),
    "mul": (S.mul, (4, 3), (4, 3)),
    "dot": (S.dot, (4, 3), (3, 5)),
    "hstack": (lambda x, y: S.hstack([x, y]), (4, 3), (4, 2)),
}


@pytest.mark.parametrize("formats", [("csr", "csc"), ("csc", "csc")])
@pytest.mark.parametrize("name", TWO)
def test_of_two_matrices(name, formats):
    function, *shapes = TWO[name]
    points = [matrix(format, shape) for format, shape in zip(formats, shapes, strict=True)]
    S.verify_grad_sparse(function, points, n_tests=1)


@pytest.mark.parametrize("format", FORMATS)
def test_by_dense_operands(format):
    x = matrix(format, (4, 3))
    for function, operand in (
        (S.dot, SQUARE), (S.structured_dot, SQUARE), (S.structured_dot, COLUMNS),
        (S.mul, DENSE), (S.mul_s_v, COLUMNS),
        (S.row_scale, ROWS), (S.add, DENSE),
    ):  # fmt: skip
        structured = function in (S.structured_dot, S.add)
        S.verify_grad_sparse(function, [x, operand], structured=structured, n_tests=1)
    S.verify_grad_sparse(lambda v: S.square_diagonal(v), [ROWS], n_tests=1)
    S.verify_grad_sparse(
        lambda a, b: S.sampling_dot(a, b, x), [DENSE, RNG.uniform(0.3, 0.9, (3, 3))], n_tests=1
    )
    S.verify_grad_sparse(
        lambda y: S.construct_sparse_from_list(DENSE, y, [1, 3, 1]), [SQUARE], n_tests=1
    )
    S.verify_grad_sparse(lambda y, z: S.usmm(0.5, x, y, z), [SQUARE, DENSE], n_tests=1)


def test_a_structured_gradient_has_the_entries_of_the_matrix():
    x, y = S.csr_matrix("x"), T.dmatrix("y")
    f = sg.function([x, y], sg.grad((S.structured_dot(x, y) ** 2).sum(), x))
    m = scipy.sparse.random(20, 10, 0.2, "csr", random_state=0)
    d = RNG.normal(size=(10, 3))
    found = f(m, d)
    assert (found.indices == m.indices).all()
    np.testing.assert_allclose(found.toarray(), (2 * (m @ d) @ d.T) * (m.toarray() != 0))


def test_a_regular_gradient_has_all():
    x = S.csr_matrix("x")
    f = sg.function([x], sg.grad(S.sp_sum(x), x))
    np.testing.assert_allclose(f(MATRIX["csr"]((2, 3))).toarray(), np.ones((2, 3)))


def test_integers_have_no_derivative():
    x = S.csr_matrix("x", "int32")
    with pytest.raises(sg.gradient.DisconnectedInputError, match="holds integers"):
        sg.grad(S.sp_sum(S.cast(x, "float64")), x)


@pytest.mark.parametrize("name", ["dot", "structured_dot"])
def test_complex_gradients_are_those_of_dense_products(name):
    x, y, dense = S.csr_matrix("x", "complex128"), T.zmatrix("y"), T.zmatrix("dense")
    m = MATRIX["csr"](np.array([[0, 2 + 1j, 0], [1j, 0, 3]]))
    d = RNG.normal(size=(3, 2)) * (1 + 0.5j)
    cost = (T.abs(getattr(S, name)(x, y)) ** 2).sum()
    found = sg.function([x, y], sg.grad(cost, [x, y]))(m, d)
    cost = (T.abs(T.dot(dense, y)) ** 2).sum()
    wanted = sg.function([dense, y], sg.grad(cost, [dense, y]))(m.toarray(), d)
    places = m.toarray() != 0 if name == "structured_dot" else 1
    np.testing.assert_allclose(found[0].toarray(), wanted[0] * places)
    np.testing.assert_allclose(found[1], wanted[1])
