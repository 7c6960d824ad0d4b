"""Collapse axes of a nest that lie in memory as one into one loop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from symgraph.graph import Apply, Variable
from symgraph.lower.fusion.phases import Phases
from symgraph.lower.nests.accesses import Memory, Operands
from symgraph.lower.program.values import Buffer, Value
from symgraph.lower.writing.builder import Builder


class _Accessed(NamedTuple):
    """An array that a nest reads or writes: its strides along the axes of the space, and its
    extents there."""

    strides: Sequence[Value]
    extents: Sequence[Value]


@dataclass(frozen=True)
class Collapse:
    """Which loops over the axes of a space, taken in `order`, collapse; those over the first `rows`
    axes stay."""

    b: Builder
    phases: Phases
    extents: tuple[Value, ...]
    order: tuple[int, ...]
    rows: int

    def runs(self, operands: Operands) -> list[list[int]]:
        """Return the axes in loop order, grouped into runs that collapse into one loop: for all
        that is read or written the stride of the first of two axes is the stride of the second
        times its extent, and every reduction reduces both or none."""
        memory = operands.memory
        if operands.gathers or memory.scatters or memory.kept:
            return [[axis] for axis in self.order]
        arrays = self._arrays(operands)
        runs = [[self.order[0]]]
        for first, second in pairwise(self.order):
            if first >= self.rows and self._join(first, second, operands.memory, arrays):
                runs[-1].append(second)
            else:
                runs.append([second])
        return runs

    def _arrays(self, operands: Operands) -> list[_Accessed]:
        """Return all arrays of the whole space that are read or written."""
        # With the fast strides, every extent other than 1 equals the space's.
        found = [
            _Accessed(operands.strides[source], buffer.extents)
            for source, buffer in operands.buffers.items()
            if not source[1]
        ]
        found += [_Accessed(counted, self.extents) for counted in operands.counted.values()]
        found += [
            _Accessed(result.strides, result.extents)
            for variable, result in operands.memory.results.items()
            if self._is_whole(variable)
        ]
        return found

    def _is_whole(self, variable: Variable) -> bool:
        """Return whether a variable has a value for each element."""
        is_row = variable in self.phases.rows.values
        return not is_row and variable.owner not in self.phases.reductions

    def _join(self, first: int, second: int, memory: Memory, arrays: list[_Accessed]) -> bool:
        """Return whether two consecutive axes are one in all memory and to all reductions."""
        multiply = self.b.integer
        for own, extents in arrays:
            steps = [
                multiply("mul", own[second], e) for e in (extents[second], self.extents[second])
            ]
            if own[first] not in steps:
                return False
        for node, reduction in self.phases.reductions.items():
            if (first in reduction.axes) != (second in reduction.axes):
                return False
            if first in reduction.axes:
                continue
            total = memory.accumulators.get(node) or memory.results.get(node.outputs[0])
            if total is None:
                return False
            kept = self._kept_strides(node, total)
            if kept[first] != multiply("mul", kept[second], self.extents[second]):
                return False
        return True

    def _kept_strides(self, node: Apply, total: Buffer) -> dict[int, Value]:
        """Return the strides of a reduction's result, by the axes of the space that it keeps."""
        reduction = self.phases.reductions[node]
        kept = [axis for axis in range(len(self.extents)) if axis not in reduction.axes]
        places = kept if reduction.keeps else range(len(kept))
        return {axis: total.strides[place] for axis, place in zip(kept, places, strict=True)}

    def folded(self, memory: Memory, extents: Sequence[Value], inner: Sequence[int]) -> Memory:
        """Return the memory as views over loops, of which `inner` are the last axes; results of
        reductions as views over the loops that they keep."""
        b = self.b

        def total(node: Apply, x: Buffer) -> Buffer:
            strides = self._kept_strides(node, x)
            kept = [(e, strides[a]) for e, a in zip(extents, inner, strict=True) if a in strides]
            return b.view(x, [extent for extent, _ in kept], [stride for _, stride in kept])

        def result(variable: Variable, x: Buffer) -> Buffer:
            if variable.owner in self.phases.reductions:
                return total(variable.owner, x)
            if not self._is_whole(variable):
                return x
            return b.view(x, extents, [x.strides[axis] for axis in inner])

        return replace(
            memory,
            results={v: result(v, x) for v, x in memory.results.items()},
            accumulators={node: total(node, x) for node, x in memory.accumulators.items()},
        )
