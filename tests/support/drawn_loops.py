"""Drawn loops: a step with sequences, states and outputs of many kinds, run by `scan` and written
out in Python."""

from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from hypothesis import strategies as st

import symgraph as sg
import symgraph.tensor as T
from symgraph.gradient import zero_grad


@dataclass(frozen=True)
class Plan:
    """What a loop is made of. `lengths` are the sequences' extents beyond what `steps` needs;
    with `given` the number of steps is an argument, else the sequences tell it."""

    steps: int
    extent: int
    lengths: tuple[int, ...]
    sequence_taps: tuple[tuple[int, ...], ...]
    state_taps: tuple[tuple[int, ...], ...]
    stacked: int
    counts: bool
    nested: bool
    given: bool
    until: bool
    truncate: int
    go_backwards: bool
    only_last: bool


TAPS = st.sampled_from([(-1,), (-1,), (-2, -1), (-2,), (-1, -3)])
SEQUENCE_TAPS = st.sampled_from([(0,), (0,), (-1, 0), (1, 0), (-2,), (2,)])


@st.composite
def plans(draw) -> Plan:
    sequence_taps = draw(st.lists(SEQUENCE_TAPS, max_size=2))
    state_taps = draw(st.lists(TAPS, min_size=0 if sequence_taps else 1, max_size=2))
    return Plan(
        steps=draw(st.sampled_from([3, 4, 1, 2, 0])),
        extent=draw(st.sampled_from([2, 1])),
        lengths=tuple(draw(st.sampled_from([0, 0, 1, 2])) for _ in sequence_taps),
        sequence_taps=tuple(sequence_taps),
        state_taps=tuple(state_taps),
        stacked=draw(st.integers(0 if state_taps else 1, 2)),
        counts=draw(st.booleans()),
        nested=draw(st.sampled_from([False, False, True])),
        given=draw(st.booleans()) or not sequence_taps,
        until=draw(st.sampled_from([False, False, True])),
        truncate=draw(st.sampled_from([-1, -1, 1, 2, 3])),
        go_backwards=draw(st.booleans()),
        only_last=draw(st.booleans()),
    )


