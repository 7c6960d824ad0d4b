"""What a process has one of, however many threads ask for it at memoized."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from symgraph.backends.llvm.codegen.memoization import memoized

THREADS = 8


def test_threads_at_once_get_the_same_thing():
    start, made = threading.Barrier(THREADS), []

    @memoized
    def thing(name):
        made.append(name)
        # Long enough for the others to come.
        threading.Event().wait(0.02)
        return [name]

    def ask(number):
        start.wait()
        return thing("even" if number % 2 else "odd")

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(ask, range(THREADS)))
    assert sorted(made) == ["even", "odd"]
    assert len({id(one) for one in found}) == 2
    assert all(one is thing(*one) for one in found)


def test_things_that_need_each_other():
    @memoized
    def half(number):
        return 1 + half(number // 2) if number else 0

    assert half(8) == 4


def test_what_could_not_be_made_is_tried_again():
    tries = []

    @memoized
    def thing():
        tries.append(1)
        if len(tries) < 2:
            raise ValueError("not yet")
        return "made"

    with pytest.raises(ValueError, match="not yet"):
        thing()
    assert thing() == thing() == "made"
    assert len(tries) == 2


def test_different_things_are_made_at_once():
    """Each waits for the other."""
    met = threading.Barrier(2, timeout=30)

    @memoized
    def thing(name):
        met.wait()
        return name

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(thing, ["one", "other"])) == ["one", "other"]
