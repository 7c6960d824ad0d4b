"""Convolutions as products with a matrix that exists panel by panel, for devices with vectors.

For one group, an image V, a kernel W and an output Y

    Y[n] = W · M(V[n])      of K rows, an axis of all (c, f), and columns o
    dW   = sum over n of Y[n] · M(V[n])^T        of K rows, an axis of all o, and columns (c, f)

where M(V)[(c, f), o] = V[c, o * stride + f * dilation]: a padded image is copied first, and one
whose last axis is not adjacent. The kernels are those of products
(`products.panels`), but for the packing of the right matrix. A row of a packed panel is copied in
segments: along them only the position on the last axis changes, so that with steps of 1 they are
vectors of the image. Vectors go beyond a segment's end, where the next segment is written next.

The derivative by the image is such a product, too: that of Y, its elements strides apart and zeros
between them, with the kernel mirrored, and input and output channels exchanged.
"""

from typing import NamedTuple

import numpy as np
from symgraph.backends.opencl.convolutions.copies import copied, has_no_gaps
from symgraph.backends.opencl.convolutions.problem import Convolution
from symgraph.backends.opencl.launches import (
    C_TYPES,
    LETTERS,
    Argument,
    BufferArgument,
    Facts,
    Launch,
    Scratch,
    View,
    offset_argument,
)
from symgraph.backends.opencl.products.panels import PanelTile, names_of_sums, step, stores
from symgraph.backends.opencl.products.problem import Problem, pragmas
from symgraph.backends.opencl.products.splits import sum_launch
from symgraph.backends.opencl.products.vector_choice import (
    PANEL_ROWS,
    VECTOR_BYTES,
    packed_depth,
    rows_of_tiles,
)

# Bytes of the vectors that segments are copied by.
UNIT_BYTES = 64
# The numbers of copies among a routine's scratch memory.
KERNEL_COPY, IMAGE_COPY = 1, 2
# The cost of a narrow panel besides its lanes, which are many times as often loaded.
WIDER = 0.4


class _Matrix(NamedTuple):
    """The matrix M of an image: the spatial extents and steps of its columns, and of the terms
    along its other axis; channels belong to either."""

    image: View
    columns: tuple[int, ...]
    column_steps: tuple[int, ...]
    terms: tuple[int, ...]
    term_steps: tuple[int, ...]
    channels_in_columns: bool

    @property
    def width(self) -> int:
        """Return the number of columns."""
        channels = self.image.extents[1] if self.channels_in_columns else 1
        return channels * int(np.prod(self.columns))

    @property
    def depth(self) -> int:
        """Return the number of terms."""
        channels = 1 if self.channels_in_columns else self.image.extents[1]
        return channels * int(np.prod(self.terms))


def implicit_launches(facts: Facts, problem: Convolution) -> list[Launch]:
    """Return the launches of a convolution without groups."""
    apart = (1,) * problem.spatial
    if problem.computes == "image":
        apart, problem = problem.strides, mirrored(problem)
    copies, image = _reached(facts, problem, apart)
    outputs, taps = problem.output.extents[2:], problem.kernel.extents[2:]
    if problem.computes == "kernel":
        matrix = _Matrix(image, taps, problem.dilations, outputs, problem.strides, True)
        return [*copies, *_launches(facts, matrix, problem.output, problem.kernel)]
    matrix = _Matrix(image, outputs, problem.strides, taps, problem.dilations, False)
    kernel = problem.kernel
    if not has_no_gaps(kernel, problem.spatial + 1):
        begins = (0,) * len(kernel.extents)
        ones = (1,) * len(kernel.extents)
        more, kernel = copied(facts, kernel, KERNEL_COPY, begins, kernel.extents, ones)
        copies = [*copies, *more]
    left = kernel._replace(strides=(0, kernel.strides[0]))
    return [*copies, *_launches(facts, matrix, left, problem.output)]


def _reached(
    facts: Facts, problem: Convolution, apart: tuple[int, ...]
) -> tuple[list[Launch], View]:
    """Return the part of the image that the kernel meets, from where it first does on: a view, or,
    where that has padding, elements that are not adjacent or zeros between them, a copy."""
    image = problem.image
    axes = zip(
        problem.output.extents[2:], problem.strides,
        problem.kernel.extents[2:], problem.dilations, strict=True,
    )  # fmt: skip
    reach = [(o - 1) * s + (f - 1) * d + 1 for o, s, f, d in axes]
    begins = (0, 0, *(-pad for pad in problem.before))
    extents = (*image.extents[:2], *reach)
    inside = all(
        b >= 0 and b + e <= have for b, e, have in zip(begins, extents, image.extents, strict=True)
    )
    if not inside or image.strides[-1] != 1 or set(apart) != {1}:
        return copied(facts, image, IMAGE_COPY, begins, extents, (1, 1, *apart))
    first = sum(b * s for b, s in zip(begins, image.strides, strict=True))
    return [], image._replace(extents=extents).shifted(first)


