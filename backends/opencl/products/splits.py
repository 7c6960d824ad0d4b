"""The sum of products of parts of the summed axis."""

import numpy as np
from symgraph.backends.opencl.launches import C_TYPES, LETTERS, BufferArgument, Launch, View
from symgraph.backends.opencl.products.problem import (
    Problem,
    factor_suffix,
    factor_values,
    pragmas,
    result_arguments,
    result_parameters,
)


def sum_launch(problem: Problem, parts: View) -> Launch:
    """Return the launch that computes a product from scratch memory with the products of parts:
    an item for each element."""
    t = C_TYPES[problem.dtype]
    name = f"{LETTERS[problem.dtype]}product_sum{factor_suffix(problem)}"
    added = problem.c is not None
    c = "c[c_at + batch * c_batch + row * c_row + column * c_column]"
    source = f"""{pragmas(problem.dtype)}
__kernel void {name}(
    __global const {t}* parts, long parts_count, long parts_size,
    {result_parameters(problem)}, long rows, long columns)
{{
    const long column = get_global_id(0), row = get_global_id(1), batch = get_global_id(2);
    {" ".join(factor_values(problem))}
    parts += (batch * rows + row) * columns + column;
    {t} sum = 0;
    for (long p = 0; p < parts_count; p++) sum += parts[p * parts_size];
    sum *= alpha;
    {f"sum += beta * {c};" if added else ""}
    out[out_at + batch * out_batch + row * out_row + column * out_column] = sum;
}}
"""
    values = (
        BufferArgument(parts.root),
        np.int64(parts.extents[0]),
        np.int64(parts.strides[0]),
        *result_arguments(problem),
        np.int64(problem.rows),
        np.int64(problem.columns),
    )
    return Launch(name, source, (problem.columns, problem.rows, problem.batch), None, values)
