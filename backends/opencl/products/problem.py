"""A product's extents, strides and factors, and the parameters that all its kernels share."""

from dataclasses import dataclass, replace

import numpy as np
from symgraph.backends.opencl.launches import (
    C_TYPES,
    Argument,
    BufferArgument,
    DeviceScalar,
    Launch,
    Scratch,
    View,
    offset_argument,
    scalar_or_buffer,
)

Factor = float | np.generic | DeviceScalar


@dataclass(frozen=True)
class Problem:
    """A batch of products out = alpha * a·b + beta * c, as views with three axes: the batch, rows,
    columns. `out` may have a fourth axis in front: parts of the summed axis, whose results are
    computed apart.
    """

    out: View
    a: View
    b: View
    c: View | None
    alpha: Factor
    beta: Factor

    @property
    def dtype(self) -> str:
        """Return the dtype of all arrays."""
        return self.out.dtype

    @property
    def batch(self) -> int:
        """Return the number of products."""
        return self.out.extents[-3]

    @property
    def rows(self) -> int:
        """Return the number of the result's rows."""
        return self.out.extents[-2]

    @property
    def columns(self) -> int:
        """Return the number of the result's columns."""
        return self.out.extents[-1]

    @property
    def depth(self) -> int:
        """Return the number of terms of each sum."""
        return self.a.extents[-1]

    @property
    def splits(self) -> int:
        """Return the number of parts of the summed axis."""
        return self.out.extents[0] if len(self.out.extents) == 4 else 1

    @property
    def split_depth(self) -> int:
        """Return the number of terms in each part but the last, a multiple of 32."""
        return self.depth if self.splits == 1 else -(-self.depth // (32 * self.splits)) * 32

    def transposed(self) -> "Problem":
        """Return the same computation with rows and columns exchanged."""
        c = None if self.c is None else _transposed(self.c)
        out, a, b = _transposed(self.out), _transposed(self.b), _transposed(self.a)
        return replace(self, out=out, a=a, b=b, c=c)

    def in_parts(self, splits: int) -> "Problem":
        """Return the products of parts of the summed axis, in scratch memory without gaps."""
        extents = (splits, self.batch, self.rows, self.columns)
        strides = tuple(int(np.prod(extents[axis + 1 :])) for axis in range(4))
        root = Scratch(self.dtype, int(np.prod(extents)))
        out = View(root, self.dtype, extents, 0, strides)
        return replace(self, out=out, c=None, alpha=1.0, beta=0.0)


def _transposed(x: View) -> View:
    rows, columns = x.extents[-2:]
    extents = (*x.extents[:-2], columns, rows)
    return x._replace(extents=extents, strides=(*x.strides[:-2], x.strides[-1], x.strides[-2]))


def factor_suffix(problem: Problem) -> str:
    """Return the part of a kernel's name that says whether c is added, and which factors lie on
    the device."""
    suffix = "_c" if problem.c is not None else ""
    suffix += "_alpha" if isinstance(problem.alpha, DeviceScalar) else ""
    on_device = problem.c is not None and isinstance(problem.beta, DeviceScalar)
    return suffix + ("_beta" if on_device else "")


def parameters(problem: Problem) -> str:
    """Return the parameters of a kernel of products, in the order of `arguments`."""
    t = C_TYPES[problem.dtype]
    return f"""__global const {t}* restrict a, long a_at, long a_batch, long a_row, long a_k,
    __global const {t}* restrict b, long b_at, long b_batch, long b_k, long b_column,
    {result_parameters(problem)},
    long rows, long columns, long depth, long splits, long split_depth"""


def result_parameters(problem: Problem) -> str:
    """Return the parameters for the result, what is added to it, and the factors."""
    t = C_TYPES[problem.dtype]
    lines = []
    if problem.c is not None:
        lines.append(f"__global const {t}* c, long c_at, long c_batch, long c_row, long c_column")
        lines.append(_factor_parameter("beta", problem.beta, t))
    lines.append(_factor_parameter("alpha", problem.alpha, t))
    lines.append(
        f"__global {t}* out, long out_at, long out_split, long out_batch, long out_row,"
        " long out_column"
    )
    return ",\n    ".join(lines)


def _factor_parameter(name: str, factor: Factor, t: str) -> str:
    if isinstance(factor, DeviceScalar):
        return f"__global const {t}* {name}_in, long {name}_at"
    return f"{t} {name}"


def arguments(problem: Problem) -> tuple[Argument, ...]:
    """Return the arguments for `parameters`."""
    extents = (problem.rows, problem.columns, problem.depth, problem.splits, problem.split_depth)
    operands = (*_array(problem.a), *_array(problem.b))
    return (*operands, *result_arguments(problem), *map(np.int64, extents))


def result_arguments(problem: Problem) -> tuple[Argument, ...]:
    """Return the arguments for `result_parameters`."""
    out = problem.out
    if len(out.extents) == 3:
        out = out._replace(strides=(0, *out.strides))
    added: tuple[Argument, ...] = ()
    if problem.c is not None:
        added = (*_array(problem.c), *scalar_or_buffer(problem.beta, problem.dtype))
    return (*added, *scalar_or_buffer(problem.alpha, problem.dtype), *_array(out))


def _array(x: View) -> tuple[Argument, ...]:
    return (BufferArgument(x.root), offset_argument(x.offset), *map(np.int64, x.strides))


def prologue(problem: Problem) -> str:
    """Return the statements that begin a kernel: it works on one product of the batch and on the
    terms `first` to `last`, by its group's number along the third axis."""
    lines = [
        "const long batch = get_group_id(2) / splits, split = get_group_id(2) % splits;",
        "a += a_at + batch * a_batch;",
        "b += b_at + batch * b_batch;",
        "out += out_at + batch * out_batch + split * out_split;",
        "const long first = split * split_depth, last = min(depth, first + split_depth);",
    ]
    if problem.c is not None:
        lines.append("c += c_at + batch * c_batch;")
    return "\n    ".join([*lines, *factor_values(problem)])


def factor_values(problem: Problem) -> list[str]:
    """Return the statements that read the factors which lie on the device."""
    suffix, t = factor_suffix(problem), C_TYPES[problem.dtype]
    names = ("alpha", "beta")
    return [f"const {t} {x} = {x}_in[{x}_at];" for x in names if f"_{x}" in suffix]


def pragmas(dtype: str) -> str:
    """Return the lines that begin a source text."""
    double = "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n" if dtype == "float64" else ""
    return double + "#pragma OPENCL FP_CONTRACT OFF\n"


def launch_of_blocks(
    name: str, source: str, problem: Problem, columns: int, row_block: int
) -> Launch:
    """Return the launch of a kernel whose groups of one item each compute a block of the result,
    which has so many columns and rows."""
    sizes = (
        -(-problem.columns // columns),
        -(-problem.rows // row_block),
        problem.batch * problem.splits,
    )
    return Launch(name, source, sizes, (1, 1, 1), (*arguments(problem), np.int64(row_block)))
