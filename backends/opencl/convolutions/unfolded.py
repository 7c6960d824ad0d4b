"""Convolutions as products with unfolded images, for devices whose groups share local memory.

With M[(c, f), (n, o)] = V[n, c, o * stride + f * dilation - before] in scratch memory, for some
images at a time,

    Y[n] = W · M[:, n]      dW = sum over (n, o) of Y[:, (n, o)] · M^T

and the derivative by the image is the first of the output's, its elements strides apart, with the
kernel mirrored (`implicit.mirrored`). What a product reads is in rows, and read many times.
"""

import numpy as np
from symgraph.backends.opencl.convolutions.copies import copied, has_no_gaps
from symgraph.backends.opencl.convolutions.implicit import mirrored
from symgraph.backends.opencl.convolutions.problem import Convolution, decoded
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
from symgraph.backends.opencl.products import product
from symgraph.backends.opencl.products.problem import pragmas

ITEMS = 64
# The most elements of an unfolded image in scratch memory, unless one image alone has more.
LARGEST = 2**26
# Numbers of scratch memory: products use the first ones.
COPY, UNFOLDED = 2, 3


def unfolded_launches(facts: Facts, problem: Convolution) -> list[Launch]:
    """Return the launches of a convolution without groups."""
    apart = (1,) * problem.spatial
    if problem.computes == "image":
        apart, problem = problem.strides, mirrored(problem)
    images = problem.image.extents[0]
    depth = int(np.prod(problem.kernel.extents[1:]))
    places = int(np.prod(problem.output.extents[2:]))
    some = max(1, min(images, LARGEST // (depth * places)))
    launches: list[Launch] = []
    kernel = problem.kernel
    if problem.computes == "output" and not has_no_gaps(kernel, problem.spatial + 1):
        n = len(kernel.extents)
        launches, kernel = copied(facts, kernel, COPY, (0,) * n, kernel.extents, (1,) * n)
    for first in range(0, images, some):
        count = min(some, images - first)
        part = _images(problem, first, count)
        launch, matrix = _unfold(part, apart, depth, places)
        launches = [*launches, launch]
        if problem.computes == "output":
            launches += _outputs(facts, part, kernel, matrix)
        else:
            launches += _weights(facts, part, matrix, first > 0)
    return launches


def _images(problem: Convolution, first: int, count: int) -> Convolution:
    """Return the convolution of some of the images."""
    changed = {}
    for role in ("image", "output"):
        x: View = getattr(problem, role)
        part = x.shifted(first * x.strides[0])
        changed[role] = part._replace(extents=(count, *x.extents[1:]))
    return Convolution(**{**vars(problem), **changed})


def _outputs(facts: Facts, problem: Convolution, kernel: View, matrix: View) -> list[Launch]:
    """Return the products of the kernel with each image: a batch."""
    images, rows = problem.output.extents[:2]
    depth, columns = matrix.extents[0], matrix.extents[1] // images
    out = problem.output
    y = View(
        out.root, out.dtype, (images, rows, columns), out.offset,
        (out.strides[0], out.strides[1], 1),
    )  # fmt: skip
    w = View(
        kernel.root, kernel.dtype, (images, rows, depth), kernel.offset, (0, kernel.strides[0], 1)
    )
    strides = (columns, matrix.strides[0], 1)
    m = View(matrix.root, matrix.dtype, (images, depth, columns), 0, strides)
    return product(facts, y, w, m, None, 1.0, 0.0)


def _weights(facts: Facts, problem: Convolution, matrix: View, added: bool) -> list[Launch]:
    """Return the copy of the outputs, an axis of all images' places last, and their product with
    the matrix, which is `added` to that of the images before."""
    (images, rows, *places), strides = problem.output.extents, problem.output.strides
    by_rows = problem.output._replace(
        extents=(rows, images, *places), strides=(strides[1], strides[0], *strides[2:])
    )
    n = len(by_rows.extents)
    launches, y = copied(facts, by_rows, COPY, (0,) * n, by_rows.extents, (1,) * n)
    depth, columns = matrix.extents[1], matrix.extents[0]
    y = View(y.root, y.dtype, (rows, depth), 0, (depth, 1))
    m = matrix._replace(extents=(depth, columns), strides=(1, depth))
    kernel = problem.kernel
    out = View(kernel.root, kernel.dtype, (rows, columns), kernel.offset, (columns, 1))
    return [*launches, *product(facts, out, y, m, out if added else None, 1.0, 1.0)]


def _unfold(
    problem: Convolution, apart: tuple[int, ...], depth: int, places: int
) -> tuple[Launch, View]:
    """Return the launch that writes M of all images, and a view of it, (c, f) times (n, o)."""
    n, t, image = problem.spatial, C_TYPES[problem.dtype], problem.image
    axes = range(n)
    names = ["c", *(f"f{a}" for a in axes), "image", *(f"o{a}" for a in axes)]
    extents = ["channels", *(f"w{a}" for a in axes), "images", *(f"y{a}" for a in axes)]
    met = " ".join(
        f"const int r{a} = o{a} * step{a} + f{a} * gap{a} - pad{a}, i{a} = r{a} / apart{a};"
        f" within &= r{a} >= 0 && i{a} * apart{a} == r{a} && i{a} < v{a};"
        for a in axes
    )
    at = " + ".join(["image * v_image", "c * v_channel", *(f"i{a} * v_s{a}" for a in axes)])
    lists = ["w", "y", "v", "step", "gap", "pad", "apart"]
    numbers = ", ".join(f"int {x}{a}" for x in lists for a in axes)
    name = f"{LETTERS[problem.dtype]}unfold{n}"
    source = f"""{pragmas(problem.dtype)}
__kernel void {name}(
    __global const {t}* restrict v, long v_at, long v_image, long v_channel,
    {", ".join(f"long v_s{a}" for a in axes)}, __global {t}* restrict out,
    long total, int images, int channels, {numbers})
{{
    const long element = get_global_id(0);
    if (element >= total) return;
    {decoded("element", extents, names)}
    int within = 1;
    {met}
    out[element] = within ? v[v_at + {at}] : 0;
}}
"""
    images, total = image.extents[0], depth * places * image.extents[0]
    root = Scratch(problem.dtype, total, UNFOLDED)
    values: tuple[Argument, ...] = (
        BufferArgument(image.root),
        offset_argument(image.offset),
        *map(np.int64, image.strides),
        BufferArgument(root),
        np.int64(total),
        *map(np.int32, (images, image.extents[1])),
        *map(np.int32, problem.kernel.extents[2:]),
        *map(np.int32, problem.output.extents[2:]),
        *map(np.int32, image.extents[2:]),
        *map(np.int32, (*problem.strides, *problem.dilations, *problem.before, *apart)),
    )
    launch = Launch(name, source, (-(-total // ITEMS) * ITEMS,), (ITEMS,), values)
    columns = images * places
    return launch, View(root, problem.dtype, (depth, columns), 0, (columns, 1))
