"""What a function remembers of how it was made."""

from symgraph.compile.backends import Backend
from symgraph.compile.inputs import In
from symgraph.compile.specification import Specification
from symgraph.graph import FunctionGraph, Variable


class Maker:
    """What a function was made from, under the names that Theano gives them."""

    def __init__(
        self, specification: Specification, graph: FunctionGraph, backend: Backend
    ) -> None:
        self.fgraph: FunctionGraph = graph
        self.inputs: list[In] = specification.inputs
        self.outputs: list[Variable] = specification.outputs
        self.mode: Backend = backend
        # For each output of the graph: empty, or of what it is the next value.
        self.purposes: list[str] = specification.purposes()
