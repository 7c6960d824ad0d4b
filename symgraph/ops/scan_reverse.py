"""The vjp of a loop: another loop, from the last step to the first.

Step t adds up the cotangents of the values it computed, from outside and from the later steps that
read them, and pulls them back through the body. For each tap k of a state the reverse loop has a
state: the cotangent that step t sends to the value computed at t + k, which the reverse loop reads
-k steps later. Cotangents of inputs that all steps read are accumulated in states of which only
the last value is kept.
"""

from collections.abc import Collection, Sequence
from typing import Any

from symgraph.graph import (
    Apply,
    BundleType,
    NotDifferentiable,
    NullType,
    Variable,
    graph_inputs,
)
from symgraph.ops.constant import constant
from symgraph.ops.creation import Join
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.inner_graph import InnerGraph, PullBack
from symgraph.ops.scan_parts import (
    ScanState,
    backwards,
    cut,
    entry_of,
    first_of,
    is_float,
    like,
    origins,
    zero_entries,
    zeros_before,
)
from symgraph.ops.scan_structure import ScanStructure
from symgraph.ops.shape import extents_of
from symgraph.ops.subtensor import IncSubtensor, Slice, zeros_like

# A tap: the positions of a state, and of the tap among the state's taps.
Tap = tuple[int, int]


def reverse_scan(
    op: ScanStructure,
    node: Apply,
    cotangents: Sequence[Variable | None],
    wanted: Collection[int],
    pull_back: PullBack,
) -> Sequence[Variable | None]:
    """Return the cotangents of the inputs; see `InnerGraphOp.reverse`."""
    return _Reverse(op, node, cotangents, wanted, pull_back).derivatives()


