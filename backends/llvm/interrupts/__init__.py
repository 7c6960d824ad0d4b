"""Handle signals, above all Ctrl-C, while native code runs.

Python records a signal when it arrives, and runs its handler when the main thread next checks. So
the main thread checks while it runs native code for long:

- Native code polls: between the iterations of loops that take a while, and between chunks of
  parallel work, it tests whether the word `symgraph_due` is set, which costs a load.
- A thread sets the word every few hundredths of a second while a call of the main thread runs, and
  sleeps otherwise. So no clock is read, and the GIL is rarely requested.
- Where it is set, `symgraph_poll` takes the GIL and has Python run the handlers. If none raises,
  the call goes on. If one does, the call is left by `longjmp`: its results have no owner yet, and
  its memory belongs to its workspace. Workers of the pool leave their chunks first.
- Code that has begun to overwrite the values of shared variables is never left, and signals wait
  until it is done (see `symgraph.backends.llvm.cpython.update_commit`).

Threads other than the main one handle no signals; their calls run without the GIL.
"""

import ctypes
import signal
import threading
from collections.abc import Iterable
from importlib.resources import files

from llvmlite import ir
from symgraph.backends.llvm.codegen.jit import load
from symgraph.backends.llvm.codegen.memoization import memoized
from symgraph.backends.llvm.codegen.object_code import object_code_of_text
from symgraph.backends.llvm.codegen.optimisation_level import AT_ONCE

from symgraph.graph import renewed_in_children

# The word that requests a poll, and the function to call then.
DUE, POLL = "symgraph_due", "symgraph_poll"
# The function that runs host programs: see interrupts.ll.
RUN = "symgraph_run"
# The symbols that the pool of threads uses.
OF_JOBS = (
    "symgraph_job_begins", "symgraph_job_ends", "symgraph_chunk", "symgraph_worker_begins",
)  # fmt: skip
# The results of `symgraph_run` where a signal's handler raised, with the exception set, and where a
# handler left the call without the arrays that it was to overwrite.
INTERRUPTED, ABANDONED = -2, -3
# Microseconds between polls; the number of ticks without a call after which the clock sleeps.
TICK_US = 50_000
IDLE_TICKS = 20
# The size of a context, in words.
CONTEXT_WORDS = 144
PYTHON = (
    "PyErr_CheckSignals", "PyErr_Fetch", "PyErr_Restore", "PyEval_RestoreThread",
    "PyEval_SaveThread", "PyGILState_Check",
)  # fmt: skip
I32, PTR = ir.IntType(32), ir.PointerType()


class Interrupts:
    """The code of interrupts.ll in this process."""

    def __init__(self) -> None:
        code = object_code_of_text(_source(), "interrupts", AT_ONCE)
        python = {name: _address(name) for name in PYTHON}
        self._code = compiled = load(code, python, lasting=True)
        self.addresses = {name: compiled.address(name) for name in (POLL, RUN, *OF_JOBS)}
        word = ctypes.CFUNCTYPE(ctypes.c_size_t)(compiled.address("symgraph_interrupts_word"))
        self.addresses[DUE] = word()
        prototype = ctypes.CFUNCTYPE(None, ctypes.c_int64)
        start = prototype(compiled.address("symgraph_interrupts_start"))
        self._reset = prototype(compiled.address("symgraph_interrupts_reset"))
        start(threading.main_thread().ident)
        renewed_in_children(self)

    def reset_after_fork(self) -> None:
        """Reset in a child process, where the thread that forked is the main one."""
        self._reset(threading.get_ident())


@memoized
def interrupts() -> Interrupts:
    return Interrupts()


def is_of_interrupts(name: str) -> bool:
    return name in (DUE, POLL)


def addresses(needs: Iterable[str]) -> dict[str, int]:
    """Return the addresses of the names that polls use."""
    return {name: interrupts().addresses[name] for name in needs if is_of_interrupts(name)}


def poll(b: ir.IRBuilder) -> None:
    """Write a poll. The function may be left for good at any poll."""
    flag = b.load_atomic(_declared(b.module, DUE), "monotonic", 4, typ=I32)
    with b.if_then(b.icmp_signed("!=", flag, ir.Constant(I32, 0)), likely=False):
        b.call(_declared(b.module, POLL), [])


def _declared(module: ir.Module, name: str) -> ir.Function:
    """Declare the word as a function: the linker resolves no other names."""
    existing = module.globals.get(name)
    return existing or ir.Function(module, ir.FunctionType(ir.VoidType(), []), name)


def _address(name: str) -> int:
    return ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, name))


def _source() -> str:
    text = files(__package__).joinpath("interrupts.ll").read_text()
    numbers = {
        "TICK_US": TICK_US,
        "IDLE_TICKS": IDLE_TICKS,
        "CONTEXT_WORDS": CONTEXT_WORDS,
        "SIG_SETMASK": int(signal.SIG_SETMASK),
        "INTERRUPTED": INTERRUPTED,
        "ABANDONED": ABANDONED,
    }
    for name, number in numbers.items():
        text = text.replace(name, str(number))
    return text
