"""Convolutions term by term on devices with vectors: an item computes rows of the result.

The outputs and the image are computed in pieces of rows: a piece stays in private memory while the
products of each weight with a row are added to it, in a loop over the row. A gradient by the image
scatters along the last axis, within its row, and gathers along others. A gradient by the kernel
sums along rows, in vectors where two rows' elements are adjacent.
"""

import numpy as np
from symgraph.backends.opencl.convolutions.problem import (
    Convolution,
    array_arguments,
    array_parameters,
    decoded,
)
from symgraph.backends.opencl.launches import C_TYPES, LETTERS, Facts, Launch
from symgraph.backends.opencl.products.problem import pragmas

# Elements of a piece of a row; groups for each core.
PIECE, GROUPS_PER_UNIT = 64, 8
VECTOR_BYTES = 64


def row_launches(facts: Facts, problem: Convolution) -> list[Launch]:
    """Return the launches of a convolution."""
    t, n = C_TYPES[problem.dtype], problem.spatial
    name = f"{LETTERS[problem.dtype]}convolution_{problem.computes}_rows{n}"
    if problem.computes == "kernel":
        lanes = VECTOR_BYTES // np.dtype(problem.dtype).itemsize
        total, body = int(np.prod(problem.kernel.extents)), _weights(t, n, lanes)
    else:
        total = int(np.prod(problem.result.extents[:-1]))
        body = _pieces(t, n, problem.computes)
    source = f"""{pragmas(problem.dtype)}
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void {name}(
    {array_parameters(problem)},
    long total, long share)
{{
    v += v_at; w += w_at; y += y_at;
    const long begin = get_group_id(0) * share, end = min(total, begin + share);
    for (long element = begin; element < end; element++) {{
        {body}
    }}
}}
"""
    share = -(-total // (GROUPS_PER_UNIT * facts.units))
    values = (*array_arguments(problem), np.int64(total), np.int64(share))
    return [Launch(name, source, (-(-total // share), 1, 1), (1, 1, 1), values)]


def _names(letter: str, n: int) -> list[str]:
    return [f"{letter}{a}" for a in range(n)]


def _loops(extents: str, names: str, n: int) -> str:
    return " ".join(
        f"for (int {names}{a} = 0; {names}{a} < {extents}{a}; {names}{a}++)" for a in range(n)
    )


def _at(array: str, first: str, second: str, places: list[str]) -> str:
    terms = [f"{first} * {array}_s0", f"{second} * {array}_s1"]
    return " + ".join(terms + [f"{p} * {array}_s{a + 2}" for a, p in enumerate(places)])


def _met(n: int) -> str:
    """The places of the image on all axes but the last; taps that meet none are skipped."""
    return " ".join(
        f"const int i{a} = o{a} * step{a} + f{a} * gap{a} - pad{a};"
        f" if (i{a} < 0 || i{a} >= v{a}) continue;"
        for a in range(n - 1)
    )


def _reached(n: int) -> str:
    """The places of the output on all axes but the last, for a place of the image."""
    return " ".join(
        f"const int r{a} = i{a} + pad{a} - f{a} * gap{a}, o{a} = r{a} / step{a};"
        f" if (r{a} < 0 || o{a} >= y{a} || o{a} * step{a} != r{a}) continue;"
        for a in range(n - 1)
    )


def _range(last: int) -> str:
    """The outputs `low` to `high` along the last axis that meet the places `from` to `to` of the
    image at a tap: o * step + shift lies between."""
    return f"""const int shift = f{last} * gap{last} - pad{last};
                const int low = max(0, from - shift + step{last} - 1) / step{last};
                const int high = min(y{last}, to - shift <= 0 ? 0
                    : (to - shift + step{last} - 1) / step{last});"""


def _pieces(t: str, n: int, computes: str) -> str:
    last = n - 1
    if computes == "output":
        extents, row = ["images", "(outputs * groups)", *_names("y", last)], "y"
        names = ["image", "k", *_names("o", last)]
        group = "const int group = k / outputs;"
        channels, places = "for (int c = 0; c < inputs; c++)", _met(n)
        read = "v"
        base = _at("v", "image", "(group * inputs + c)", _names("i", last))
        # Positions along the piece are those of the output.
        ends = f"const int from = 0, to = v{last};"
        clipped = "const int begins = max(low, begin), ends = min(high, stop);"
        add = f"""if (step{last} == 1 && v_s{n + 1} == 1)
                    for (int o = begins; o < ends; o++)
                        sums[o - begin] = fma(weight, row[o + shift], sums[o - begin]);
                else for (int o = begins; o < ends; o++)
                    sums[o - begin] = fma(weight, row[(o * step{last} + shift) * v_s{n + 1}],
                        sums[o - begin]);"""
    else:
        extents, row = ["images", "(inputs * groups)", *_names("v", last)], "v"
        names = ["image", "channel", *_names("i", last)]
        group = "const int group = channel / inputs, c = channel % inputs;"
        channels = "for (int k = group * outputs; k < (group + 1) * outputs; k++)"
        places, read = _reached(n), "y"
        base = _at("y", "image", "k", _names("o", last))
        ends = "const int from = begin, to = stop;"
        clipped = ""
        add = f"""if (step{last} == 1 && y_s{n + 1} == 1)
                    for (int o = low; o < high; o++)
                        sums[o + shift - begin] = fma(weight, row[o], sums[o + shift - begin]);
                else for (int o = low; o < high; o++) {{
                    const int place = o * step{last} + shift - begin;
                    sums[place] = fma(weight, row[o * y_s{n + 1}], sums[place]);
                }}"""
    weight = _at("w", "k", "c", _names("f", n))
    return f"""{decoded("element", extents, names)}
        {group}
        for (int begin = 0; begin < {row}{last}; begin += {PIECE}) {{
            const int stop = min(begin + {PIECE}, {row}{last});
            {t} sums[{PIECE}];
            for (int x = 0; x < {PIECE}; x++) sums[x] = 0;
            {channels} {_loops("w", "f", last)} {{
                {places}
                __global const {t}* row = {read} + {base};
                for (int f{last} = 0; f{last} < w{last}; f{last}++) {{
                const {t} weight = w[{weight}];
                {ends}
                {_range(last)}
                {clipped}
                {add}
                }}
            }}
            for (int x = begin; x < stop; x++) {row}[element * {row}{last} + x] = sums[x - begin];
        }}"""


def _weights(t: str, n: int, lanes: int) -> str:
    last = n - 1
    extents = ["(outputs * groups)", "inputs", *_names("w", n)]
    image = _at("v", "image", "(group * inputs + c)", _names("i", last))
    output = _at("y", "image", "k", _names("o", last))
    vector = f"{t}{lanes}"
    return f"""{decoded("element", extents, ["k", "c", *_names("f", n)])}
        const int group = k / outputs, from = 0, to = v{last};
        {_range(last)}
        {vector} sums = 0;
        {t} sum = 0;
        for (int image = 0; image < images; image++) {_loops("y", "o", last)} {{
            {_met(n)}
            __global const {t}* met = v + {image};
            __global const {t}* row = y + {output};
            int o = low;
            if (step{last} == 1 && v_s{n + 1} == 1 && y_s{n + 1} == 1)
                for (; o + {lanes} <= high; o += {lanes})
                    sums = fma(vload{lanes}(0, met + o + shift), vload{lanes}(0, row + o), sums);
            for (; o < high; o++)
                sum = fma(met[(o * step{last} + shift) * v_s{n + 1}], row[o * y_s{n + 1}], sum);
        }}
        {t} each[{lanes}];
        vstore{lanes}(sums, 0, each);
        for (int x = 0; x < {lanes}; x++) sum += each[x];
        w[element] = sum;"""
