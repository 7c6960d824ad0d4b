"""`map`, `reduce`, `foldl` and `foldr`: `scan` where less needs to be said."""

from collections.abc import Callable
from typing import Any

from symgraph.compile import OrderedUpdates
from symgraph.graph import one_location
from symgraph.loops.scan import Scanner, scan
from symgraph.loops.scan_arguments import listed, tensor
from symgraph.ops.constant import constant
from symgraph.ops.subtensor import Subtensor


def map(
    fn: Callable[..., Any],
    sequences: Any,
    non_sequences: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """`fn` of each entry of the sequences; the results stacked, and updates. See `scan`."""
    return scan(
        fn,
        sequences,
        non_sequences=non_sequences,
        truncate_gradient=truncate_gradient,
        go_backwards=go_backwards,
        name=name or "map",
    )


def reduce(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """What `scan` gives last, of which nothing else is kept; and updates.

    `fn` gets entries of the sequences, then the outputs so far, then non_sequences. Of no entries
    at all the result is the initial value.
    """
    scanner = Scanner("reduce" if name is None else f"reduce {name!r}", name or "reduce", "last")
    with one_location():
        scanner.read(sequences, outputs_info, None, go_backwards)
        rest = [
            tensor(value, f"{scanner.title}: non_sequences[{position}]")
            for position, value in enumerate(listed(non_sequences))
        ]
    result = scanner.call(fn, rest)
    with one_location():
        outputs = [
            Subtensor(("int",))(output, constant(-1, "int64"))
            for output in scanner.loop(result, None)
        ]
    return (outputs[0] if len(outputs) == 1 else outputs or None), scanner.updates


def foldl(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """`reduce` from the first entry to the last."""
    return reduce(fn, sequences, outputs_info, non_sequences, False, mode, name)


def foldr(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """`reduce` from the last entry to the first."""
    return reduce(fn, sequences, outputs_info, non_sequences, True, mode, name)
