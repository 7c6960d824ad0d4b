"""What is said when a compiled function fails while it runs."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply


class NodeError(Exception):
    """Mixed into the error of an operation that failed: `node` is where."""

    node: Apply


def describe_value(value: object) -> str:
    """dtype and shape of a value, and the value itself where it is a number."""
    if isinstance(value, np.ndarray):
        text = f"{value.dtype} {value.shape}"
        return f"{text} = {value[()]}" if value.ndim == 0 else text
    return repr(value)


def node_report(node: Apply, values: Sequence[object]) -> str:
    """The operation, its inputs with their values' dtypes and shapes, and the user's line."""
    lines = [f"in {node.op}, created at {node.place}"]
    for position, (variable, value) in enumerate(zip(node.inputs, values, strict=True)):
        lines.append(f"  input {position}: {variable} is {describe_value(value)}")
    return "\n".join(lines)


def node_error(node: Apply, cause: Exception, values: Sequence[object]) -> Exception:
    """`cause` with its message first and then where it happened; an instance of the cause's own
    class and of `NodeError`."""
    kind = type(cause)
    message = f"{cause}\n{node_report(node, values)}"
    try:
        error = type(kind.__name__, (kind, NodeError), {"__module__": kind.__module__})(message)
    except TypeError:
        # Some errors cannot be made from a message alone.
        error = NodeError(f"{kind.__name__}: {message}")
    error.node = node
    return error
