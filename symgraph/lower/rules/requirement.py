"""Lower checks of the numbers in an array, which is returned unchanged."""

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.values import Literal
from symgraph.lower.writing.builder import Builder


def checked(b: Builder, node: Apply) -> None:
    """Bind a view of the input, after a check against the largest number that is rejected."""
    x, worst = node.inputs
    value, dtype = b.scalar(worst), worst.type.dtype
    none, lowest = (Literal(v, dtype) for v in (float("-inf"), float(np.finfo(dtype).min)))
    # The lowest finite number stands for -inf.
    shown = b.compute("switch", dtype, b.test("eq", value, lowest), none, value)
    message = node.op.message("{0}")
    b.check(b.test("eq", value, none), message, (b.cast(shown, "float64"),), node)
    buffer = b.buffer(x)
    b.bind(node.outputs[0], b.view(buffer, buffer.extents, buffer.strides))
