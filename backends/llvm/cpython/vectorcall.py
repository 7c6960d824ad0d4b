"""Emit the native code behind every call of a compiled function: its class's vectorcall function.

It is written once for all functions, and reads the tables of `table_layouts`: so it is compiled
once, and a new function costs a table. It contains no messages. All unusual cases are left to
`FunctionTable.SLOW`, the call in Python, before anything is changed.
"""

from llvmlite import ir
from symgraph.backends.llvm import table_layouts
from symgraph.backends.llvm.codegen.jit import host
from symgraph.backends.llvm.cpython.argument_checks import (
    OTHER_EXTENTS,
    PLACED,
    write_accept_number,
    write_place,
)
from symgraph.backends.llvm.cpython.call_body import (
    Pieces,
    is_busy,
    write_direct,
    write_drop,
    write_make,
    write_publish,
    write_released,
)
from symgraph.backends.llvm.cpython.container_locks import (
    RAISED,
    REFUSED,
    decrement,
    increment,
    write_hold,
    write_let_go,
)
from symgraph.backends.llvm.cpython.update_commit import (
    write_claim,
    write_is_own,
    write_lend,
    write_put_back,
    write_take_again,
    write_take_out,
)
from symgraph.backends.llvm.cpython.writer import I64, NULL, PTR, Writer, internal, number
from symgraph.backends.llvm.table_layouts import (
    ENTRY,
    ExecutableTable,
    FunctionTable,
    Slots,
    Variant,
)

# PY_VECTORCALL_ARGUMENTS_OFFSET: the place before the first argument may be overwritten.
OFFSET_FLAG = -(2**63)
# CPython's `vectorcallfunc`.
CALL = ir.FunctionType(PTR, [PTR, PTR, I64, PTR])


def build(slots: Slots, state_offset: int) -> ir.Module:
    """Return the module; `state_offset` is where an object keeps its `FunctionTable`'s address."""
    module = ir.Module("native_call")
    module.triple = host().triple
    slow = write_slow(module)
    place = write_place(module, write_accept_number(module), slots.value)
    drop = write_drop(module)
    claim = write_claim(module, write_is_own(module, slots), slots)
    make, publish = write_make(module, drop, claim), write_publish(module, slots)
    direct = write_direct(module, drop, make, publish, slots)
    let_go = write_let_go(module, slots)
    hold = write_hold(module, let_go, slots)
    take_out, put_back = write_take_out(module, slots), write_put_back(module, slots)
    lend, take_again = write_lend(module, put_back), write_take_again(module, take_out, slots)
    pieces = Pieces(place, drop, make, publish, hold, let_go, take_out, put_back, lend, take_again)
    released = write_released(module, pieces, slots)
    attempt = write_attempt(module, place, direct, released)
    write_call(module, attempt, slow, state_offset)
    return module


def build_first(state_offset: int) -> ir.Module:
    """Return a module that leaves all calls to Python: quick to compile, for a process's first
    calls."""
    module = ir.Module("first_call")
    module.triple = host().triple
    slow = write_slow(module)
    w = Writer(ir.Function(module, CALL, ENTRY))
    self, args, nargsf, kwnames = w.function.args
    callable = w.word(w.field(self, state_offset), FunctionTable.SLOW)
    w.b.ret(w.b.call(slow, [callable, self, args, nargsf, kwnames]))
    return module


def write_slow(module: ir.Module) -> ir.Function:
    """Write `slow(callable, self, args, nargsf, kwnames)`: `callable(self, *args, **kwargs)`."""
    w = internal(module, "slow", PTR, [PTR, PTR, PTR, I64, PTR])
    callable, self, args, nargsf, kwnames = w.function.args
    w.function.attributes.add("noinline")
    given = w.b.and_(nargsf, number(~OFFSET_FLAG))
    count = w.b.add(given, number(1))
    copied = w.block("copied")
    w.leave_unless(w.b.icmp_signed("<", nargsf, number(0)), copied)
    before = w.at(args, -table_layouts.WORD)
    former = w.load(before)
    w.b.store(self, before)
    result = w.call("PyObject_Vectorcall", PTR, [callable, before, count, kwnames])
    w.b.store(former, before)
    w.b.ret(result)
    w.begin(copied)
    named = w.variable(number(0))
    with w.b.if_then(w.b.not_(w.is_null(kwnames))):
        w.b.store(w.field(kwnames, table_layouts.SIZE, I64), named)
    total = w.b.add(given, w.load(named, I64))
    shifted = w.b.alloca(PTR, size=w.b.add(total, number(1)))
    w.b.store(self, shifted)
    with w.times(total) as index:
        to = w.at(w.item(shifted, index), table_layouts.WORD)
        w.b.store(w.load(w.item(args, index)), to)
    w.b.ret(w.call("PyObject_Vectorcall", PTR, [callable, shifted, count, kwnames]))
    return w.function


