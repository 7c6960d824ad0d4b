"""Lay out the memory that the host program of a compiled function uses while it runs."""

from collections.abc import Iterator, Mapping, Sequence

from symgraph.lower.analysis.kernel_signatures import KernelSignature
from symgraph.lower.program.types import (
    Alloc,
    Check,
    Compute,
    Extent,
    If,
    Kernel,
    LapackCall,
    Load,
    Loop,
    NativeCall,
    NumpyCall,
    Program,
    Statement,
    Store,
    TiledRegion,
)
from symgraph.lower.program.values import Buffer, Scalar, Value
from symgraph.lower.program.walk import host_statements


class Frame:
    """The memory of the host program: every root buffer's address, arguments and constants first,
    and the scalars that parts of the program pass to later parts. `places` are in 8-byte words."""

    def __init__(
        self,
        program: Program,
        parts: Sequence[Sequence[Statement]],
        kernels: Mapping[Kernel, "KernelSignature"],
    ) -> None:
        self.size = 0
        self.places: dict[Scalar | Buffer, int] = {}
        # The places where the extents of a NumPy call's result begin.
        self.extents: dict[Buffer, int] = {}
        for buffer in (*program.arguments, *program.constants, *made_buffers(program.body)):
            self.places[buffer] = self._room()
        # The number of threads that a job may use.
        self.threads = self._room()
        # For a timed program: the time of the last timestamp, and the ns of each entry of `timed`.
        self.clock = self._room(len(program.timed) + 1)
        defined: dict[Scalar, int] = {}
        for number, part in enumerate(parts):
            for statement in part:
                for used in uses(statement, kernels):
                    if defined.get(used, number) != number and used not in self.places:
                        self.places[used] = self._room(2 if used.dtype == "complex128" else 1)
                for made in defines(statement):
                    defined[made] = number
        for statement in host_statements(program.body):
            if isinstance(statement, NumpyCall):
                for buffer in statement.outputs:
                    self.extents[buffer] = self._room(len(buffer.extents))

    def _room(self, words: int = 1) -> int:
        self.size += words
        return self.size - words


def made_buffers(body: Sequence[Statement]) -> Iterator[Buffer]:
    """Yield the root buffers that host statements allocate, in order, at any depth."""
    for s in host_statements(body):
        match s:
            case Alloc():
                yield s.buffer
            case NumpyCall():
                yield from s.outputs


def uses(s: Statement, kernels: Mapping[Kernel, "KernelSignature"]) -> Iterator[Scalar]:
    """Yield the scalars that a host statement reads, at any depth."""
    values: list[Value] = []
    buffers: list[Buffer] = []
    match s:
        case Compute():
            values += s.args
        case Load():
            buffers.append(s.buffer)
            values += s.indices
        case Store():
            buffers.append(s.buffer)
            values += [*s.indices, s.value]
        case Check():
            values += [s.condition, *s.args]
        case Alloc():
            values += s.buffer.extents
        case NativeCall():
            values += s.values
            buffers += [*s.operands, *s.written]
        case NumpyCall():
            buffers += s.inputs
        case Kernel():
            values += kernels[s].scalars
        case Loop():
            values += [s.extent, *(v for c in s.carried for v in (c.init, c.next))]
            for inner in s.body:
                yield from uses(inner, kernels)
        case TiledRegion():
            values += [
                s.extent,
                s.block,
                s.when,
                *(v for m in s.members for v in (m.extent, m.each)),
            ]
            for inner in s.statements:
                yield from uses(inner, kernels)
        case If():
            values.append(s.condition)
            for inner in (*s.then, *s.orelse):
                yield from uses(inner, kernels)
    for buffer in buffers:
        values += [*buffer.extents, *buffer.strides, buffer.offset]
    yield from (v for v in values if isinstance(v, Scalar))


def defines(s: Statement) -> Iterator[Scalar]:
    """Yield the scalars that a host statement defines for later statements."""
    match s:
        case Compute() | Load() | Extent() | LapackCall():
            yield s.out
        case Loop():
            yield from (carry.result for carry in s.carried)
