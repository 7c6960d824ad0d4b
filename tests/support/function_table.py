"""The table of docs/functions.md, found by trying each function on its sample.

Run as a program (`python -m support.function_table`, in `tests`) it writes the page anew.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

import symgraph as sg
from support.samples import SAMPLES
from support.samples.sample import Sample
from symgraph.graph import TensorType, Variable, toposort
from symgraph.ops.scan import Scan

PAGE = Path(__file__).parents[2] / "docs" / "functions.md"
KINDS: Mapping[str, tuple[str, ...]] = {
    "bool": ("bool",),
    "integers": ("int8", "int64", "uint8"),
    "floats": ("float16", "float32", "float64"),
    "complex": ("complex64", "complex128"),
}
HEAD = """\
# The functions of tensors and of sparse matrices

Each row is found by trying the function on its sample (`tests/support/samples`), and holds what the
tests of that sample check (`tests/test_public_functions.py`): values, dtypes and shapes against
NumPy or SciPy by every back end, with and without rewriting, for extents that may be 0 or 1;
derivatives in reverse and forward mode, of the first and second order, against central differences;
and the batch that `vectorize_graph` makes. This page is written by
`python -m support.function_table`, run in `tests`.

- **operands**: the dtypes of arrays that are taken; no sparse matrix has float16.
- **reverse**, **forward**: *yes*; *zero*, where the function is constant between jumps; *—*, where
  its values are integers, bools or not differentiated.
- **batched**: *whole*, where the operations work on the whole batch at once; *loop*, where a loop
  over it runs.
- **LLVM**: *native*; or *NumPy* and the operations that the LLVM back end has no code for, which
  run as the reference back end runs them.

| function | operands | reverse | forward | batched | LLVM |
| --- | --- | --- | --- | --- | --- |
"""


def variables(sample: Sample, dtype: str = "float64") -> list[Variable]:
    return [
        TensorType(dtype, (None,) * len(operand.extents))(f"x{position}")
        for position, operand in enumerate(sample.operands)
    ]


def row(name: str) -> str:
    """The row of a function, in Markdown."""
    sample = SAMPLES[name]
    cells = (_kinds(name), *_derivatives(sample), _batching(sample), _native(sample))
    return f"| `{name}` | {' | '.join(cells)} |"


def page(names: Iterable[str] = SAMPLES) -> str:
    return HEAD + "".join(row(name) + "\n" for name in sorted(names))


def _kinds(name: str) -> str:
    sample = SAMPLES[name]
    taken = []
    for kind, dtypes in KINDS.items():
        # No sparse matrix of SciPy has float16.
        left_out = ("float16",) if name.startswith("sparse.") else ()
        if all(_taker(sample)(dtype) for dtype in dtypes if dtype not in left_out):
            taken.append(kind)
    return ", ".join(taken)


def _taker(sample: Sample):
    def takes(dtype: str) -> bool:
        try:
            sample.results(variables(sample, dtype))
        except (TypeError, ValueError):
            return False
        return True

    return takes


def float_results(sample: Sample, given: list[Variable]) -> list[Variable]:
    return [result for result in sample.results(given) if result.type.dtype == "float64"]


def _derivatives(sample: Sample) -> tuple[str, str]:
    given = variables(sample)
    results = float_results(sample, given)
    if not results or not sample.smooth:
        return "—", "—"
    points = sample.points((3, 3, 3))
    tangents = [v.type() for v in given]
    along = sample.points((3, 3, 3), "tangents")
    reverse = sg.grad(sum(r.sum() for r in results), given, disconnected_inputs="ignore")
    forward = sg.Rop(results, given, tangents, disconnected_outputs="ignore")
    inputs, values = [*given, *tangents], [*points, *along]
    return _zero_or_not(reverse, inputs, values), _zero_or_not(forward, inputs, values)


def _zero_or_not(derivatives: list[Variable], inputs: list[Variable], points: list) -> str:
    f = sg.function(inputs, derivatives, mode="reference", on_unused_input="ignore")
    return "yes" if any(np.any(value) for value in f(*points)) else "zero"


def _batching(sample: Sample) -> str:
    given = variables(sample)
    many = [TensorType("float64", (None, *v.type.shape))() for v in given]
    batch = sg.vectorize_graph(sample.results(given), dict(zip(given, many, strict=True)))
    return "loop" if any(isinstance(node.op, Scan) for node in toposort(batch)) else "whole"


def _native(sample: Sample) -> str:
    given = variables(sample)
    f = sg.function(given, sample.results(given), mode="llvm", on_unused_input="ignore")
    missing = sorted({type(node.op).__name__ for node in f.fallbacks()})
    return f"NumPy: {', '.join(missing)}" if missing else "native"


if __name__ == "__main__":
    PAGE.write_text(page())
