"""Emit native code that checks the arguments of a call: `place` and `accept_number`."""

from llvmlite import ir
from symgraph.backends.llvm import table_layouts
from symgraph.backends.llvm.cpython.writer import (
    DOUBLE,
    FLOAT,
    I8,
    I32,
    I64,
    NULL,
    PTR,
    Writer,
    internal,
    number,
)
from symgraph.backends.llvm.table_layouts import Argument, FunctionTable, Number, Variant

# The results of `place`.
PLACED, OTHER_EXTENTS, UNUSUAL = range(3)
# Integers up to this are exact in float32.
EXACT_SINGLE = 2**24


def write_accept_number(module: ir.Module) -> ir.Function:
    """Write `accept_number(spec, value, cell)`: return the address of the number for an argument of
    rank 0 that `value`, which is not an array, represents; the number may be stored in `cell`.
    Return null where it is not certain that the value is accepted.

    The rules are those of `TensorType.filter`, as far as they do not depend on flags.
    """
    w = internal(module, "accept_number", PTR, [PTR, PTR, PTR])
    spec, value, cell = w.function.args
    type = w.field(value, table_layouts.OBJECT_TYPE)
    inside, unusual = w.block("inside"), w.block("unusual")
    # The SCALAR of an argument of another rank is 0, which equals no type.
    w.leave_if(w.equal(type, w.word(spec, Argument.SCALAR)), inside)
    kinds = {kind: w.block(kind.name.lower()) for kind in Number if kind is not Number.NONE}
    switch = w.b.switch(w.word(spec, Argument.NUMBER, I64), unusual)
    for kind, block in kinds.items():
        switch.add_case(number(kind), block)
    w.begin(kinds[Number.DOUBLE])
    w.leave_if(w.equal(type, w.outside("PyFloat_Type")), inside)
    integer = _integer(w, value, type, unusual)
    _return_in_cell(w, w.b.sitofp(integer, DOUBLE), cell)
    w.begin(kinds[Number.SINGLE])
    _accept_single(w, value, type, cell, unusual)
    w.begin(kinds[Number.INTEGER])
    integer = _integer(w, value, type, unusual)
    w.leave_if(w.b.icmp_signed("<", integer, w.word(spec, Argument.LOW, I64)), unusual)
    w.leave_if(w.b.icmp_signed(">", integer, w.word(spec, Argument.HIGH, I64)), unusual)
    _return_in_cell(w, integer, cell)
    w.begin(kinds[Number.BOOL])
    w.leave_unless(w.equal(type, w.outside("PyBool_Type")), unusual)
    _return_in_cell(w, w.b.zext(w.equal(value, w.outside("_Py_TrueStruct")), I8), cell)
    w.begin(inside)
    w.b.ret(w.at(value, table_layouts.NUMBER))
    w.begin(unusual)
    w.b.ret(NULL)
    return w.function


def _return_in_cell(w: Writer, value: ir.Value, cell: ir.Value) -> None:
    w.b.store(value, cell)
    w.b.ret(cell)


def _accept_single(
    w: Writer, value: ir.Value, type: ir.Value, cell: ir.Value, unusual: ir.Block
) -> None:
    """Accept a number that float32 holds exactly: rounding may need a flag, checked in Python."""
    others = w.block("others")
    w.leave_unless(w.equal(type, w.outside("PyFloat_Type")), others)
    wide = w.field(value, table_layouts.NUMBER, DOUBLE)
    narrow = w.b.fptrunc(wide, FLOAT)
    # Unordered comparison: true for nan as well.
    w.leave_unless(w.b.fcmp_unordered("==", w.b.fpext(narrow, DOUBLE), wide), unusual)
    _return_in_cell(w, narrow, cell)
    w.begin(others)
    integer = _integer(w, value, type, unusual)
    w.leave_if(w.b.icmp_signed(">", integer, number(EXACT_SINGLE)), unusual)
    w.leave_if(w.b.icmp_signed("<", integer, number(-EXACT_SINGLE)), unusual)
    _return_in_cell(w, w.b.sitofp(integer, FLOAT), cell)


