"""Convolutions term by term: an item computes elements of the result, for any strides.

A gradient by the image gathers: each element goes through the taps of the kernel that met it. One
by the kernel sums over all images; where that leaves few items, parts of the images are summed
apart, and the parts by another launch.
"""

import numpy as np
from symgraph.backends.opencl.convolutions.problem import (
    Convolution,
    array_arguments,
    array_parameters,
    decoded,
)
from symgraph.backends.opencl.launches import C_TYPES, LETTERS, Facts, Launch, Scratch, View
from symgraph.backends.opencl.products.problem import Problem, pragmas
from symgraph.backends.opencl.products.splits import sum_launch

# Items of a group where groups share memory; groups for each core of a processor.
ITEMS, GROUPS_PER_UNIT = 64, 8
# Items for each unit below which the images of a gradient by the kernel are divided.
SPREAD = 512


def direct_launches(facts: Facts, problem: Convolution) -> list[Launch]:
    """Return the launches of a convolution."""
    if problem.computes != "kernel":
        return [_launch(facts, problem, problem.result, 1)]
    weights = int(np.prod(problem.kernel.extents))
    wanted = facts.units * (GROUPS_PER_UNIT if facts.is_cpu else SPREAD) // weights
    parts = min(wanted, problem.image.extents[0])
    if parts <= 1:
        return [_launch(facts, problem, problem.result, 1)]
    root = Scratch(problem.dtype, parts * weights)
    scratch = View(root, problem.dtype, (parts, 1, 1, weights), 0, (weights, weights, weights, 1))
    out = problem.result._replace(extents=(1, 1, weights), strides=(0, 0, 1))
    first = _launch(facts, problem, problem.result._replace(root=root, offset=0), parts)
    return [first, sum_launch(Problem(out, out, out, None, 1.0, 0.0), scratch)]


def _launch(facts: Facts, problem: Convolution, result: View, parts: int) -> Launch:
    """Return the launch that computes `result`, contiguous, or that many parts of it."""
    t, n = C_TYPES[problem.dtype], problem.spatial
    name = f"{LETTERS[problem.dtype]}convolution_{problem.computes}_direct{n}"
    body = {"output": _output, "image": _image, "kernel": _kernel}[problem.computes](n)
    target = {"output": "y", "image": "v", "kernel": "w"}[problem.computes]
    source = f"""{pragmas(problem.dtype)}
__kernel void {name}(
    {array_parameters(problem)},
    long total, long share, int parts)
{{
    v += v_at; w += w_at; y += y_at;
    const long begin = get_global_id(0) * share, end = min(total, begin + share);
    for (long element = begin; element < end; element++) {{
        {t} sum = 0;
        {body}
        {target}[element] = sum;
    }}
}}
"""
    total = int(np.prod(result.extents)) * parts
    global_size, local_size, share = _sizes(facts, total)
    changed = Convolution(**{**vars(problem), problem.computes: result})
    values = (*array_arguments(changed), np.int64(total), np.int64(share), np.int32(parts))
    return Launch(name, source, (global_size,), (local_size,), values)


def _sizes(facts: Facts, total: int) -> tuple[int, int, int]:
    """Return global and local size, and the elements of an item."""
    if not facts.is_cpu:
        return -(-total // ITEMS) * ITEMS, ITEMS, 1
    share = -(-total // (GROUPS_PER_UNIT * facts.units))
    return -(-total // share), 1, share


def _loops(n: int, extents: str, names: str) -> str:
    return " ".join(
        f"for (int {names}{a} = 0; {names}{a} < {extents}{a}; {names}{a}++)" for a in range(n)
    )


def _offset(array: str, first: str, second: str, places: list[str]) -> str:
    terms = [f"{first} * {array}_s0", f"{second} * {array}_s1"]
    return " + ".join(terms + [f"{p} * {array}_s{a + 2}" for a, p in enumerate(places)])


def _names(letter: str, n: int) -> list[str]:
    return [f"{letter}{a}" for a in range(n)]


def _places_in_image(n: int) -> tuple[str, str]:
    """The places of the image that taps f meet from positions o, and whether they lie within."""
    places = " ".join(
        f"const int i{a} = o{a} * step{a} + f{a} * gap{a} - pad{a};" for a in range(n)
    )
    inside = " && ".join(f"i{a} >= 0 && i{a} < v{a}" for a in range(n))
    return places, inside


def _output(n: int) -> str:
    extents = ["images", "(outputs * groups)", *_names("y", n)]
    places, inside = _places_in_image(n)
    image = _offset("v", "image", "(group * inputs + c)", _names("i", n))
    kernel = _offset("w", "k", "c", _names("f", n))
    return f"""{decoded("element", extents, ["image", "k", *_names("o", n)])}
        const int group = k / outputs;
        for (int c = 0; c < inputs; c++) {_loops(n, "w", "f")} {{
            {places}
            if ({inside}) sum = fma(v[{image}], w[{kernel}], sum);
        }}"""


def _image(n: int) -> str:
    extents = ["images", "(inputs * groups)", *_names("v", n)]
    places = " ".join(
        f"const int r{a} = i{a} + pad{a} - f{a} * gap{a}, o{a} = r{a} / step{a};" for a in range(n)
    )
    inside = " && ".join(f"r{a} >= 0 && o{a} < y{a} && o{a} * step{a} == r{a}" for a in range(n))
    output = _offset("y", "image", "k", _names("o", n))
    kernel = _offset("w", "k", "c", _names("f", n))
    return f"""{decoded("element", extents, ["image", "channel", *_names("i", n)])}
        const int group = channel / inputs, c = channel % inputs;
        for (int k = group * outputs; k < (group + 1) * outputs; k++) {_loops(n, "w", "f")} {{
            {places}
            if ({inside}) sum = fma(y[{output}], w[{kernel}], sum);
        }}"""


def _kernel(n: int) -> str:
    extents = ["parts", "(outputs * groups)", "inputs", *_names("w", n)]
    places, inside = _places_in_image(n)
    image = _offset("v", "image", "(group * inputs + c)", _names("i", n))
    output = _offset("y", "image", "k", _names("o", n))
    return f"""{decoded("element", extents, ["part", "k", "c", *_names("f", n)])}
        const int group = k / outputs;
        const int first = (int)((long)images * part / parts);
        const int last = (int)((long)images * (part + 1) / parts);
        for (int image = first; image < last; image++) {_loops(n, "y", "o")} {{
            {places}
            if ({inside}) sum = fma(v[{image}], y[{output}], sum);
        }}"""
