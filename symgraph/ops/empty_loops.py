"""Error messages for an array without entries, where the cause is a loop that made no steps."""

import re
from typing import Any

from symgraph.graph import Apply, Variable
from symgraph.ops.elemwise import Elemwise
from symgraph.ops.shape import DimShuffle
from symgraph.ops.subtensor import Slice, Subtensor

# Messages of NumPy and symgraph about an empty first axis.
_EMPTY = re.compile(r"axis 0 with size 0|empty on axis 0$|out of bounds on axis 0")
_PAST_LAST = re.compile(r"index \d+ is out of bounds for axis 0 with size \d+")


def said_of_no_steps(node: Apply, message: Any) -> Any:
    """Return the message of an error of `node`, extended by the loop whose outputs are empty
    because it made no steps; unchanged where that is not the cause."""
    if not isinstance(message, str) or not node.inputs:
        return message
    first, *rest = message.split("\n", 1)
    found = output_of_loop(node.inputs[0])
    if found is None:
        return message
    loop, output = found
    # A state of which only the last values are kept always has entries: x[-1], rewritten to another
    # index, asks for one that does not exist where there were no steps.
    if loop.op.keeps_last(output) and _PAST_LAST.match(first):
        first = "index -1 is out of bounds for axis 0 with size 0"
    elif not _EMPTY.search(first):
        return message
    return "\n".join(
        [f"{first}: {loop.op.title} made no steps; it was written at {loop.location}", *rest]
    )


def output_of_loop(variable: Variable) -> tuple[Apply, int] | None:
    """Return the loop whose outputs along its first axis a variable holds, directly or through
    elementwise operations, and the position of the output; None where there is none."""
    pending, met = [variable], set()
    while pending:
        x = pending.pop()
        owner = x.owner
        if owner is None or x in met:
            continue
        met.add(x)
        if owner.op.keeps_last(x.index or 0) is not None:
            return owner, x.index or 0
        if isinstance(owner.op, Elemwise):
            pending += owner.inputs
        elif _keeps_first_axis(owner):
            pending.append(owner.inputs[0])
    return None


def _keeps_first_axis(node: Apply) -> bool:
    if isinstance(node.op, DimShuffle):
        return node.op.order[:1] == (0,)
    if isinstance(node.op, Subtensor):
        return not node.op.template or isinstance(node.op.template[0], Slice)
    return False
