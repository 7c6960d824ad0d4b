"""Graphs as text and pictures, under the names of `theano.printing`."""

from symgraph.debug.drawing import draw, to_dot, to_svg
from symgraph.debug.formula import pprint
from symgraph.debug.tree import debugprint
from symgraph.ops.print_values import Print

pp = pprint

__all__ = ["Print", "debugprint", "draw", "pp", "pprint", "to_dot", "to_svg"]
