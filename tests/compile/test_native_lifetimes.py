"""What native calls read stays where it is for as long as they may read it."""

import gc
import weakref
from unittest.mock import patch

import numpy as np
import pytest
from support.native_calls import is_native
from symgraph.backends.llvm.cpython.specialisations import SpecialisedTable
from symgraph.backends.llvm.table_layouts import ExecutableTable, Variant, peek

import symgraph as sg
import symgraph.tensor as T
from symgraph import function, shared


@pytest.fixture(autouse=True)
def llvm():
    with sg.config.change_flags(mode="llvm", floatX="float64"):
        yield


def chain(variants):
    """The addresses of the tables that native code finds."""
    found, at = [], variants._engine[ExecutableTable.HEAD]
    while at:
        found.append(at)
        at = peek(at, 8 * Variant.NEXT)
    return found


def test_a_table_that_another_thread_made_meanwhile_is_found_until_it_is_no_more():
    """Two threads that meet the same extents first may both make a table for them."""
    x = T.dvector("x")
    f = function([x], x + 1)
    made, gone = [], []

    class Watched(SpecialisedTable):
        def __init__(self, *args):
            super().__init__(*args)
            address, variants = self.address, f.executable._variants
            weakref.finalize(self, lambda: gone.append(address in chain(variants)))
            made.append(address)
            if len(made) == 1:
                # As if another thread came between.
                native, plan, shapes, workspace, _ = args
                variants.add(native, plan, shapes, workspace)

    with patch("symgraph.backends.llvm.cpython.specialisations.SpecialisedTable", Watched):
        f(np.ones(3))
    assert len(made) == 2
    assert gone == [False]
    assert len(chain(f.executable._variants)) == 1


class Interrupted:
    """A lock: another thread has its way before it is acquired."""

    def __init__(self, lock, meanwhile):
        self.lock = lock
        self.meanwhile = meanwhile

    def acquire(self, *args, **kwargs):
        self.meanwhile()
        return self.lock.acquire(*args, **kwargs)

    def release(self):
        self.lock.release()


def test_what_a_call_runs_on_is_kept_while_it_waits_for_a_variable():
    size = 60_000
    x, s = T.dvector("x"), shared(np.zeros(size))
    actions, kept = [], []
    s.container.lock = Interrupted(s.container.lock, lambda: [act() for act in actions])
    f = function([x], T.tanh(x).sum(), updates={s: s + x})
    f(np.ones(size))
    assert is_native(f, np.ones(size))
    (table,) = f.executable._variants._tables.values()
    there = weakref.ref(table)
    del table

    def free():
        f.free()
        gc.collect()
        kept.append(there() is not None)

    actions.append(free)
    np.testing.assert_allclose(f(np.ones(size)), size * np.tanh(1))
    # The call is then made in Python, which takes the lock once more.
    assert kept == [True, False]
    assert there() is None
    np.testing.assert_array_equal(s.get_value(), 3)
