"""Tests that take `mode` run on each back end."""

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T


@pytest.fixture(scope="session", autouse=True)
def native_calls():
    """There is code for native calls when the tests begin: they are made from the second on."""
    x = T.dvector("x")
    f = sg.function([x], x + 1)
    for _ in range(2):
        f(np.zeros(2))


@pytest.fixture(params=["reference", "llvm"])
def mode(request):
    with sg.config.change_flags(mode=request.param):
        yield request.param
