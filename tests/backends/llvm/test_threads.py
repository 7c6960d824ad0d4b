"""Work on several threads: every chunk once, and the same results as on one."""

import ctypes
import os
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from support.agreement import assert_agree, budget
from support.graph_drawing import graphs
from support.processors import lowered_for
from symgraph.backends.llvm.codegen.jit import compile_ir
from symgraph.backends.llvm.threads import PARALLEL_FOR, pool, thread_count

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower.program import walk

# Counts how often each chunk is done.
COUNTING = """
define void @count(ptr %counts, i64 %chunk) {
  %place = getelementptr i64, ptr %counts, i64 %chunk
  %before = atomicrmw add ptr %place, i64 1 monotonic
  ret void
}
define void @jobs(ptr %parallel_for, ptr %counts, i64 %jobs, i64 %chunks, i64 %threads) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  call void %parallel_for(ptr @count, ptr %counts, i64 %chunks, i64 %threads)
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %jobs
  br i1 %more, label %loop, label %done
done:
  ret void
}
"""


@pytest.fixture(scope="module")
def jobs():
    """`jobs(count, chunks, threads)`: how often each chunk of so many jobs was done."""
    code = compile_ir(COUNTING, "counting")
    kinds = [ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int64] * 3]
    run = ctypes.CFUNCTYPE(None, *kinds)(code.address("jobs"))

    def done(count, chunks, threads):
        counts = np.zeros(max(chunks, 1), np.int64)
        pool().start(threads)
        run(pool().addresses[PARALLEL_FOR], counts.ctypes.data, count, chunks, threads)
        return counts[:chunks]

    done.code = code
    return done


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("chunks", [0, 1, 2, 3, 64])
def test_every_chunk_is_done_once(jobs, chunks, threads):
    assert (jobs(2000, chunks, threads) == 2000).all()


def test_several_callers_share_the_pool(jobs):
    """Who finds it busy works alone."""
    found = []
    callers = [threading.Thread(target=lambda: found.append(jobs(5000, 7, 3))) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(found) == 4
    assert (np.array(found) == 5000).all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes by fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_process_has_a_pool_of_its_own(jobs):
    jobs(10, 4, 3)
    child = os.fork()
    if child == 0:
        right = (jobs(100, 5, 2) == 100).all()
        os._exit(0 if right else 1)
    _, status = os.waitpid(child, 0)
    assert status == 0


def test_the_flag_says_how_many():
    with sg.config.change_flags(threads=3):
        assert thread_count() == 3
    assert thread_count() >= 1


@contextmanager
def everything_in_ranges():
    """Cut every kernel that may be cut, however small its work, into many chunks."""
    with (
        lowered_for(small_ns=0.0, grain_ns=1e-3, undivided=1),
        sg.config.change_flags(cache="False", threads=3),
    ):
        yield


@budget(1)
@given(graphs(min_steps=2, max_steps=10))
def test_graphs_in_ranges_mean_the_same(drawn):
    with everything_in_ranges():
        assert_agree(drawn.inputs, drawn.outputs, drawn.values)


@pytest.mark.parametrize("shape", [(0, 4, 5), (3, 0, 5), (3, 4, 0)])
def test_empty_products_are_not_divided(shape):
    rows, inner, columns = shape
    x, y = T.dmatrix("x"), T.dmatrix("y")
    with everything_in_ranges():
        result = sg.function([x, y], T.dot(x, y))(np.ones((rows, inner)), np.ones((inner, columns)))
    np.testing.assert_array_equal(result, np.zeros((rows, columns)))


@budget(1)
@given(
    graphs(max_steps=5, extents=(1000, 257, 64, 4099), largest=12000, dtypes=("float32", "float64"))
)
def test_large_graphs_in_ranges_mean_the_same(drawn):
    with everything_in_ranges():
        assert_agree(drawn.inputs, drawn.outputs, drawn.values)


def kernels(f):
    return list(walk.kernels(f.executable.native.program.body))


LARGE = {
    "elementwise": lambda x: T.tanh(x) * x,
    "rows": lambda x: T.exp(x).sum(axis=1),
    "sum": lambda x: T.exp(x).sum(),
    "several totals": lambda x: [T.exp(x).sum(), x.max(), T.all(x > -9), x + 1],
    "rows and all": lambda x: [x.sum(axis=1), (x * x).mean()],
    "leading axis": lambda x: T.tanh(x).sum(axis=0),
    "several over the leading axis": lambda x: [x.max(axis=0), (x * x).sum(axis=0), x + 1],
    "an axis between": lambda x: T.exp(x).reshape((x.shape[0], 1, -1)).sum(axis=(0, 1)),
    "rows of a matrix": lambda x: T.inc_subtensor(x[T.arange(x.shape[0]) // 2], T.tanh(x)),
    "rows that are set": lambda x: T.set_subtensor(x[T.arange(x.shape[0]) // 2], T.tanh(x)),
}


@pytest.mark.parametrize("expression", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("shape", [(300, 1000), (100_000, 3), (3, 100_001)])
def test_results_do_not_depend_on_the_number_of_threads(expression, shape):
    x = T.dmatrix("x")
    value = np.random.default_rng(0).normal(size=shape)
    results = []
    for threads in (1, 2, 4):
        with sg.config.change_flags(threads=threads):
            f = sg.function([x], expression(x))
        assert any(kernel.work for kernel in kernels(f))
        results.append(as_list(f(value)))
    for other in results[1:]:
        for one, same in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(one, same)
    expected = as_list(sg.function([x], expression(x), mode="reference")(value))
    for one, right in zip(results[0], expected, strict=True):
        np.testing.assert_allclose(one, right, rtol=1e-12, atol=1e-12)


def as_list(results):
    return results if isinstance(results, list) else [results]


def test_small_work_stays_on_one_thread():
    x = T.TensorType("float64", (100,))("x")
    assert not any(kernel.work for kernel in kernels(sg.function([x], T.tanh(x))))


def test_iterations_that_meet_in_memory_stay_in_order():
    x, i = T.dvector("x"), T.lvector("i")
    f = sg.function([x, i], T.inc_subtensor(T.zeros((5,))[i], x))
    count = 200_000
    where = np.random.default_rng(0).integers(0, 5, count)
    np.testing.assert_allclose(f(np.ones(count), where), np.bincount(where, minlength=5))
