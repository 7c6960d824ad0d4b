"""The function graph: one compilation's own copy of the nodes, with the clients of each variable.

Building it merges equal constants, and equal ops on equal inputs (common-subexpression
elimination).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from symgraph.graph.lazy_import import LazyModule
from symgraph.graph.traversal import toposort
from symgraph.graph.variable import Apply, Constant, Variable

networkx: Any = LazyModule("networkx")

# A client: the node that uses a variable and the input position; "output" for the graph itself.
Client = tuple[Apply | str, int]


class FunctionGraph:
    """The inputs, outputs and nodes of one compilation; rewrites change it only through `replace`.

    Nodes and computed variables are copies, free to be changed; the inputs and the constants
    are the caller's own variables. An output that is itself an input is allowed.

    `replaces` maps positions of outputs to the inputs whose values they will replace.
    """

    def __init__(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        replaces: Mapping[int, int] | None = None,
    ) -> None:
        self.inputs: list[Variable] = list(inputs)
        self.replaces: dict[int, int] = dict(replaces or {})
        self.clients: dict[Variable, set[Client]] = {variable: set() for variable in self.inputs}
        self.copies: dict[Variable, Variable] = {variable: variable for variable in self.inputs}
        self._constants: dict[Any, Constant] = {}
        self._nodes: dict[Any, Apply] = {}
        # Extents that come from outside the graph: the variable of the graph, and its axis, that
        # has them.
        self._origins: dict[Any, tuple[Variable, int]] = {}
        # The topological order, cached until the graph changes.
        self._order: list[Apply] | None = None
        for node in toposort(outputs, stop_at=self.inputs):
            self._import(node)
        self.outputs: list[Variable] = [self._counterpart(variable) for variable in outputs]
        for position, variable in enumerate(self.outputs):
            self.clients[variable].add(("output", position))

    def _counterpart(self, variable: Variable) -> Variable:
        copy = self.copies.get(variable)
        if copy is not None:
            return copy
        if not isinstance(variable, Constant):
            raise MissingInputError(variable)
        copy = self._constants.setdefault(variable.signature(), variable)
        self.clients.setdefault(copy, set())
        self.copies[variable] = copy
        return copy

    def _import(self, node: Apply) -> None:
        inputs = tuple(self._counterpart(variable) for variable in node.inputs)
        key = (node.op, *inputs)
        equal = self._nodes.get(key)
        if equal is None:
            equal = Apply(
                node.op, inputs, [variable.type for variable in node.outputs], node.location
            )
            self._nodes[key] = equal
            self._connect(equal)
        for old, new in zip(node.outputs, equal.outputs, strict=True):
            if old not in self.copies:
                self.copies[old] = new
                new.name = new.name or old.name
                if new.extent_keys is None and old.extent_keys is not None:
                    new.extent_keys = tuple(
                        self._own_key(key, new, axis) for axis, key in enumerate(old.extent_keys)
                    )

    def _own_key(self, key: Any, variable: Variable, axis: int) -> Any:
        """Return an extent's key (see `Variable.extent_keys`) in terms of the graph's own
        variables: a rule that asks for an extent must not reach the nodes that the graph was
        copied from."""
        if isinstance(key, int):
            return key
        origin, place = key if isinstance(key, tuple) else (key, None)
        if origin in self.copies:
            own = self.copies[origin]
            return own if place is None else (own, place)
        return self._origins.setdefault(key, (variable, axis))

    def _connect(self, node: Apply) -> None:
        for position, variable in enumerate(node.inputs):
            self.clients.setdefault(variable, set()).add((node, position))
        for variable in node.outputs:
            self.clients.setdefault(variable, set())

    def toposort(self) -> list[Apply]:
        """Return the nodes, each after those it depends on."""
        if self._order is None:
            self._order = toposort(self.outputs, stop_at=set(self.inputs))
        return list(self._order)

    def replace(self, old: Variable, new: Variable) -> list[Apply]:
        """Replace `old` by `new` for every client; return the nodes that are new or changed.

        Nodes of `new` from outside are taken in as they are; nodes that become equal to others
        are merged with them; nodes that become dead are removed. Raises TypeError where the
        types do not agree.
        """
        self._order = None
        changed: dict[Apply, None] = {}
        pending = [(old, new)]
        while pending:
            old, new = pending.pop()
            if old not in self.clients:
                continue
            if not old.type.agrees_with(new.type):
                raise TypeError(
                    f"{old} of type {old.type} cannot be replaced by {new} of type {new.type}"
                )
            new = self._take_in(new, changed)
            if old is new:
                continue
            new.name = new.name or old.name
            clients = list(self.clients[old])
            for client, position in clients:
                self.clients[new].add((client, position))
                if client == "output":
                    self.outputs[position] = new
                    continue
                assert isinstance(client, Apply)
                self._forget(client)
                inputs = list(client.inputs)
                inputs[position] = new
                client.inputs = tuple(inputs)
            self.clients[old].clear()
            self._prune(old)
            for client in dict.fromkeys(client for client, _ in clients):
                if not isinstance(client, Apply):
                    continue
                equal = self._nodes.setdefault(_key(client), client)
                if equal is client:
                    changed[client] = None
                else:
                    pending += zip(client.outputs, equal.outputs, strict=True)
        return [node for node in changed if node.outputs[0] in self.clients]

    def _take_in(self, variable: Variable, changed: dict[Apply, None]) -> Variable:
        """Return the graph's variable for one that may come from outside, its nodes merged in."""
        if variable in self.clients:
            return variable
        if variable.owner is None:
            return self._counterpart(variable)
        here: dict[Variable, Variable] = {}
        for node in toposort([variable], stop_at=self.clients):
            inputs = tuple(
                here[v] if v in here else v if v in self.clients else self._counterpart(v)
                for v in node.inputs
            )
            own = node
            if any(a is not b for a, b in zip(inputs, node.inputs, strict=True)):
                own = Apply(node.op, inputs, [v.type for v in node.outputs], node.location)
                for new, old in zip(own.outputs, node.outputs, strict=True):
                    new.name, new.extent_keys = old.name, old.extent_keys
            equal = self._nodes.setdefault(_key(own), own)
            if equal is own:
                self._connect(own)
                changed[own] = None
            here.update(zip(node.outputs, equal.outputs, strict=True))
        return here[variable]

    def _knows(self, node: Apply) -> bool:
        return self._nodes.get(_key(node)) is node

    def _forget(self, node: Apply) -> None:
        """Remove a node from the table of merge candidates, because its inputs change."""
        if self._knows(node):
            del self._nodes[_key(node)]

    def _prune(self, variable: Variable) -> None:
        """Remove the node of `variable`, and then its inputs' nodes, where they are dead code."""
        pending = [variable]
        while pending:
            node = pending.pop().owner
            if node is None or node.outputs[0] not in self.clients:
                continue
            if any(self.clients[output] for output in node.outputs):
                continue
            self._forget(node)
            for output in node.outputs:
                del self.clients[output]
            for position, used in enumerate(node.inputs):
                self.clients[used].discard((node, position))
                pending.append(used)

    def check_integrity(self) -> None:
        """Raise AssertionError where clients and inputs disagree or the graph has a cycle."""
        nodes = toposort(self.outputs, stop_at=self.inputs)
        assert self.toposort() == nodes, "the order of the nodes is out of date"
        for node in nodes:
            for position, variable in enumerate(node.inputs):
                assert (node, position) in self.clients[variable], (
                    f"{node} is no client of its input {variable}"
                )
        for position, variable in enumerate(self.outputs):
            assert ("output", position) in self.clients[variable], f"output {variable} not known"
        assert networkx.is_directed_acyclic_graph(self.to_networkx()), "the graph has a cycle"

    def to_networkx(self) -> Any:
        """Return the nodes as a networkx.DiGraph, with an edge from each node to its clients."""
        graph = networkx.DiGraph()
        for node in self.toposort():
            graph.add_node(node)
            for variable in node.inputs:
                if variable.owner is not None and variable not in self.inputs:
                    graph.add_edge(variable.owner, node)
        return graph


def _key(node: Apply) -> Any:
    """Return a key that is equal for nodes that compute the same."""
    return (node.op, *node.inputs)


class MissingInputError(ValueError):
    """Raised where an output needs a variable that is neither an input, nor shared, nor a
    constant."""

    def __init__(self, variable: Variable, hint: str = "", message: str | None = None) -> None:
        self.variable = variable
        super().__init__(
            f"missing input: the outputs need {variable} ({variable.type}), which is neither an"
            f" input nor given; created at {variable.location}" + (f"; {hint}" if hint else "")
            if message is None
            else message
        )
