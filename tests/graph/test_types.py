"""Which values a tensor type takes, and what it says of the others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import symgraph.tensor as T
from symgraph.graph import DTYPES, TensorType, broadcast_static, canonical_dtype, config

scalar = TensorType("float64", ())
matrix32 = TensorType("float32", (None, None))


def test_types_compare_by_value():
    assert TensorType("float32", (None, 3)) == TensorType(np.float32, [None, np.int64(3)])
    assert hash(TensorType(int, ())) == hash(TensorType("int64", ()))
    assert TensorType("float64", broadcastable=(True, False)).shape == (1, None)
    assert TensorType("float64", (True, False)).broadcastable == (True, False)


def test_a_wider_type_holds_a_narrower_one():
    assert matrix32.is_super(TensorType("float32", (2, None)))
    assert not TensorType("float32", (2, None)).is_super(matrix32)
    assert not matrix32.is_super(TensorType("float64", (2, None)))


@pytest.mark.parametrize("dtype", ["str", "O", "float128", "datetime64[s]", "bananas"])
def test_unknown_dtypes_are_refused(dtype):
    with pytest.raises(TypeError, match="dtype"):
        canonical_dtype(dtype)


def test_bad_extents_are_refused():
    with pytest.raises(TypeError, match="an extent is None or an int >= 0, not -1"):
        TensorType("int8", (-1,))
    with pytest.raises(TypeError, match="not 2.0"):
        TensorType("int8", (2.0,))


@given(st.sampled_from(DTYPES), st.sampled_from(DTYPES), st.data())
def test_filter_never_changes_a_value_unasked(source, target, data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=1, min_side=0, max_side=4))
    array = data.draw(hnp.arrays(source, shape))
    try:
        result = TensorType(target, (None,)).filter(array)
    except TypeError as error:
        assert "casting would lose precision" in str(error)
        assert not np.can_cast(source, target, "safe")
    else:
        assert result.dtype == target
        np.testing.assert_array_equal(result, array.astype(target))


def test_python_values_are_taken_where_nothing_is_lost():
    np.testing.assert_array_equal(scalar.filter(3), np.float64(3))
    np.testing.assert_array_equal(TensorType("int8", (None,)).filter([1, 2]), [1, 2])
    assert TensorType("int8", ()).filter(True) == 1
    with pytest.raises(TypeError, match="expected dtype int8, got int 300"):
        TensorType("int8", ()).filter(300)
    with pytest.raises(TypeError, match="expected dtype int64, got float 1.5"):
        TensorType("int64", ()).filter(1.5)


def test_a_python_float_rounds_to_floatx_only():
    single = TensorType("float32", ())
    with pytest.raises(TypeError, match="expected dtype float32, got float 0.1"):
        single.filter(0.1)
    with config.change_flags(floatX="float32"):
        assert single.filter(0.1) == np.float32(0.1)
        with pytest.raises(TypeError, match="got float64 of dtype float64"):
            single.filter(np.float64(0.1))
    assert single.filter(0.1, allow_downcast=True) == np.float32(0.1)


def test_strict_takes_only_the_very_dtype():
    with pytest.raises(TypeError, match=r"strict: expected a numpy.ndarray of dtype float64"):
        scalar.filter(3, strict=True)


def test_rank_and_extent_are_named():
    with pytest.raises(TypeError, match=r"expected 2 dimensions .*got 1: shape \(3,\)"):
        matrix32.filter(np.zeros(3, "f4"))
    with pytest.raises(ValueError, match=r"expected extent 4 on axis 1 .*got shape \(2, 3\)"):
        TensorType("float32", (None, 4)).filter(np.zeros((2, 3), "f4"))


def test_values_that_hold_no_numbers_are_refused():
    for value in ("text", [None], {}, [[1, 2], [3]]):
        with pytest.raises(TypeError, match=r"expected float64"):
            TensorType("float64", (None,)).filter(value)


def test_a_symbolic_value_is_refused():
    with pytest.raises(TypeError, match="got the symbolic variable x"):
        scalar.filter(scalar("x"))


def test_foreign_byte_order_becomes_native():
    array = np.arange(3, dtype=">f8")
    result = TensorType("float64", (None,)).filter(array)
    assert result.dtype.isnative
    np.testing.assert_array_equal(result, [0, 1, 2])


@given(hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3))
def test_static_broadcast_is_numpys(drawn):
    assert broadcast_static(drawn.input_shapes) == drawn.result_shape


def test_static_broadcast_of_unknown_extents():
    assert broadcast_static([(None, 3), (1,)]) == (None, 3)
    assert broadcast_static([(None,), (5,)]) == (5,)
    with pytest.raises(ValueError, match=r"shapes do not broadcast: \(2,\), \(3,\)"):
        broadcast_static([(2,), (3,)])


@pytest.mark.parametrize(
    "value, dtype",
    [
        (1, "float32"),
        ([1, 2], "float16"),
        (2.0, "int8"),
        (True, "float32"),
        (1, "bool"),
        (255, "uint8"),
        (1 + 2j, "complex64"),
        (0.5, "float16"),
        (float("nan"), "float32"),
    ],
)
def test_python_numbers_pass_where_the_dtype_holds_them(value, dtype):
    got = TensorType(dtype, (None,) * np.ndim(value)).filter(value, allow_downcast=False)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, value)


@pytest.mark.parametrize(
    "value, dtype",
    [
        (2**24 + 1, "float32"),
        (0.1, "float32"),
        (2.5, "int64"),
        (256, "uint8"),
        (-1, "uint64"),
        (2, "bool"),
        (1 + 0j, "float64"),
        (float("nan"), "int32"),
        (float("inf"), "int64"),
    ],
)
def test_python_numbers_are_refused_where_the_dtype_loses_them(value, dtype):
    with pytest.raises(TypeError, match="casting would lose precision"):
        TensorType(dtype, ()).filter(value, allow_downcast=False)


def test_types_agree_where_a_value_may_be_of_both():
    rows, columns = TensorType("float64", (2, None)), TensorType("float64", (None, 3))
    assert rows.agrees_with(columns)
    assert columns.agrees_with(rows)
    assert not rows.is_super(columns)
    for other in (
        TensorType("float64", (3, None)), TensorType("float32", (2, None)),
        TensorType("float64", (2,)),
    ):  # fmt: skip
        assert not rows.agrees_with(other)


def test_a_tensor_has_no_more_axes_than_arrays_have():
    most = T.dscalar("x").dimshuffle(*["x"] * 64)
    assert most.eval({most.owner.inputs[0]: 1.0}).ndim == 64
    with pytest.raises(ValueError, match="at most 64 axes"):
        most.dimshuffle("x", *range(64))
