"""Emit native code that allocates a call's results and stores its updates: `direct`, `released`."""

from collections.abc import Sequence
from typing import NamedTuple

from llvmlite import ir
from symgraph.backends.llvm import table_layouts
from symgraph.backends.llvm.cpython.argument_checks import PLACED
from symgraph.backends.llvm.cpython.container_locks import (
    DONE,
    RAISED,
    REFUSED,
    VOID,
    decrement,
    increment,
)
from symgraph.backends.llvm.cpython.update_commit import count_running, empty_array
from symgraph.backends.llvm.cpython.writer import I64, NULL, PTR, Writer, internal, number
from symgraph.backends.llvm.interrupts import INTERRUPTED, RUN
from symgraph.backends.llvm.table_layouts import (
    Argument,
    FunctionTable,
    ProgramMemory,
    Result,
    Slots,
    Taken,
    Variant,
)


def write_drop(module: ir.Module) -> ir.Function:
    """Write `drop(objects, count)`: release references. This may run arbitrary code."""
    w = internal(module, "drop", VOID, [PTR, I64])
    objects, count = w.function.args
    with w.times(count) as index:
        decrement(w, w.load(w.item(objects, index)))
    w.b.ret_void()
    return w.function


def write_make(module: ir.Module, drop: ir.Function, claim: ir.Function) -> ir.Function:
    """Write `make(state, variant, results, open)`: allocate an array for each result, and put its
    address into the frame; return whether there was memory. `open`: the GIL will be released."""
    w = internal(module, "make", I64, [PTR, PTR, PTR, I64])
    state, variant, results, open_ = w.function.args
    frame, specs = w.word(variant, Variant.FRAME), w.word(variant, Variant.MADE)
    refused = w.block("refused")
    made = w.variable(number(0))
    array = w.variable(NULL)
    with w.times(w.word(variant, Variant.RESULTS, I64)) as index:
        w.b.store(index, made)
        spec = w.item(specs, index, len(Result))
        overwrites = w.b.icmp_signed(">=", w.word(spec, Result.OVERWRITES, I64), number(0))
        with w.b.if_else(overwrites) as (over, new):
            with over:
                w.b.store(w.b.call(claim, [state, spec, frame, open_]), array)
            with new:
                fresh = empty_array(w, spec)
                w.b.store(fresh, array)
                w.leave_if(w.is_null(fresh), refused)
                place = w.item(frame, w.word(spec, Result.PLACE, I64))
                w.b.store(w.field(fresh, table_layouts.ARRAY_DATA), place)
        w.leave_if(w.is_null(w.load(array)), refused)
        w.b.store(w.load(array), w.item(results, index))
    w.b.ret(number(1))
    w.begin(refused)
    w.call("PyErr_Clear", VOID, [])
    w.b.call(drop, [results, w.load(made, I64)])
    w.b.ret(number(0))
    return w.function


def write_publish(module: ir.Module, slots: Slots) -> ir.Function:
    """Write `publish(state, values)`: store the new values in the targets, and the former ones in
    `values` (null for a value that was taken out)."""
    w = internal(module, "publish", VOID, [PTR, PTR])
    state, values = w.function.args
    targets = w.word(state, FunctionTable.TARGETS)
    with w.times(w.word(state, FunctionTable.UPDATES, I64)) as index:
        slot = w.at(w.load(w.item(targets, index)), slots.value)
        value = w.item(values, index)
        former = w.load(slot)
        w.b.store(w.load(value), slot)
        w.b.store(former, value)
    w.b.ret_void()
    return w.function


def run(w: Writer, variant: ir.Value) -> ir.Value:
    """Call the host program, and return its result."""
    return w.call_at(w.word(variant, Variant.ENTRY), I64, _given(w, variant))


def _given(w: Writer, variant: ir.Value) -> list[ir.Value]:
    """Return the arguments of the host program."""
    pointers = (Variant.FRAME, Variant.DIMS, Variant.SLOTS, Variant.SIZES)
    arguments = [w.word(variant, entry) for entry in pointers]
    arguments += [w.word(variant, Variant.TOKEN, I64)]
    return arguments + [w.word(variant, entry) for entry in (Variant.CALLS, Variant.FAILED)]


def is_busy(w: Writer, variant: ir.Value) -> ir.Value:
    """Return whether the variant's memory is in use by another call, or was freed."""
    home = w.word(variant, Variant.HOME)
    natively = w.b.icmp_unsigned("!=", w.word(home, ProgramMemory.BUSY, I64), number(0))
    free = w.field(w.word(variant, Variant.FREE), table_layouts.SIZE, I64)
    by_python = w.equal(free, number(0))
    arena = w.word(variant, Variant.ARENA, I64)
    moved = w.b.icmp_unsigned("!=", w.word(home, ProgramMemory.ARENA, I64), arena)
    return w.b.or_(w.b.or_(natively, by_python), moved)


def write_direct(
    module: ir.Module,
    drop: ir.Function,
    make: ir.Function,
    publish: ir.Function,
    slots: Slots,
) -> ir.Function:
    """Write `direct(state, variant, results)`: run what `place` has prepared, atomically: nothing
    else runs from the reading of the arguments to the updates."""
    w = internal(module, "direct", I64, [PTR, PTR, PTR])
    state, variant, results = w.function.args
    targets, updates = (
        w.word(state, FunctionTable.TARGETS),
        w.word(state, FunctionTable.UPDATES, I64),
    )
    refused, failed = w.block("refused"), w.block("failed")
    with w.times(updates) as index:
        held = w.field(w.load(w.item(targets, index)), slots.held)
        w.leave_unless(w.equal(held, w.word(state, FunctionTable.NOT_HELD)), refused)
    made = w.b.call(make, [state, variant, results, number(0)])
    w.leave_if(w.equal(made, number(0)), refused)
    w.leave_if(w.b.icmp_signed("!=", run(w, variant), number(0)), failed)
    news = w.item(results, w.word(state, FunctionTable.OUTPUTS, I64))
    w.b.call(publish, [state, news])
    w.b.call(drop, [news, updates])
    w.b.ret(number(DONE))
    w.begin(failed)
    w.b.call(drop, [results, w.word(variant, Variant.RESULTS, I64)])
    w.go(refused)
    w.begin(refused)
    w.b.ret(number(REFUSED))
    return w.function


