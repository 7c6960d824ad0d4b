"""Which scalars the steps of a program assign and use."""

from collections.abc import Iterable, Iterator, Sequence

from symgraph.lower.grid.launches import (
    Combine,
    Condition,
    HostLoad,
    HostStep,
    Launch,
    Repeat,
    Whole,
    all_steps,
)
from symgraph.lower.program.types import (
    Check,
    Compute,
    If,
    Load,
    Loop,
    NativeCall,
    NumpyCall,
    Statement,
    Store,
)
from symgraph.lower.program.values import Buffer, Scalar, Value
from symgraph.lower.program.walk import statements


def handed_on(steps: Sequence[HostStep]) -> Iterator[Scalar]:
    """Yield the scalars that one launch computes and another, or the host, uses."""
    maker: dict[Scalar, Launch] = {}
    found: set[Scalar] = set()
    every = list(all_steps(steps))
    for step in every:
        if isinstance(step, Launch):
            maker |= dict.fromkeys(defined(step.body), step)
    for step in every:
        for scalar in used(step):
            own = maker.get(scalar)
            if own is not None and own is not step:
                found.add(scalar)
    return (scalar for scalar in maker if scalar in found)


def defined(body: Sequence[Statement | Combine | Whole]) -> Iterator[Scalar]:
    """Yield the scalars that statements outside loops and branches assign."""
    for s in body:
        match s:
            case Compute() | Load():
                yield s.out
            case Loop():
                yield from (carry.result for carry in s.carried)
            case Combine():
                yield from (carry.result for carry in s.total.loop.carried)


def used(step: HostStep) -> Iterator[Scalar]:
    """Yield the scalars that a step uses, those of a launch that it does not assign itself."""
    match step:
        case Launch():
            total = [] if step.total is None else [step.total.loop]
            yield from used_by([*step.body, *total])
            yield from _scalars(step.grid)
        case HostLoad():
            pass
        case Condition():
            yield from _scalars((step.condition,))
        case Repeat():
            yield from _scalars((step.extent,))
        case Compute():
            yield from _scalars(step.args)
        case Check():
            yield from _scalars((step.condition, *step.args))
        case NativeCall():
            yield from _scalars(step.values)
            yield from _layouts((*step.operands, *step.written))
        case NumpyCall():
            yield from _layouts(step.inputs)
        case _:
            buffer = getattr(step, "buffer", None)
            if buffer is not None:
                yield from _layouts((buffer,))


def used_by(body: Sequence[Statement | Combine | Whole]) -> Iterator[Scalar]:
    """Yield the scalars that statements use and do not assign."""
    own: set[Scalar] = set()
    taken: list[Scalar] = []
    own.update(defined([s for s in body if isinstance(s, Combine)]))
    for s in statements([s for s in body if not isinstance(s, Combine | Whole)]):
        match s:
            case Compute():
                own.add(s.out)
                taken += _scalars(s.args)
            case Load():
                own.add(s.out)
                taken += [*_scalars(s.indices), *_layouts((s.buffer,))]
            case Store():
                taken += [*_scalars((*s.indices, s.value)), *_layouts((s.buffer,))]
            case Check():
                taken += _scalars((s.condition, *s.args))
            case If():
                taken += _scalars((s.condition,))
            case Loop():
                own |= {s.index, *(x for c in s.carried for x in (c.phi, c.result))}
                taken += _scalars((s.extent, *(v for c in s.carried for v in (c.init, c.next))))
    return (scalar for scalar in taken if scalar not in own)


def _scalars(values: Iterable[Value]) -> list[Scalar]:
    return [v for v in values if isinstance(v, Scalar)]


def _layouts(buffers: Iterable[Buffer]) -> Iterator[Scalar]:
    for buffer in buffers:
        yield from _scalars((buffer.offset, *buffer.strides, *buffer.extents))
