"""Graphs with sparse matrices as graphs of their parts, whose operations have NumPy meanings."""

from collections.abc import Sequence

from symgraph.compile.unbundling import bundles_of
from symgraph.graph import Variable


def on_parts(inputs: Sequence[Variable], outputs: Sequence[Variable]) -> Sequence[Variable]:
    """The outputs, dense, computed from the same inputs, dense too."""
    bundles = bundles_of(inputs, outputs)
    return outputs if bundles is None else bundles.flat_roots
