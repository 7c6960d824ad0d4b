"""Print the statements of a kernel as OpenCL C."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symgraph.backends.opencl.c_code import types
from symgraph.backends.opencl.c_code.parameters import (
    GROUP,
    SLOT,
    Chunk,
    Parameter,
    Shared,
)
from symgraph.backends.opencl.c_code.scalar_functions import ScalarFunctions

from symgraph.lower.grid import Combine, Launch, Total, Whole
from symgraph.lower.program.types import Alloc, Check, Compute, If, Load, Loop, Statement, Store
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value

_SHARED = {Shared.SLOTS: "uchar", Shared.REPORT: "long", Shared.PARTIAL: "uchar"}


@dataclass
class Context:
    """What the kernels of a program share: the functions that they call, the slot of each scalar
    that is handed on, and the number of each check, from 1 on.

    parts: into how many parts a total is divided, each for a core or for a group.
    vectors: whether an item is a core with vectors.
    iterations: prints the iterations of a loop from one number to another by steps, in a body.
    """

    functions: ScalarFunctions
    slots: dict[Scalar, int]
    checks: dict[Check, int]
    parts: int
    vectors: bool
    iterations: "Callable[[Body, Loop, str, str, str], None]"


class Body:
    """The body of a kernel that is being printed."""

    def __init__(self, context: Context, launch: Launch) -> None:
        self.context = context
        self.items = launch.items
        self.single = launch.single
        self.lines: list[str] = []
        self.depth = 1
        self.roots: dict[Buffer, str] = {}
        self.shared: dict[Shared, None] = {}
        self.chunks: dict[int, None] = {}
        self.free: dict[Scalar, None] = {}
        self.defined: set[Scalar] = set()
        self.written: set[Buffer] = set()
        if launch.guarded:
            self.shared[Shared.REPORT] = None
            self.line("if (report[0]) return;")

    @property
    def parameters(self) -> list[Parameter]:
        return [*self.roots, *self.shared, *map(Chunk, self.chunks), *self.free]

    def text(self, name: str, grid: bool) -> str:
        # What a single item does one after the other may reuse memory.
        apart = "restrict " if grid else ""
        parameters = [
            f"__global {'' if root in self.written else 'const '}"
            f"{types.memory_type(root.dtype)}* {apart}{root.name}"
            for root in self.roots
        ]
        parameters += [f"__global {_SHARED[kind]}* {kind.value}" for kind in self.shared]
        parameters += [f"const long chunk{dimension}" for dimension in self.chunks]
        parameters += [f"const {types.register_type(s.dtype)} {s.name}" for s in self.free]
        size = GROUP if grid and not self.context.vectors else 1
        return (
            f"__kernel __attribute__((reqd_work_group_size({size}, 1, 1)))\n"
            f"void {name}({', '.join(parameters)})\n{{\n" + "\n".join(self.lines) + "\n}\n"
        )

    def line(self, text: str) -> None:
        if text.startswith("}"):
            self.depth -= 1
        self.lines.append("  " * self.depth + text)
        if text.endswith("{"):
            self.depth += 1

    # --- values ---

    def value(self, v: Value) -> str:
        if isinstance(v, Literal):
            return types.literal(v.value, v.dtype)
        if v in self.defined:
            return v.name
        if v in self.context.slots:
            return self.slot(v)
        self.free[v] = None
        return v.name

    def slot(self, s: Scalar) -> str:
        self.shared[Shared.SLOTS] = None
        place = f"slots + {SLOT * self.context.slots[s]}"
        return f"*(__global {types.register_type(s.dtype)}*)({place})"

    def partial(self, number: int, dtype: str) -> str:
        self.shared[Shared.PARTIAL] = None
        place = f"partial + {SLOT * self.context.parts * number}"
        return f"((__global {types.register_type(dtype)}*)({place}))"

    def declare(self, s: Scalar, value: str) -> None:
        self.defined.add(s)
        self.line(f"{types.register_type(s.dtype)} {s.name} = {value};")

    def hand_on(self, s: Scalar) -> None:
        """Store a scalar that a later launch uses, outside loops."""
        if s in self.context.slots and self.depth == 1:
            self.line(f"{self.slot(s)} = {s.name};")

    def place(self, buffer: Buffer, indices: Sequence[Value]) -> str:
        """Return a pointer to an element."""
        root = buffer.root
        self.roots.setdefault(root, root.name)
        terms = [] if buffer.offset == ZERO else [self.value(buffer.offset)]
        for index, stride in zip(indices, buffer.strides, strict=True):
            if ZERO in (index, stride):
                continue
            step = self.value(index)
            terms.append(step if stride == ONE else f"{step} * {self.value(stride)}")
        pointer = root.name
        if buffer.dtype != root.dtype:
            pointer = f"((__global {types.memory_type(buffer.dtype)}*){pointer})"
        return " + ".join([pointer, *terms])

    # --- statements ---

    def block(self, body: Sequence[Statement | Combine | Whole]) -> None:
        for s in body:
            self.statement(s)

    def statement(self, s: Statement | Combine | Whole) -> None:
        match s:
            case Compute() | Load() if s.out in self.defined and self.depth == 1:
                # Merged from several launches, which each did it.
                return
            case Compute():
                args = [self.value(arg) for arg in s.args]
                dtypes = [arg.dtype for arg in s.args]
                self.declare(s.out, self.context.functions.call(s.fn, s.out.dtype, dtypes, args))
                self.hand_on(s.out)
            case Load():
                self.declare(s.out, types.load(self.place(s.buffer, s.indices), s.buffer.dtype))
                self.hand_on(s.out)
            case Store():
                self.written.add(s.buffer.root)
                place = self.place(s.buffer, s.indices)
                self.line(types.store(place, self.value(s.value), s.buffer.dtype))
            case Check():
                self.check(s)
            case Combine():
                self.combine(s.total)
            case Whole():
                self.whole(s.total)
            case Alloc():
                # Of a loop that became one launch: its memory is planned.
                pass
            case If():
                self.line(f"if ({self.value(s.condition)}) {{")
                self.block(s.then)
                if s.orelse:
                    self.line("}")
                    self.line("else {")
                    self.block(s.orelse)
                self.line("}")
            case Loop():
                self.loop(s)
            case _:
                raise TypeError(f"{type(s).__name__} has no place in a kernel")

    def loop(self, s: Loop) -> None:
        index, extent = s.index.name, self.value(s.extent)
        if s in self.items:
            self.defined.add(s.index)
            self.item(index, extent, self.items[s])
            self.block(s.body)
            self.line("}")
            self.line("}")
            return
        self.context.iterations(self, s, "0", extent, "1")
        for carry in s.carried:
            self.declare(carry.result, carry.phi.name)
            self.hand_on(carry.result)

    def item(self, index: str, extent: str, dimension: int) -> None:
        """Print the begin of what an item does along a dimension: one iteration, or on a core with
        vectors several of them."""
        self.line("{")
        if not self.context.vectors:
            self.line(f"const long {index} = get_global_id({dimension});")
            self.line(f"if ({index} < {extent}) {{")
            return
        self.chunks[dimension] = None
        first, end = f"{index}_first", f"{index}_end"
        self.line(f"const long {first} = get_global_id({dimension}) * chunk{dimension};")
        self.line(f"const long {end} = min({first} + chunk{dimension}, (long){extent});")
        self.line(f"for (long {index} = {first}; {index} < {end}; {index}++) {{")

    def carry(self, s: Loop) -> None:
        """Assign what an iteration carries to the next one, all at once."""
        for carry in s.carried:
            kind = types.register_type(carry.phi.dtype)
            self.line(f"const {kind} {carry.phi.name}_next = {self.value(carry.next)};")
        for carry in s.carried:
            self.line(f"{carry.phi.name} = {carry.phi.name}_next;")

    def combine(self, total: Total) -> None:
        """Combine the partial results of a total."""
        parts = self.context.parts
        for number, carry in enumerate(total.loop.carried):
            dtype, name = carry.phi.dtype, carry.result.name
            place = self.partial(total.first + number, dtype)
            self.declare(carry.result, f"{place}[0]")
            args = (name, f"{place}[part]")
            call = self.context.functions.call(total.functions[number], dtype, (dtype, dtype), args)
            self.line(f"for (long part = 1; part < {parts}; part++) {name} = {call};")
            self.hand_on(carry.result)

    def whole(self, total: Total) -> None:
        """Store the results of a total as its first partial results; the others change nothing."""
        for number, carry in enumerate(total.loop.carried):
            place = self.partial(total.first + number, carry.phi.dtype)
            neutral = self.value(carry.init)
            self.line(f"{place}[0] = {carry.result.name};")
            self.line(f"for (long p = 1; p < {self.context.parts}; p++) {place}[p] = {neutral};")

    def check(self, s: Check) -> None:
        self.shared[Shared.REPORT] = None
        self.line(f"if (!{self.value(s.condition)}) {{")
        self.line("if (report[0]) return;")
        self.line(f"report[0] = {self.context.checks[s]};")
        for number, arg in enumerate(s.args, 1):
            value = self.value(arg)
            word = f"as_long({value})" if arg.dtype == "float64" else f"(long)({value})"
            self.line(f"report[{number}] = {word};")
        self.line("return;")
        self.line("}")
