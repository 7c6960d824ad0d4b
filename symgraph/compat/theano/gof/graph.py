"""`theano.gof.graph`: nodes and walks over graphs, in Theano's forms."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from symgraph.compat.theano.aliases import Alias
from symgraph.compat.theano.lookup import resolver
from symgraph.graph import Apply as NativeApply
from symgraph.graph import Constant, Variable, equal_computations, rebuild, toposort
from symgraph.graph import ancestors as all_ancestors

__getattr__, __dir__ = resolver(__name__, "symgraph.graph")


class Apply(metaclass=Alias):
    """Make a node of an operation, its inputs, and the variables that it computes.

    op, inputs: the operation and its variables.
    outputs: free variables, which become the node's.
    Returns a node of symgraph's. Raises TypeError, ValueError for what are none.

    >>> from symgraph.compat.theano.gof.graph import Apply
    >>> x, y = T.dscalar("x"), T.dscalar("y")
    >>> Apply(None, [x], [y]).outputs[0] is y
    True
    """

    native = NativeApply

    @classmethod
    def make(cls, op: Any, inputs: Sequence[Variable], outputs: Sequence[Variable]) -> NativeApply:
        """Return the node."""
        if not isinstance(inputs, list | tuple):
            raise TypeError("The inputs of an Apply must be a list or tuple")
        if not isinstance(outputs, list | tuple):
            raise TypeError("The output of an Apply must be a list or tuple")
        for output in outputs:
            if not isinstance(output, Variable):
                raise TypeError(f"The outputs of an Apply must be variables, not {output!r}")
            if output.owner is not None:
                raise ValueError(
                    f"All output variables passed to Apply must belong to it: {output}"
                )
        node = NativeApply(op, inputs, [output.type for output in outputs])
        for index, (output, made) in enumerate(zip(outputs, node.outputs, strict=True)):
            output.owner, output.index = node, index
            if made.notes:
                # What was made of the node at once, such as a value to try it with.
                output.notes = {**made.notes, **(output.notes or {})}
        node.outputs = tuple(outputs)
        return node


def inputs(variable_list: Iterable[Variable], blockers: Iterable[Variable] | None = None) -> list:
    """Return the free variables and constants that variables depend on.

    variable_list: the variables. blockers: where the walk stops; they count as inputs.

    >>> from symgraph.compat.theano.gof.graph import inputs
    >>> x = T.dscalar("x")
    >>> inputs([x + x])
    [x]
    """
    stop = set(blockers or ())
    found = all_ancestors(variable_list, stop)
    return [v for v in found if v.owner is None or v in stop]


def ancestors(
    variable_list: Iterable[Variable], blockers: Iterable[Variable] | None = None
) -> list:
    """Return variables and all they depend on.

    variable_list: the variables. blockers: where the walk stops.

    >>> from symgraph.compat.theano.gof.graph import ancestors
    >>> x = T.dscalar("x")
    >>> x in ancestors([x + 1])
    True
    """
    return all_ancestors(variable_list, set(blockers or ()))


def variables(i: Iterable[Variable], o: Iterable[Variable]) -> list[Variable]:
    """Return all variables of the graph from inputs to outputs, orphans too.

    i, o: inputs and outputs.

    >>> from symgraph.compat.theano.gof.graph import variables
    >>> x = T.dscalar("x")
    >>> len(variables([x], [x + 1]))
    3
    """
    return list(dict.fromkeys([*all_ancestors(o, set(i)), *i, *o]))


def orphans(i: Iterable[Variable], o: Iterable[Variable]) -> list[Variable]:
    """Return what outputs depend on besides the inputs, without an owner.

    i, o: inputs and outputs.

    >>> from symgraph.compat.theano.gof.graph import orphans
    >>> x = T.dscalar("x")
    >>> orphans([x], [x + 1])
    [1.0]
    """
    given = set(i)
    return [v for v in variables(given, o) if v.owner is None and v not in given]


def variables_and_orphans(
    i: Iterable[Variable], o: Iterable[Variable]
) -> tuple[list[Variable], list[Variable]]:
    """Return `variables(i, o)` and `orphans(i, o)`.

    i, o: inputs and outputs.

    >>> from symgraph.compat.theano.gof.graph import variables_and_orphans
    >>> x = T.dscalar("x")
    >>> variables_and_orphans([x], [x])
    ([x], [])
    """
    return variables(i, o), orphans(i, o)


def ops(i: Iterable[Variable], o: Iterable[Variable]) -> set[NativeApply]:
    """Return the nodes from inputs to outputs, as a set.

    i, o: inputs and outputs.

    >>> from symgraph.compat.theano.gof.graph import ops
    >>> x = T.dscalar("x")
    >>> [node.op for node in ops([x], [x + 1])]
    [add]
    """
    return set(toposort(o, set(i)))


def list_of_nodes(inputs: Iterable[Variable], outputs: Iterable[Variable]) -> list[NativeApply]:
    """Return the nodes from inputs to outputs.

    inputs, outputs: of the graph.

    >>> from symgraph.compat.theano.gof.graph import list_of_nodes
    >>> x = T.dscalar("x")
    >>> list_of_nodes([x], [x + 1])
    [add(x, 1.0)]
    """
    return toposort(outputs, set(inputs))


def io_toposort(
    inputs: Iterable[Variable],
    outputs: Iterable[Variable],
    orderings: Any = None,
    clients: Any = None,
) -> list[NativeApply]:
    """Return the nodes from inputs to outputs, each after those it depends on.

    inputs, outputs: of the graph. orderings, clients: Theano's.

    >>> from symgraph.compat.theano.gof.graph import io_toposort
    >>> x = T.dscalar("x")
    >>> [node.op for node in io_toposort([x], [T.exp(x + 1)])]
    [add, exp]
    """
    if not orderings:
        return toposort(outputs, set(inputs))
    before = orderings
    nodes = toposort(outputs, set(inputs))

    def needed(item: Any) -> list[Any]:
        own = [v.owner for v in item.inputs if v.owner in known]
        return own + list(before.get(item, []))

    known = set(nodes)
    return general_toposort(nodes, needed)


def general_toposort(
    outputs: Iterable[Any],
    deps: Callable[[Any], Any],
    debug_print: bool = False,
    compute_deps_cache: Any = None,
    deps_cache: Any = None,
    clients: Any = None,
) -> list[Any]:
    """Return objects and all that they depend on, each after those.

    outputs: the objects. deps: what an object depends on. The others are Theano's.
    Raises ValueError for a circle.

    >>> from symgraph.compat.theano.gof.graph import general_toposort
    >>> general_toposort([3], lambda n: [n - 1] if n else [])
    [0, 1, 2, 3]
    """
    # What is reached, the last dependency first, and the clients of each.
    needed: dict[Any, list[Any]] = {}
    clients_of: dict[Any, list[Any]] = {}
    stack = list(outputs)
    while stack:
        item = stack.pop()
        if item in needed:
            continue
        needed[item] = list(deps(item) or ())
        for dependency in needed[item]:
            clients_of.setdefault(dependency, []).append(item)
        stack += needed[item]
    left = {item: len(dependencies) for item, dependencies in needed.items()}
    ready = deque(item for item, count in left.items() if not count)
    ordered: list[Any] = []
    while ready:
        ordered.append(ready.popleft())
        for client in clients_of.get(ordered[-1], ()):
            left[client] -= 1
            if not left[client]:
                ready.append(client)
    if len(ordered) < len(needed):
        raise ValueError("graph contains cycles")
    return ordered


def clone(
    i: Sequence[Variable],
    o: Sequence[Variable],
    copy_inputs: bool = True,
    copy_orphans: bool | None = None,
) -> tuple[list[Variable], list[Variable]]:
    """Return copies of the inputs and of the outputs in terms of them.

    i, o: inputs and outputs of a graph. copy_inputs: whether inputs are copied.
    copy_orphans: Theano's; constants and shared variables are the same in both.

    >>> from symgraph.compat.theano.gof.graph import clone
    >>> x = T.dscalar("x")
    >>> (new,), (y,) = clone([x], [x + 1])
    >>> y.owner.inputs[0] is new
    True
    """
    mapping = clone_get_equiv(i, o, copy_inputs)
    return [mapping[v] for v in i], [mapping[v] for v in o]


def clone_get_equiv(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    copy_inputs: bool = True,
    copy_orphans: bool = True,
    memo: dict[Any, Any] | None = None,
) -> dict[Any, Any]:
    """Return the copies of all variables and nodes from inputs to outputs, by what they copy.

    inputs, outputs: of the graph. copy_inputs: whether inputs are copied.
    copy_orphans: Theano's; constants and shared variables are the same in both.
    memo: copies that are there already; the dict is filled and returned.

    >>> from symgraph.compat.theano.gof.graph import clone_get_equiv
    >>> x = T.dscalar("x")
    >>> y = x + 1
    >>> copies = clone_get_equiv([x], [y])
    >>> copies[y].owner is copies[y.owner], copies[y] is y
    (True, False)
    """
    copies: dict[Any, Any] = {} if memo is None else memo
    for variable in inputs:
        copies.setdefault(variable, variable.type(variable.name) if copy_inputs else variable)
    for node in toposort(outputs, set(inputs)):
        if node in copies:
            continue
        given = [copies.setdefault(v, v) for v in node.inputs]
        made = copies[node] = NativeApply(node.op, given, [v.type for v in node.outputs])
        for variable, copied in zip(node.outputs, made.outputs, strict=True):
            copied.name = variable.name
            copies.setdefault(variable, copied)
    for variable in outputs:
        copies.setdefault(variable, variable)
    return copies


def is_same_graph(var1: Variable, var2: Variable, givens: Any = None, debug: bool = False) -> bool:
    """Return whether two variables compute the same in the same way.

    var1, var2: the variables. givens: pairs or a dict, variables of one that stand for variables of
        the other. debug: Theano's.

    >>> from symgraph.compat.theano.gof.graph import is_same_graph
    >>> x, y = T.dscalars("x", "y")
    >>> is_same_graph(x + 1, y + 1), is_same_graph(x + 1, y + 1, givens={x: y})
    (False, True)
    """
    pairs = dict(givens or {})
    found = rebuild([var1, var2], pairs)
    return equal_computations([found[var1]], [found[var2]])


def is_in_ancestors(l_node: NativeApply, f_node: NativeApply) -> bool:
    """Return whether a node is another, or one that the other depends on.

    l_node: the other. f_node: the node.

    >>> from symgraph.compat.theano.gof.graph import is_in_ancestors
    >>> x = T.dscalar("x")
    >>> y = x + 1
    >>> is_in_ancestors(T.exp(y).owner, y.owner)
    True
    """
    return f_node in toposort(l_node.outputs)


def as_string(
    i: Sequence[Variable],
    o: Sequence[Variable],
    leaf_formatter: Callable[[Any], str] = str,
    node_formatter: Callable[[Any, list[str]], str] | None = None,
) -> list[str]:
    """Return each output as text, with `*1 -> ...` for what occurs several times.

    i, o: inputs and outputs. leaf_formatter, node_formatter: make the text of a leaf, and of a node
        of the texts of its inputs.

    >>> from symgraph.compat.theano.gof.graph import as_string
    >>> x = T.dscalar("x")
    >>> as_string([x], [T.exp(x)])
    ['exp(x)']
    """
    given = set(i)
    form = node_formatter or (lambda node, texts: f"{node.op}({', '.join(texts)})")
    uses: dict[Any, int] = {}
    for variable in [*o, *(v for node in toposort(o, given) for v in node.inputs)]:
        if variable.owner is not None and variable not in given:
            uses[variable] = uses.get(variable, 0) + 1
    numbers: dict[Variable, int] = {}

    def text(variable: Variable) -> str:
        if variable in given or variable.owner is None:
            return leaf_formatter(variable)
        if variable in numbers:
            return f"*{numbers[variable]}"
        label = ""
        if uses[variable] > 1:
            numbers[variable] = len(numbers) + 1
            label = f"*{numbers[variable]} -> "
        own = form(variable.owner, [text(v) for v in variable.owner.inputs])
        where = f"::{variable.index}" if len(variable.owner.outputs) > 1 else ""
        return f"{label}{own}{where}"

    return [text(variable) for variable in o]


def is_constant(variable: Any) -> bool:
    """Return whether something is a constant.

    >>> from symgraph.compat.theano.gof.graph import is_constant
    >>> is_constant(T.constant(1))
    True
    """
    return isinstance(variable, Constant)


def stack_search(
    start: Any, expand: Callable[[Any], Any], mode: str = "bfs", build_inv: bool = False
) -> Any:
    """Walk a graph from some places, each once.

    start: a deque of them, which is empty afterwards. expand: returns a place's neighbours, or
        None.
    mode: 'bfs', nearest first, or 'dfs'. build_inv: whether to tell who led to each place as well.
    Returns the places in order; with `build_inv` also a dict of the places that led to each.
    Raises ValueError for another mode.

    >>> from collections import deque
    >>> from symgraph.compat.theano.gof.graph import stack_search
    >>> stack_search(deque([1]), lambda n: [2 * n, 3 * n] if n < 4 else None)
    [1, 2, 3, 4, 6, 9]
    """
    if mode not in ("bfs", "dfs"):
        raise ValueError(f"mode should be bfs or dfs, not {mode!r}")
    found: dict[int, Any] = {}
    led_by: dict[Any, list[Any]] = {}
    while start:
        place = start.popleft() if mode == "bfs" else start.pop()
        if id(place) in found:
            continue
        found[id(place)] = place
        neighbours = expand(place) or []
        start.extend(neighbours)
        if build_inv:
            for neighbour in neighbours:
                led_by.setdefault(neighbour, []).append(place)
    places = list(found.values())
    return (places, led_by) if build_inv else places
