"""`theano.scalar.Composite`: a function of numbers that is an expression of others."""

from collections.abc import Sequence
from typing import Any

from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.scalar.operations import ScalarOp
from symgraph.graph import Constant, FunctionGraph, TensorType, Variable, toposort
from symgraph.loops import vectorize_graph
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import Elemwise
from symgraph.ops.rank_alignment import pad_left
from symgraph.tensor import cast

__getattr__, __dir__ = resolver(__name__)


class Composite(ScalarOp):
    """A function of numbers that is an expression: applied, it is the expression of its operands.

    inputs: variables without dimensions. outputs: expressions of them.

    >>> from symgraph.compat.theano.scalar.composite import Composite
    >>> x, y = T.dscalars("x", "y")
    >>> Composite([x, y], [x * y + 1])([1.0, 2.0], 3.0).eval()
    array([4., 7.])
    """

    def __init__(self, inputs: Sequence[Variable], outputs: Sequence[Variable]) -> None:
        super().__init__()
        self.inputs, self.outputs = list(inputs), list(outputs)
        self.nin, self.nout = len(self.inputs), len(self.outputs)
        self.inputs_type = tuple(v.type for v in self.inputs)
        self.outputs_type = tuple(v.type for v in self.outputs)

    @property
    def fgraph(self) -> FunctionGraph:
        """Return the expression as a graph of its own."""
        return FunctionGraph(self.inputs, self.outputs)

    def output_types(self, types: Sequence[TensorType]) -> Sequence[TensorType]:
        """Return the types of the results. Raises TypeError for operands of other types."""
        if tuple(types) != self.inputs_type:
            raise TypeError(f"{self} is a function of {self.inputs_type}, not of {tuple(types)}")
        return self.outputs_type

    def impl(self, *numbers: Any) -> Any:
        """Return the values for numbers."""
        given: dict[Any, Any] = dict(zip(self.inputs, numbers, strict=True))
        found = [output.eval(given) for output in self.outputs]
        return found[0] if self.nout == 1 else tuple(found)

    def clone_float32(self) -> "Composite":
        """Return the function with float32 in the place of float16."""
        inputs = [_wide(v) for v in self.inputs]
        return Composite(
            inputs, _written(self.outputs, dict(zip(self.inputs, inputs, strict=True)))
        )

    def _applied(self, given: list[Any]) -> list[Variable]:
        return _written(self.outputs, dict(zip(self.inputs, pad_left(given), strict=True)), False)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __str__(self) -> str:
        return f"Composite{{{', '.join(map(str, self.outputs))}}}"


def _wide(variable: Variable) -> Variable:
    if variable.type.dtype != "float16":
        return variable
    if isinstance(variable, Constant):
        return constant(variable.data.astype("float32"), name=variable.name)
    return TensorType("float32", ())(variable.name)


def _written(
    outputs: Sequence[Variable], given: dict[Variable, Variable], widens: bool = True
) -> list[Variable]:
    """Return an expression of numbers written with other operands, which may be tensors.

    widens: whether what is float16 becomes float32.
    """
    nodes = list(toposort(outputs))
    if not all(isinstance(node.op, Elemwise) for node in nodes):
        found: list[Variable] = vectorize_graph(list(outputs), given)
        return found
    made = dict(given)
    for node in nodes:
        operands = [made.get(v, _wide(v) if widens else v) for v in node.inputs]
        name = node.op.scalar.name
        if widens and name == "cast{float16}":
            made[node.outputs[0]] = cast(operands[0], "float32")
        else:
            made[node.outputs[0]] = node.op(*pad_left(operands))
    return [made.get(output, output) for output in outputs]
