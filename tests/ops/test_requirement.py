"""Arrays are returned if numbers satisfy a constraint; else an error of the wanted class."""

import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.ops.requirement import Require


@pytest.mark.parametrize("mode", ["reference", "llvm"])
@pytest.mark.parametrize("error", [ValueError, TypeError, AssertionError])
def test_errors_are_of_the_wanted_class(error, mode):
    x = T.dvector("x")
    f = sg.function([x], Require("a length", "at least 0", error)(x) * 2, mode=mode)
    assert f([1.0, 0.0]).tolist() == [2.0, 0.0]
    with pytest.raises(error, match="a length is at least 0 and finite, not -1.0"):
        f([-1.0, 0.0])


def test_requirements_of_different_errors_are_not_merged():
    x = T.dscalar("x")
    demands = [Require("x", "true", error) for error in (ValueError, AssertionError)]
    assert demands[0] != demands[1]
    f = sg.function([x], [demand(x) for demand in demands])
    with pytest.raises((ValueError, AssertionError)):
        f(0.0)