class Pieces(NamedTuple):
    """The functions that `released` consists of."""

    place: ir.Function
    drop: ir.Function
    make: ir.Function
    publish: ir.Function
    hold: ir.Function
    let_go: ir.Function
    take_out: ir.Function
    put_back: ir.Function
    lend: ir.Function
    take_again: ir.Function


def write_released(module: ir.Module, pieces: Pieces, slots: Slots) -> ir.Function:
    """Write `released(state, variant, args, results, kept)`: the same for long work, during which
    other threads run Python. `kept` has room for all values of containers."""
    w = internal(module, "released", I64, [PTR] * 5)
    state, variant, args, results, kept = w.function.args
    place, drop, make, publish, hold, let_go, take_out, put_back, *_ = pieces
    updates, held = (
        w.word(state, FunctionTable.UPDATES, I64),
        w.word(state, FunctionTable.HELD, I64),
    )
    refused, failed, unheld = (w.block(name) for name in ("refused", "failed", "unheld"))
    holding = w.b.call(hold, [state])
    w.leave_if(w.b.icmp_signed("!=", holding, number(DONE)), unheld)
    # Before the targets were locked, other calls may have used the frame, or changed any value.
    w.leave_if(is_busy(w, variant), refused)
    placed = w.b.call(place, [state, variant, args])
    w.leave_if(w.b.icmp_signed("!=", placed, number(PLACED)), refused)
    made = w.b.call(make, [state, variant, results, number(1)])
    w.leave_if(w.equal(made, number(0)), refused)
    count = _keep(w, state, kept, slots)
    amount = w.word(variant, Variant.RESULTS, I64)
    news = w.item(results, w.word(state, FunctionTable.OUTPUTS, I64))
    taken = _table(w, [state, news, w.b.call(take_out, [state, news]), number(0)])
    code = _run_released(w, variant, pieces, taken)
    count_running(w, state, w.b.neg(w.word(taken, Taken.OUT, I64)))
    w.leave_if(w.b.icmp_signed("!=", code, number(0)), failed)
    w.b.call(publish, [state, news])
    w.b.call(let_go, [state, held])
    w.b.call(drop, [kept, count])
    w.b.call(drop, [news, updates])
    w.b.ret(number(DONE))
    w.begin(failed)
    error = [w.variable(NULL) for _ in range(3)]
    # The exception of a signal's handler, if there was one.
    w.call("PyErr_Fetch", VOID, error)
    w.b.call(put_back, [state, news])
    w.b.call(drop, [results, amount])
    w.b.call(drop, [kept, count])
    w.b.call(let_go, [state, held])
    w.call("PyErr_Restore", VOID, [w.load(part) for part in error])
    interrupted = w.equal(code, number(INTERRUPTED))
    w.b.ret(w.b.select(interrupted, number(RAISED), number(REFUSED)))
    w.begin(refused)
    w.b.call(let_go, [state, held])
    w.b.ret(number(REFUSED))
    w.begin(unheld)
    w.b.ret(holding)
    return w.function


def _table(w: Writer, words: Sequence[ir.Value]) -> ir.Value:
    """Return a table of words on the stack."""
    with w.b.goto_entry_block():
        table = w.b.alloca(I64, size=len(words))
        # For words of any types; llvmlite would have them all be integers.
        table.type = PTR
    for position, word in enumerate(words):
        w.b.store(word, w.at(table, table_layouts.WORD * position))
    return table


def _keep(w: Writer, state: ir.Value, kept: ir.Value, slots: Slots) -> ir.Value:
    """Take references to all values read from containers; return their number."""
    specs = w.word(state, FunctionTable.SPECS)
    count = w.variable(number(0))
    with w.times(w.word(state, FunctionTable.ARGUMENTS, I64)) as index:
        source = w.word(w.item(specs, index, len(Argument)), Argument.SOURCE)
        with w.b.if_then(w.b.icmp_unsigned("!=", source, NULL)):
            value = w.field(source, slots.value)
            increment(w, value)
            position = w.load(count, I64)
            w.b.store(value, w.item(kept, position))
            w.b.store(w.b.add(position, number(1)), count)
    return w.load(count, I64)


def _run_released(w: Writer, variant: ir.Value, pieces: Pieces, taken: ir.Value) -> ir.Value:
    """Run without the GIL; return the host program's result, or that of `symgraph_run`."""
    busy = w.at(w.word(variant, Variant.HOME), table_layouts.WORD * ProgramMemory.BUSY)
    w.b.store(number(1), busy)
    begun = w.at(w.word(variant, Variant.FAILED), table_layouts.WORD * table_layouts.BEGUN)
    w.b.store(number(0), begun)
    entry = w.word(variant, Variant.ENTRY)
    handling = [pieces.lend, pieces.take_again, taken, begun]
    code = w.call(RUN, I64, [entry, *_given(w, variant), *handling])
    w.b.store(number(0), busy)
    return code
