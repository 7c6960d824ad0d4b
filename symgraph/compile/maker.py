"""The record of how a function was made."""

from symgraph.compile.backends import Backend
from symgraph.compile.inputs import In
from symgraph.compile.specification import Specification
from symgraph.graph import FunctionGraph, Variable


class Maker:
    """The arguments from which a function was made, under Theano's names for them."""

    def __init__(
        self, specification: Specification, graph: FunctionGraph, backend: Backend
    ) -> None:
        self.fgraph: FunctionGraph = graph
        self.inputs: list[In] = specification.inputs
        self.outputs: list[Variable] = specification.outputs
        self.mode: Backend = backend
        # For each output of the graph: empty, or a description of the variable whose next value it
        # is.
        self.purposes: list[str] = specification.purposes()
