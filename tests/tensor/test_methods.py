"""Methods that are functions by another name, names of functions, and what variables print."""

import inspect
import itertools
import math
from types import FunctionType, ModuleType

import numpy as np
import pytest
from support.op_checks import run, same

import symgraph.tensor as T
from symgraph.graph import Variable
from symgraph.graph.method_declarations import MethodDeclarations
from symgraph.tensor.elementwise_methods import ElementwiseMethods
from symgraph.tensor.operators import METHODS

VALUES = np.array([[1.4, -2.5, 0.5], [3.0, -0.2, 7.6]])


@pytest.mark.parametrize(
    ("method", "numpy"),
    [
        (lambda x: x.copy(), lambda a: a.copy()),
        (lambda x: x.astype("int8"), lambda a: a.astype("int8")),
        (lambda x: x.astype(np.float32), lambda a: a.astype("float32")),
        (lambda x: x.clip(-1, 2), lambda a: a.clip(-1, 2)),
        (lambda x: x.round(), lambda a: a.round()),
        (lambda x: x.conj(), lambda a: a.conj()),
        (lambda x: x.real, lambda a: a.real),
        (lambda x: x.imag, lambda a: a.imag),
        (lambda x: x.T, lambda a: a.T),
        (lambda x: x.dot([1.0, 2, 3]), lambda a: a.dot([1.0, 2, 3])),
        (lambda x: x.sum(0), lambda a: a.sum(0)),
        (lambda x: x.prod(axis=1), lambda a: a.prod(axis=1)),
        (lambda x: x.mean(keepdims=True), lambda a: a.mean(keepdims=True)),
        (lambda x: x.take([0, 2], 1), lambda a: a.take([0, 2], 1)),
        (lambda x: x.reshape(3, 2), lambda a: a.reshape(3, 2)),
        (lambda x: x.flatten(), lambda a: a.flatten()),
        (lambda x: x.swapaxes(0, 1), lambda a: a.swapaxes(0, 1)),
        (lambda x: x.repeat(2, 0), lambda a: a.repeat(2, 0)),
        (lambda x: x.repeat([1, 0, 2], 1), lambda a: a.repeat([1, 0, 2], 1)),
        (lambda x: x.cumsum(1), lambda a: a.cumsum(1)),
        (lambda x: x.cumprod(), lambda a: a.cumprod()),
        (lambda x: x.ptp(0), lambda a: np.ptp(a, 0)),
        (lambda x: x.compress([True, False, True], 1), lambda a: a.compress([1, 0, 1], 1)),
        (
            lambda x: x.round().astype(int).choose([x, -x], "clip"),
            lambda a: a.round().astype(int).choose([a, -a], mode="clip"),
        ),
        (lambda x: x[1].sort().searchsorted(x), lambda a: np.sort(a[1]).searchsorted(a)),
        (lambda x: (x * (x > 0)).nonzero_values(), lambda a: a[a > 0]),
    ],
)
def test_methods_are_numpys(method, numpy):
    x = T.dmatrix("x")
    same(run(method(x), {x: VALUES}), numpy(VALUES))


OF_ELEMENTS = vars(ElementwiseMethods).keys() & vars(np).keys()


@pytest.mark.parametrize("name", sorted(OF_ELEMENTS - {"astype", "clip", "fill", "__doc__"}))
def test_elementwise_methods_are_the_functions_of_their_name(name):
    x = T.dvector("x")
    values = np.array([0.3, 0.9]) + (name == "arccosh")
    same(run(getattr(x, name)(), {x: values}), getattr(np, name)(values))


def test_rounding_of_variables_by_python():
    x = T.dmatrix("x")
    for function, numpy in [
        (round, np.round),
        (math.ceil, np.ceil),
        (math.floor, np.floor),
        (math.trunc, np.trunc),
        (lambda v: v.round("half_away_from_zero"), lambda a: np.trunc(a + np.copysign(0.5, a))),
    ]:
        same(run(function(x), {x: VALUES}), numpy(VALUES))
    with pytest.raises(TypeError, match="takes no number of digits, 2"):
        round(x, 2)


