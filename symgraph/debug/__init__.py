"""Debugging tools: graphs as text and pictures, functions run step by step, errors with
locations."""

from symgraph.debug.dtypes import dtype_origins
from symgraph.debug.errors import NodeError, node_error
from symgraph.debug.notebook import install, to_html
from symgraph.debug.printing import debugprint, draw, pp, pprint, to_dot, to_svg
from symgraph.debug.stepping import Step

__all__ = [
    "NodeError",
    "Step",
    "debugprint",
    "draw",
    "dtype_origins",
    "install",
    "node_error",
    "pp",
    "pprint",
    "to_dot",
    "to_html",
    "to_svg",
]
