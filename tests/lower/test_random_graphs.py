"""Lowering keeps the meaning of random graphs."""

from hypothesis import given
from support.exact_graphs import Drawn, graphs
from support.lowering import assert_lowers


@given(graphs())
def test_a_lowered_graph_means_what_its_nodes_mean(drawn: Drawn) -> None:
    assert_lowers(drawn.inputs, drawn.outputs, drawn.values)
