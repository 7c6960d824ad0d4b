"""Copies of operands into rows without gaps."""

import numpy as np
from symgraph.backends.opencl.launches import (
    C_TYPES,
    LETTERS,
    Argument,
    BufferArgument,
    Launch,
    Scratch,
    View,
    offset_argument,
)
from symgraph.backends.opencl.products.problem import pragmas

# Rows and columns of a square that an item copies at a time, and squares of an item.
SIDE, SQUARES = 16, 8
# The number of the copy among a routine's scratch memory.
COPY = 1


def rows_without_gaps(x: View) -> View:
    """Return a view of scratch memory for an operand, with the batch as the first of three axes."""
    _, rows, columns = x.extents
    root = Scratch(x.dtype, int(np.prod(x.extents)), COPY)
    return View(root, x.dtype, x.extents, 0, (rows * columns, columns, 1))


def copy_launch(x: View, out: View) -> Launch:
    """Return the launch that copies an operand to `out`, where its rows have no gaps: items read
    along the operand's columns and write along its rows, square by square."""
    t = C_TYPES[x.dtype]
    name = f"{LETTERS[x.dtype]}product_copy"
    source = f"""{pragmas(x.dtype)}
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void {name}(
    __global const {t}* restrict x, long x_at, long x_batch, long x_row, long x_column,
    __global {t}* restrict out, long rows, long columns)
{{
    const long j = get_group_id(0) * {SIDE};
    const long top = get_group_id(1) * {SIDE * SQUARES};
    const long bottom = min(rows, top + {SIDE * SQUARES});
    x += x_at + get_group_id(2) * x_batch;
    out += get_group_id(2) * rows * columns;
    for (long i = top; i < bottom; i += {SIDE}) {{
        if (i + {SIDE} <= rows && j + {SIDE} <= columns && x_row == 1) {{
            {t} square[{SIDE * SIDE}];
            for (int q = 0; q < {SIDE}; q++)
                vstore16(vload16(0, x + i + (j + q) * x_column), q, square);
            for (int p = 0; p < {SIDE}; p++)
                for (int q = 0; q < {SIDE}; q++)
                    out[(i + p) * columns + j + q] = square[q * {SIDE} + p];
        }} else {{
            for (long p = i; p < min(i + {SIDE}, rows); p++)
                for (long q = j; q < min(j + {SIDE}, columns); q++)
                    out[p * columns + q] = x[p * x_row + q * x_column];
        }}
    }}
}}
"""
    batch, rows, columns = x.extents
    sizes = (-(-columns // SIDE), -(-rows // (SIDE * SQUARES)), batch)
    values: tuple[Argument, ...] = (
        BufferArgument(x.root),
        offset_argument(x.offset),
        *map(np.int64, x.strides),
        BufferArgument(out.root),
        np.int64(rows),
        np.int64(columns),
    )
    return Launch(name, source, sizes, (1, 1, 1), values)
