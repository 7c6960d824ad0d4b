"""The worklist algorithm that applies rules to a function graph until none applies."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from symgraph.graph import Apply, FunctionGraph, Op, Variable, at_location, warn
from symgraph.ops import BroadcastTo, DimShuffle, Elemwise
from symgraph.ops.constant import constant
from symgraph.ops.elemwise import broadcast_extents, scalar_functions
from symgraph.ops.extent_equality import extent_keys
from symgraph.ops.shape import inferred_extent
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.failed_rules import NotSettled, skip_rule
from symgraph.rewrite.patterns import PatternRule, operand_names

# The index of rules: the class of an op, or the name of a scalar function.
Key = Any
# Called with the phase, the rule's name, the variable replaced and its replacement.
Record = Callable[[str, str, Variable, Variable], None]
# Replacements per node, on average, after which rewriting is considered not to terminate.
REPLACEMENTS_PER_NODE = 50

# How many levels of clients above a changed node are examined again: most rules match no deeper.
# Clients of a variable with very many of them are not followed.
DEPTH = 2
MOST_CLIENTS = 8


class Rule(Protocol):
    """A function of a node and its context that returns a replacement expression, or None."""

    @property
    def name(self) -> str: ...

    def __call__(self, node: Apply, context: RewriteContext) -> Variable | None: ...


class NodeRule(NamedTuple):
    """A rule in Python, for nodes with certain ops (classes, or names of scalar functions)."""

    name: str
    keys: tuple[Key, ...]
    function: Callable[[Apply], Variable | None]

    def __call__(self, node: Apply, context: RewriteContext) -> Variable | None:
        return self.function(node)

    def __str__(self) -> str:
        return _described(self.name, self.function)


class ContextRule(NamedTuple):
    """A rule that needs the clients of a variable, or the extents that the graph makes equal."""

    name: str
    keys: tuple[Key, ...]
    function: Callable[[Apply, RewriteContext], Variable | None]

    def __call__(self, node: Apply, context: RewriteContext) -> Variable | None:
        return self.function(node, context)

    def __str__(self) -> str:
        return _described(self.name, self.function)


def _described(name: str, function: Callable[..., Any]) -> str:
    return f"{name}: {(function.__doc__ or '').strip().splitlines()[0]}"


def node_rule(name: str, *keys: Key) -> Callable[[Callable[[Apply], Variable | None]], NodeRule]:
    """Return a decorator that makes a rule of a function from a node to its replacement or None."""
    return lambda function: NodeRule(name, keys, function)


def context_rule(
    name: str, *keys: Key
) -> Callable[[Callable[[Apply, RewriteContext], Variable | None]], ContextRule]:
    """Return a decorator that makes a rule of a function of a node and its `RewriteContext`."""
    return lambda function: ContextRule(name, keys, function)


class GraphPass(NamedTuple):
    """A rule for a whole graph, which it changes in place; returns the number of replacements."""

    name: str
    function: Callable[[FunctionGraph, str, Record | None], int]

    def __call__(self, graph: FunctionGraph, phase: str, record: Record | None) -> int:
        return self.function(graph, phase, record)

    def __str__(self) -> str:
        return _described(self.name, self.function)


def node_pass(
    name: str, op: type[Op], function: Callable[[FunctionGraph, Apply], bool]
) -> GraphPass:
    """Return a pass that applies a function to each node of such an op that is still in the graph.

    The function changes the graph at the node, and returns whether it did.
    """

    def over_all(graph: FunctionGraph, phase: str, record: Record | None) -> int:
        count = 0
        for node in graph.toposort():
            if not isinstance(node.op, op) or node.outputs[0] not in graph.clients:
                continue
            before = node.outputs[0]
            if function(graph, node):
                count += 1
                if record is not None:
                    record(phase, name, before, before)
        return count

    over_all.__doc__ = function.__doc__
    return GraphPass(name, over_all)


def key_of(op: Op) -> Key:
    """Return the key under which the rules for an op are indexed."""
    if isinstance(op, Elemwise):
        name = op.scalar.name
        return "cast" if name.startswith("cast{") else name
    return type(op)


def keys_of(rule: Any) -> tuple[Key, ...]:
    return (rule.key,) if isinstance(rule, PatternRule) else rule.keys


class RuleSet:
    """Rules by key, in the order given: for a node first those for its scalar function, then those
    for all elementwise ones (`Elemwise`), then those for all ops (`Op`)."""

    def __init__(self, rules: Iterable[Any]) -> None:
        self.by_key: dict[Key, list[Rule]] = {}
        self._found: dict[tuple[Key, frozenset[str] | None], list[Rule]] = {}
        for rule in rules:
            for key in keys_of(rule):
                self.by_key.setdefault(key, []).append(rule)

    def of(self, node: Apply) -> Sequence[Rule]:
        """Return the rules that may apply to a node, given its op and its operands."""
        key = key_of(node.op)
        names = None
        if isinstance(node.op, Elemwise):
            names = operand_names(node)
        found = self._found.get((key, names))
        if found is None:
            kinds = [key] if names is None else [key, Elemwise]
            found = self._found[key, names] = [
                rule
                for kind in (*kinds, Op)
                for rule in self.by_key.get(kind, ())
                if not isinstance(rule, PatternRule) or rule.needs <= (names or frozenset())
            ]
        return found


def apply_rules(
    graph: FunctionGraph,
    rules: RuleSet,
    phase: str,
    record: Record | None = None,
    context: RewriteContext | None = None,
) -> int:
    """Apply the rules until none applies any more; return the number of replacements.

    A rule that raises is skipped there, with a warning (see `symgraph.rewrite.failed_rules`). Nodes
    made or changed by a replacement, and the clients of what was replaced, are examined again. New
    nodes have the location of the replaced node.
    """
    context = context or RewriteContext(graph)
    nodes = graph.toposort()
    pending = deque(nodes)
    queued = set(nodes)
    count, limit = 0, REPLACEMENTS_PER_NODE * (len(nodes) + 20)
    while pending:
        node = pending.popleft()
        queued.discard(node)
        if len(node.outputs) != 1 or node.outputs[0] not in graph.clients:
            continue
        with at_location(node.location):
            found = _first(rules.of(node), node, context)
        if found is None:
            continue
        rule, new = found
        output = node.outputs[0]
        if record is not None:
            record(phase, rule.name, output, new)
        context.equate(output, new)
        for changed in _affected(graph, graph.replace(output, new)):
            if changed not in queued:
                queued.add(changed)
                pending.append(changed)
        count += 1
        if count > limit:
            told = f"{count} replacements in phase {phase}, the last by {rule.name}: it ends there"
            warn(told, NotSettled)
            break
    return count


def _first(
    rules: Sequence[Rule], node: Apply, context: RewriteContext
) -> tuple[Rule, Variable] | None:
    """Return the first rule that applies, and the replacement of the node's output."""
    output = node.outputs[0]
    for rule in rules:
        try:
            new = rule(node, context)
            if new is not None and new is not output:
                return rule, fitted(new, node, context)
        except Exception as error:
            skip_rule(rule.name, node, error)
    return None


