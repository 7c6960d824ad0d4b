"""Integers that wrap while constants are folded: a warning at the user's line, once; and nothing
that NumPy says of it."""

import warnings

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T


def c(value, dtype="int8"):
    return T.constant(np.asarray(value, dtype))


def said(make):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sg.function([], make())()
    return caught


@pytest.mark.parametrize(
    "make, meant, found",
    [
        (lambda: c(100) + c(27 + 1), "128", "-128"),
        (lambda: c(100) + np.int8(100), "200", "-56"),
        (lambda: c([1, -100]) - c(100), "-200", "56"),
        (lambda: c(0, "uint8") - c(1, "uint8"), "-1", "255"),
        (lambda: c(100) * c(3), "300", "44"),
        (lambda: c(2**62, "int64") * c(4, "int64"), "1.8446744073709552e+19", "0"),
        (lambda: c(2**63, "uint64") * c(2, "uint64"), "1.8446744073709552e+19", "0"),
        (lambda: -c(-128), "128", "-128"),
        (lambda: abs(c(-128)), "128", "-128"),
        (lambda: T.sqr(c(100)), "10000", "16"),
        (lambda: c(10) ** c(3), "1000", "-24"),
        (lambda: c(100) << c(3), "800", "32"),
        (lambda: T.cast(c(300, "int64"), "int8"), "300", "44"),
        (
            lambda: c([2**62, 2**62], "int64").sum(),
            "9.2233720368547758e+18",
            "-9223372036854775808",
        ),
        (lambda: c([2**40, 2**40], "int64").prod(), "1.2089258196146292e+24", "0"),
        (lambda: T.dot(c([100, 100]), c([100, 100])), "20000", "32"),
    ],
)
def test_the_user_is_told_once_and_where(make, meant, found):
    (warning,) = said(make)
    assert warning.category is RuntimeWarning
    assert warning.filename == __file__
    assert warning.lineno == make.__code__.co_firstlineno
    text = str(warning.message)
    assert f"wraps around: {meant} does not fit the dtype" in text
    assert f"the result is {found}; compute in a wider dtype" in text
    assert f"at {__file__}:{warning.lineno}" in text


def test_a_line_is_told_of_once():
    """However often it is compiled, and however often what it says is folded."""
    x = T.dvector("x")

    def compiled():
        return sg.function([x], [(c(100) + c(100)) * x, (c(100) + c(100)) + x])

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            compiled()
    assert len(caught) == 1
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compiled()
    assert len(caught) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: c(100) + c(27),
        lambda: c(2**31, "int64") * c(2**31 - 1, "int64"),
        lambda: c(2**53 + 1, "int64") + c(2**53 + 1, "int64"),
        lambda: c(-128) // c(1),
        lambda: c(1) // c(0),
        lambda: c(1) % c(0),
        lambda: T.log(T.constant(0.0)),
        lambda: T.constant(1.0) / T.constant(0.0),
        lambda: T.exp(T.constant(1e4)),
        lambda: T.sqrt(T.constant(-1.0)),
        lambda: T.zeros((3, 4)).shape.prod() * 2,
        lambda: ~c(100) & c(7),
    ],
)
def test_what_does_not_wrap_is_folded_in_silence(make):
    assert not said(make)
