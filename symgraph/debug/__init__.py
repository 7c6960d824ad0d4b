"""Seeing what is there: graphs as text, and errors that say where."""

from symgraph.debug.errors import NodeError, node_error
from symgraph.debug.printing import debugprint, pprint

pp = pprint

__all__ = ["NodeError", "debugprint", "node_error", "pp", "pprint"]
