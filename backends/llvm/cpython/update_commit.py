"""Emit native code that updates values in place: `claim`, `take_out`, `put_back`, `lend` and
`take_again`.

A program may overwrite arguments that are the values of shared variables (see
`symgraph.lower.memory.donation`). It receives such a value itself if only the container refers to
it, and otherwise a copy. While a call runs without the GIL, the values that it overwrites are in no
container: readers wait (see `symgraph.graph.container`) and register that they do, whereupon later
calls make copies until the readers are done. While the call handles signals, the values are back in
their containers, since handlers run arbitrary code.
"""

from llvmlite import ir
from symgraph.backends.llvm import table_layouts
from symgraph.backends.llvm.cpython.container_locks import VOID, decrement, increment
from symgraph.backends.llvm.cpython.writer import I32, I64, NULL, PTR, Writer, internal, number
from symgraph.backends.llvm.table_layouts import (
    Argument,
    FunctionTable,
    Overwriting,
    Result,
    Slots,
    Taken,
)

# References to a value that a call has lent: its container's, the call's results', its arguments'.
LENT_REFERENCES = 3


def write_is_own(module: ir.Module, slots: Slots) -> ir.Function:
    """Write `is_own(state, spec, open)`: return whether the value in an argument's container may be
    overwritten; `open`: the GIL will be released meanwhile."""
    w = internal(module, "is_own", I64, [PTR, PTR, I64])
    state, spec, open_ = w.function.args
    shared = w.block("shared")
    w.leave_if(w.equal(w.word(spec, Argument.ALONE, I64), number(0)), shared)
    container = w.word(spec, Argument.SOURCE)
    _leave_unless_alone(w, w.field(container, slots.value), 1, shared)
    with w.b.if_then(w.b.icmp_signed("!=", open_, number(0))):
        waiting = w.field(container, slots.waiting)
        w.leave_unless(w.equal(waiting, w.word(state, FunctionTable.NOT_HELD)), shared)
        paused = w.word(w.word(state, FunctionTable.OVERWRITING), Overwriting.PAUSED, I64)
        w.leave_unless(w.equal(paused, number(0)), shared)
    w.b.ret(number(1))
    w.begin(shared)
    w.b.ret(number(0))
    return w.function


def _leave_unless_alone(w: Writer, value: ir.Value, references: int, shared: ir.Block) -> None:
    """Branch to `shared` where an array has other references, or does not own its memory."""
    have = w.field(value, table_layouts.OBJECT_REFERENCES, I64)
    w.leave_unless(w.equal(have, number(references)), shared)
    w.leave_unless(w.is_null(w.field(value, table_layouts.ARRAY_WEAK_REFERENCES)), shared)
    own = ir.Constant(I32, table_layouts.OWN_FLAGS)
    flags = w.b.and_(w.field(value, table_layouts.ARRAY_FLAGS, I32), own)
    w.leave_unless(w.equal(flags, own), shared)


def write_claim(module: ir.Module, is_own: ir.Function, slots: Slots) -> ir.Function:
    """Write `claim(state, result, frame, open)`: return a reference to the array that a result
    overwrites: the value itself, or a copy, whose address is then put into the frame; null without
    memory."""
    w = internal(module, "claim", PTR, [PTR, PTR, PTR, I64])
    state, result, frame, open_ = w.function.args
    argument = w.word(result, Result.OVERWRITES, I64)
    spec = w.item(w.word(state, FunctionTable.SPECS), argument, len(Argument))
    value = w.field(w.word(spec, Argument.SOURCE), slots.value)
    refused, copied = w.block("refused"), w.block("copied")
    w.leave_if(w.equal(w.b.call(is_own, [state, spec, open_]), number(0)), copied)
    increment(w, value)
    w.b.ret(value)
    w.begin(copied)
    array = empty_array(w, result)
    w.leave_if(w.is_null(array), refused)
    data = w.field(array, table_layouts.ARRAY_DATA)
    size = w.word(result, Result.BYTES, I64)
    w.call("memcpy", PTR, [data, w.field(value, table_layouts.ARRAY_DATA), size])
    w.b.store(data, w.item(frame, argument))
    w.b.ret(array)
    w.begin(refused)
    w.b.ret(NULL)
    return w.function