def test_parts_of_complex_numbers():
    z = T.zvector("z")
    values = {z: [1 + 2j, -3j]}
    same(run(z.real, values), [1.0, 0.0])
    same(run(z.imag, values), [2.0, -3.0])
    same(run(z.conj(), values), np.array([1 - 2j, 3j]))
    same(run(abs(z), values), np.abs([1 + 2j, -3j]))
    same(run(T.angle(z), values), np.angle([1 + 2j, -3j]))
    same(run(T.complex(z.real, z.imag), values), np.array(values[z]))


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("inv", T.reciprocal),
        ("bitwise_and", T.and_),
        ("bitwise_or", T.or_),
        ("bitwise_xor", T.xor),
        ("bitwise_not", T.invert),
        ("where", T.switch),
        ("abs_", T.abs),
        ("square", T.sqr),
        ("int_div", T.floor_div),
        ("power", T.pow),
        ("as_tensor", T.as_tensor_variable),
        ("tensor_copy", T.identity),
        ("extract_diag", T.diagonal),
    ],
)
def test_theanos_other_names(name, function):
    assert getattr(T, name) is function


def test_constants_of_the_language():
    assert (T.inf, T.pi, T.newaxis) == (np.inf, np.pi, None)
    assert T.float_dtypes == ("float16", "float32", "float64")
    assert {*T.int_dtypes, *T.uint_dtypes, "bool"} == set(T.discrete_dtypes)
    assert {*T.discrete_dtypes, *T.continuous_dtypes} == set(T.all_dtypes)
    assert np.isnan(T.nan)
    x = T.dvector("x")
    same(run(x[:, T.newaxis], {x: [1.0, 2]}), [[1.0], [2.0]])


def test_every_public_function_says_what_it_does():
    values = {"TensorLike", "inf", "nan", "pi", "newaxis", "mgrid", "ogrid", *T.dtypes.__all__}
    for name in set(T.__all__) - values:
        public = getattr(T, name)
        assert callable(public) or isinstance(public, ModuleType), name
        assert public.__doc__, name
    assert T.exp.__name__ == "exp"


def test_every_operator_and_method_is_installed():
    for name in itertools.chain(*map(vars, METHODS)):
        if name not in ("__dict__", "__weakref__", "__module__", "__doc__", "__annotations__"):
            assert name in vars(Variable), name


def test_what_variables_are_called():
    x, y = T.dmatrix("x"), T.dvector()
    named = x + 1
    named.name = "sum"
    assert [str(v) for v in (x, y, x * 2, named, T.constant(2.5), T.constant([1, 2]))] == [
        "x",
        "<float64 vector>",
        "mul",
        "sum",
        "2.5",
        "int64 vector (2)[1, 2]",
    ]
    assert str(T.constant(1, name="one")) == "one"
    assert str(x.sum(0)) == "sum{axes=(0,)}"
    assert str(x[1:, 0]) == "Subtensor{i:, int}"
    assert str(x.argmax(1)) == "argmax{axis=1}"
    assert repr(x) == "x"


def parameters(method: object) -> list[tuple[str, object, object]]:
    function = method.fget if isinstance(method, property) else method
    found = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, p.default) for p in found][1:]


def test_variables_declare_their_methods_as_they_are():
    declared = {
        name: method
        for name, method in vars(MethodDeclarations).items()
        if isinstance(method, FunctionType | property)
    }
    public = [name for name in declared if not name.startswith("_")]
    added = itertools.chain(*map(vars, METHODS))
    assert {name for name in added if not name.startswith("_")} <= set(public)
    for name in public:
        assert parameters(declared[name]) == parameters(vars(Variable)[name]), name
    assert all(name in vars(Variable) for name in declared)