class _Reverse:
    """The construction of one reverse loop."""

    def __init__(
        self,
        op: ScanStructure,
        node: Apply,
        cotangents: Sequence[Variable | None],
        wanted: Collection[int],
        pull_back: PullBack,
    ) -> None:
        self.op, self.node, self.wanted, self.pull_back = op, node, wanted, pull_back
        self.parts, self.formals = op.parts(node.inputs), op.formals()
        count = len(op.states)
        self.outer = [
            g if is_float(v) else None for g, v in zip(cotangents, node.outputs, strict=True)
        ]
        # The cotangents that a step gets from outside, by position in the body's outputs.
        self.entering: dict[int, Variable] = {}
        for position, cotangent in enumerate(self.outer[: count + op.stacked]):
            if cotangent is None or (position < count and op.states[position].keep == "last"):
                continue
            entry = entry_of(cotangent, "cotangent")
            set_keys(entry, extent_keys(op.body.outputs[position]))
            self.entering[position] = entry
        self.carried: dict[Tap, Variable] = {}
        self.by_formal: dict[Variable, Variable] = {}
        self._count_steps()

    def _count_steps(self) -> None:
        """Set the number of steps, and how many of the first ones are skipped because of
        `truncate`."""
        self.steps = self.node.outputs[-1] if self.op.until else self.node.inputs[0]
        self.reversed_steps: Variable = self.steps
        self.skipped: Variable | None = None
        if self.op.truncate >= 0:
            limit = constant(self.op.truncate, "int64")
            self.reversed_steps = scalar_functions["minimum"](self.steps, limit)
            self.skipped = self.steps - self.reversed_steps

    def derivatives(self) -> list[Variable | None]:
        self._differentiate()
        results: list[Variable | None] = [None] * len(self.node.inputs)
        made = self._loop()
        for position in self.wanted:
            variable = self.node.inputs[position]
            if isinstance(variable.type, BundleType):
                results[position] = self._not_added_up(position)
                continue
            found = made.get(position)
            # The path from integers goes through integers: their entries.
            defined = is_float(variable) or self._read_by_entries(position)
            if found is None and defined and self._matters(position):
                found = zeros_like(variable)
            results[position] = found
        return results

    def _not_added_up(self, position: int) -> Variable | None:
        """Return what stands for the derivative by a bundle, whose extents would change from step
        to step."""
        variable = self.node.inputs[position]
        if not self._matters(position):
            return None
        reason = (
            f"{self.op}: each step has another derivative by {variable} ({variable.type}), and a"
            " loop adds up tensors; use sparse.structured_dot in the step, or the parts of the"
            " matrix, sparse.csm_data(x), whose derivatives are dense"
        )
        null: Variable = NullType(reason)()
        return null

    def _read_by_entries(self, position: int) -> bool:
        """Return whether an input is a sequence or a state, of which each step reads an entry."""
        return 1 <= position <= self.op.sequences + len(self.op.states)

    def _matters(self, position: int) -> bool:
        flags = self.op.connection_pattern(self.node)[position]
        return any(f and g is not None for f, g in zip(flags, self.outer, strict=True))

    # --- the body's derivative ---

    def _differentiate(self) -> None:
        """Pull cotangents back through the body. The taps that have a cotangent are found by
        iteration: those found to have none are left out until there are none left."""
        alive = {
            (number, at)
            for number, taps in enumerate(self.formals.taps)
            for at, tap in enumerate(taps)
            if is_float(tap)
        }
        given = {tap for tap in alive if self._holds_last(tap)}
        formals = [*self.formals.sequences, *self.formals.others]
        asked = [
            v
            for v, position in zip(formals, self._positions(), strict=True)
            if position in self.wanted
            and (is_float(v) or not self._read_by_entries(position))
            and not isinstance(v.type, BundleType)
        ]
        while True:
            self.carried = {tap: like(self._tap(tap), "carried") for tap in sorted(alive)}
            seeds = self._seeds()
            taps = sorted(alive)
            wrt = list(dict.fromkeys([*asked, *map(self._tap, taps)]))
            found = self.pull_back(seeds, wrt) if seeds else [None] * len(wrt)
            self.by_formal = {v: g for v, g in zip(wrt, found, strict=True) if g is not None}
            still = {tap for tap in taps if self._tap(tap) in self.by_formal} | given
            if still == alive:
                break
            alive = still
        for tap in map(self._tap, taps):
            term = self.by_formal.get(tap)
            if term is not None and isinstance(term.type, NullType):
                raise NotDifferentiable(term.type.reason)

    def _positions(self) -> list[int]:
        """Return the positions of the node's inputs that are the body's sequences and others."""
        op = self.op
        behind = 1 + op.sequences + len(op.states)
        return [*range(1, 1 + op.sequences), *range(behind, behind + op.others)]

    def _tap(self, tap: Tap) -> Variable:
        number, at = tap
        variable: Variable = self.formals.taps[number][at]
        return variable

    def _lag(self, tap: Tap) -> int:
        return -self.op.states[tap[0]].taps[tap[1]]

    def _holds_last(self, tap: Tap) -> bool:
        """Return whether the cotangents of the kept last values are the initial value of this tap's
        state."""
        state = self.op.states[tap[0]]
        last = state.keep == "last" and self.outer[tap[0]] is not None
        return last and state.taps.index(-state.depth) == tap[1]

    def _seeds(self) -> dict[Variable, Variable]:
        terms: dict[Variable, list[Variable]] = {}
        for position, output in enumerate(self.op.body.outputs):
            found = [self.entering[position]] if position in self.entering else []
            found += [v for (number, _), v in self.carried.items() if number == position]
            if found:
                terms.setdefault(output, []).extend(found)
        return {output: _sum(found) for output, found in terms.items()}

    # --- the reverse loop ---

    def _loop(self) -> dict[int, Variable]:
        """Return the cotangents of the node's inputs, by position."""
        made: dict[int, Variable] = {}
        positions = dict(
            zip((*self.formals.sequences, *self.formals.others), self._positions(), strict=True)
        )
        sums: list[Variable] = []
        rows: list[Variable] = []
        for formal, term in self.by_formal.items():
            if formal not in positions:
                continue
            if isinstance(term.type, NullType):
                made[positions[formal]] = term
            else:
                (rows if positions[formal] <= self.op.sequences else sums).append(formal)
        if not self.carried and not sums and not rows:
            return made
        outputs = self._run(sums, rows)
        for tap, output in zip(self.carried, outputs, strict=False):
            self._add_to_initial(made, tap, output)
        behind = len(self.carried)
        for formal, output in zip(sums, outputs[behind:], strict=False):
            made[positions[formal]] = first_of(output)
        for formal, output in zip(rows, outputs[behind + len(sums) :], strict=False):
            made[positions[formal]] = self._row_by_row(output, self.node.inputs[positions[formal]])
        return made

    def _run(self, sums: Sequence[Variable], rows: Sequence[Variable]) -> Sequence[Variable]:
        by = self.by_formal
        totals = {formal: like(formal, "total", by[formal].type.dtype) for formal in sums}
        new = [by[v] if v in by else zeros_like(v) for v in map(self._tap, self.carried)]
        new += [_sum([total, by[formal]]) for formal, total in totals.items()]
        outputs = [*new, *(by[formal] for formal in rows)]
        # Extent keys may refer to a variable that nothing else uses: it must be available as well.
        own = (*self.entering.values(), *self.carried.values(), *totals.values())
        used = set(graph_inputs([*outputs, *origins(own)]))
        sequences = [(v, x) for v, x in self._sequences(used) if v in used]
        others = [
            (formal, given)
            for formal, given in zip(self.formals.others, self.parts.others, strict=True)
            if formal in used
        ]
        formals = [v for v, _ in sequences] + [*self.carried.values(), *totals.values()]
        body = InnerGraph([*formals, *(v for v, _ in others)], outputs)
        states = [ScanState((-self._lag(tap),), "last") for tap in self.carried]
        states += [ScanState((-1,), "last") for _ in totals]
        outside = dict(zip(self.formals.others, self.parts.others, strict=True))
        initials = [self._first_carried(tap) for tap in self.carried]
        initials += [
            zero_entries(1, total.type.dtype, extents_of(outside[v])) for v, total in totals.items()
        ]
        name = f"gradient of {self.op.name}" if self.op.name else "gradient"
        loop = type(self.op)(body, len(sequences), states, name=name)
        given = [x for _, x in sequences]
        return loop.make_node(
            self.reversed_steps, *given, *initials, *(x for _, x in others)
        ).outputs

    def _sequences(self, used: set[Variable]) -> list[tuple[Variable, Variable]]:
        """Return the sequences that the reverse loop reads, each with the body's variable for an
        entry: what the forward loop read and computed, and the cotangents of that, from the last
        step to the first."""
        start: Variable | int = 0 if self.skipped is None else self.skipped
        found: list[tuple[Variable, Variable]] = []
        for formal, given in zip(self.formals.sequences, self.parts.sequences, strict=True):
            if formal in used:
                found.append((formal, backwards(cut(given, start, self.steps))))
        histories = self._histories(used)
        for number, taps in enumerate(self.formals.taps):
            for at, formal in enumerate(taps):
                if formal in used:
                    shift = self.op.states[number].depth - self._lag((number, at))
                    stop = self.steps + shift if shift else self.steps
                    part = cut(histories[number], start + shift, stop)
                    found.append((formal, backwards(part)))
        for position, entry in self.entering.items():
            cotangent: Any = self.outer[position]
            found.append((entry, backwards(cut(cotangent, start, self.steps))))
        return found

    def _histories(self, used: set[Variable]) -> dict[int, Variable]:
        """Return the values of states, initial ones first, for the states with a used tap."""
        op = self.op
        needed = [n for n, taps in enumerate(self.formals.taps) if any(v in used for v in taps)]
        node = self.node
        if any(op.states[number].keep != "all" for number in needed):
            states = [
                ScanState(state.taps) if number in needed else state
                for number, state in enumerate(op.states)
            ]
            whole = type(op)(op.body, op.sequences, states, op.until, op.truncate, op.name)
            node = whole.make_node(*node.inputs)
        return {n: Join(0)(self.parts.initials[n], node.outputs[n]) for n in needed}

    def _first_carried(self, tap: Tap) -> Variable:
        if self._holds_last(tap):
            last: Any = self.outer[tap[0]]
            return backwards(last)
        return zeros_before(self.parts.initials[tap[0]], self._lag(tap))

    # --- the results ---

    def _add_to_initial(self, made: dict[int, Variable], tap: Tap, last: Variable) -> None:
        """Add the cotangents that the first steps sent to values before the first step, to those of
        the initial values that they read."""
        position = 1 + self.op.sequences + tap[0]
        initial, lag = self.parts.initials[tap[0]], self._lag(tap)
        if position not in self.wanted:
            return
        sent, sofar = backwards(last), made.get(position)
        start = self.op.states[tap[0]].depth - lag
        if self.skipped is None and start == 0:
            made[position] = sent if sofar is None else _sum([sofar, sent])
            return
        begin: Variable = constant(start, "int64")
        if self.skipped is not None:
            begin = scalar_functions["minimum"](begin + self.skipped, start + lag)
            left = scalar_functions["maximum"](lag - self.skipped, 0)
            sent = cut(sent, 0, left)
        sofar = zeros_like(initial) if sofar is None else sofar
        made[position] = IncSubtensor((Slice(start=True),), False)(sofar, sent, begin)

    def _row_by_row(self, rows: Variable, sequence: Variable) -> Variable:
        """Return the cotangents of a sequence's entries: zero for those that no step read."""
        rows = backwards(rows)
        if self.skipped is None and cut(sequence, 0, self.steps) is sequence:
            return rows
        if self.skipped is None:
            template, bounds = (Slice(stop=True),), [self.steps]
        else:
            template, bounds = (Slice(start=True, stop=True),), [self.skipped, self.steps]
        return IncSubtensor(template, True)(zeros_like(sequence), rows, *bounds)


def _sum(terms: Sequence[Variable]) -> Variable:
    total = terms[0]
    for term in terms[1:]:
        total = scalar_functions["add"](total, term)
    return total
