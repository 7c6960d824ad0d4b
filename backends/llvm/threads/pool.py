"""The thread pool that all compiled functions of the process share.

The workers are Python threads that stay in native code (`pool.ll`) without holding the GIL: nothing
needs to be compiled or shipped for them. An idle worker spins for some tens of microseconds, then
sleeps. The pool runs one job at a time; a caller that finds it busy does its job alone, so that no
call ever waits for another.
"""

import os
import threading
from ctypes import CFUNCTYPE, c_int64
from importlib.resources import files

from symgraph.backends.llvm.codegen.jit import host, load
from symgraph.backends.llvm.codegen.memoization import memoized
from symgraph.backends.llvm.codegen.object_code import object_code_of_text
from symgraph.backends.llvm.codegen.optimisation_level import AT_ONCE
from symgraph.backends.llvm.interrupts import CONTEXT_WORDS, interrupts

from symgraph.graph import config, renewed_in_children

# `void symgraph_parallel_for(void task(void *context, i64 chunk), void *context, i64 chunks,
#  i64 threads)`
PARALLEL_FOR = "symgraph_parallel_for"
# The function that cuts loops into ranges.
IN_RANGES = "symgraph_in_ranges"
# Limit on the ranges that a loop is cut into.
MOST_CHUNKS = 64
# Iterations that an idle worker spins before it sleeps.
SPINS = 2000


class ThreadPool:
    """The pool; its threads start when `start` is first called."""

    def __init__(self) -> None:
        code = object_code_of_text(_source(), "pool", AT_ONCE)
        known = interrupts().addresses
        self._code = load(
            code, {name: known[name] for name in code.needs if name in known}, lasting=True
        )
        # The addresses of the functions that programs call, by name.
        self.addresses = {name: self._code.address(name) for name in (PARALLEL_FOR, IN_RANGES)}
        self._reset = CFUNCTYPE(None)(self._code.address("symgraph_pool_reset"))
        self._work = CFUNCTYPE(None, c_int64)(self._code.address("symgraph_pool_work"))
        self._started = 0
        self._lock = threading.Lock()
        self._reset()
        renewed_in_children(self)

    def reset_after_fork(self) -> None:
        """Reset in a child process, which has none of its parent's threads."""
        self._lock = threading.Lock()
        self._started = 0
        self._reset()

    def start(self, threads: int) -> None:
        """Start threads so that jobs can use `threads` of them, the caller's own included."""
        with self._lock:
            for number in range(self._started, threads - 1):
                threading.Thread(
                    target=self._work, args=(number,), name=f"symgraph-{number + 1}", daemon=True
                ).start()
                self._started += 1


@memoized
def pool() -> ThreadPool:
    return ThreadPool()


def thread_count() -> int:
    """Return the number of threads that the flags ask for: by default the available processors."""
    wanted = int(config.threads)
    if wanted:
        return wanted
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _source() -> str:
    text = files(__package__).joinpath("pool.ll").read_text()
    intel = host().triple.startswith(("x86", "i686"))
    hint = "@llvm.x86.sse2.pause()" if intel else "@llvm.aarch64.hint(i32 1)"
    numbers = {"SPINS": str(SPINS), "MOST_CHUNKS": str(MOST_CHUNKS), "RELAX": hint}
    numbers["CONTEXT_WORDS"] = str(CONTEXT_WORDS)
    for name, value in numbers.items():
        text = text.replace(name, value)
    return text
