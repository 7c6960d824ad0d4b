"""Loops: an operation that runs a body step after step."""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

import numpy as np

from symgraph.graph import Apply, Constant, Extent, TensorType, Variable
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.inner_graph import (
    InnerGraph,
    PullBack,
    PushForward,
    Shape,
    known_shape,
    shape_of,
    tell_where,
)
from symgraph.ops.scan_forward import dual_scan
from symgraph.ops.scan_reverse import reverse_scan
from symgraph.ops.scan_structure import ScanStructure
from symgraph.ops.scan_unused import without_unused
from symgraph.ops.shape import keys_of_extents, known_extent

_COUNT = TensorType("int64", ())


class Scan(ScanStructure):
    """`body` run `n_steps` times.

    Inputs: n_steps (an int64 scalar); sequences, of which step t reads entry t; the initial value
    of each state, `depth` entries with the oldest first; others, which all steps read.
    The body's inputs: an entry of each sequence, each state's taps, the others. Its outputs: the
    states' new values, the stacked outputs, and with `until` a bool: the loop ends after the step
    in which it is true. Outputs: the kept values of each state; the stacked outputs, an entry for
    each step made; the number of steps made. After no steps, the last values of a state are the
    initial ones.

    A state's extents must not change from step to step: ValueError otherwise. `truncate`, if not
    negative, is the number of last steps through which derivatives are propagated back. `name` is
    used only in messages and printing.
    """

    never_larger: ClassVar[bool] = True

    def apply(self, bodies: Sequence[InnerGraph], inputs: Sequence[Variable]) -> Apply:
        (body,) = bodies
        parts = self.parts(inputs)
        body, sequences, others = without_unused(body, self.formals(body.inputs), parts)
        op = Scan(body, len(sequences), self.states, self.until, self.truncate, self.name)
        return op.make_node(parts.n_steps, *sequences, *parts.initials, *others)

    def label(self, position: int) -> str:
        """Return a description of the node's input at `position`, for messages."""
        if position == 0:
            return "the number of steps"
        position -= 1
        for what, count in (
            ("sequence", self.sequences),
            ("the initial value of state", len(self.states)),
        ):
            if position < count:
                return f"{what} {position}"
            position -= count
        return f"other input {position}"

    # --- types ---

    def make_node(self, *inputs: Variable) -> Apply:
        node = super().make_node(*inputs)
        parts = self.parts(node.inputs)
        made: Any = node.outputs[-1] if self.until else keys_of_extents([parts.n_steps])[0]
        for state, initial, output in zip(self.states, parts.initials, node.outputs, strict=False):
            first = made if state.keep == "all" else None
            set_keys(output, [first, *extent_keys(initial)[1:]])
        for output in node.outputs[len(self.states) : -1]:
            set_keys(output, [made, *([None] * (output.type.ndim - 1))])
        return node

    def output_types(self, *inputs: Variable) -> Sequence[TensorType]:
        if len(inputs) != 1 + self.sequences + len(self.states) + self.others:
            raise TypeError(f"{self}: {len(inputs)} inputs do not fit")
        parts, formals = self.parts(inputs), self.formals()
        if inputs[0].type != _COUNT:
            raise TypeError(f"{self}: the number of steps must be an int64 scalar, not {inputs[0]}")
        depths = [None] * self.sequences + [state.depth for state in self.states]
        firsts = [*formals.sequences, *(taps[0] for taps in formals.taps)]
        for position, (formal, depth) in enumerate(zip(firsts, depths, strict=True), 1):
            entry = TensorType(formal.type.dtype, (depth, *formal.type.shape))
            self._check(position, inputs[position], entry)
        for position, formal in enumerate(formals.others, 1 + len(firsts)):
            self._check(position, inputs[position], formal.type)
        steps = None if self.until else known_extent(parts.n_steps)
        types = [
            self._state_type(number, steps, parts.initials[number])
            for number in range(len(self.states))
        ]
        last = len(self.states) + self.stacked
        for output in self.body.outputs[len(self.states) : last]:
            types.append(TensorType(output.type.dtype, (steps, *output.type.shape)))
        condition = self.condition
        if condition is not None and condition.type != TensorType("bool", ()):
            raise TypeError(f"{self}: the condition must be a bool scalar, not {condition.type}")
        return [*types, _COUNT]

    def _check(self, position: int, variable: Variable, wanted: TensorType) -> None:
        """Raise where a variable is known not to be what the body was made for."""
        have = variable.type
        if not isinstance(wanted, TensorType) and wanted.agrees_with(have):
            # A value of another type, which all steps read.
            return
        if not isinstance(have, TensorType) or (have.dtype, have.ndim) != (
            wanted.dtype,
            wanted.ndim,
        ):
            raise TypeError(f"{self}: {self.label(position)} must be a {wanted}, not a {have}")
        if any(None not in pair and len({*pair}) > 1 for pair in _pairs(have, wanted)):
            raise ValueError(f"{self}: {self.label(position)} must be a {wanted}, not a {have}")

    def _state_type(self, number: int, steps: int | None, initial: Variable) -> TensorType:
        state, new = self.states[number], self.body.outputs[number].type
        entry = TensorType(initial.type.dtype, initial.type.shape[1:])
        if (new.dtype, new.ndim) != (entry.dtype, entry.ndim):
            raise TypeError(f"{self}: state {number} is a {entry}, but a step makes it a {new}")
        if any(None not in pair and len({*pair}) > 1 for pair in _pairs(new, entry)):
            raise ValueError(f"{self}: state {number} is a {entry}, but a step makes it a {new}")
        shape = [b if a is None else a for a, b in _pairs(new, entry)]
        first = steps if state.keep == "all" else state.depth
        return TensorType(new.dtype, (first, *shape))

    # --- shapes ---

    def infer_shape(self, node: Apply, shapes: Sequence[Shape]) -> Sequence[Shape] | None:
        known = known_extent(node.inputs[0])
        steps: Extent = node.inputs[0] if known is None else known
        if self.until:
            steps = node.outputs[-1]
        result: list[Shape] = []
        for state, shape in zip(self.states, self.parts(shapes).initials, strict=True):
            result.append((steps if state.keep == "all" else state.depth, *shape[1:]))
        if self.stacked:
            others = dict(zip(self.formals().others, self.parts(node.inputs).others, strict=True))
            inner = self.body.output_shapes(self._inner_shapes(shapes), others)
            for shape in inner[len(self.states) :][: self.stacked]:
                if shape is None:
                    return None
                result.append((steps, *shape))
        return [*result, ()]

    def _inner_shapes(self, shapes: Sequence[Shape]) -> list[Shape]:
        parts = self.parts(shapes)
        inner = [shape[1:] for shape in parts.sequences]
        for state, shape in zip(self.states, parts.initials, strict=True):
            inner += [shape[1:]] * len(state.taps)
        return [*inner, *parts.others]

    # --- meaning ---

    def perform(self, node: Apply, *values: np.ndarray) -> tuple[np.ndarray, ...]:
        parts = self.parts(values)
        n_steps = int(parts.n_steps)
        self._check_values(values, n_steps)
        past = [
            list(initial[max(0, len(initial) - state.depth) :])
            for state, initial in zip(self.states, parts.initials, strict=True)
        ]
        stacked: list[list[np.ndarray]] = [[] for _ in range(self.stacked)]
        made = 0
        while made < n_steps:
            entries = [sequence[made] for sequence in parts.sequences]
            taps = [
                history[tap]
                for state, history in zip(self.states, past, strict=True)
                for tap in state.taps
            ]
            try:
                results = self.body.run([*map(np.asarray, (*entries, *taps)), *parts.others])
                self._take(results, past, parts.initials)
            except Exception as error:
                tell_where(error, f"in step {made}")
                raise
            for collected, result in zip(stacked, results[len(self.states) :], strict=False):
                if collected and collected[0].shape != result.shape:
                    raise ValueError(
                        f"{self}: step {made} gives an output of shape {result.shape}, the steps"
                        f" before it {collected[0].shape}"
                    )
                collected.append(np.array(result))
            made += 1
            if self.until and bool(results[-1]):
                break
        return (
            *(self._kept(i, past[i], made, parts.initials[i]) for i in range(len(self.states))),
            *self._stack(node, stacked, values),
            np.asarray(made, "int64"),
        )

    def _check_values(self, values: Sequence[np.ndarray], n_steps: int) -> None:
        if n_steps < 0:
            raise ValueError(f"{self}: the number of steps is negative: {n_steps}")
        parts = self.parts(values)
        for number, sequence in enumerate(parts.sequences):
            if len(sequence) < n_steps:
                raise ValueError(
                    f"{self}: {n_steps} steps, but sequence {number} has {len(sequence)}"
                    " entries for them"
                )
        for number, (state, initial) in enumerate(zip(self.states, parts.initials, strict=True)):
            if len(initial) != state.depth:
                raise ValueError(
                    f"{self}: state {number} has taps {list(state.taps)}, so {state.depth} initial"
                    f" value{'s' * (state.depth > 1)} needed, not {len(initial)}"
                )
        shapes = self._inner_shapes([shape_of(value) for value in values])
        for formal, shape in zip(self.body.inputs, shapes, strict=True):
            known = known_shape(formal)
            if any(k not in (None, e) for k, e in zip(known, shape, strict=True)):
                raise ValueError(f"{self}: {formal} is a {formal.type}, but has the shape {shape}")

    def _take(
        self,
        results: Sequence[np.ndarray],
        past: Sequence[list[np.ndarray]],
        initials: Sequence[np.ndarray],
    ) -> None:
        """Append the states' new values to the past ones."""
        for number, (history, initial) in enumerate(zip(past, initials, strict=True)):
            new = results[number]
            if new.shape != initial.shape[1:]:
                made_by = self.body.outputs[number]
                raise ValueError(
                    f"the new value of state {number} has the shape {new.shape}, the state has"
                    f" {initial.shape[1:]}; it is {made_by}, made at {made_by.location}"
                )
            history.append(np.array(new))
            if self.states[number].keep == "last":
                del history[0]

    def _kept(
        self, number: int, history: list[np.ndarray], made: int, initial: np.ndarray
    ) -> np.ndarray:
        state = self.states[number]
        count = made if state.keep == "all" else state.depth
        result = np.empty((count, *initial.shape[1:]), initial.dtype)
        for position, value in enumerate(history[len(history) - count :]):
            result[position] = value
        return result

    def _stack(
        self,
        node: Apply,
        stacked: Sequence[Sequence[np.ndarray]],
        values: Sequence[np.ndarray],
    ) -> list[np.ndarray]:
        if not self.stacked or stacked[0]:
            return [np.stack(entries) for entries in stacked]
        others = {
            formal: Constant(formal.type, value)
            for formal, value in zip(self.formals().others, self.parts(values).others, strict=True)
        }
        inner = self._inner_shapes([shape_of(value) for value in values])
        shapes = self.body.output_shapes(inner, others)[len(self.states) :]
        return [
            np.empty((0, *self._evaluated(shape, output)), output.type.dtype)
            for shape, output in zip(shapes, self.body.outputs[len(self.states) :], strict=False)
        ][: self.stacked]

    def _evaluated(self, shape: Shape | None, output: Variable) -> list[int]:
        if shape is None:
            raise ValueError(
                f"{self}: after no steps at all the shape of the output {output}"
                f" ({output.type}, made at {output.location}) is not known, as it depends on the"
                " values of a step"
            )
        return [e if isinstance(e, int) else int(InnerGraph([], [e]).run([])[0]) for e in shape]

    # --- derivatives ---

    def reverse(
        self,
        node: Apply,
        cotangents: Sequence[Variable | None],
        wanted: Collection[int],
        pull_back: PullBack,
    ) -> Sequence[Variable | None]:
        return reverse_scan(self, node, cotangents, wanted, pull_back)

    def forward(
        self, node: Apply, tangents: Sequence[Variable | None], push_forward: PushForward
    ) -> Sequence[Variable | None]:
        return dual_scan(self, node, tangents, push_forward)


def _pairs(a: TensorType, b: TensorType) -> list[tuple[int | None, int | None]]:
    return list(zip(a.shape, b.shape, strict=True))