def empty_array(w: Writer, result: ir.Value) -> ir.Value:
    """Return a new array as a `Result` describes it; null without memory."""
    descr = w.word(result, Result.DESCR)
    # PyArray_Empty takes this reference.
    increment(w, descr)
    ndim = w.word(result, Result.NDIM, I32)
    arguments = [ndim, w.word(result, Result.DIMS), descr, ir.Constant(I32, 0)]
    return w.call("PyArray_Empty", PTR, arguments)


def write_take_out(module: ir.Module, slots: Slots) -> ir.Function:
    """Write `take_out(state, values)`: empty the containers whose own value will be their new one;
    return the number of those."""
    w = internal(module, "take_out", I64, [PTR, PTR])
    state, values = w.function.args
    targets = w.word(state, FunctionTable.TARGETS)
    taken = w.variable(number(0))
    with w.times(w.word(state, FunctionTable.UPDATES, I64)) as index:
        slot = w.at(w.load(w.item(targets, index)), slots.value)
        value = w.load(w.item(values, index))
        with w.b.if_then(w.equal(w.load(slot), value)):
            w.b.store(NULL, slot)
            decrement(w, value)
            w.b.store(w.b.add(w.load(taken, I64), number(1)), taken)
    count_running(w, state, w.load(taken, I64))
    w.b.ret(w.load(taken, I64))
    return w.function


def write_put_back(module: ir.Module, slots: Slots) -> ir.Function:
    """Write `put_back(state, values)`: undo `take_out`, for values that were not written to; a
    value that other code put into a container stays there."""
    w = internal(module, "put_back", VOID, [PTR, PTR])
    state, values = w.function.args
    targets = w.word(state, FunctionTable.TARGETS)
    with w.times(w.word(state, FunctionTable.UPDATES, I64)) as index:
        slot = w.at(w.load(w.item(targets, index)), slots.value)
        with w.b.if_then(w.is_null(w.load(slot))):
            value = w.load(w.item(values, index))
            increment(w, value)
            w.b.store(value, slot)
    w.b.ret_void()
    return w.function


def write_lend(module: ir.Module, put_back: ir.Function) -> ir.Function:
    """Write `lend(taken)`: put the values back before signals are handled."""
    w = internal(module, "lend", VOID, [PTR])
    (taken,) = w.function.args
    state = w.word(taken, Taken.STATE)
    w.b.call(put_back, [state, w.word(taken, Taken.VALUES)])
    out = w.word(taken, Taken.OUT, I64)
    count_running(w, state, w.b.neg(out))
    w.b.store(out, w.at(taken, table_layouts.WORD * Taken.LENT))
    w.b.store(number(0), w.at(taken, table_layouts.WORD * Taken.OUT))
    w.b.ret_void()
    return w.function


def write_take_again(module: ir.Module, take_out: ir.Function, slots: Slots) -> ir.Function:
    """Write `take_again(taken)`: take them out again; return whether all values are still where
    they were, and unshared."""
    w = internal(module, "take_again", I64, [PTR])
    (taken,) = w.function.args
    state, values = w.word(taken, Taken.STATE), w.word(taken, Taken.VALUES)
    targets, lent = w.word(state, FunctionTable.TARGETS), w.word(taken, Taken.LENT, I64)
    found, gone = w.variable(number(0)), w.block("gone")
    with w.times(w.word(state, FunctionTable.UPDATES, I64)) as index:
        present = w.field(w.load(w.item(targets, index)), slots.value)
        value = w.load(w.item(values, index))
        with w.b.if_then(w.equal(present, value)):
            _leave_unless_alone(w, value, LENT_REFERENCES, gone)
            w.b.store(w.b.add(w.load(found, I64), number(1)), found)
    w.leave_unless(w.equal(w.load(found, I64), lent), gone)
    w.b.store(w.b.call(take_out, [state, values]), w.at(taken, table_layouts.WORD * Taken.OUT))
    w.b.ret(number(1))
    w.begin(gone)
    w.b.ret(number(0))
    return w.function


def count_running(w: Writer, state: ir.Value, change: ir.Value) -> None:
    """Add to the number of values that are taken out of their containers."""
    running = w.at(
        w.word(state, FunctionTable.OVERWRITING), table_layouts.WORD * Overwriting.RUNNING
    )
    w.b.store(w.b.add(w.load(running, I64), change), running)
