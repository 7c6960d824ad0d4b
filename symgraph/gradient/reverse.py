"""Reverse accumulation: cotangents propagate from the outputs of a graph to its inputs.

One traversal of the nodes, each after all its clients; each node's vjp is called once, with the
sum of the cotangents from its clients. So the derivative of n nodes costs O(n) nodes, at any depth.

A variable can be *unreached* (no path to it: disconnected), *reached* with a derivative that
is zero everywhere (the path goes through integers or bools), have a cotangent, or have
an undefined one (`NullType`), which all its ancestors inherit.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from symgraph.gradient.common_subexpressions import merge_common_subexpressions
from symgraph.gradient.cotangents import fit, is_discrete, is_null, zeros_like
from symgraph.gradient.inverse_functions import in_plain_form
from symgraph.graph import (
    Apply,
    NotDifferentiable,
    NullType,
    TensorType,
    Variable,
    config,
    toposort,
)
from symgraph.ops import DimShuffle, Reshape
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.ifelse import IfElse
from symgraph.ops.inner_graph import InnerGraphOp
from symgraph.ops.lazy_branches import lazier
from symgraph.ops.scan_parts import added


def connected(node: Apply, position: int) -> bool:
    """Return whether any output depends on the values of an input (not only on its shape)."""
    pattern = node.op.connection_pattern(node)
    return pattern is None or any(pattern[position])


@dataclass
class Sweep:
    """The state of one reverse traversal, and after it its result."""

    nodes: list[Apply]
    leading: set[Variable]
    # The representative of each variable that is computed more than once.
    leaders: Mapping[Variable, Variable]
    constants: Collection[Variable]
    known: Mapping[Variable, Variable]
    # Integers that count as numbers: see `integers_as_numbers`.
    numbers: Collection[Variable] = ()
    # Those of them by which an operation of floats gives no derivative.
    lost: set[Variable] = field(default_factory=set)
    total: dict[Variable, Variable] = field(default_factory=dict)
    reached: set[Variable] = field(default_factory=set)
    guarded: set[Variable] = field(default_factory=set)
    poisoned_by: dict[Variable, Apply] = field(default_factory=dict)

    def visit(self, node: Apply) -> None:
        """Propagate the cotangents of the node's outputs to those inputs that depend on `wrt`."""
        if not any(variable in self.leading for variable in node.inputs):
            return
        outputs = [variable for variable in node.outputs if variable not in self.constants]
        if not any(variable in self.reached for variable in outputs):
            return
        cotangents = [
            self.total.get(variable)
            if variable not in self.constants and self._carries(variable)
            else None
            for variable in node.outputs
        ]
        undefined = next(filter(is_null, cotangents), None)
        if undefined is not None:
            self._poison(node, undefined)
        elif node.op.zero_gradient or all(c is None for c in cotangents):
            self._reach(node)
        else:
            self._apply_rule(node, cotangents)

    def _apply_rule(self, node: Apply, cotangents: Sequence[Variable | None]) -> None:
        guarded = any(variable in self.guarded for variable in node.outputs)
        try:
            terms = self._terms(node, cotangents, guarded)
        except NotDifferentiable as error:
            self._poison(node, undefined_derivative(node, str(error)))
            return
        if len(terms) != len(node.inputs):
            raise TypeError(
                f"{node.op}.vjp gave {len(terms)} derivatives for {len(node.inputs)} inputs"
            )
        guarded = guarded or node.op.masks_cotangents()
        for position, (variable, term) in enumerate(zip(node.inputs, terms, strict=True)):
            if variable not in self.leading:
                continue
            if is_discrete(variable) and variable not in self.numbers:
                if connected(node, position) and isinstance(variable.type, TensorType):
                    self._mark(variable)
            elif is_discrete(variable) and term is None:
                if connected(node, position):
                    # The operation depends on it, and does not say how.
                    self.lost.add(variable)
            elif term is not None:
                self._send(node, variable, term, guarded)

    def _terms(
        self, node: Apply, cotangents: Sequence[Variable | None], guarded: bool
    ) -> Sequence[Variable | None]:
        if isinstance(node.op, InnerGraphOp):
            wanted = [
                at
                for at, v in enumerate(node.inputs)
                if v in self.leading and (not is_discrete(v) or v in self.numbers)
            ]
            return node.op.reverse(node, cotangents, wanted, partial(pull_back, guarded=guarded))
        rule = "guarded_vjp" if guarded else "vjp"
        terms: Sequence[Variable | None] = getattr(node.op, rule)(node, cotangents)
        if self.numbers:
            return self._with_integers(node, cotangents, terms, rule)
        return terms

    def _with_integers(
        self,
        node: Apply,
        cotangents: Sequence[Variable | None],
        terms: Sequence[Variable | None],
        rule: str,
    ) -> Sequence[Variable | None]:
        """Return the terms of an operation, with those of integers that count as numbers: what it
        gives for floats, if it takes them."""
        places = [
            at
            for at, variable in enumerate(node.inputs)
            if variable in self.numbers and terms[at] is None
        ]
        if not places:
            return terms
        floats = list(node.inputs)
        for at in places:
            floats[at] = scalar_functions["cast"](floats[at], config.floatX)
        try:
            same = node.op.make_node(*floats)
        except (TypeError, ValueError):
            # It takes integers alone, such as positions.
            return terms
        found = getattr(node.op, rule)(same, cotangents)
        return [found[at] if at in places else term for at, term in enumerate(terms)]

    def _carries(self, variable: Variable) -> bool:
        """Return whether there are cotangents of a variable."""
        known = not is_discrete(variable) or variable in self.numbers
        return known or is_null(self.total.get(variable))

    def by_integer(self, variable: Variable) -> Variable | None:
        """Return the cotangent of an integer that counts as a number, after the traversal; None
        where it is used in another way, or not at all."""
        if variable in self.lost:
            return None
        found = self.total.get(variable)
        return zeros_like(variable) if found is None and variable in self.reached else found

    def _mark(self, variable: Variable) -> None:
        self.reached.add(self.leaders.get(variable, variable))

    def _send(self, node: Apply, variable: Variable, term: Variable, guarded: bool) -> None:
        variable = self.leaders.get(variable, variable)
        self.reached.add(variable)
        if variable in self.known:
            return
        if is_null(term):
            self.poisoned_by.setdefault(variable, node)
            self.total[variable] = term
            return
        term = fit(term, variable, node.op)
        sofar = self.total.get(variable)
        if is_null(sofar):
            return
        self.total[variable] = term if sofar is None else added(sofar, term)
        if guarded:
            self.guarded.add(variable)

    def _poison(self, node: Apply, undefined: Variable) -> None:
        for position, variable in enumerate(node.inputs):
            if variable in self.leading and connected(node, position):
                # What is computed from values of other types has no derivative by what these are
                # computed from, whereas integers do not change, unless they count as numbers.
                steady = is_discrete(variable) and variable not in self.numbers
                if steady and isinstance(variable.type, TensorType):
                    self._mark(variable)
                else:
                    self._send(node, variable, undefined, False)

    def _reach(self, node: Apply) -> None:
        for position, variable in enumerate(node.inputs):
            if variable in self.leading and connected(node, position):
                self._mark(variable)


