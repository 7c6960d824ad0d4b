"""`OpFromGraph`: an expression as an operation, which may have derivatives of its own."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from symgraph.graph import (
    Apply,
    NullType,
    SharedVariable,
    Variable,
    graph_inputs,
    has_values,
    rebuild,
)
from symgraph.ops.call import Call
from symgraph.ops.inner_graph import InnerGraph, PullBack, PushForward
from symgraph.ops.scan_parts import is_float, stand_in
from symgraph.ops.subtensor import zeros_like

DEFAULT = "default"


class OpFromGraph(Call):
    """Build an operation of an expression.

    inputs, outputs: variables; what the outputs need besides the inputs must be constants or shared
        variables, which the operation takes as further inputs by itself.
    inline: whether the expression takes the operation's place before anything is rewritten. In
        either case it is compiled with the rest of a function.
    lop_overrides: the reverse derivative, instead of the expression's: a function of the lists of
        inputs, outputs and cotangents that returns a list of one cotangent per input; or an
        OpFromGraph that takes all these; or a list with, for each input, a function (or
        OpFromGraph) that returns its cotangent, 'default', or a variable of NullType (undefined) or
        DisconnectedType.
    grad_overrides: the same, of functions of inputs and cotangents alone.
    rop_overrides: the forward derivative: functions of the lists of inputs and of their tangents,
        for each output.
    connection_pattern: for each input a list of flags, one per output: whether it depends on it.
    name: what it is called in print.
    on_unused_input: Theano's; inputs that nothing depends on are allowed.
    Called with variables or values, it returns a variable, or a list of several. Raises TypeError,
    ValueError; MissingInputError for a variable that is no input.

    >>> x, y = T.dvectors("x", "y")
    >>> distance = sg.OpFromGraph([x, y], [T.sqrt(T.sum((x - y) ** 2))], name="distance")
    >>> distance([1.0, 1.0], [4.0, 5.0]).eval()
    array(5.)
    """

    __props__ = ("body", "inline", "overrides")

    def __init__(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        inline: bool = False,
        lop_overrides: Any = DEFAULT,
        grad_overrides: Any = DEFAULT,
        rop_overrides: Any = DEFAULT,
        connection_pattern: Sequence[Sequence[bool]] | None = None,
        name: str | None = None,
        on_unused_input: str | None = None,
    ) -> None:
        explicit = _variables(inputs, "inputs")
        roots = _variables(outputs, "outputs")
        given = set(explicit)
        leaves = graph_inputs(roots, stop_at=given)
        shared = [v for v in leaves if isinstance(v, SharedVariable) and v not in given]
        formals = {v: stand_in(v) for v in (*explicit, *shared)}
        mapping = rebuild(roots, formals)
        body = InnerGraph(list(formals.values()), [mapping[v] for v in roots])
        super().__init__(body, name, inline)
        if lop_overrides != DEFAULT and grad_overrides != DEFAULT:
            raise ValueError("OpFromGraph takes either lop_overrides or grad_overrides, not both")
        self.explicit = len(explicit)
        self.shared_inputs = tuple(shared)
        self._takes_outputs = lop_overrides != DEFAULT
        self._reverse = lop_overrides if self._takes_outputs else grad_overrides
        self._forward = rop_overrides
        self._pattern = connection_pattern

    @property
    def overrides(self) -> tuple[Any, ...]:
        """Return what tells operations with one body apart: derivatives of their own."""
        own = (self._reverse, self._forward, self._pattern)
        return tuple(None if entry in (DEFAULT, None) else id(entry) for entry in own)

    def make_node(self, *inputs: Any) -> Apply:
        if len(inputs) == self.explicit:
            inputs = (*inputs, *self.shared_inputs)
        return super().make_node(*inputs)

    def connection_pattern(self, node: Apply | None) -> list[list[bool]]:
        """Return for each input whether the outputs depend on it."""
        found = super().connection_pattern(node)
        if self._pattern is None:
            return found
        return [*map(list, self._pattern), *found[self.explicit :]]

    def reverse(
        self,
        node: Apply,
        cotangents: Sequence[Variable | None],
        wanted: Collection[int],
        pull_back: PullBack,
    ) -> Sequence[Variable | None]:
        if self._reverse == DEFAULT:
            return super().reverse(node, cotangents, wanted, pull_back)
        inputs, outputs = list(node.inputs[: self.explicit]), list(node.outputs)
        filled = [
            zeros_like(v) if g is None else g for v, g in zip(outputs, cotangents, strict=True)
        ]
        arguments = [inputs, outputs, filled] if self._takes_outputs else [inputs, filled]
        own = _overridden(self._reverse, arguments, self.explicit, f"{self}: the derivative")
        left = [at for at in wanted if at >= self.explicit or own[at] == DEFAULT]
        results = list(super().reverse(node, cotangents, left, pull_back))
        for at, term in enumerate(own):
            if at in wanted and term != DEFAULT:
                results[at] = term
        return results

    def forward(
        self, node: Apply, tangents: Sequence[Variable | None], push_forward: PushForward
    ) -> Sequence[Variable | None]:
        if self._forward == DEFAULT:
            return super().forward(node, tangents, push_forward)
        inputs = list(node.inputs[: self.explicit])
        filled = [
            zeros_like(v) if t is None and is_float(v) else t
            for v, t in zip(inputs, tangents, strict=False)
        ]
        count = len(node.outputs)
        own = _overridden(self._forward, [inputs, filled], count, f"{self}: the forward derivative")
        if DEFAULT in own:
            usual = super().forward(node, tangents, push_forward)
            own = [b if a == DEFAULT else a for a, b in zip(own, usual, strict=True)]
        return own


def _variables(given: Any, what: str) -> list[Variable]:
    listed = list(given) if isinstance(given, list | tuple) else None
    if listed is None or not all(isinstance(entry, Variable) for entry in listed):
        raise TypeError(f"OpFromGraph: {what} must be a list of variables, not {given!r}")
    return listed


def _overridden(given: Any, arguments: Sequence[list[Any]], count: int, what: str) -> list[Any]:
    """Return the derivatives that a user gives: variables, None (not connected) or 'default'."""
    if isinstance(given, list | tuple):
        found = [_single(_called(entry, arguments), what) for entry in given]
    else:
        result = _called(given, arguments)
        found = list(result) if isinstance(result, list | tuple) else [result]
    if len(found) != count:
        raise ValueError(f"{what} gave {len(found)} values, not {count}")
    return [_meant(entry, what) for entry in found]


def _called(given: Any, arguments: Sequence[list[Any]]) -> Any:
    if isinstance(given, OpFromGraph):
        return given(*(variable for listed in arguments for variable in listed))
    rule: Callable[..., Any] | None = given if callable(given) else None
    return given if rule is None or isinstance(given, Variable) else rule(*map(list, arguments))


def _single(result: Any, what: str) -> Any:
    if isinstance(result, list | tuple):
        if len(result) != 1:
            raise ValueError(f"{what} of one variable gave {len(result)} values")
        return result[0]
    return result


def _meant(entry: Any, what: str) -> Any:
    if entry is None or isinstance(entry, str):
        if entry not in (None, DEFAULT):
            raise ValueError(f"{what} may be 'default', not {entry!r}")
        return entry
    if not isinstance(entry, Variable):
        raise TypeError(f"{what} must be a variable, not {entry!r}")
    disconnected = not has_values(entry.type) and not isinstance(entry.type, NullType)
    return None if disconnected else entry