def mirrored(problem: Convolution) -> Convolution:
    """Return the derivative by the image as the convolution of the output, strides apart."""
    kernel, n = problem.kernel, problem.spatial
    (rows, inputs, *taps), (row, column, *steps) = kernel.extents, kernel.strides
    strides = (column, row, *(-s for s in steps))
    turned = kernel._replace(extents=(inputs, rows, *taps), strides=strides).shifted(
        sum((f - 1) * s for f, s in zip(taps, steps, strict=True))
    )
    before = tuple(
        (f - 1) * d - pad for f, d, pad in zip(taps, problem.dilations, problem.before, strict=True)
    )
    return Convolution(
        "output", problem.output, turned, problem.image, (1,) * n, problem.dilations, 1, before
    )


def _launches(facts: Facts, matrix: _Matrix, left: View, out: View) -> list[Launch]:
    """Return the launches of the products of `left` with M. The first strides of both others are
    those of the images, unless the product sums over these, and of their rows."""
    images = matrix.image.extents[0]
    rows = out.extents[0] if matrix.channels_in_columns else out.extents[1]
    tile = _tile(facts, matrix, rows)
    panels = -(-matrix.width // tile.columns)
    if not matrix.channels_in_columns:
        return [_launch(facts, matrix, left, out, tile, rows, (images * panels, 1), 1)]
    parts = max(1, min(images, 2 * facts.units // panels))
    if parts == 1:
        return [_launch(facts, matrix, left, out, tile, rows, (panels, 1), 1)]
    width, root = matrix.width, Scratch(out.dtype, parts * rows * matrix.width)
    scratch = View(
        root, out.dtype, (parts, 1, rows, width), 0, (rows * width, rows * width, width, 1)
    )
    part = out._replace(root=root, offset=0)
    result = View(out.root, out.dtype, (1, rows, width), out.offset, (0, width, 1))
    return [
        _launch(facts, matrix, left, part, tile, rows, (panels, parts), parts),
        sum_launch(Problem(result, result, result, None, 1.0, 0.0), scratch),
    ]


def _tile(facts: Facts, matrix: _Matrix, rows: int) -> PanelTile:
    """Return the tile that wastes the fewest lanes, of many vectors if several do."""
    lanes = VECTOR_BYTES // np.dtype(matrix.image.dtype).itemsize
    vectors = min(PANEL_ROWS, key=lambda v: -(-matrix.width // (v * lanes)) * v * (1 + WIDER / v))
    depth = packed_depth(vectors * VECTOR_BYTES, facts.local_bytes)
    height = rows_of_tiles(rows, PANEL_ROWS[vectors])
    return PanelTile(height, vectors, lanes, min(depth, 256), False)


def _launch(
    facts: Facts,
    matrix: _Matrix,
    left: View,
    out: View,
    tile: PanelTile,
    rows: int,
    groups: tuple[int, int],
    parts: int,
) -> Launch:
    n, summed = len(matrix.columns), matrix.channels_in_columns
    kind = "kernel" if summed else "output"
    shape = f"{tile.rows}x{tile.vectors}x{tile.lanes}x{tile.depth}"
    name = f"{LETTERS[out.dtype]}convolution_{kind}{n}_{shape}"
    if summed:
        out_image, out_row = rows * matrix.width, matrix.width
    else:
        out_image, out_row = out.strides[0], out.strides[1]
    image = matrix.image
    last = sum(max(0, (e - 1) * s) for e, s in zip(image.extents, image.strides, strict=True))
    values: tuple[Argument, ...] = (
        BufferArgument(left.root),
        offset_argument(left.offset),
        *map(np.int64, left.strides[:2]),
        BufferArgument(image.root),
        offset_argument(image.offset),
        offset_argument(image.offset, last + 1),
        *map(np.int64, image.strides),
        BufferArgument(out.root),
        offset_argument(out.offset),
        *map(np.int64, (out_image, out_row)),
        *map(np.int32, (image.extents[0], parts, rows, matrix.width, matrix.depth)),
        *map(np.int32, (*matrix.columns, *matrix.column_steps)),
        *map(np.int32, (*matrix.terms, *matrix.term_steps)),
    )
    source = _source(name, out.dtype, tile, n, summed)
    return Launch(name, source, (groups[0], 1, groups[1]), (1, 1, 1), values)


def _numbers(kind: str, prefix: str, n: int) -> str:
    return ", ".join(f"{kind} {prefix}{axis}" for axis in range(n))


def _source(name: str, dtype: str, tile: PanelTile, n: int, summed: bool) -> str:
    t = C_TYPES[dtype]
    unit = UNIT_BYTES // np.dtype(dtype).itemsize
    sums = names_of_sums(tile)
    declared = ", ".join(f"{x} = 0" for row in sums for x in row)
    listed = ", ".join(x for row in sums for x in row)
    rows = "\n                ".join(
        f"__global const {t}* const a{r} = a + image * a_image + min(i + {r}, bottom - 1) * a_row"
        " + k;"
        for r in range(tile.rows)
    )
    if summed:
        which = """const int first_image = (int)((long)images * get_group_id(2) / parts);
    const int last_image = (int)((long)images * (get_group_id(2) + 1) / parts);
    const long j = get_group_id(0) * COLUMNS;
    out += out_at + get_group_id(2) * out_image + j;"""
        again = "k || image != first_image"
    else:
        which = """const int panels = (columns + COLUMNS - 1) / COLUMNS;
    const int first_image = get_group_id(0) / panels, last_image = first_image + 1;
    const long j = get_group_id(0) % panels * COLUMNS;
    out += out_at + first_image * out_image + j;"""
        again = "k"
    # The columns' beginning is part of `out` already.
    stored = stores(t, tile, False, again).replace(" + j * out_column", "")
    return f"""{pragmas(dtype)}
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void {name}(
    __global const {t}* restrict a, long a_at, long a_image, long a_row,
    __global const {t}* restrict v, long v_at, long v_end, long v_image, long v_channel,
    {_numbers("long", "v_s", n)},
    __global {t}* restrict out, long out_at, long out_image, long out_row,
    int images, int parts, int rows, int columns, int depth,
    {_numbers("int", "x", n)}, {_numbers("int", "x_step", n)},
    {_numbers("int", "t", n)}, {_numbers("int", "t_step", n)})
{{
    const long a_k = 1, out_column = 1, bottom = rows;
    const {t} alpha = 1;
    a += a_at;
    {which.replace("COLUMNS", str(tile.columns))}
    const int width = (int)min({tile.columns}L, columns - j);
    __local {t} panel[{tile.depth * (tile.columns + unit)}];
    {_segments(tile, n, summed)}
    for (int image = first_image; image < last_image; image++)
        for (int k = 0; k == 0 || k < depth; k += {tile.depth}) {{
            const int terms = min(depth - k, {tile.depth});
            {_packing(t, tile, n, summed, unit)}
            for (long i = 0; i < bottom; i += {tile.rows}) {{
                {rows}
                {t}{tile.lanes} {declared};
                for (int p = 0; p < terms; p++) {{
                    {step(t, tile, sums, unit)}
                }}
                const {t}{tile.lanes} sums[{tile.rows * tile.vectors}] = {{ {listed} }};
                {stored}
            }}
        }}
}}
"""


def _segments(tile: PanelTile, n: int, summed: bool) -> str:
    """Find the segments of a panel's columns: where they begin, how long they are, and how far
    their first elements are in the image."""
    last = n - 1
    split = " ".join(
        f"at += rest % x{axis} * x_step{axis} * v_s{axis}; rest /= x{axis};"
        for axis in reversed(range(last))
    )
    return f"""int count = 0, begins[{tile.columns}], lengths[{tile.columns}];
    long offset[{tile.columns}], term[{tile.depth}];
    for (int q = 0; q < width; count++) {{
        long rest = j + q;
        const int x = (int)(rest % x{last}); rest /= x{last};
        long at = x * x_step{last} * v_s{last};
        {split}
        offset[count] = at{" + rest * v_channel" if summed else ""};
        begins[count] = q;
        lengths[count] = min(x{last} - x, width - q);
        q += lengths[count];
    }}"""


def _packing(t: str, tile: PanelTile, n: int, summed: bool, unit: int) -> str:
    """Pack the block of terms from `k` on, for one image: segment by segment."""
    last, pitch = n - 1, tile.columns + unit
    begin = " ".join(
        f"int at{axis} = (int)(rest % t{axis}); rest /= t{axis};" for axis in reversed(range(n))
    )
    moved = " + ".join(f"at{axis} * t_step{axis} * v_s{axis}" for axis in range(n))
    advance = f"if (++at{last} == t{last}) {{ at{last} = 0; NEXT }}"
    for axis in reversed(range(last)):
        deeper = f"if (++at{axis} == t{axis}) {{ at{axis} = 0; NEXT }}"
        advance = advance.replace("NEXT", deeper)
    advance = advance.replace("NEXT", "" if summed else "from += v_channel;")
    return f"""int rest = k;
            {begin}
            long from = {"0" if summed else "rest * v_channel"}, furthest = 0;
            for (int p = 0; p < terms; p++) {{
                term[p] = from + {moved};
                furthest = max(furthest, term[p]);
                {advance}
            }}
            const long base = v_at + image * v_image;
            for (int s = 0; s < count; s++) {{
                __local {t}* to = panel + begins[s];
                __global const {t}* row = v + base + offset[s];
                const int length = lengths[s];
                // Vectors may go beyond the segment, but not beyond the image's memory.
                const long end = base + offset[s] + furthest + length + {unit - 1};
                if (x_step{last} == 1 && end <= v_end) {{
                    for (int p = 0; p < terms; p++)
                        for (int x = 0; x < length; x += {unit})
                            vstore{unit}(vload{unit}(0, row + term[p] + x), 0,
                                to + p * {pitch} + x);
                }} else {{
                    for (int p = 0; p < terms; p++)
                        for (int x = 0; x < length; x++)
                            to[p * {pitch} + x] = row[term[p] + x * x_step{last}];
                }}
            }}"""