def integers_as_numbers(nodes: Iterable[Apply], wrt: Iterable[Variable]) -> set[Variable]:
    """Return the integers in `wrt`, by which derivatives are taken as if they were floats, and
    those that only arrange them anew."""
    found = {v for v in wrt if is_discrete(v) and isinstance(v.type, TensorType)}
    for node in nodes if found else ():
        if isinstance(node.op, DimShuffle | Reshape) and node.inputs[0] in found:
            found.update(node.outputs)
    return found


def undefined_derivative(node: Apply, reason: str) -> Variable:
    """Return the undefined derivative of an operation that has none, with the reason."""
    where = f" at {node.location}" if node.location is not None else ""
    return NullType(f"{node.op}{where}: {reason}")()


def leading_to(nodes: Iterable[Apply], wrt: Iterable[Variable]) -> set[Variable]:
    """Return the variables of `nodes` (in order) whose value depends on some of `wrt`."""
    leading = set(wrt)
    for node in nodes:
        places = [at for at, variable in enumerate(node.inputs) if variable in leading]
        if not places:
            continue
        pattern = node.op.connection_pattern(node)
        leading.update(
            output
            for number, output in enumerate(node.outputs)
            if pattern is None or any(pattern[at][number] for at in places)
        )
    return leading


def backpropagate(
    seeds: Mapping[Variable, Variable],
    wrt: Sequence[Variable],
    known: Mapping[Variable, Variable] | None = None,
    constants: Iterable[Variable] = (),
    guarded: bool = False,
) -> Sweep:
    """Compute the cotangents of every variable on the paths from `seeds` to `wrt`.

    `seeds` maps outputs to their cotangents, to which those that arrive from other outputs are
    added; `known` maps variables to cotangents that are complete. `constants` do not propagate
    cotangents. `guarded`: the seeds may be zero where a value was not used.
    """
    known, constants = dict(known or {}), set(constants)
    kept = {*seeds, *known, *constants, *wrt}
    every = prepared(toposort([*seeds, *known], stop_at=constants), kept)
    nodes, leaders = merge_common_subexpressions(every, kept)
    numbers = integers_as_numbers(nodes, wrt)
    sweep = Sweep(nodes, leading_to(every, wrt), leaders, constants, known, numbers)
    sweep.total |= seeds
    sweep.total |= known
    sweep.reached.update(sweep.total)
    if guarded:
        sweep.guarded.update(sweep.total)
    for node in reversed(nodes):
        sweep.visit(node)
    sweep.reached.update(v for v, leader in leaders.items() if leader in sweep.reached)
    return sweep


