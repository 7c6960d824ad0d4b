"""What compiling does to Python's garbage collector."""

import gc
import weakref

import numpy as np
import pytest

import symgraph as sg
import symgraph.tensor as T
from symgraph.compile import collector


def compiled():
    x = T.dvector("x")
    f = sg.function([x], T.exp(x) * 2)
    f(np.zeros(3))
    return weakref.ref(x)


def test_functions_that_nobody_has_any_more_are_freed_without_asking(monkeypatch):
    """They are cyclic garbage, and each has its pages of code: a process has only so many."""
    monkeypatch.setattr(collector, "MOST", 10_000)
    monkeypatch.setattr(collector, "SHARE", 0.0)
    made = [compiled() for _ in range(60)]
    assert sum(variable() is None for variable in made) > 10


def test_the_collector_is_as_it_was():
    assert gc.isenabled()
    compiled()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    gc.disable()
    try:
        compiled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_is_frozen_stays_frozen():
    gc.freeze()
    try:
        compiled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_it_runs_on_after_an_error():
    x = T.dvector("x")
    with (
        pytest.raises(ValueError, match="no rewriting rule"),
        sg.config.change_flags(optimizer_excluding="nothing like this"),
    ):
        sg.function([x], x + 1)
    assert gc.isenabled()
