"""Where a dtype entered an expression."""

import numpy as np

import symgraph as sg
import symgraph.tensor as T
from symgraph.debug import dtype_origins


def test_leaves_of_the_dtype_are_its_origins():
    x, w = T.fvector("x"), sg.shared(np.zeros(2), "w")
    assert dtype_origins(T.exp(x * w) + 1) == [w]
    assert dtype_origins(T.exp(x) + 1) == []
    assert dtype_origins(x) == []
    assert dtype_origins(w) == [w]


def test_constants_are_origins_where_they_widen_others():
    x, w = T.fvector("x"), sg.shared(np.zeros(2), "w")
    c = T.constant(np.array([0.1, 0.2]))
    assert dtype_origins([x * c, w * 2]) == [c, w]
    assert dtype_origins(w * c) == [w]
    assert dtype_origins(c) == [c]


def test_operations_that_widen_are_origins():
    x, n = T.fvector("x"), T.lvector("n")
    product = x * n
    assert dtype_origins(T.tanh(product).sum()) == [product]
    assert dtype_origins(T.cast(x, "float64") * 2)[0].owner.inputs == (x,)
    assert dtype_origins(product.astype("float32") * x) == [product]


def test_other_dtypes():
    x, n = T.fvector("x"), T.lvector("n")
    assert dtype_origins(x * n, "int64") == [n]
    assert dtype_origins(x * n, "float32") == [x]


def test_an_update_that_is_too_wide_names_the_origin():
    w, n = sg.shared(np.zeros(2, "float32"), "w"), T.lscalar("n")
    step = w * T.cast(n, "int64")
    try:
        sg.function([n], updates={w: w - step * 2})
    except TypeError as error:
        message = str(error)
    assert f"look for what made it float64: mul, created at {step.location}" in message
