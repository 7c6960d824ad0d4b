"""`scan_checkpoints`: nested loops whose derivative keeps only the initial values of each inner
loop."""

from collections.abc import Callable
from typing import Any

from symgraph.compile import OrderedUpdates
from symgraph.graph import Constant, Variable, one_location
from symgraph.loops.scan import scan
from symgraph.loops.scan_arguments import (
    Sequence,
    check_truncation,
    listed,
    read_n_steps,
    read_outputs_info,
    read_sequences,
    tensor,
)
from symgraph.ops.broadcast import broadcast_scalar
from symgraph.ops.constant import constant
from symgraph.ops.creation import Arange, Join
from symgraph.ops.elemwise import scalar_functions
from symgraph.ops.reshape import Reshape
from symgraph.ops.scan_parts import cut
from symgraph.ops.shape import extents_of
from symgraph.ops.subtensor import Subtensor


def scan_checkpoints(
    fn: Callable[..., Any],
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    name: str | None = "checkpointscan_fn",
    n_steps: Any = None,
    save_every_N: int = 10,
    padding: bool = True,
) -> tuple[Any, OrderedUpdates]:
    """Run a step again and again as `scan` does, with less memory for derivatives.

    fn, sequences, outputs_info, non_sequences, name, n_steps: as for `scan`; but sequences have no
        taps, outputs only the value of the step before, and none is without initial value.
    save_every_N: of each output only every N-th value is returned (and the last), and derivatives
        store only these: the steps between are computed again.
    padding: if false, a known number of steps that is no multiple of save_every_N is refused.
    Returns outputs, stacked along a new first axis, and updates. The last chunk may be shorter than
    the others, so no step is left out. Raises TypeError, ValueError.
    Cost: time grows by about one more run of the loop; memory falls to n_steps / save_every_N +
    save_every_N values.

    >>> doubled, updates = sg.scan_checkpoints(
    ...     lambda x: 2 * x, outputs_info=T.constant(1.0), n_steps=4, save_every_N=2
    ... )
    >>> doubled.eval()
    array([ 4., 16.])
    """
    title = "scan_checkpoints" if name is None else f"scan_checkpoints {name!r}"
    every = check_truncation(save_every_N, title) if save_every_N != -1 else 0
    if every < 1:
        raise ValueError(f"{title}: save_every_N must be at least 1, not {save_every_N!r}")
    with one_location():
        given = read_sequences(sequences, title)
        infos = read_outputs_info(outputs_info, title)
        _check(given, infos, title)
        rest = [
            tensor(v, f"{title}: non_sequences[{position}]")
            for position, v in enumerate(listed(non_sequences))
        ]
        steps = read_n_steps(n_steps, given, title)
        if not padding and isinstance(steps, Constant) and steps.data % every:
            raise ValueError(
                f"{title}: padding=False, but {steps.data} steps are no multiple of"
                f" save_every_N={every}"
            )
        chunks = (steps + (every - 1)) // every
        chunked = [_chunked(sequence.variable, steps, chunks, every) for sequence in given]
        starts = Arange("int64")(constant(0, "int64"), chunks, constant(1, "int64")) * every
        lengths = scalar_functions["minimum"](steps - starts, every)

    def chunk(length: Variable, *arguments: Variable) -> Any:
        entries, states = arguments[: len(given)], arguments[len(given) :]
        outputs, updates = scan(
            fn,
            list(entries),
            list(states),
            rest,
            n_steps=length,
            name=name,
            return_list=True,
        )
        last = constant(-1, "int64")
        return [Subtensor(("int",))(output, last) for output in outputs], updates

    initials = [info.initial for info in infos or ()]
    return scan(chunk, [lengths, *chunked], initials, name=name)


def _check(given: list[Sequence], infos: Any, title: str) -> None:
    for position, sequence in enumerate(given):
        if sequence.taps != (0,):
            raise ValueError(f"{title}: sequences[{position}] has taps; only [0] works here")
    if not infos:
        raise ValueError(f"{title}: outputs_info is needed: what is not read again needs no saving")
    for position, info in enumerate(infos):
        if info.taps != (-1,):
            raise ValueError(
                f"{title}: outputs_info[{position}] needs an initial value, and the tap -1 only"
            )


def _chunked(x: Variable, steps: Variable, chunks: Variable, every: int) -> Variable:
    """Return the first `steps` entries of x, in `chunks` of `every`, the last one padded with
    zeros."""
    x = cut(x, 0, steps)
    extents = extents_of(x)[1:]
    missing = chunks * every - steps
    zero = constant(0, x.type.dtype)
    shape = x.type.shape[1:]
    filling = broadcast_scalar(zero, [missing, *extents])
    whole = Join(0)(x, filling)
    return Reshape((None, every, *shape))(whole, chunks, constant(every, "int64"), *extents)
