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


@pytest.fixture
def collections():
    """The generations that are collected, as they are; what there is already is frozen."""
    found = []

    def record(phase, info):
        if phase == "start":
            found.append(info["generation"])

    gc.collect()
    gc.freeze()
    gc.callbacks.append(record)
    yield found
    gc.callbacks.remove(record)


@pytest.fixture
def nothing_frozen():
    gc.unfreeze()
    yield
    gc.collect()
    gc.freeze()


def test_functions_that_nobody_has_any_more_are_freed_without_asking(collections, monkeypatch):
    """They are cyclic garbage, and each has its pages of code: a process has only so many."""
    monkeypatch.setattr(collector, "FEWEST", 2_000)
    made = [compiled() for _ in range(60)]
    assert sum(variable() is None for variable in made) > 10
    assert 2 in collections


def test_what_a_program_has_is_not_walked_over_for_each_function(collections, monkeypatch):
    """Not before a quarter as many have come to it."""
    monkeypatch.setattr(collector, "FEWEST", 0)
    kept = [[] for _ in range(400_000)]
    gc.collect()
    collections.clear()
    made = [compiled() for _ in range(60)]
    assert 2 not in collections
    assert len(kept) + len(made) == 400_060


def test_what_compiling_leaves_behind_is_freed_at_once(collections):
    x = T.dvector("x")
    f = sg.function([x], T.exp(x) * 2)
    assert 1 in collections
    assert gc.collect(1) == 0
    f(np.zeros(3))


def test_the_collector_is_as_it_was(nothing_frozen):
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


def test_a_disabled_collector_stays_out_of_it(collections):
    gc.disable()
    try:
        compiled()
        assert not collections
    finally:
        gc.enable()


def test_what_is_frozen_stays_frozen(collections):
    assert gc.get_freeze_count() > 0
    compiled()
    assert gc.get_freeze_count() > 0


def test_it_runs_on_after_an_error():
    x = T.dvector("x")
    with (
        pytest.raises(ValueError, match="no rewriting rule"),
        sg.config.change_flags(optimizer_excluding="nothing like this"),
    ):
        sg.function([x], x + 1)
    assert gc.isenabled()