def _integer(w: Writer, value: ir.Value, type: ir.Value, unusual: ir.Block) -> ir.Value:
    """Return the value of an int of 64 bits; bools and other types are `unusual`."""
    w.leave_unless(w.equal(type, w.outside("PyLong_Type")), unusual)
    overflow = w.variable(ir.Constant(I32, 0))
    result = w.call("PyLong_AsLongLongAndOverflow", I64, [value, overflow])
    w.leave_if(w.b.icmp_signed("!=", w.load(overflow, I32), ir.Constant(I32, 0)), unusual)
    return result


def write_place(module: ir.Module, accept_number: ir.Function, value_offset: int) -> ir.Function:
    """Write `place(state, variant, args)`: check every argument of a call against what the function
    takes and against the variant's extents, and put its address into the variant's frame.

    `value_offset` is where a container keeps its value.
    """
    w = internal(module, "place", I64, [PTR, PTR, PTR])
    state, variant, args = w.function.args
    w.function.attributes.add("noinline")
    specs, frame = w.word(state, FunctionTable.SPECS), w.word(variant, Variant.FRAME)
    cells = w.word(variant, Variant.CELLS)
    following = w.variable(args)
    extents = w.variable(w.word(variant, Variant.DIMS))
    others, unusual = w.block("others"), w.block("unusual")
    with w.times(w.word(state, FunctionTable.ARGUMENTS, I64)) as index:
        spec = w.item(specs, index, len(Argument))
        value = _value_of(w, spec, following, value_offset, unusual)
        to = w.item(frame, index)
        is_array = w.equal(w.field(value, table_layouts.OBJECT_TYPE), w.outside("PyArray_Type"))
        with w.b.if_else(is_array, likely=True) as (array, no_array):
            with array:
                _check_array(w, spec, value, unusual)
                _match_extents(w, value, w.word(spec, Argument.NDIM, I64), extents, others)
                w.b.store(w.field(value, table_layouts.ARRAY_DATA), to)
            with no_array:
                found = w.b.call(accept_number, [spec, value, w.item(cells, index)])
                w.leave_if(w.is_null(found), unusual)
                w.b.store(found, to)
    w.b.ret(number(PLACED))
    for block, code in ((others, OTHER_EXTENTS), (unusual, UNUSUAL)):
        w.begin(block)
        w.b.ret(number(code))
    return w.function


def _value_of(
    w: Writer, spec: ir.Value, following: ir.Value, value_offset: int, unusual: ir.Block
) -> ir.Value:
    """Return the next positional argument, or the value of a container."""
    source = w.word(spec, Argument.SOURCE)
    value = w.variable(NULL)
    with w.b.if_else(w.is_null(source)) as (positional, kept):
        with positional:
            here = w.load(following)
            w.b.store(w.load(here), value)
            w.b.store(w.at(here, table_layouts.WORD), following)
        with kept:
            w.b.store(w.field(source, value_offset), value)
    found = w.load(value)
    # A slot is null before anything is stored in it.
    w.leave_if(w.is_null(found), unusual)
    return found


def _check_array(w: Writer, spec: ir.Value, array: ir.Value, unusual: ir.Block) -> None:
    descr = w.field(array, table_layouts.ARRAY_DESCR)
    w.leave_unless(w.equal(descr, w.word(spec, Argument.DESCR)), unusual)
    ndim = w.b.zext(w.field(array, table_layouts.ARRAY_NDIM, I32), I64)
    w.leave_unless(w.equal(ndim, w.word(spec, Argument.NDIM, I64)), unusual)
    plain = ir.Constant(I32, table_layouts.PLAIN_FLAGS)
    flags = w.b.and_(w.field(array, table_layouts.ARRAY_FLAGS, I32), plain)
    w.leave_unless(w.equal(flags, plain), unusual)


def _match_extents(
    w: Writer, array: ir.Value, ndim: ir.Value, extents: ir.Value, others: ir.Block
) -> None:
    """Compare an array's extents with the next ones of the variant."""
    dims, expected = w.field(array, table_layouts.ARRAY_DIMS), w.load(extents)
    with w.times(ndim) as axis:
        same = w.equal(w.load(w.item(dims, axis), I64), w.load(w.item(expected, axis), I64))
        w.leave_unless(same, others)
    w.b.store(w.item(expected, ndim), extents)
