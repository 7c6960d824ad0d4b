"""What operations on sparse matrices share."""

from collections.abc import Sequence
from typing import Any

from symgraph.graph import COMPLEX_DTYPES, Apply, BundleOp, Type, Variable
from symgraph.ops.constant import as_tensor, is_weak, number, weak_dtype
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.scalar import conjugate

from ..type import SparseType, type_of

Gradients = Sequence[Variable | None]


def as_variable(value: Any) -> Variable:
    """Return a sparse matrix or an array as a variable."""
    if isinstance(value, Variable):
        return value
    type = type_of(value)
    return as_tensor(value) if type is None else type.filter_variable(value)


def is_sparse(x: Variable) -> bool:
    return isinstance(x.type, SparseType)


def operands(what: str, x: Any, y: Any) -> tuple[Variable, Variable]:
    """Return both operands as variables; a Python number takes the dtype of the other. Raises
    TypeError unless one is sparse."""
    a, b = (None if is_weak(value) else as_variable(value) for value in (x, y))
    if a is None and b is not None:
        a = number(x, weak_dtype(x, b.type.dtype))
    elif b is None and a is not None:
        b = number(y, weak_dtype(y, a.type.dtype))
    if a is None or b is None or not (is_sparse(a) or is_sparse(b)):
        raise TypeError(
            f"sparse.{what}: neither {_described(x)} nor {_described(y)} is sparse; the function of"
            " symgraph.tensor is for dense tensors"
        )
    return a, b


def _described(value: Any) -> str:
    return f"{value} ({value.type})" if isinstance(value, Variable) else repr(value)


def check_sparse(what: Any, x: Variable) -> SparseType:
    """Return the type of a sparse matrix. Raises TypeError for anything else."""
    if not isinstance(x.type, SparseType):
        raise TypeError(f"{what} takes a sparse matrix, not {x} ({x.type})")
    return x.type


def check_tensor(what: Any, x: Variable, *ranks: int) -> None:
    """Raise TypeError unless this is a dense tensor of one of the ranks."""
    if isinstance(x.type, SparseType) or x.type.ndim not in ranks:
        kind = " or ".join(("scalar", "vector", "matrix")[rank] for rank in ranks)
        raise TypeError(f"{what} takes a dense {kind}, not {x} ({x.type})")


class SparseOp(BundleOp):
    """An operation that takes or returns sparse matrices, linear in its first input alone unless
    it says otherwise."""

    def __call__(self, *inputs: Any, name: str | None = None) -> Any:
        return super().__call__(*map(as_variable, inputs), name=name)

    def connection_pattern(self, node: Apply) -> list[list[bool]] | None:
        return [[position == 0] * len(node.outputs) for position in range(len(node.inputs))]

    def jvp(self, node: Apply, tangents: Gradients) -> Gradients:
        moved = tangents[0]
        return [None if moved is None else self(moved, *node.inputs[1:])]

    def vjp(self, node: Apply, cotangents: Gradients) -> Gradients:
        g = cotangents[0]
        others = [None] * (len(node.inputs) - 1)
        return [None if g is None else self.pulled(node, g), *others]

    def pulled(self, node: Apply, g: Variable) -> Variable | None:
        """Return the cotangent of the first input, given that of the output."""
        raise NotImplementedError


class SameMatrix(SparseOp):
    """An operation that returns a matrix equal to its input, in the same format."""

    def output_types(self, x: Variable) -> Sequence[Type]:
        return [check_sparse(self, x)]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        return g


class Bilinear(SparseOp):
    """An operation that is linear in each of two inputs."""

    def connection_pattern(self, node: Apply) -> None:
        return None

    def jvp(self, node: Apply, tangents: Gradients) -> Gradients:
        a, b = node.inputs
        terms = []
        if tangents[0] is not None:
            terms.append(self(tangents[0], b))
        if tangents[1] is not None:
            terms.append(self(a, tangents[1]))
        if not terms:
            return [None]
        if len(terms) == 1:
            return terms
        type = node.outputs[0].type
        return [type.added(*terms) if isinstance(type, SparseType) else terms[0] + terms[1]]

    def vjp(self, node: Apply, cotangents: Gradients) -> Gradients:
        g = cotangents[0]
        if g is None:
            return [None, None]
        x, y = map(conjugated, node.inputs)
        return self.pulled_both(x, y, g)

    def pulled_both(self, x: Variable, y: Variable, g: Variable) -> Gradients:
        """Return the cotangents of both inputs, whose conjugates are given, from that of the
        output."""
        raise NotImplementedError


class Conjugate(SameMatrix):
    """The complex conjugate of each entry."""

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[Any]:
        (x,) = inputs
        return [x._replace(data=conjugate(x.data))]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        found: Variable = self(g)
        return found


class Negate(SameMatrix):
    """Each entry times -1."""

    def output_types(self, x: Variable) -> Sequence[Type]:
        if check_sparse(self, x).dtype == "bool":
            raise TypeError(
                f"sparse.neg of {x} ({x.type}): truth values have no sign; cast them to integers"
            )
        return super().output_types(x)

    def on_parts(self, node: Apply, inputs: Sequence[Any]) -> Sequence[Any]:
        (x,) = inputs
        return [x._replace(data=scalar_functions["neg"](x.data))]

    def pulled(self, node: Apply, g: Variable) -> Variable:
        found: Variable = self(g)
        return found


def conjugated(x: Variable) -> Variable:
    """Return the complex conjugate of a sparse or dense matrix; a real one itself."""
    if isinstance(x.type, SparseType) and x.type.dtype in COMPLEX_DTYPES:
        found: Variable = Conjugate()(x)
        return found
    return x if isinstance(x.type, SparseType) else conjugate(x)
