"""The extents of every variable of a function graph, with one object for equal ones.

An extent is an int, or an int64 scalar variable: one that stands for an argument's extent, a scalar
of the graph, or an expression of those made by an op's shape rule.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from symgraph.graph import (
    LARGEST,
    Apply,
    Constant,
    FunctionGraph,
    TensorType,
    Variable,
    toposort,
)
from symgraph.ops import Elemwise, Reshape, ShapeOf
from symgraph.ops.constant import number
from symgraph.ops.elemwise import broadcast_extents
from symgraph.ops.reshape import is_minus_one, left_over

Extents = tuple[int | Variable, ...]
_EXTENT = TensorType("int64", ())


class ExtentTable:
    """The extents of variables: `table[v]` is the tuple for v. `shapes` gives what is known of some
    inputs' extents beyond their types. Scalar functions that `supports` rejects are not recomputed:
    their values are read where the graph computes them."""

    def __init__(
        self,
        graph: FunctionGraph,
        supports: Callable[[Apply], bool],
        shapes: Mapping[Variable, tuple[int | None, ...]] | None = None,
    ) -> None:
        self.supports = supports
        self.of: dict[Variable, Extents] = {}
        # For free variables that stand for an extent: its variable and axis.
        self.origin: dict[Variable, tuple[Variable, int]] = {}
        self._interned: dict[Any, Variable] = {}
        # What sets of unknown extents broadcast to, and the set that such an extent is made of.
        self._broadcasts: dict[frozenset[Variable], int | Variable] = {}
        self._met: dict[Variable, tuple[Variable, ...]] = {}
        self._scalars: dict[Variable, int | Variable] = {}
        for variable in graph.inputs:
            self._add_free(variable, shapes.get(variable) if shapes else None)

    def __getitem__(self, variable: Variable) -> Extents:
        if variable not in self.of and isinstance(variable, Constant):
            self.of[variable] = tuple(variable.data.shape)
        return self.of[variable]

    def _add_free(self, variable: Variable, shape: tuple[int | None, ...] | None = None) -> None:
        extents: list[int | Variable] = []
        for axis, known in enumerate(shape or variable.type.shape):
            if known is None:
                symbol = _EXTENT(f"{variable}.{axis}")
                self.origin[symbol] = (variable, axis)
                extents.append(symbol)
            else:
                extents.append(known)
        self.of[variable] = tuple(extents)

    def add_formal(self, formal: Variable, extents: Sequence[int | Variable]) -> None:
        """Set the extents of an input of a node's inner graph, except those that its type gives."""
        known = formal.type.shape
        self.of[formal] = tuple(e if k is None else k for k, e in zip(known, extents, strict=True))

    def add(self, node: Apply) -> bool:
        """Find the extents of the node's outputs; return False where only running it tells them."""
        shapes = [self[variable] for variable in node.inputs]
        if isinstance(node.op, Reshape):
            found: Any = [self._reshaped(node, shapes[0])]
        elif isinstance(node.op, Elemwise):
            found = [tuple(map(self._broadcast, *shapes))]
        else:
            found = node.op.infer_shape(node, shapes)
        if found is None:
            for variable in node.outputs:
                self._add_free(variable)
            return False
        for variable, extents in zip(node.outputs, found, strict=True):
            known = variable.type.shape
            self.of[variable] = tuple(
                k if k is not None else self.intern(e) for k, e in zip(known, extents, strict=True)
            )
        if isinstance(node.op, ShapeOf):
            self._scalars[node.outputs[0]] = shapes[0][node.op.axis]
        return True

    def _broadcast(self, *extents: int | Variable) -> int | Variable:
        """Return the extent that several broadcast to: the same object for the same unknown
        extents, whatever their order and nesting."""
        met = dict.fromkeys(
            member
            for extent in extents
            if isinstance(extent, Variable)
            for member in self._met.get(extent, (extent,))
        )
        known = [e for e in extents if isinstance(e, int) and e != 1]
        if known or len(met) < 2:
            return known[0] if known else next(iter(met), 1)
        key = frozenset(met)
        if key not in self._broadcasts:
            (extent,) = broadcast_extents([(member,) for member in met])
            made = self.intern(extent)
            self._broadcasts[key] = made
            if isinstance(made, Variable):
                self._met[made] = tuple(met)
        return self._broadcasts[key]

    def _reshaped(self, node: Apply, shape: Extents) -> list[int | Variable]:
        """Return the new extents; an extent of -1 is computed from the others."""
        extents: list[Any] = []
        for known, given in zip(node.outputs[0].type.shape, node.inputs[1:], strict=True):
            extents.append(given if known is None else known)
        for axis, given in enumerate(node.inputs[1:]):
            if not isinstance(extents[axis], int) and is_minus_one(given):
                others = [e for position, e in enumerate(extents) if position != axis]
                extents[axis] = left_over(shape, others)
        return extents

    def intern(self, extent: int | Variable) -> int | Variable:
        """Return the one object for all expressions equal to `extent`: an int where it is known, at
        most `LARGEST`."""
        found = extent if isinstance(extent, int) else self._interned_scalar(extent)
        if isinstance(found, Constant):
            found = int(found.data)
        return min(found, LARGEST) if isinstance(found, int) else found

    def _interned_scalar(self, extent: Variable) -> int | Variable:
        """Return the one object for all scalars equal to `extent`; a constant of its dtype where it
        is known and not an integer."""
        if isinstance(extent, Constant):
            return extent
        if extent in self._scalars:
            return self._scalars[extent]
        for node in toposort([extent], stop_at=self._scalars.keys()):
            output = node.outputs[0]
            if output in self._scalars:
                continue
            if isinstance(node.op, ShapeOf):
                self._scalars[output] = self[node.inputs[0]][node.op.axis]
                continue
            if not isinstance(node.op, Elemwise):
                # Computed by the graph itself: read where it lies.
                for variable in node.outputs:
                    self._scalars.setdefault(variable, variable)
                continue
            inputs = [self._scalar(variable) for variable in node.inputs]
            if all(isinstance(variable, Constant) for variable in inputs):
                self._scalars[output] = _folded(node, inputs)
                continue
            if node.op.scalar.name == "switch" and inputs[1] is inputs[2]:
                self._scalars[output] = inputs[1]
                continue
            if not self.supports(node):
                self._scalars[output] = output
                continue
            key = (node.op, *(i.signature() if isinstance(i, Constant) else i for i in inputs))
            if key not in self._interned:
                same = all(a is b for a, b in zip(inputs, node.inputs, strict=True))
                made = output if same else node.op(*inputs)
                self._interned[key] = made
                self._scalars[made] = made
            self._scalars[output] = self._interned[key]
        return self._scalars.get(extent, extent)

    def _scalar(self, variable: Variable) -> Variable:
        """Return a variable's canonical form, as a variable of its own dtype."""
        found = self._scalars.get(variable, variable)
        return number(found, variable.type.dtype) if isinstance(found, int) else found


def _folded(node: Apply, inputs: Sequence[Variable]) -> int | Constant:
    """Return the value of a scalar function of constants."""
    operands = tuple((v.type.dtype, v.data.tobytes()) for v in inputs)  # type: ignore[attr-defined]
    return _value(node.op, operands)


@lru_cache(maxsize=4096)
def _value(op: Elemwise, operands: tuple[tuple[str, bytes], ...]) -> int | Constant:
    """Evaluate a scalar function, cached: equal programs ask for the same values, each twice."""
    constants = [number(np.frombuffer(data, dtype)[0], dtype) for dtype, data in operands]
    (value,) = op.perform(op.make_node(*constants), *(c.data for c in constants))
    return int(value) if value.dtype.kind in "iu" else number(value, value.dtype.name)
