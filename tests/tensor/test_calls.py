"""Wrong calls: every public function says its name, what it was given and the user's line."""

import inspect
from types import FunctionType

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.compat import theano
from symgraph.tensor.density_streams import DensityStreams

x, m = T.dvector("x"), T.dmatrix("m")
MODULES = {
    "sg": sg,
    "T": T,
    "T.nnet": T.nnet,
    "T.signal.pool": T.signal.pool,
    "T.signal.conv": T.signal.conv,
    "T.fft": T.fft,
    "T.linalg": T.linalg,
    "T.nlinalg": T.nlinalg,
    "T.slinalg": T.slinalg,
}
CLASSES = (DensityStreams, sg.RandomStreams, theano.RandomStreams, theano.MRG_RandomStreams)


def public():
    for title, module in MODULES.items():
        names = getattr(module, "__all__", None) or [
            n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__
        ]
        for name in names:
            value = getattr(module, name)
            if isinstance(value, FunctionType) and not name.startswith("_"):
                # Another name of a function stands for the same object, which tells its own.
                own = value.__name__ if value.__name__ in names else name
                yield pytest.param(own, value, (), id=f"{title}.{name}")
    for name, value in vars(sg.Variable).items():
        if isinstance(value, FunctionType) and not name.startswith("_"):
            yield pytest.param(name, value, (x,), id=f"x.{name}")
    for kind in CLASSES:
        for name, value in vars(kind).items():
            if isinstance(value, FunctionType) and not name.startswith("_"):
                own = (kind(1),)
                yield pytest.param(name, value, own, id=f"{kind.__module__}.{name}")


FUNCTIONS = list(public())


def takes_any(function, kind):
    return any(p.kind is kind for p in inspect.signature(function).parameters.values())


@pytest.mark.parametrize("name, function, own", FUNCTIONS)
def test_an_unknown_keyword(name, function, own):
    if takes_any(function, inspect.Parameter.VAR_KEYWORD):
        return
    with pytest.raises(TypeError) as caught:
        function(*own, m, unheard_of=1)
    said = str(caught.value)
    assert said.startswith(f"{name}: there is no argument 'unheard_of'")
    assert "m (float64 matrix)" in said
    assert f"{__file__}:" in said


@pytest.mark.parametrize("name, function, own", FUNCTIONS)
def test_too_many_arguments(name, function, own):
    if takes_any(function, inspect.Parameter.VAR_POSITIONAL):
        return
    with pytest.raises(TypeError) as caught:
        function(*own, *[m] * 40)
    said = str(caught.value)
    assert said.startswith(f"{name}: takes ")
    assert "and was given (" in said
    assert "m (float64 matrix)" in said
    assert f"{__file__}:" in said


@pytest.mark.parametrize("name, function, own", FUNCTIONS)
def test_too_few_arguments(name, function, own):
    parameters = list(inspect.signature(function).parameters.values())[len(own) :]
    first = parameters[0] if parameters else None
    if first is None or first.default is not first.empty or first.kind is first.VAR_POSITIONAL:
        return
    with pytest.raises(TypeError) as caught:
        function(*own)
    assert str(caught.value).startswith(f"{name}: missing ")
    assert f"{__file__}:" in str(caught.value)


WITH_AXIS = [
    p
    for p in FUNCTIONS
    if list(inspect.signature(p.values[1]).parameters)[:1] in (["x"], ["self"])
    and "axis" in inspect.signature(p.values[1]).parameters
]


@pytest.mark.parametrize("name, function, own", WITH_AXIS)
@pytest.mark.parametrize("axis", [7, -7, "a", 1.5])
def test_a_wrong_axis(name, function, own, axis):
    needed = {
        "repeats": 2,
        "kth": 1,
        "shift": 1,
        "indices": [0],
        "splits_size": [1],
        "pattern": None,
    }
    parameters = inspect.signature(function).parameters
    given = {k: v for k, v in needed.items() if k in parameters}
    with pytest.raises((TypeError, ValueError)) as caught:
        function(*(own or (x,)), axis=axis, **given)
    said = str(caught.value)
    assert "x (float64 vector)" in said, said
    assert str(axis) in said
    assert f"{__file__}:" in said


@pytest.mark.parametrize(
    "call, error, parts",
    [
        (lambda: T.sum(x, axes=1), TypeError, ["did you mean 'axis'?", "it takes (x, axis=None"]),
        (
            lambda: x.sum(axes=1),
            TypeError,
            ["sum: there is", "did you mean 'axis'?", "x (float64 v"],
        ),
        (lambda: T.dot(x), TypeError, ["dot: missing 1 required positional argument: 'b'"]),
        (lambda: x.reshape(), TypeError, ["reshape of x (float64 vector): a shape is needed"]),
        (lambda: x.dimshuffle(5), ValueError, ["dimshuffle(5,): x (float64 vector) has no such"]),
        (lambda: T.concatenate([x, x], axis=7), ValueError, ["concatenate: axis 7", "x (float64"]),
        (lambda: T.stack([x, x], axis=7), ValueError, ["stack: axis 7", "x (float64 vector)"]),
        (
            lambda: m.sum(axis=(0, 0)),
            ValueError,
            ["sum: an axis is named twice", "m (float64 matr"],
        ),
        (lambda: T.exp(), TypeError, ["exp: missing 1 required positional argument: 'x'"]),
        (lambda: T.exp(x, axis=1), TypeError, ["exp: there is no argument 'axis'"]),
        (lambda: sg.scan(lambda v: v, sequence=x), TypeError, ["scan: ", "mean 'sequences'?"]),
        (
            lambda: T.vectors(name="x"),
            TypeError,
            ["vectors: there is no argument 'name'\nit takes"],
        ),
        (lambda: T.vectors(names="x"), TypeError, ["vectors: there is no argument 'names'\nit"]),
        (
            lambda: sg.RandomStreams(1).uniform(shape=3),
            TypeError,
            ["uniform: there is no argument"],
        ),
    ],
)
def test_messages(call, error, parts):
    with pytest.raises(error) as caught:
        call()
    # The location ends with the line of source, in which the expected parts stand too.
    said, _, location = str(caught.value).rpartition("\nat ")
    assert location.startswith(f"{__file__}:{call.__code__.co_firstlineno} in <lambda>")
    for part in parts:
        assert part in said


def test_errors_of_a_users_function_stay_as_they_are():
    def step(v):
        raise ValueError("mine")

    with pytest.raises(ValueError, match=r"^mine$"):
        sg.map(step, x)


def test_the_innermost_line_is_told():
    with pytest.raises(ValueError) as caught:
        sg.map(lambda v: v.sum(axis=3), x)
    assert str(caught.value).count("\nat ") == 1


def test_what_is_public_keeps_its_name_and_signature():
    assert list(inspect.signature(T.sum).parameters) == ["x", "axis", "dtype", "keepdims"]
    assert T.sum.__name__ == "sum"
    assert T.sum.__doc__
    np.testing.assert_array_equal(T.sum(np.ones(3)).eval(), 3)
