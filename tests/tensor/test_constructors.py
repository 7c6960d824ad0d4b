"""Symbolic inputs, by the names of dtypes and shapes."""

import pickle

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType, config

PREFIXES = {
    "": None,
    "b": "int8",
    "w": "int16",
    "i": "int32",
    "l": "int64",
    "f": "float32",
    "d": "float64",
    "c": "complex64",
    "z": "complex128",
}
PATTERNS = {
    "scalar": (),
    "vector": (None,),
    "matrix": (None, None),
    "row": (1, None),
    "col": (None, 1),
    "tensor3": (None,) * 3,
    "tensor4": (None,) * 4,
    "tensor5": (None,) * 5,
}
NAMES = [(prefix, pattern) for prefix in PREFIXES for pattern in PATTERNS]


@pytest.mark.parametrize(("prefix", "pattern"), NAMES)
def test_every_dtype_and_shape_has_its_name(prefix, pattern):
    make = getattr(T, prefix + pattern)
    assert make.__name__ == prefix + pattern
    x = make("x")
    assert x.name == "x"
    assert x.type == TensorType(PREFIXES[prefix] or "float64", PATTERNS[pattern])
    assert x.owner is None
    assert make().name is None
    assert make(name="y").name == "y"
    assert make("x") is not x
    assert (PREFIXES[prefix] or "floatX") in make.__doc__


@pytest.mark.parametrize(("prefix", "pattern"), NAMES)
def test_several_at_once(prefix, pattern):
    name = prefix + ("matrices" if pattern == "matrix" else pattern + "s")
    make = getattr(T, name)
    assert make.__name__ == name
    x, y = make("x", "y")
    assert (x.name, y.name) == ("x", "y")
    assert [v.type for v in make(3)] == [x.type] * 3
    assert len(set(make(3))) == 3
    assert make() == []


def test_names_without_a_dtype_take_floatX_when_called():
    with config.change_flags(floatX="float32"):
        assert T.matrix().type.dtype == "float32"
        assert T.matrices(2)[1].type.dtype == "float32"
        assert T.dmatrix().type.dtype == "float64"
        assert T.tensor("x", shape=()).type.dtype == "float32"
    assert T.vector(dtype="int8").type.dtype == "int8"
    assert T.vectors("a", "b", dtype="float16")[1].type.dtype == "float16"


def test_any_type():
    x = T.tensor("x", "int16", (None, 3))
    assert (x.name, x.type) == ("x", TensorType("int16", (None, 3)))
    assert T.tensor(dtype="float32", shape=()).type.ndim == 0
    assert T.tensor("x", "float64", broadcastable=(True, False)).type.shape == (1, None)
    assert T.TensorType("float32", (False, True))("y").type.shape == (None, 1)
    assert T.TensorType("float32", (2,))("y").name == "y"
    assert isinstance(x, T.TensorVariable)


def test_errors_of_types():
    with pytest.raises(TypeError, match="'float99' names no dtype; those known are bool, int8"):
        T.tensor("x", "float99", ())
    with pytest.raises(TypeError, match="takes either a shape or a broadcastable pattern"):
        T.tensor("x")
    with pytest.raises(TypeError, match="an extent is None or an int >= 0, not -1"):
        T.tensor("x", "float64", (-1,))
    with pytest.raises(TypeError, match="the name of a variable must be a str, not 3"):
        T.dscalar(3)
    with pytest.raises(TypeError):
        T.dmatrix("x", "y")


def test_the_language_exports_functions_and_no_files():
    assert all(hasattr(T, name) for name in T.__all__)
    assert "nnet" in T.__all__
    assert not {"inputs", "creation", "manipulation"} & set(T.__all__)
    assert {"dmatrix", "exp", "grad", "sum", "tensor"} <= set(T.__all__)


def test_variables_are_pickled_and_named_in_errors():
    x = T.dmatrix("x")
    again = pickle.loads(pickle.dumps(x))
    assert (again.name, again.type) == ("x", x.type)
    with pytest.raises(TypeError, match=r"\(x\): expected 2 dimensions \(float64 matrix\)"):
        sg.function([x], x.sum(), mode="reference")(np.zeros(3))
