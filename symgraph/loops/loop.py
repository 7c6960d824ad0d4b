"""`loop`: a step from a carry and an entry to the next carry and an output."""

from collections.abc import Callable
from typing import Any

from symgraph.compile import OrderedUpdates
from symgraph.graph import Variable, one_location
from symgraph.loops.nested_structures import filled, flat, form
from symgraph.loops.scan import Scanner
from symgraph.loops.scan_arguments import Output, tensor
from symgraph.loops.step_results import StepResult, is_updates, until
from symgraph.ops.scan_parts import first_of


def loop(
    step: Callable[[Any, Any], Any],
    carry: Any,
    xs: Any = None,
    length: Any = None,
    *,
    truncate_gradient: int = -1,
    name: str | None = None,
) -> tuple[Any, ...]:
    """Run a step from a carry and an entry to the next carry and an output, for each entry.

    step: `carry, y = step(carry, x)`: returns the next carry and the output (None for none), and
        perhaps updates (a dict or pairs: shared variable -> new value) and `until(condition)`.
    carry: a tensor, or tuples, lists and dicts of them; of the same form, dtypes and extents after
        each step.
    xs: the arrays to iterate over along the first axis, one or several likewise; None for nothing:
        then `step` gets None, and `length` says how many steps there are.
    length: the number of steps, a number or symbolic; that of the shortest of `xs` unless given.
    truncate_gradient, name: as for `scan`.
    Returns the last carry, and the outputs y stacked along a new first axis; where the step updates
    shared variables, as it says or by their default updates (as random draws in `step` do), a third
    value: the updates to hand to `function`. Of the carries only the last is kept (what derivatives
    need aside). Raises TypeError or ValueError, naming what is wrong by its place in `carry` or
    `xs`.

    >>> xs = T.constant([1.0, 2.0, 3.0])
    >>> last, squares = sg.loop(lambda total, x: (total + x, x ** 2), 0.0, xs)
    >>> last.eval(), squares.eval()
    (array(6.), array([1., 4., 9.]))
    """
    title = "loop" if name is None else f"loop {name!r}"
    scanner = Scanner(title, name or "loop", "last")
    with one_location():
        carries = [(path, tensor(v, f"{title}: {path}")) for path, v in flat(carry, "carry")]
        entries = [(path, tensor(v, f"{title}: {path}")) for path, v in flat(xs, "xs")]
        for path, entry in entries:
            if entry.type.ndim == 0:
                raise TypeError(
                    f"{title}: {path}, {entry} ({entry.type}), has no axis to step over"
                )
        if not entries and length is None:
            raise ValueError(f"{title}: without xs the number of steps is needed: pass length")
        scanner.labels = dict(enumerate(path for path, _ in carries))
        scanner.read(
            [v for _, v in entries], [v for _, v in carries], length, False, truncate_gradient
        )
    given = filled(carry, iter([taps[0] for taps in scanner.taps]))
    result = step(given, filled(xs, iter(scanner.entries)))
    result, updates, condition = _sorted_out(result, title)
    after, ys = result
    if form(after) != form(carry):
        raise TypeError(
            f"{title}: step must return a carry of the form {form(carry)}, as it got, not"
            f" {form(after)}"
        )
    new = [tensor(v, f"{title}: the new {path}") for path, v in flat(after, "carry")]
    outputs = [tensor(v, f"{title}: output {path}") for path, v in flat(ys, "y")]
    assert scanner.infos is not None
    scanner.infos = [*scanner.infos, *(Output(None) for _ in outputs)]
    with one_location():
        made = scanner.loop(StepResult([*new, *outputs], updates, condition), None)
        last = [first_of(output) for output in made[: len(carries)]]
    results = filled(carry, iter(last)), filled(ys, iter(made[len(carries) :]))
    return (*results, scanner.updates) if scanner.updates else results


def _sorted_out(result: Any, title: str) -> tuple[tuple[Any, Any], OrderedUpdates, Variable | None]:
    """Return the carry and the output that a step returned, its updates, and the condition that
    ends the loop. Raises TypeError."""
    if isinstance(result, tuple) and len(result) >= 2:
        carry, output, *behind = result
        conditions = [entry.condition for entry in behind if isinstance(entry, until)]
        given = [entry for entry in behind if is_updates(entry)]
        if len(conditions) < 2 and len(conditions) + len(given) == len(behind):
            updates = OrderedUpdates()
            for entry in given:
                updates.update(entry)
            return (carry, output), updates, conditions[0] if conditions else None
    raise TypeError(
        f"{title}: step must return the next carry and an output (or None), and perhaps updates"
        f" and an until(...), not {result!r}"
    )
