"""Lower branches: the bodies of an `IfElse` are written inline, in a branch of the host program.

The result of a branch is written directly to the buffers of the node's outputs, whose extents are
those of the branch that runs; only results that already lie elsewhere are copied.
"""

from collections.abc import Sequence

from symgraph.graph import Apply, Variable
from symgraph.lower.extents.pending import unseen
from symgraph.lower.program.types import Alloc, If, Statement
from symgraph.lower.program.values import ZERO, Buffer, BufferKind, Literal, Value
from symgraph.lower.writing.builder import Builder
from symgraph.ops.ifelse import IfElse
from symgraph.ops.inner_graph import InnerGraph


def ifelse(b: Builder, node: Apply) -> None:
    op = node.op
    assert isinstance(op, IfElse)
    condition, *given = op.parts(node.inputs)
    chosen = b.scalar(condition)
    _tell_extents(b, node, chosen)
    extents = [b.extents(variable) for variable in node.outputs]
    outs = [b.new(v.type.dtype, e) for v, e in zip(node.outputs, extents, strict=True)]
    branches = If(chosen, [], [])
    for body, variables, block in zip(
        op.bodies(), given, (branches.then, branches.orelse), strict=True
    ):
        with b.scope(block):
            _branch(b, node, body, variables, outs)
    b.append(branches)
    for variable, out in zip(node.outputs, outs, strict=True):
        b.bind(variable, out)


def _tell_extents(b: Builder, node: Apply, chosen: Value) -> None:
    """Compute the outputs' extents that depend on values within a branch, in a branch of its
    own."""
    known = b.known()
    places = [
        (number, axis, extent)
        for number, variable in enumerate(node.outputs)
        for axis, extent in enumerate(b.table[variable])
        if isinstance(extent, Variable) and unseen(extent, known, b.table.supports)
    ]
    if not places:
        return
    told = [b.new("int64", ()) for _ in places]
    branches = If(chosen, [], [])
    _, *given = node.op.parts(node.inputs)
    for body, variables, block in zip(
        node.op.bodies(), given, (branches.then, branches.orelse), strict=True
    ):
        with b.scope(block):
            for formal, variable in zip(body.inputs, variables, strict=True):
                _give(b, node, formal, variable)
            for inner in body.nodes:
                b.table.add(inner)
            for (number, axis, _), place in zip(places, told, strict=True):
                b.store(place, (), b.extent(b.table[body.outputs[number]][axis]))
    b.append(branches)
    for (_, _, extent), place in zip(places, told, strict=True):
        b.bind_scalar(extent, b.load(place))


def _branch(
    b: Builder, node: Apply, body: InnerGraph, variables: Sequence[Variable], outs: Sequence[Buffer]
) -> None:
    for formal, variable in zip(body.inputs, variables, strict=True):
        _give(b, node, formal, variable)
    placed: set[Buffer] = set()
    for number, (variable, out) in enumerate(
        zip(b.write_inner(body.inputs, body.outputs), outs, strict=True)
    ):
        found = b.buffer(variable)
        for axis, (have, want) in enumerate(zip(found.extents, out.extents, strict=True)):
            message = f"{node.op}: output {number} has extent {{0}} on axis {axis}, not {{1}}"
            b.check(b.test("eq", have, want), message, (have, want), node)
        if found not in placed and _place(b.block, found, out):
            placed.add(found)
        else:
            b.copy(found, out)


def _give(b: Builder, node: Apply, formal: Variable, variable: Variable) -> None:
    """Bind an input of a body to the variable outside that is passed for it."""
    known = formal.type.shape
    b.table.add_formal(formal, b.table[variable])
    if variable in b.scalars:
        b.bind_scalar(formal, b.scalars[variable])
        return
    buffer = b.bind(formal, b.buffer(variable))
    for axis, (wanted, have) in enumerate(zip(known, buffer.extents, strict=True)):
        if wanted is not None:
            message = f"{node.op}: {variable} has extent {{0}} on axis {axis}, not {wanted}"
            b.check(b.test("eq", have, Literal(wanted)), message, (have,), node)


def _place(block: list[Statement], buffer: Buffer, out: Buffer) -> bool:
    """Place a buffer that the block declares at `out` instead; return whether it declares it."""
    if buffer.kind is not BufferKind.ARENA:
        return False
    own = [s for s in block if isinstance(s, Alloc) and s.buffer is buffer]
    for statement in own:
        block.remove(statement)
        buffer.base, buffer.kind, buffer.offset = out, BufferKind.RESHAPED, ZERO
    return bool(own)
