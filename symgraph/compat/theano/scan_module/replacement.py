"""Replacement of variables everywhere, also within loops, for `theano.scan_module.scan_utils`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from symgraph.compile import OpFromGraph
from symgraph.graph import (
    Apply,
    Constant,
    SharedVariable,
    Variable,
    graph_inputs,
    rebuild,
    toposort,
)
from symgraph.ops.ifelse import IfElse
from symgraph.ops.inner_graph import InnerGraph, InnerGraphOp
from symgraph.ops.scan import Scan
from symgraph.ops.scan_parts import stand_in

Replacer = Callable[[Variable], Variable]


def map_variables(
    replacer: Replacer, graphs: Iterable[Variable], additional_inputs: Sequence[Variable] = ()
) -> list[Variable]:
    """Return expressions with the variables replaced that a function replaces.

    replacer: returns what stands in the place of a variable, or the variable itself. It is called
        once for each; what it returns is not replaced again.
    graphs: the expressions. Those within loops, branches and `OpFromGraph` are replaced as well;
        what replacements need from outside becomes a further input.
    additional_inputs: not needed.
    Raises NotImplementedError where a replacement within a loop needs a shared variable that is
    updated, or where an `OpFromGraph` has derivatives of its own.

    >>> from symgraph.compat.theano.scan_module.replacement import map_variables
    >>> x = T.dvector("x")
    >>> (made,) = map_variables(lambda v: x if v.name == "y" else v, [T.dvector("y") + 1])
    >>> made.eval({x: [1.0]})
    array([2.])
    """
    return _mapped(replacer, list(graphs))


def _mapped(replacer: Replacer, roots: Sequence[Variable]) -> list[Variable]:
    mapping: dict[Variable, Variable] = {}
    nodes = toposort(roots)
    for variable in (*(v for node in nodes for v in node.inputs), *roots):
        if variable.owner is None and variable not in mapping:
            mapping[variable] = replacer(variable)
    for node in nodes:
        made = _remade(replacer, node, [mapping[v] for v in node.inputs])
        for old, new in zip(node.outputs, made, strict=True):
            if new is not old and new.name is None:
                new.name = old.name
            chosen = replacer(old)
            mapping[old] = new if chosen is old else chosen
    return [mapping[v] for v in roots]


def _remade(replacer: Replacer, node: Apply, inputs: list[Variable]) -> Sequence[Variable]:
    """Return the outputs of a node for other inputs, with what its bodies hold replaced."""
    same = all(new is old for new, old in zip(inputs, node.inputs, strict=True))
    if not isinstance(node.op, InnerGraphOp):
        return node.outputs if same else node.op.make_node(*inputs).outputs
    found = [
        _body(replacer, body, dict(zip(outside, inside, strict=True)))
        for body, outside, inside in _passed(node)
    ]
    if all(new is old for (new, _), old in zip(found, node.op.bodies(), strict=True)):
        return node.outputs if same else node.op.make_node(*inputs).outputs
    if isinstance(node.op, OpFromGraph) and any(node.op.overrides):
        raise NotImplementedError(f"map_variables: {node.op} has derivatives of its own")
    if isinstance(node.op, IfElse):
        condition, *given = node.op.parts(inputs)
        inputs = [condition]
        for (_, more), own in zip(found, given, strict=True):
            inputs += [*own, *more]
    else:
        inputs = [*inputs, *found[0][1]]
    return node.op.apply([body for body, _ in found], inputs).outputs


def _passed(node: Apply) -> list[tuple[InnerGraph, Sequence[Variable], Sequence[Variable]]]:
    """Return each body of a node, the variables that are inputs of all its steps as they are, and
    the body's inputs that stand for them."""
    if isinstance(node.op, IfElse):
        given = node.op.parts(node.inputs)[1:]
        bodies = node.op.bodies()
        return [(b, passed, b.inputs) for b, passed in zip(bodies, given, strict=True)]
    (body,) = node.op.bodies()
    if isinstance(node.op, Scan):
        return [(body, node.op.parts(node.inputs).others, node.op.formals().others)]
    return [(body, node.inputs, body.inputs)]


def _body(
    replacer: Replacer, body: InnerGraph, inside: dict[Variable, Variable]
) -> tuple[InnerGraph, list[Variable]]:
    """Return a body with variables replaced, and what its further inputs stand for; `inside` has
    the inputs that stand for variables outside already."""
    outputs = _mapped(replacer, body.outputs)
    if all(new is old for new, old in zip(outputs, body.outputs, strict=True)):
        return body, []
    formals = set(body.inputs)
    needed = [v for v in graph_inputs(outputs, stop_at=formals) if v not in formals]
    for variable in needed:
        if isinstance(variable, SharedVariable) and _update_of(variable) is not None:
            raise NotImplementedError(
                f"map_variables: {variable} is updated, and so cannot be needed by a replacement"
                " within a loop; make it an input of the loop"
            )
    more = [v for v in needed if v not in inside and not isinstance(v, Constant)]
    stands = {v: stand_in(v) for v in more}
    mapping = rebuild(outputs, {**inside, **stands})
    return InnerGraph([*body.inputs, *stands.values()], [mapping[v] for v in outputs]), more


def _update_of(variable: SharedVariable) -> Any:
    given = getattr(variable, "update", None)
    return variable.default_update if given is None else given
