"""`map`, `reduce`, `foldl` and `foldr`: special cases of `scan` with simpler arguments."""

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
    """Apply a function to each entry of sequences, and stack the results.

    fn: takes the entries of the sequences and then non_sequences; returns one output or several.
    sequences, non_sequences, truncate_gradient, go_backwards, mode, name: as for `scan`.
    Returns the results, stacked along a new first axis, and updates. Raises as `scan` does.

    >>> squares, updates = sg.map(lambda x: x ** 2, T.constant([1.0, 2.0, 3.0]))
    >>> squares.eval()
    array([1., 4., 9.])
    """
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
    """Combine the entries of sequences, one after another, to one result.

    fn: takes the entries of the sequences, then the outputs so far, then non_sequences.
    outputs_info: the initial values; of no entries at all they are the result.
    sequences, non_sequences, go_backwards, mode, name: as for `scan`.
    Returns the last outputs, of which nothing else is kept, and updates. Raises as `scan` does.

    >>> total, updates = sg.reduce(lambda x, total: total + x, T.constant([1.0, 2.0, 3.0]), 0.0)
    >>> total.eval()
    array(6.)
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
    """Combine the entries of sequences from the first to the last, as `reduce` does.

    fn, sequences, outputs_info, non_sequences, mode, name: as for `reduce`.
    Returns the last outputs and updates. Raises as `scan` does.

    >>> result, updates = sg.foldl(lambda x, y: 10 * y + x, T.constant([1.0, 2.0, 3.0]), 0.0)
    >>> result.eval()
    array(123.)
    """
    return reduce(fn, sequences, outputs_info, non_sequences, False, mode, name)


def foldr(
    fn: Callable[..., Any],
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Combine the entries of sequences from the last to the first, as `reduce` does.

    fn, sequences, outputs_info, non_sequences, mode, name: as for `reduce`.
    Returns the last outputs and updates. Raises as `scan` does.

    >>> result, updates = sg.foldr(lambda x, y: 10 * y + x, T.constant([1.0, 2.0, 3.0]), 0.0)
    >>> result.eval()
    array(321.)
    """
    return reduce(fn, sequences, outputs_info, non_sequences, True, mode, name)
