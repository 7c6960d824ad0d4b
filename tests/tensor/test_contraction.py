"""Contractions named by letters are NumPy's, by matrix products where letters are summed over."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import assert_agree, budget
from support.op_checks import derivatives_agree

import symgraph as sg
import symgraph.tensor as T
from symgraph.graph import TensorType, toposort
from symgraph.ops import Dot, Elemwise

EXTENTS = {"a": 2, "b": 3, "c": 1, "d": 0, "e": 4}


@st.composite
def contractions(draw):
    """Subscripts, with letters twice in one array, an ellipsis or no arrow now and then."""
    count = draw(st.integers(1, 4))
    letters = st.lists(st.sampled_from("abcde"), max_size=3).map("".join)
    parts = draw(st.lists(letters, min_size=count, max_size=count))
    wide = draw(st.booleans())
    parts = [
        part[:1] + "..." + part[1:] if wide and draw(st.booleans()) else part for part in parts
    ]
    known = sorted({letter for part in parts for letter in part if letter != "."})
    if draw(st.booleans()):
        return ",".join(parts)
    kept = draw(st.permutations(known)) if known else []
    kept = kept[: draw(st.integers(0, len(kept)))]
    dots = "..." if any("..." in part for part in parts) else ""
    return ",".join(parts) + "->" + dots + "".join(kept)


def drawn_arrays(subscripts, seed):
    rng = np.random.default_rng(seed)
    shapes = []
    for number, part in enumerate(subscripts.partition("->")[0].split(",")):
        shape = [EXTENTS[letter] for letter in part.replace("...", "")]
        at = part.find("...")
        if at >= 0:
            shape[at:at] = [(), (3,), (2, 3)][number % 3]
        shapes.append(shape)
    return [rng.integers(-3, 4, shape).astype("float64") for shape in shapes]


@given(subscripts=contractions(), known=st.booleans(), seed=st.integers(0, 99))
@budget(0.5)
def test_it_is_numpys(subscripts, known, seed):
    values = drawn_arrays(subscripts, seed)
    variables = [TensorType("float64", v.shape if known else (None,) * v.ndim)() for v in values]
    wanted = np.einsum(subscripts, *values)
    result = T.einsum(subscripts, *variables)
    assert result.type.ndim == wanted.ndim
    truth = assert_agree(variables, [result], values)
    assert truth.error is None
    np.testing.assert_allclose(truth.results[0], wanted)


@pytest.mark.parametrize("dtype", ["bool", "int8", "float16", "float32", "complex128"])
def test_dtypes(dtype):
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 3, (3, 4)).astype(dtype), rng.integers(0, 3, (4, 2)).astype(dtype)
    for subscripts, values in (("ij,jk->ik", (a, b)), ("ij->j", (a,)), ("ij,ij->i", (a, a))):
        found = T.einsum(subscripts, *map(T.constant, values)).eval()
        wanted = np.einsum(subscripts, *values)
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found, wanted)


def test_three_factors_are_multiplied_in_the_cheapest_order_by_matrix_products():
    a, b = TensorType("float64", (1000, 2)), TensorType("float64", (2, 1000))
    x, y, z = a("x"), b("y"), a("z")
    nodes = toposort([T.einsum("ij,jk,kl->il", x, y, z)])
    products = [node for node in nodes if isinstance(node.op, Dot)]
    assert [node.outputs[0].type.shape for node in products] == [(2, 2), (1000, 2)]
    assert not any(isinstance(n.op, Elemwise) and n.op.scalar.name == "mul" for n in nodes)


def test_derivatives_of_batched_products():
    rng = np.random.default_rng(1)
    q, k, v = rng.normal(size=(3, 2, 3, 2, 4))

    def attention(q, k, v):
        return T.einsum("bqhd,bkhd,bkhe->bqhe", q, k, v)

    derivatives_agree(attention, q, k, v)
    derivatives_agree(lambda q, k, v: sg.grad((attention(q, k, v) ** 2).sum(), k), q, k, v)


@pytest.mark.parametrize(
    ("subscripts", "message"),
    [
        ("ij,jk", "names 2 arrays, not 1"),
        ("ij->k", "names an axis twice, or one of no array"),
        ("ij->ii", "names an axis twice, or one of no array"),
        ("i?->i", "axes are named by letters, not 'i[?]'"),
        ("i", "'i' does not name the 2 axes of x"),
        ("ijk", "'ijk' does not name the 2 axes of x"),
    ],
)
def test_subscripts_that_do_not_fit(subscripts, message):
    with pytest.raises(ValueError, match=message):
        T.einsum(subscripts, T.dmatrix("x"))


def test_extents_that_differ():
    x, y = T.dtensor3("x"), T.dtensor3("y")
    for subscripts in ("abc,acd->abd", "abc,cde->abde", "abc,abc->c"):
        f = sg.function([x, y], T.einsum(subscripts, x, y))
        with pytest.raises(ValueError):
            f(np.ones((2, 3, 4)), np.ones((3, 2, 5)))


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (3, "behind the first"),
        (([0], [1]), "behind the first"),
        (([1, 2], [1]), "2 axes of x, but 1"),
    ],
)
def test_batched_tensordot_over_other_axes(axes, message):
    with pytest.raises(ValueError, match=message):
        T.batched_tensordot(T.dtensor3("x"), T.dtensor3("y"), axes)