def prepared(nodes: list[Apply], kept: Collection[Variable]) -> list[Apply]:
    """Return the nodes, in order, in the form that is differentiated. The variables in `kept`, by
    which or of which derivatives are taken, are still computed as before."""
    return in_plain_form(with_lazy_branches(nodes, kept), kept)


def with_lazy_branches(nodes: list[Apply], kept: Collection[Variable]) -> list[Apply]:
    """Return the nodes with branches that contain the nodes only they need, so that their
    derivatives become branches as well. The nodes that compute the variables in `kept` are not
    moved."""
    if not any(isinstance(node.op, IfElse) for node in nodes):
        return nodes
    clients: dict[Variable, list[tuple[Apply, int]]] = {v: [] for n in nodes for v in n.outputs}
    for node in nodes:
        for position, variable in enumerate(node.inputs):
            if variable in clients:
                clients[variable].append((node, position))
    result = []
    for node in nodes:
        made = lazier(node, clients, kept) if isinstance(node.op, IfElse) else None
        if made is not None:
            # It replaces the very outputs that the cotangents belong to.
            made.outputs = node.outputs
        result.append(made or node)
    return result


def pull_back(
    seeds: Mapping[Variable, Variable], wrt: Sequence[Variable], guarded: bool = False
) -> list[Variable | None]:
    """Return the cotangents of `wrt` (None: not connected) from those of outputs of an op's body.

    A value that one step does not use may be masked by another, so a body that masks cotangents is
    guarded as a whole. Integers in `wrt` count as numbers, as in `grad`; where a path from them
    goes through integers only, their cotangents are zeros.
    """
    guarded = guarded or any(node.op.masks_cotangents() for node in toposort(seeds))
    sweep = backpropagate(seeds, wrt, guarded=guarded)
    return [sweep.by_integer(v) if is_discrete(v) else sweep.total.get(v) for v in wrt]