class Drawn:
    """The variables of a plan and values for them."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.plan = plan
        rng = np.random.default_rng(seed)
        steps, m = plan.steps, plan.extent
        extras = list(plan.lengths)
        if extras and not plan.given:
            extras[0] = 0
        self.sequences = [T.dmatrix(f"x{i}") for i in range(len(extras))]
        self.initials = [
            T.dvector(f"s{i}") if taps == (-1,) else T.dmatrix(f"s{i}")
            for i, taps in enumerate(plan.state_taps)
        ]
        self.w, self.captured = T.dvector("w"), T.dvector("c")
        self.n_steps = T.lscalar("n")
        spans = [max(0, *taps) - min(0, *taps) for taps in plan.sequence_taps]
        self.arrays = [
            *(rng.normal(size=(steps + e + s, m)) for e, s in zip(extras, spans, strict=True)),
            *(rng.normal(size=m if taps == (-1,) else (-min(taps), m)) for taps in plan.state_taps),
            rng.normal(size=m),
            rng.normal(size=m),
        ]
        self.weights = rng.normal(size=20)
        self.wrt = [*self.sequences, *self.initials, self.w, self.captured]
        self.inputs = [*self.wrt, self.n_steps]
        self.values = [*self.arrays, np.int64(steps)]

    # --- the step ---

    def step(self, entries: list, taps: list[list], count: Any, w: Any) -> tuple[list, list, Any]:
        """New states, stacked outputs, and the condition of `until`."""
        drive = reduce(add, [x * (i + 0.5) for i, x in enumerate(entries)], self.captured * w)
        if count is not None:
            drive = drive * (1 + 0.1 * T.cast(count, "float64"))
        if self.plan.nested:
            drive = self.inner(drive, w)
        pulls = [reduce(add, [v * (0.5 - 0.3 * i) for i, v in enumerate(t)]) for t in taps]
        new = [
            T.tanh(pull * w + drive + 0.4 * pulls[(i + 1) % len(pulls)] * drive.sum())
            for i, pull in enumerate(pulls)
        ]
        first = new[0] if new else drive
        stacked = [(first * drive).sum(), T.sin(first + drive)][: self.plan.stacked]
        return new, stacked, T.gt(first[0], 0.1)

    def inner(self, drive: Any, w: Any) -> Any:
        raise NotImplementedError

    def weighted(self, outputs: list[Any]) -> Any:
        """A number that depends on all outputs, or on their last entries only."""
        total = T.constant(0.0)
        for number, output in enumerate(outputs):
            if self.plan.only_last and self.plan.steps:
                output = output[-1:]
            scale = T.arange(1, output.shape[0] + 1) * self.weights[number]
            scale = scale.dimshuffle(0, *(["x"] * (output.ndim - 1)))
            total = total + (output * output * scale).sum() + (output * scale).sum()
        return total


class Looped(Drawn):
    """By `scan`."""

    def inner(self, drive: Any, w: Any) -> Any:
        found, _ = sg.scan(lambda x, s: s * x + self.captured, drive, w, name="inner")
        return found.sum(axis=0)

    def outputs(self) -> list[Any]:
        plan = self.plan
        sequences = [
            x if taps == (0,) else {"input": x, "taps": list(taps)}
            for x, taps in zip(self.sequences, plan.sequence_taps, strict=True)
        ]
        infos: list[Any] = [
            s if taps == (-1,) else {"initial": s, "taps": list(taps)}
            for s, taps in zip(self.initials, plan.state_taps, strict=True)
        ]
        if plan.counts:
            infos.append(T.constant(0, "int64"))

        def fn(*given: Any) -> Any:
            remaining = list(given)
            entries = [remaining.pop(0) for taps in plan.sequence_taps for _ in taps]
            taps = [[remaining.pop(0) for _ in taps] for taps in plan.state_taps]
            count = remaining.pop(0) if plan.counts else None
            (w,) = remaining
            new, stacked, condition = self.step(entries, taps, count, w)
            outputs = [*new, *([count + 1] if plan.counts else []), *stacked]
            return (outputs, {}, sg.until(condition)) if plan.until else outputs

        found, _ = sg.scan(
            fn,
            sequences,
            [*infos, *([None] * plan.stacked)],
            [self.w],
            n_steps=self.n_steps if plan.given else None,
            truncate_gradient=plan.truncate,
            go_backwards=plan.go_backwards,
            return_list=True,
        )
        return found


class Unrolled(Drawn):
    """Step after step, each an expression of its own."""

    def inner(self, drive: Any, w: Any) -> Any:
        state, total = w, 0.0
        for position in range(self.plan.extent):
            state = state * drive[position] + self.captured
            total = total + state
        return total

    def outputs(self) -> list[Any]:
        made, conditions = self._run(self.plan.steps)
        if self.plan.until and conditions:
            f = sg.function(self.inputs, conditions, mode="reference", on_unused_input="ignore")
            ends = f(*self.values)
            stopped = next((t + 1 for t, end in enumerate(ends) if end), self.plan.steps)
            made, _ = self._run(stopped)
        return made

    def _run(self, steps: int) -> tuple[list[Any], list[Any]]:
        plan = self.plan
        through = steps if plan.truncate < 0 else min(steps, plan.truncate)
        histories = [
            [s] if taps == (-1,) else [s[i] for i in range(-min(taps))]
            for s, taps in zip(self.initials, plan.state_taps, strict=True)
        ]
        depths = [len(history) for history in histories]
        stacked: list[list[Any]] = [[] for _ in range(plan.stacked)]
        conditions = []
        for t in range(steps):
            entries = [
                self._entry(number, t, tap)
                for number, taps in enumerate(plan.sequence_taps)
                for tap in taps
            ]
            taps = [
                [history[len(history) + tap] for tap in taps]
                for history, taps in zip(histories, plan.state_taps, strict=True)
            ]
            count = T.constant(t, "int64") if plan.counts else None
            new, outputs, condition = self.step(entries, taps, count, self.w)
            if t < steps - through:
                new, outputs = [zero_grad(v) for v in new], [zero_grad(v) for v in outputs]
            for history, value in zip(histories, new, strict=True):
                history.append(value)
            for kept, value in zip(stacked, outputs, strict=True):
                kept.append(value)
            conditions.append(condition)
        vector = T.zeros((0, plan.extent))
        result = [
            T.stack(history[d:]) if steps else vector
            for history, d in zip(histories, depths, strict=True)
        ]
        if plan.counts:
            result.append(T.arange(1, steps + 1))
        empty = [T.zeros((0,)), vector]
        return result + [T.stack(v) if v else empty[i] for i, v in enumerate(stacked)], conditions

    def _entry(self, number: int, t: int, tap: int) -> Any:
        """What step t reads of a sequence: counted from the end when going backwards."""
        taps, x = self.plan.sequence_taps[number], self.sequences[number]
        past, future = -min(0, *taps), max(0, *taps)
        if not self.plan.go_backwards:
            return x[t + past + tap]
        count = self.arrays[number].shape[0] - past - future
        return x[count - 1 - t + past + tap]
