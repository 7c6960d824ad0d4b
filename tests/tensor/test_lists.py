"""What takes a tensor takes a nested list of variables as well."""

import inspect

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T

a, b = T.dscalar("a"), T.dscalar("b")
VALUES = {a: 0.3, b: 0.6}


# Lists mean something of their own there: several parts, a shape, a result's order or dtypes.
OF_LISTS = {
    *("concatenate", "join", "stack", "alloc", "grad", "Rop", "Lop", "jacobian", "hessian"),
    *("consider_constant", "verify_grad", "numeric_grad", "zeros", "ones", "empty", "full"),
    *("constant", "norm", "tensor"),
}


def value(expression):
    used = [v for v in sg.graph.graph_inputs([expression]) if v in VALUES]
    return sg.function(used, expression, mode="reference")(*(VALUES[v] for v in used))


def public_functions():
    for room in (T, T.nnet, T.nlinalg, T.slinalg):
        for name in room.__all__:
            if inspect.isfunction(function := getattr(room, name)) and name not in OF_LISTS:
                yield pytest.param(function, id=f"{room.__name__}.{name}")


def outcome(function, *operands):
    """What comes of a call: values, or the class of the error."""
    try:
        made = function(*operands)
        return [value(v) for v in (made if isinstance(made, tuple | list) else [made])]
    except (TypeError, ValueError, IndexError, AttributeError, NotImplementedError) as error:
        return type(error)


@pytest.mark.parametrize("function", list(public_functions()))
def test_functions_take_lists_where_they_take_tensors(function):
    for nested in ([a, b], [[a, 0.2], [b, 0.4]], [[a], [b]], (a, b)):
        tensor = T.as_tensor_variable(nested)
        for before, after in (((), ()), ((), (2,)), ((tensor,), ()), ((tensor, tensor), ())):
            expected = outcome(function, *before, tensor, *after)
            found = outcome(function, *before, nested, *after)
            if isinstance(expected, type):
                continue
            assert not isinstance(found, type), found
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_array_equal(one, other)


def test_operators():
    x = T.dvector("x")
    at = {**VALUES, x: np.array([1.0, 2.0])}
    both = np.array([0.3, 0.6])
    for made, expected in (
        (x.__add__([a, b]), at[x] + both),
        ([a, b] - x, both - at[x]),
        (x @ [a, b], at[x] @ both),
        (T.set_subtensor(x[:2], [b, a]), both[::-1]),
        (T.inc_subtensor(x[[0, 1]], [b, a]), at[x] + both[::-1]),
        (T.switch([a > 0.5, b > 0.5], [a, b], 0), [0, 0.6]),
        (x.dot([a, b]), at[x] @ both),
        (T.add(a, b, x, 1), 1.9 + at[x]),
        (T.mul(a, b, x), 0.18 * at[x]),
        (T.maximum(a, b, x), at[x]),
        (T.and_(a > 0, b > 0, x > 1), [False, True]),
    ):
        needed = {v: at[v] for v in sg.graph.graph_inputs([made]) if v in at}
        np.testing.assert_allclose(made.eval(needed), expected, rtol=1e-15)


def test_python_numbers_take_the_dtype_beside_them_at_any_depth():
    c = T.fscalar("c")
    assert T.as_tensor_variable([[c, 1], [2.5, 3]]).dtype == "float32"
    assert T.as_tensor_variable([[c, 1], [b, 3]]).dtype == "float64"
    assert T.sum([T.lscalar(), 1]).dtype == "int64"


def test_updates_and_givens():
    s, x = sg.shared(np.zeros(2), name="s"), T.dvector("x")
    f = sg.function([a, b], x.sum(), givens={x: [a, b]}, updates={s: [b, a]})
    assert f(1, 2) == 3
    np.testing.assert_array_equal(s.get_value(), [2, 1])


def test_derivatives_reach_the_parts():
    ga, gb = sg.grad(T.sum(T.sqr([[a, 2 * b], [1, b]])), [a, b])
    assert (value(ga), value(gb)) == pytest.approx((2 * 0.3, 10 * 0.6))


@pytest.mark.parametrize(
    ("nested", "message"),
    [
        ([[a, b], [a]], r"shapes differ: .*float64 vector \(2\).*, .*float64 vector \(1\)"),
        ([a, [a, b]], r"ranks differ: a \(float64 scalar\)"),
        ([a, "x"], r"'x' holds no numbers"),
        ([[a], []], r"nothing to stack"),
    ],
)
def test_ragged_lists(nested, message):
    with pytest.raises(TypeError, match=f"(?s)makes no tensor: .*{message}"):
        T.exp(nested)


def test_too_few_operands():
    with pytest.raises(TypeError, match="add: missing 1 required positional argument: 'y'"):
        T.add(a)
    with pytest.raises(TypeError, match="sub: takes 2 positional arguments but 3 were given"):
        T.sub(a, b, a)
