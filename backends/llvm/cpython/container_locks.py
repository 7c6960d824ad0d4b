"""Emit native code that locks the containers that a call updates: `hold` and `let_go`, equivalent
to `symgraph.compile.value_locks.Held`."""

from llvmlite import ir
from symgraph.backends.llvm.cpython.writer import I64, NULL, PTR, Writer, internal, number
from symgraph.backends.llvm.table_layouts import FunctionTable, Lock, Slots

VOID = ir.VoidType()
# The results of `hold`, `direct` and `released`: RAISED with an exception set, REFUSED with nothing
# changed.
RAISED, REFUSED, DONE = -1, 0, 1


def increment(w: Writer, thing: ir.Value) -> None:
    w.call("Py_IncRef", VOID, [thing])


def decrement(w: Writer, thing: ir.Value) -> None:
    w.call("Py_DecRef", VOID, [thing])


def write_let_go(module: ir.Module, slots: Slots) -> ir.Function:
    """Write `let_go(state, count)`: release the first `count` containers."""
    w = internal(module, "let_go", VOID, [PTR, I64])
    state, count = w.function.args
    with w.times(count) as index:
        lock = w.item(w.word(state, FunctionTable.LOCKS), index, len(Lock))
        _mark(w, lock, w.word(state, FunctionTable.NOT_HELD), slots)
        # The thread holds the lock: this cannot fail.
        decrement(w, w.call("PyObject_CallNoArgs", PTR, [w.word(lock, Lock.RELEASE)]))
    w.b.ret_void()
    return w.function


def write_hold(module: ir.Module, let_go: ir.Function, slots: Slots) -> ir.Function:
    """Write `hold(state)`: lock all containers that the function updates; refused where the thread
    holds one already, in a call around this one."""
    w = internal(module, "hold", I64, [PTR])
    (state,) = w.function.args
    raised, refused = w.block("raised"), w.block("refused")
    taken = w.variable(number(0))
    with w.times(w.word(state, FunctionTable.HELD, I64)) as index:
        w.b.store(index, taken)
        lock = w.item(w.word(state, FunctionTable.LOCKS), index, len(Lock))
        # This lets other threads run, and signals be handled.
        answer = w.call("PyObject_CallNoArgs", PTR, [w.word(lock, Lock.ACQUIRE)])
        w.leave_if(w.is_null(answer), raised)
        decrement(w, answer)
        held = w.field(w.word(lock, Lock.CONTAINER), slots.held)
        w.leave_unless(w.equal(held, w.word(state, FunctionTable.NOT_HELD)), refused)
        _mark(w, lock, w.word(state, FunctionTable.ONCE), slots)
    w.b.ret(number(DONE))
    w.begin(refused)
    lock = w.item(w.word(state, FunctionTable.LOCKS), w.load(taken, I64), len(Lock))
    decrement(w, w.call("PyObject_CallNoArgs", PTR, [w.word(lock, Lock.RELEASE)]))
    w.b.call(let_go, [state, w.load(taken, I64)])
    w.b.ret(number(REFUSED))
    w.begin(raised)
    error = [w.variable(NULL) for _ in range(3)]
    w.call("PyErr_Fetch", VOID, error)
    w.b.call(let_go, [state, w.load(taken, I64)])
    w.call("PyErr_Restore", VOID, [w.load(part) for part in error])
    w.b.ret(number(RAISED))
    return w.function


def _mark(w: Writer, lock: ir.Value, count: ir.Value, slots: Slots) -> None:
    """Store in a container how many calls hold it; `count` is an int object."""
    slot = w.at(w.word(lock, Lock.CONTAINER), slots.held)
    former = w.load(slot)
    increment(w, count)
    w.b.store(count, slot)
    decrement(w, former)
