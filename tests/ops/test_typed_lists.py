"""Typed lists do what Python's lists do, within functions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T
from symgraph import typed_list as tl

MODES = pytest.mark.parametrize("mode", ["llvm", "reference"])
VECTORS = tl.TypedListType(T.dvector().type)
arrays = st.lists(st.integers(-2, 2), max_size=2).map(lambda v: np.array(v, "float64"))
lists = st.lists(arrays, max_size=4)


def same(found, wanted):
    assert isinstance(found, list)
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(a, b)


def index_of(values, value):
    equal = [at for at, entry in enumerate(values) if np.array_equal(entry, value)]
    return equal[0] if equal else None


def compiled(mode):
    x, other, v = VECTORS("x"), VECTORS("other"), T.dvector("v")
    at, stop = T.lscalars("at", "stop")
    changed = [x.append(v), x.extend(other), x.insert(at, v), x.reverse()]
    counted = [tl.length(x), x.count(v), x.__len__()]
    parts = [x[at:stop], x[:stop], x[::2], x[stop::-1]]
    every = sg.function([x, other, v, at, stop], [*changed, *counted, *parts], mode=mode)
    picked = sg.function([x, at], x[at] * 2, mode=mode)
    found = sg.function([x, v], [x.ind(v), x.remove(v)], mode=mode)
    return every, picked, found


FUNCTIONS = {mode: compiled(mode) for mode in ("llvm", "reference")}


@given(
    lists,
    lists,
    arrays,
    st.integers(-5, 5),
    st.integers(-5, 5),
    st.sampled_from(["llvm", "reference"]),
)
def test_they_are_pythons(x, other, v, at, stop, mode):
    every, picked, found = FUNCTIONS[mode]
    results = every(x, other, v, at, stop)
    inserted = list(x)
    inserted.insert(at, v)
    wanted = [[*x, v], [*x, *other], inserted, x[::-1]]
    for result, right in zip(results[:4], wanted, strict=True):
        same(result, right)
    equal = sum(np.array_equal(entry, v) for entry in x)
    assert [int(n) for n in results[4:7]] == [len(x), equal, len(x)]
    for result, right in zip(results[7:], [x[at:stop], x[:stop], x[::2], x[stop::-1]], strict=True):
        same(result, right)
    if -len(x) <= at < len(x):
        np.testing.assert_array_equal(picked(x, at), x[at] * 2)
    else:
        with pytest.raises(IndexError, match="out of bounds for a list"):
            picked(x, at)
    place = index_of(x, v)
    if place is None:
        with pytest.raises(ValueError, match="elements of the list has the value"):
            found(x, v)
    else:
        where, rest = found(x, v)
        assert where == place
        same(rest, [*x[:place], *x[place + 1 :]])


@MODES
def test_results_are_nobody_elses(mode):
    x, v = VECTORS("x"), T.dvector("v")
    given_list, value = [np.zeros(2)], np.ones(2)
    outputs = [x, x.append(v), x[0], x[:], tl.make_list([v, v])]
    results = sg.function([x, v], outputs, mode=mode)(given_list, value)
    flat = [results[0][0], *results[1], results[2], results[3][0], *results[4]]
    for number, array in enumerate(flat):
        array += 1 + number
    np.testing.assert_array_equal(given_list, [np.zeros(2)])
    np.testing.assert_array_equal(value, np.ones(2))


@MODES
def test_nested_shared_and_constant_lists(mode):
    nested = tl.TypedListType(T.dvector().type, depth=1)
    assert nested.get_depth() == 1
    assert nested == tl.TypedListType(VECTORS) != VECTORS
    assert str(nested) == "TypedList <TypedList <float64 vector>>"
    kept = sg.shared([[[1.0]], []], name="kept", type=nested)
    inner = VECTORS("inner")
    f = sg.function(
        [inner], [kept[0][0], kept.count(inner)], updates={kept: kept.append(inner)}, mode=mode
    )
    first, equal = f([])
    np.testing.assert_array_equal(first, [1.0])
    assert equal == 1
    assert [len(entry) for entry in kept.get_value()] == [1, 0, 0]
    constant = VECTORS.filter_variable([[1.0], [2.0, 3.0]])
    assert isinstance(constant, tl.TypedListConstant)
    same(sg.function([], constant.append([4.0]), mode=mode)(), [[1.0], [2.0, 3.0], [4.0]])
    assert constant.signature() == VECTORS.filter_variable([[1.0], [2.0, 3.0]]).signature()


def test_what_is_computed_from_elements_is_compiled():
    x = VECTORS("x")
    f = sg.function([x], T.exp(x[0]).sum() + T.sin(x[1]).sum(), mode="llvm")
    assert [str(node.op) for node in f.fallbacks()] == ["GetItem", "GetItem"]
    assert f([[0.0, 0.0], [0.0]]) == 2.0


def test_types_are_checked():
    x = VECTORS("x")
    assert (x.ttype, x.dtype, x.ndim) == (T.dvector().type, "float64", 2)
    with pytest.raises(TypeError, match="Append: .* is no float64 vector"):
        x.append(T.dmatrix())
    with pytest.raises(TypeError, match="GetItem: a position is an integer"):
        x[1.5]
    with pytest.raises(TypeError, match="takes a typed list, not v"):
        tl.length(T.dvector("v"))
    with pytest.raises(TypeError, match="the elements of a list are of one type"):
        tl.make_list([T.dvector(), T.dmatrix()])
    with pytest.raises(ValueError, match="an empty list has no type"):
        tl.make_list([])
    with pytest.raises(TypeError, match="takes the type of its elements"):
        tl.TypedListType(3)
    with pytest.raises(ValueError, match="at least 0"):
        tl.TypedListType(T.dvector().type, -1)
    with pytest.raises(TypeError, match="element 1 of the list: expected 1 dimension"):
        sg.function([x], tl.length(x))([[1.0], [[1.0]]])
    with pytest.raises(TypeError, match="expected a list of float64 vector, got 3"):
        VECTORS.filter(3)
    with pytest.raises(TypeError, match="has no length until a function runs"):
        list(x)
    assert VECTORS.values_eq_approx([np.ones(1)], [np.ones(1) + 1e-12])
    assert not VECTORS.values_eq([np.ones(1)], [np.ones(1), np.ones(1)])


@MODES
def test_generic_values_none_and_slices(mode):
    anything = sg.generic("anything")
    f = sg.function([anything], anything, mode=mode)
    table = {"a": [1]}
    assert f(table) == table
    assert f(None) is None
    kept = sg.shared({"rate": 0.5}, type=sg.generic)
    assert sg.function([], kept, mode=mode)() == {"rate": 0.5}
    none = T.type_other.NoneConst
    assert sg.function([], none, mode=mode)() is None
    with pytest.raises(TypeError, match="expected None, got 3"):
        none.type.filter(3)
    start = T.iscalar("start")
    part = T.type_other.make_slice(start, None, 2)
    assert sg.function([start], part, mode=mode)(3) == slice(3, None, 2)
    assert T.type_other.make_slice(slice(1, start)).eval({start: 4}) == slice(1, 4)
    place = T.type_other.slicetype("place")
    x = VECTORS("x")
    same(sg.function([x, place], x[place], mode=mode)([[1.0], [2.0]], slice(1, None)), [[2.0]])
    with pytest.raises(TypeError, match="a slice has ints, not 1.5"):
        T.type_other.slicetype.filter(slice(1.5))
    with pytest.raises(TypeError, match="a slice has integers"):
        T.type_other.make_slice(T.dscalar())
