"""Copy a matrix transposed, square by square in registers: other routines call this to make an
operand contiguous."""

from dataclasses import dataclass

from llvmlite import ir
from symgraph.backends.llvm.emission.statements import I64, PTR
from symgraph.backends.llvm.routines.matmul.lane_moves import transposed
from symgraph.backends.llvm.routines.matmul.loops import counted, int64
from symgraph.backends.llvm.routines.matmul.tile import Matrix, row_pointers
from symgraph.backends.llvm.routines.matmul.vectors import Lanes
from symgraph.backends.llvm.routines.naming import PRODUCT

SIGNATURE = ir.FunctionType(ir.VoidType(), [PTR, I64, I64, I64, PTR, I64])


@dataclass(frozen=True)
class Copy:
    """The specification of `copy(source, step, rows, columns, target, pitch)`: target[j * pitch +
    i] = source[i * step + j]. The target has room for rows and columns rounded up to whole vectors;
    the padding is arbitrary afterwards."""

    dtype: str


def copy_routine(module: ir.Module, dtype: str) -> ir.Function:
    """Return the routine as an external function of the module."""
    name = f"{PRODUCT}.copy.{dtype}"
    return module.globals.get(name) or ir.Function(module, SIGNATURE, name)


def write_copy(function: ir.Function, spec: Copy) -> None:
    """Write the routine."""
    lanes = Lanes(spec.dtype)
    b = ir.IRBuilder(function.append_basic_block())
    source, step, rows, columns, target, pitch = function.args
    count = int64(lanes.count)
    with counted(b, int64(0), rows, count) as i:
        first = Matrix(lanes.at(b, source, b.mul(i, step)), step, int64(1))
        # Rows after the last one repeat it.
        starts = row_pointers(b, lanes, first, lanes.count, b.sub(rows, i))
        with counted(b, int64(0), columns, count) as j:
            mask = lanes.mask(b, b.sub(columns, j))
            square = [lanes.load(b, lanes.at(b, start, j), mask) for start in starts]
            place = lanes.at(b, target, b.add(b.mul(j, pitch), i))
            for number, line in enumerate(transposed(b, lanes, square)):
                lanes.store(b, line, lanes.at(b, place, b.mul(int64(number), pitch)))
    b.ret_void()
