"""Functions of bits."""

import numpy as np
import pytest
from ops.agree import run, same

import symgraph.tensor as T
from symgraph.graph import TensorType


@pytest.mark.parametrize("function", [T.and_, T.or_, T.xor, T.left_shift, T.right_shift])
def test_floats_have_no_bits(function):
    a, b, x = T.lvector("a"), TensorType("uint64", (None,))("b"), T.dvector("x")
    with pytest.raises(TypeError, match="common dtype of int64 and uint64 is float64.*a .*b "):
        function(a, b)
    with pytest.raises(TypeError, match="only integers and booleans have bits"):
        function(a, x)


def test_inverting_a_float_is_refused():
    with pytest.raises(TypeError, match="only integers and booleans have bits.*x "):
        T.invert(T.dvector("x"))


def test_bits_of_unequal_integers():
    a, b = TensorType("int8", (None,))("a"), TensorType("uint8", (None,))("b")
    values = {a: [-1, 5], b: [255, 6]}
    same(run(a & b, values), np.array([255, 4], "int16"))
    same(run(a ^ b, values), np.array([-256, 3], "int16"))
    same(run(~b, values), np.array([0, 249], "uint8"))