def _affected(graph: FunctionGraph, changed: list[Apply]) -> dict[Apply, None]:
    """Return the changed nodes, and the clients above them within the reach of a rule."""
    found = dict.fromkeys(changed)
    layer = changed
    for _ in range(DEPTH):
        clients: dict[Apply, None] = {}
        for node in layer:
            used = graph.clients[node.outputs[0]]
            if len(used) <= MOST_CLIENTS:
                clients.update((c, None) for c, _ in used if not isinstance(c, str))
        layer = [node for node in clients if node not in found]
        found.update(dict.fromkeys(layer))
    return found


def fitted(new: Variable, node: Apply, context: RewriteContext) -> Variable:
    """Return `new` with the dtype, the rank and the extents of the node's output."""
    old = node.outputs[0]
    if new.type.dtype != old.type.dtype:
        new = scalar_functions["cast"](new, old.type.dtype)
    if new.type.ndim < old.type.ndim:
        order = ["x"] * (old.type.ndim - new.type.ndim) + list(range(new.type.ndim))
        new = DimShuffle(order)(new)
    if extent_keys(new) != extent_keys(old) and isinstance(node.op, Elemwise):
        new = _broadcast(new, node, context)
    if not old.type.agrees_with(new.type):
        raise TypeError(f"{new.type} cannot stand for {old.type}")
    return new


def _broadcast(new: Variable, node: Apply, context: RewriteContext) -> Variable:
    """Return `new` broadcast to the extents of the operands' broadcast, where it lacks some."""
    old = node.outputs[0]
    if new.type.shape == old.type.shape and None not in new.type.shape:
        return new
    if all(context.same_extent(new, old, axis) for axis in range(old.type.ndim)):
        return new
    wanted: list[Any] = []
    lacking = False
    for axis in range(old.type.ndim):
        extent = _extent(new, axis)
        if not context.same_extent(new, old, axis):
            shapes = [(_extent(v, axis),) for v in node.inputs]
            (full,) = broadcast_extents(shapes)
            lacking |= not (extent is full or (extent == full and isinstance(extent, int)))
            extent = full
        wanted.append(extent)
    if not lacking:
        return new
    known = tuple(extent if isinstance(extent, int) else None for extent in wanted)
    extents = [constant(e, "int64") if isinstance(e, int) else e for e in wanted]
    return BroadcastTo(known)(new, *extents)


def _extent(variable: Variable, axis: int) -> Any:
    known = variable.type.shape[axis]
    return inferred_extent(variable, axis) if known is None else known
