"""`vectorize_graph`: an expression of single elements, applied to batches of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symgraph.graph import Batched, Variable, ancestors, one_location, rebuild, toposort
from symgraph.loops.batching import RaggedError, batch, one_by_one
from symgraph.loops.scan_arguments import tensor
from symgraph.ops.call import Call
from symgraph.ops.random import RandomOp
from symgraph.ops.scalar_table import cast
from symgraph.ops.shape import DimShuffle, with_shape


def vectorize_graph(outputs: Any, replace: Mapping[Variable, Any]) -> Any:
    """Rewrite expressions of single values so that they work on batches of values.

    outputs: a variable, or a list or tuple of them.
    replace: variable -> its replacement, with additional axes in front: a batch. Where
        batches differ in their number of axes or have extents of 1, they broadcast.
    Returns the form of `outputs`; those that depend on one of the variables have the axes of the
    largest batch before their own. Elementwise functions, sums, products of matrices, selections,
    changes of shape and the like work on the whole batch; anything else (a `scan`, an inverse) runs
    in a loop over it, and where shapes differ on the way (a selection by a mask), all does. Draws
    of random numbers that do not depend on the variables are the same for the whole batch. Raises
    TypeError where a replacement has fewer axes, another dtype, or random numbers would depend on
    it; ValueError where its own extents are others.

    >>> x, many = T.dvector("x"), T.dmatrix("many")
    >>> sg.vectorize_graph(x.sum(), {x: many}).eval({many: [[1.0, 2.0], [3.0, 4.0]]})
    array([3., 7.])
    """
    flat = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
    for position, output in enumerate(flat):
        if not isinstance(output, Variable):
            what = f"outputs[{position}]" if isinstance(outputs, list | tuple) else "the output"
            raise TypeError(f"vectorize_graph: {what} must be a variable, not {output!r}")
    if not isinstance(replace, Mapping):
        raise TypeError(f"vectorize_graph: replace must be a dict, not {replace!r}")
    with one_location():
        given = {old: _fitting(old, new) for old, new in replace.items()}
        depth = max((new.type.ndim - old.type.ndim for old, new in given.items()), default=0)
        made = {old: _padded(old, new, depth) for old, new in given.items()}
        try:
            _batched(flat, made, depth)
        except RaggedError:
            made = _looped(flat, {old: made[old] for old in given}, depth)
    result = [made[output].variable if output in made else output for output in flat]
    return type(outputs)(result) if isinstance(outputs, list | tuple) else result[0]


def _fitting(old: Any, new: Any) -> Variable:
    """Return the substitute of a variable, in its dtype. Raises TypeError, ValueError."""
    if not isinstance(old, Variable):
        raise TypeError(f"vectorize_graph: replace exchanges variables, not {old!r}")
    what = f"vectorize_graph: what replaces {old} ({old.type})"
    new, core = tensor(new, what), old.type.shape
    if new.type.ndim < len(core):
        raise TypeError(f"{what} needs its axes and those of a batch; {new} is a {new.type}")
    if new.type.dtype != old.type.dtype:
        if not np.can_cast(new.type.dtype, old.type.dtype, "safe"):
            raise TypeError(f"{what} has another dtype: {new} ({new.type}); cast it")
        new = cast(new, old.type.dtype)
    own = new.type.shape[new.type.ndim - len(core) :]
    for axis, (have, want) in enumerate(zip(own, core, strict=True)):
        if None not in (have, want) and have != want:
            raise ValueError(
                f"{what} has the extent {have}, not {want}, on its axis {axis} (behind those of the"
                f" batch): {new} ({new.type})"
            )
    # The expressions already rely on the extents that the type tells.
    return with_shape(new, [*new.type.shape[: new.type.ndim - len(core)], *core])


def _padded(old: Variable, new: Variable, depth: int) -> Batched:
    missing = depth - (new.type.ndim - old.type.ndim)
    if missing:
        new = DimShuffle(["x"] * missing + list(range(new.type.ndim)))(new)
    return Batched(new, depth > 0)


def _batched(outputs: Sequence[Variable], made: dict[Variable, Batched], depth: int) -> None:
    """Enter the batched counterparts of the intermediate variables into `made`."""
    for node in toposort(outputs, stop_at=set(made)):
        if not any(variable in made for variable in node.inputs):
            continue
        inputs = [made.get(variable, Batched(variable, False)) for variable in node.inputs]
        if not any(x.batched for x in inputs):
            new = node.op.make_node(*(x.variable for x in inputs)).outputs
            results: Sequence[Batched] = [Batched(variable, False) for variable in new]
        elif isinstance(node.op, Call):
            inner = node.op.expand(node)
            _batched(inner, made, depth)
            results = [made.get(variable, Batched(variable, False)) for variable in inner]
        elif isinstance(node.op, RandomOp):
            raise TypeError(
                f"vectorize_graph: the random numbers {node.outputs[-1]}, made at"
                f" {node.outputs[-1].location}, depend on what is replaced; draw numbers that do"
                " not, in the shape of the batch, and compute from them"
            )
        else:
            results = batch(node, inputs, depth, lambda x: x in made and made[x].batched)
        made.update(zip(node.outputs, results, strict=True))


def _looped(
    outputs: Sequence[Variable], given: Mapping[Variable, Batched], depth: int
) -> dict[Variable, Batched]:
    """Return the batched outputs, computed by one loop over the batch."""
    olds = list(given)
    depending = [y for y in outputs if not set(olds).isdisjoint(ancestors([y]))]

    def step(entries: list[Variable]) -> list[Variable]:
        mapping = rebuild(depending, dict(zip(olds, entries, strict=True)))
        return [mapping[output] for output in depending]

    made = one_by_one(step, [given[old] for old in olds], depth, "vectorized graph")
    return dict(given) | {y: Batched(m, True) for y, m in zip(depending, made, strict=True)}
