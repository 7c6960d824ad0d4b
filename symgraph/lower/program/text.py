"""Print loop programs as text."""

from collections.abc import Iterable, Sequence
from itertools import chain

from symgraph.lower.program.types import (
    Alloc,
    Check,
    Compute,
    Convolve,
    Extent,
    If,
    IRCall,
    Kernel,
    LapackCall,
    Load,
    Loop,
    MatMul,
    NumpyCall,
    Pool,
    Program,
    SelectRows,
    SortRows,
    Statement,
    Store,
    TiledRegion,
    Timestamp,
)
from symgraph.lower.program.values import Buffer, Literal, Value
from symgraph.lower.program.walk import accesses, used_buffers


def text_of(program: Program) -> str:
    """Return the program as text, one statement a line.

    Arguments are called `a`, memory `b`, results `r`, views of other buffers `w` or, where a
    kernel works in place, `b`; each view stands before what first uses it. Scalars are `n` and
    `v`; `p` is a value that a loop carries: `p1 = 0.0 then v2` is 0.0 in the first iteration and
    then the v2 of the one before; `last p1` is its value after the loop.
    """
    lines = [f"program {program.name}({', '.join(map(_signature, program.arguments))})"]
    lines += _lines(program.body, 1, set())
    over = {n: f" over {program.arguments[a]}" for n, a in program.overwrites.items()}
    results = (f"{r}{over.get(n, '')}" for n, r in enumerate(program.results))
    lines.append(f"  return {', '.join(results)}")
    return "\n".join(lines)


def _signature(buffer: Buffer) -> str:
    return f"{buffer}: {buffer.dtype}[{', '.join(map(repr, buffer.extents))}]"


def _access(buffer: Buffer, indices: Sequence[Value]) -> str:
    return f"{buffer}[{', '.join(map(repr, indices))}]"


def _views(buffers: Iterable[Buffer], shown: set[Buffer], indent: str) -> list[str]:
    """Return a line for each view among the buffers, and for each that it is a view of, that is not
    `shown` yet."""
    lines: list[str] = []
    for buffer in buffers:
        fresh: list[str] = []
        while buffer.base is not None and buffer not in shown:
            shown.add(buffer)
            fresh.append(f"{indent}view {_signature(buffer)} of {buffer.base}")
            buffer = buffer.base
        lines += reversed(fresh)
    return lines


def _lines(body: Sequence[Statement], depth: int, shown: set[Buffer]) -> list[str]:
    """Return the statements as text, each nested block one step further in; `shown` are the views
    that have a line already."""
    lines: list[str] = []
    indent = "  " * depth
    for s in body:
        match s:
            case Loop():
                carried = "".join(f", {c.phi} = {c.init} then {c.next}" for c in s.carried)
                lines.append(f"{indent}for {s.index} < {s.extent}{carried}:")
                lines += _lines(s.body, depth + 1, shown)
                lines += [f"{indent}{c.result} = last {c.phi}" for c in s.carried]
            case If():
                lines.append(f"{indent}if {s.condition}:")
                lines += _lines(s.then, depth + 1, shown)
                if s.orelse:
                    lines += [f"{indent}else:", *_lines(s.orelse, depth + 1, shown)]
            case TiledRegion():
                when = "" if isinstance(s.when, Literal) else f" if {s.when}"
                lines.append(f"{indent}by blocks of {s.block} of {s.extent}{when}:")
                lines += _lines(s.statements, depth + 1, shown)
            case Kernel():
                parallel = " parallel" if s.work else ""
                lines += _views(used_buffers(s.body), shown, indent)
                lines += [f"{indent}kernel{parallel}", *_lines(s.body, depth + 1, shown)]
            case _:
                lines += _views(chain(*accesses(s)), shown, indent)
                lines.append(indent + _line(s))
    return lines


def _line(s: Statement) -> str:
    match s:
        case Compute():
            return f"{s.out} = {s.fn}({', '.join(map(repr, s.args))}) {s.out.dtype}"
        case Load():
            return f"{s.out} = load {_access(s.buffer, s.indices)}"
        case Store():
            return f"store {_access(s.buffer, s.indices)} = {s.value}"
        case Check():
            return f"check {s.condition}: {s.message}{' (static)' * s.static}"
        case Extent():
            return f"{s.out} = extent {s.buffer} {s.axis}"
        case Alloc():
            b = s.buffer
            slot = f" in slot {b.slot}" if b.slot is not None else ""
            return f"alloc {_signature(b)} {b.kind}{slot}{' (static)' * b.static}"
        case MatMul():
            product = f"{s.alpha} * {s.a} · {s.b}"
            return f"{s.out} = {product}" + ("" if s.c is None else f" + {s.beta} * {s.c}")
        case Convolve():
            arrays = f"image {s.image}, kernel {s.kernel}, output {s.output}"
            return f"convolve {arrays}: {s.computes} by {s.algorithm}"
        case Pool():
            given = ", ".join(map(repr, s.operands))
            each = "" if s.shared else " to each"
            return f"{s.out} = pool {s.computes}{each} of {s.window} by {s.strides} ({given})"
        case SortRows():
            return f"{s.out} = {'order' if s.indices else 'sort'} {s.x}"
        case SelectRows():
            return f"{s.out} = select {'largest' if s.largest else 'smallest'} {s.x}"
        case LapackCall():
            return f"{s.out} = lapack {s.routine}({', '.join(map(str, s.arguments))}) {s.dtype}"
        case Timestamp():
            return "timestamp" if s.number is None else f"timestamp {s.number}"
        case NumpyCall():
            given = ", ".join(map(repr, s.inputs))
            return f"{', '.join(map(repr, s.outputs))} = numpy {s.node.op}({given})"
        case IRCall():
            given = ", ".join(map(repr, s.inputs))
            return f"{', '.join(map(repr, s.outputs))} = ir {s.name}({given})"
    raise TypeError(f"{s!r} is no statement")
