"""Lower checks of the numbers in an array, which is returned unchanged."""

import numpy as np

from symgraph.graph import Apply
from symgraph.lower.program.values import Literal
from symgraph.lower.writing.builder import Builder
from symgraph.ops.requirement import Checked


def checked(b: Builder, node: Apply) -> None:
    """Bind a view of the input, after a check against the largest number that is rejected."""
    x, worst = node.inputs
    value, dtype = b.scalar(worst), worst.type.dtype
    none, lowest = (Literal(v, dtype) for v in (float("-inf"), float(np.finfo(dtype).min)))
    # The lowest finite number stands for -inf.
    shown = b.compute("switch", dtype, b.test("eq", value, lowest), none, value)
    op = node.op
    assert isinstance(op, Checked)
    message = op.message("{0}")
    fine = b.test("eq", value, none)
    b.check(fine, message, (b.cast(shown, "float64"),), node, op.error)
    buffer = b.buffer(x)
    b.bind(node.outputs[0], b.view(buffer, buffer.extents, buffer.strides))
