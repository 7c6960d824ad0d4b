"""Errors of compiled functions at run time, with the node and the user's line."""

import contextlib
from collections.abc import Sequence
from typing import Any

from symgraph.debug.values import describe_value
from symgraph.graph import Apply
from symgraph.ops.empty_loops import said_of_no_steps
from symgraph.ops.rank_alignment import without_padding


class NodeError(Exception):
    """A mixin class for the error of an operation that failed: `node` is the node (None in an
    unpickled copy). `values_known` tells whether the message shows the values of its inputs."""

    node: Apply | None = None
    values_known = True

    def __str__(self) -> str:
        # Some classes, such as KeyError, would show the message quoted.
        return Exception.__str__(self)

    def __reduce__(self) -> Any:
        # The class is made at run time, and pickling the node would include the whole graph.
        kind = next(base for base in type(self).__mro__[1:] if base is not NodeError)
        return _restore, (kind, self.args)


_classes: dict[type[Exception], type[Exception]] = {Exception: NodeError}


def _mixed(kind: type[Exception]) -> type[Exception]:
    """Return a class derived from both `kind` and NodeError, with the name of `kind`."""
    if issubclass(kind, NodeError):
        return kind
    if kind not in _classes:
        _classes[kind] = type(kind.__name__, (NodeError, kind), {"__module__": kind.__module__})
    return _classes[kind]


def _restore(kind: type[Exception], arguments: tuple[Any, ...]) -> Exception:
    return _mixed(kind)(*arguments)


def node_report(node: Apply, values: Sequence[object] | None) -> str:
    """Return the operation, its inputs with their values' dtypes and shapes, and the user's line as
    text."""
    lines = [f"in {node.op}, created at {node.location}"]
    for position, variable in enumerate(node.inputs):
        value = f"a {variable.type}" if values is None else describe_value(values[position])
        own = without_padding(variable)
        padded = "" if own is variable else ", with axes put before,"
        lines.append(f"  input {position}: {own}{padded} is {value}")
    return "\n".join(lines)


def node_error(node: Apply, cause: Exception, values: Sequence[object] | None) -> Exception:
    """Return `cause` with its message first and then where it happened: an instance of the cause's
    own class and of `NodeError`. `values` are those of the node's inputs, None if not known."""
    # A KeyError shows its message quoted.
    said = cause.args[0] if isinstance(cause, KeyError) and len(cause.args) == 1 else str(cause)
    said = said_of_no_steps(node, said)
    error = _with_message(type(cause), f"{said}\n{node_report(node, values)}")
    assert isinstance(error, NodeError)
    error.node = node
    error.values_known = values is not None
    return error


def _with_message(kind: type[Exception], message: str) -> Exception:
    """Return an error of the class, or, if that cannot be made from a message alone, of the first
    of its bases that can."""
    for base in kind.__mro__:
        if issubclass(base, Exception):
            with contextlib.suppress(TypeError):
                return _mixed(base)(message)
    raise AssertionError("Exception itself takes a message")