def write_attempt(
    module: ir.Module, place: ir.Function, direct: ir.Function, released: ir.Function
) -> ir.Function:
    """Write `attempt(state, args, results, kept)`: find an unused variant for the arguments'
    extents, and run it."""
    w = internal(module, "attempt", I64, [PTR] * 4)
    state, args, results, kept = w.function.args
    look, following, refused = (w.block(name) for name in ("look", "following", "refused"))
    current = w.variable(w.word(w.word(state, FunctionTable.ENGINE), ExecutableTable.HEAD))
    w.go(look)
    w.begin(look)
    variant = w.load(current)
    w.leave_if(w.is_null(variant), refused)
    w.leave_if(is_busy(w, variant), following)
    placed = w.b.call(place, [state, variant, args])
    w.leave_if(w.equal(placed, number(OTHER_EXTENTS)), following)
    w.leave_if(w.b.icmp_signed("!=", placed, number(PLACED)), refused)
    long = w.b.icmp_signed("!=", w.word(variant, Variant.LONG, I64), number(0))
    with w.b.if_then(long):
        # While other threads run, a variant to which nothing else refers may be freed.
        owner = w.word(variant, Variant.OWNER)
        increment(w, owner)
        code = w.b.call(released, [state, variant, args, results, kept])
        decrement(w, owner)
        w.b.ret(code)
    w.b.ret(w.b.call(direct, [state, variant, results]))
    w.begin(following)
    w.b.store(w.word(variant, Variant.NEXT), current)
    w.go(look)
    w.begin(refused)
    w.b.ret(number(REFUSED))
    return w.function


def write_call(
    module: ir.Module, attempt: ir.Function, slow: ir.Function, state_offset: int
) -> None:
    """Write `call(self, args, nargsf, kwnames)`, CPython's `vectorcallfunc`."""
    function = ir.Function(module, CALL, ENTRY)
    w = Writer(function)
    self, args, nargsf, kwnames = function.args
    state = w.field(self, state_offset)
    by_python, refused, raised = (w.block(name) for name in ("by_python", "refused", "raised"))
    w.leave_unless(w.is_null(kwnames), by_python)
    given = w.b.and_(nargsf, number(~OFFSET_FLAG))
    w.leave_unless(w.equal(given, w.word(state, FunctionTable.POSITIONAL, I64)), by_python)
    outputs = w.word(state, FunctionTable.OUTPUTS, I64)
    listed = w.b.icmp_signed("!=", w.word(state, FunctionTable.LISTED, I64), number(0))
    answer = w.variable(NULL)
    # Before anything is read: making a list may run finalisers, which are arbitrary code.
    with w.b.if_then(listed):
        made = w.call("PyList_New", PTR, [outputs])
        w.leave_if(w.is_null(made), raised)
        # It appears empty to code that finds it through the garbage collector, until it has items.
        w.b.store(number(0), w.at(made, table_layouts.SIZE))
        w.b.store(made, answer)
    results = w.b.alloca(PTR, size=w.b.add(outputs, w.word(state, FunctionTable.UPDATES, I64)))
    kept = w.b.alloca(PTR, size=w.word(state, FunctionTable.ARGUMENTS, I64))
    code = w.b.call(attempt, [state, args, results, kept])
    w.leave_if(w.equal(code, number(REFUSED)), refused)
    w.leave_if(w.equal(code, number(RAISED)), raised)
    _return_results(w, state, results, w.load(answer), listed)
    w.begin(refused)
    _drop_answer(w, answer)
    w.go(by_python)
    w.begin(by_python)
    w.b.ret(w.b.call(slow, [w.word(state, FunctionTable.SLOW), self, args, nargsf, kwnames]))
    w.begin(raised)
    _drop_answer(w, answer)
    w.b.ret(NULL)


def _drop_answer(w: Writer, answer: ir.Value) -> None:
    made = w.load(answer)
    with w.b.if_then(w.b.not_(w.is_null(made))):
        decrement(w, made)


def _return_results(
    w: Writer, state: ir.Value, results: ir.Value, answer: ir.Value, listed: ir.Value
) -> None:
    """Return the results in the form that the function specifies."""
    several = w.block("several")
    w.leave_if(listed, several)
    w.b.ret(w.load(results))
    w.begin(several)
    items = w.field(answer, table_layouts.LIST_ITEMS)
    with w.times(w.word(state, FunctionTable.OUTPUTS, I64)) as index:
        w.b.store(w.load(w.item(results, index)), w.item(items, index))
    w.b.store(w.word(state, FunctionTable.OUTPUTS, I64), w.at(answer, table_layouts.SIZE))
    formed = w.word(state, FunctionTable.FORMED)
    with w.b.if_then(w.is_null(formed)):
        w.b.ret(answer)
    made = w.call("PyObject_CallOneArg", PTR, [formed, answer])
    decrement(w, answer)
    w.b.ret(made)
