"""Tests that take `mode` run on each back end."""

import pytest

import symgraph as sg


@pytest.fixture(params=["reference", "llvm"])
def mode(request):
    with sg.config.change_flags(mode=request.param):
        yield request.param
