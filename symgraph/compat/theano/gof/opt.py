"""`theano.gof.opt`: of Theano's rewriting, how graphs that were rewritten are checked."""

import warnings
from typing import Any

from symgraph.compat.theano.lookup import resolver
from symgraph.graph import Apply, FunctionGraph

__getattr__, __dir__ = resolver(__name__, "symgraph.rewrite")


def check_stack_trace(
    f_or_fgraph: Any, ops_to_check: Any = "last", bug_print: str = "raise"
) -> bool:
    """Return whether it is known of nodes of a compiled graph which line of the user made them.

    f_or_fgraph: a compiled function, or a graph.
    ops_to_check: which nodes: 'last', those of the outputs; 'all'; an operation or a class of
        operations, or a list of these; or a function that tells of a node.
    bug_print: what is done where there are no such nodes: 'raise', 'warn' or 'ignore'.
    Raises ValueError for other arguments, Exception where there are no such nodes.

    >>> from symgraph.compat.theano.gof.opt import check_stack_trace
    >>> x = T.dvector("x")
    >>> check_stack_trace(sg.function([x], T.exp(x)))
    True
    """
    maker = getattr(f_or_fgraph, "maker", None)
    graph = f_or_fgraph if maker is None else maker.fgraph
    if not isinstance(graph, FunctionGraph):
        raise ValueError(f"{f_or_fgraph!r} is neither a compiled function nor a graph")
    nodes = _chosen(graph, ops_to_check)
    if not nodes:
        _report(f"no node of the graph is one of {ops_to_check}", bug_print)
    return all(node.location is not None for node in nodes)


def _chosen(graph: FunctionGraph, wanted: Any) -> list[Apply]:
    """Return the nodes of a graph that are meant by `ops_to_check`."""
    if isinstance(wanted, str):
        if wanted not in ("last", "all"):
            raise ValueError(f"ops_to_check is 'last' or 'all', not {wanted!r}")
        if wanted == "all":
            return graph.toposort()
        return [v.owner for v in graph.outputs if v.owner is not None]
    kinds = wanted if isinstance(wanted, tuple | list) else [wanted]
    found = []
    for node in graph.toposort():
        for kind in kinds:
            if node.op == kind or (isinstance(kind, type) and isinstance(node.op, kind)):
                found.append(node)
                break
    if not found and not isinstance(wanted, type | tuple | list) and callable(wanted):
        return [node for node in graph.toposort() if wanted(node) is True]
    return found


def _report(message: str, bug_print: str) -> None:
    if bug_print not in ("raise", "warn", "ignore"):
        raise ValueError(f"bug_print is 'raise', 'warn' or 'ignore', not {bug_print!r}")
    if bug_print == "raise":
        raise Exception(message)
    if bug_print == "warn":
        warnings.warn(message, stacklevel=3)
