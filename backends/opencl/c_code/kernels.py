"""Print launches as kernels in OpenCL C.

The parameters of a kernel are the arrays that it uses, each by the memory that it lies in, what the
device keeps between launches, and the scalars that the host gives it. A kernel has a fixed number of
items in a group, so that a driver translates it once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from symgraph.backends.opencl.c_code import types
from symgraph.backends.opencl.c_code.scalar_functions import ScalarFunctions

from symgraph.lower.grid import Launch
from symgraph.lower.parallel import total_of
from symgraph.lower.program.types import Check, Compute, If, Load, Loop, Statement, Store
from symgraph.lower.program.values import ONE, ZERO, Buffer, Literal, Scalar, Value
from symgraph.lower.program.walk import statements

# Bytes of a slot for a scalar that is handed on.
SLOT = 16
# Words of 8 bytes of the report of a failed check: its number, and the values that its message has.
REPORT = 8
# Limit on the iterations of a reduction that are done side by side, and on the statements that this
# makes.
MOST_LANES = 32
UNROLLED = 256
# Items of a group along the first dimension of a grid.
GROUP = 64


class Shared(Enum):
    """What the device keeps between launches."""

    SLOTS = "slots"
    """The scalars that launches hand on."""
    REPORT = "report"
    """The number of the first check that failed, and its values."""
    PARTIAL = "partial"
    """The partial results of a total."""


Parameter = Buffer | Shared | Scalar


@dataclass
class KernelCode:
    """A kernel: its name and text, its parameters in order, the extents of its grid, innermost
    first, and whether the items of the grid are parts of a total."""

    name: str
    text: str
    parameters: list[Parameter]
    grid: tuple[Value, ...]
    parts: bool = False


@dataclass
class Printer:
    """Prints kernels; collects the functions that they call.

    slots: the slot of each scalar that is handed on. checks: the number of each check, from 1 on.
    parts: into how many parts a total is divided. vectors: whether an item is a core with vectors.
    """

    functions: ScalarFunctions
    slots: dict[Scalar, int]
    checks: dict[Check, int]
    parts: int
    vectors: bool
    printed: list[KernelCode] = field(default_factory=list)

    def launch(self, launch: Launch) -> list[KernelCode]:
        """Return the kernels of a launch: two for a total."""
        if launch.total is None:
            body = _Body(self, launch)
            body.block(launch.body)
            return [self.kernel(body, launch.grid)]
        return [self.partial(launch), self.final(launch)]

    def lanes_of(self, loop: Loop) -> int:
        """Return how many iterations of a loop are done side by side: of a reduction without loops
        or branches within it, on cores with vectors."""
        simple = all(isinstance(s, Compute | Load) for s in loop.body)
        if not (self.vectors and simple and loop.carried):
            return 1
        if not all(total_of(loop, carry) for carry in loop.carried):
            return 1
        lanes = MOST_LANES
        while lanes > 1 and lanes * len(loop.body) > UNROLLED:
            lanes //= 2
        return lanes

    def kernel(self, body: "_Body", grid: tuple[Value, ...], parts: bool = False) -> KernelCode:
        name = f"k{len(self.printed)}"
        made = KernelCode(
            name, body.text(name, bool(grid) or parts, parts), body.parameters, grid, parts
        )
        self.printed.append(made)
        return made

    def partial(self, launch: Launch) -> KernelCode:
        """Print the kernel whose items each compute the reductions over a part of the iterations,
        starting from values that change nothing."""
        assert launch.total is not None
        loop, body = launch.total.loop, _Body(self, launch)
        body.block(launch.body)
        extent = body.value(loop.extent)
        body.line(
            f"long part = get_global_id(0), share = ({extent} + {self.parts - 1}) / {self.parts};"
        )
        body.line(f"long first = part * share, end = min(first + share, (long){extent});")
        body.iterations(loop, "first", "end")
        for number, carry in enumerate(loop.carried):
            place = body.partial(number, carry.phi.dtype)
            body.line(f"{place}[part] = {carry.phi.name};")
        return self.kernel(body, (), parts=True)

    def final(self, launch: Launch) -> KernelCode:
        """Print the kernel that combines the parts, and does the rest."""
        total = launch.total
        assert total is not None
        body = _Body(self, launch)
        needed = _needed(launch.body, total.tail)
        body.block(needed)
        for number, (carry, fn) in enumerate(zip(total.carried, total.functions, strict=True)):
            dtype, name = carry.phi.dtype, carry.result.name
            place = body.partial(number, dtype)
            body.line(f"{types.register_type(dtype)} {name} = {place}[0];")
            call = self.functions.call(fn, dtype, (dtype, dtype), (name, f"{place}[part]"))
            body.line(f"for (long part = 1; part < {self.parts}; part++) {name} = {call};")
            body.defined.add(carry.result)
            body.hand_on(carry.result)
        body.block(total.tail)
        return self.kernel(body, ())


def _needed(body: Sequence[Statement], tail: Sequence[Statement]) -> list[Statement]:
    """Return the statements that those after them need: computations and loads, which may run
    again."""
    wanted: set[Value] = set()
    for s in statements(tail):
        match s:
            case Compute() | Check():
                wanted |= {*s.args, *((s.condition,) if isinstance(s, Check) else ())}
            case Store():
                wanted |= {*s.indices, s.value}
            case Load():
                wanted |= {*s.indices}
    found: list[Statement] = []
    for s in reversed(body):
        if isinstance(s, Compute | Load) and s.out in wanted:
            found.append(s)
            wanted |= set(s.args if isinstance(s, Compute) else s.indices)
    return found[::-1]


class _Body:
    """The body of a kernel that is being printed."""

    def __init__(self, printer: Printer, launch: Launch) -> None:
        self.printer = printer
        self.items = launch.items
        self.lines: list[str] = []
        self.depth = 1
        self.roots: dict[Buffer, str] = {}
        self.shared: dict[Shared, None] = {}
        self.free: dict[Scalar, None] = {}
        self.defined: set[Scalar] = set()
        self.written: set[Buffer] = set()
        if launch.guarded:
            self.shared[Shared.REPORT] = None
            self.line("if (report[0]) return;")

    @property
    def parameters(self) -> list[Parameter]:
        return [*self.roots, *self.shared, *self.free]

    def text(self, name: str, grid: bool, parts: bool) -> str:
        parameters = [
            f"__global {'' if root in self.written else 'const '}"
            f"{types.memory_type(root.dtype)}* restrict {root.name}"
            for root in self.roots
        ]
        parameters += [f"__global {_SHARED[kind]}* {kind.value}" for kind in self.shared]
        parameters += [f"const {types.register_type(s.dtype)} {s.name}" for s in self.free]
        size = 1 if not grid or (parts and self.printer.vectors) else GROUP
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
        if v in self.printer.slots:
            return self.slot(v)
        self.free[v] = None
        return v.name

    def slot(self, s: Scalar) -> str:
        self.shared[Shared.SLOTS] = None
        place = f"slots + {SLOT * self.printer.slots[s]}"
        return f"*(__global {types.register_type(s.dtype)}*)({place})"

    def partial(self, number: int, dtype: str) -> str:
        self.shared[Shared.PARTIAL] = None
        place = f"partial + {SLOT * self.printer.parts * number}"
        return f"((__global {types.register_type(dtype)}*)({place}))"

    def declare(self, s: Scalar, value: str) -> None:
        self.defined.add(s)
        self.line(f"{types.register_type(s.dtype)} {s.name} = {value};")

    def hand_on(self, s: Scalar) -> None:
        """Store a scalar that a later launch uses, outside loops."""
        if s in self.printer.slots and self.depth == 1:
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

    def block(self, body: Sequence[Statement]) -> None:
        for s in body:
            self.statement(s)

    def statement(self, s: Statement) -> None:
        match s:
            case Compute():
                args = [self.value(arg) for arg in s.args]
                dtypes = [arg.dtype for arg in s.args]
                self.declare(s.out, self.printer.functions.call(s.fn, s.out.dtype, dtypes, args))
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
            self.line("{")
            self.line(f"const long {index} = get_global_id({self.items[s]});")
            self.line(f"if ({index} < {extent}) {{")
            self.block(s.body)
            self.line("}")
            self.line("}")
            return
        self.iterations(s, "0", extent)
        for carry in s.carried:
            self.declare(carry.result, carry.phi.name)
            self.hand_on(carry.result)

    def iterations(self, s: Loop, first: str, end: str) -> None:
        """Print a loop over a range; its carried values have the names that they have within."""
        index, lanes = s.index.name, self.printer.lanes_of(s)
        for carry in s.carried:
            self.declare(carry.phi, self.value(carry.init))
        self.defined.add(s.index)
        start = f"long {index} = {first}"
        if lanes > 1:
            self.line(f"{start};")
            self.lanes(s, end, lanes)
            start = ""
        self.line(f"for ({start}; {index} < {end}; {index}++) {{")
        self.block(s.body)
        self.carry(s)
        self.line("}")

    def lanes(self, s: Loop, end: str, lanes: int) -> None:
        """Print the iterations of a reduction in steps of several that are combined at the end:
        compilers make vectors of what is written several times."""
        index = s.index.name
        for carry in s.carried:
            names = ", ".join(f"{carry.phi.name}_{n} = {carry.phi.name}" for n in range(1, lanes))
            self.line(f"{types.register_type(carry.phi.dtype)} {names};")
        step = f"{index}_step"
        self.line(f"for (; {index} + {lanes} <= {end}; {index} += {lanes}) {{")
        self.line(f"const long {step} = {index};")
        for lane in range(lanes):
            self.line("{")
            self.line(f"const long {index} = {step} + {lane};")
            for carry in s.carried:
                if lane:
                    name = carry.phi.name
                    self.line(f"{types.register_type(carry.phi.dtype)} {name} = {name}_{lane};")
            self.block(s.body)
            if lane:
                for carry in s.carried:
                    self.line(f"{carry.phi.name}_{lane} = {self.value(carry.next)};")
            else:
                self.carry(s)
            self.line("}")
        self.line("}")
        for carry in s.carried:
            fn, dtype, name = total_of(s, carry), carry.phi.dtype, carry.phi.name
            assert fn is not None
            names = [name, *(f"{name}_{n}" for n in range(1, lanes))]
            while len(names) > 1:
                half = len(names) // 2
                for one, other in zip(names[:half], names[half:], strict=True):
                    call = self.printer.functions.call(fn, dtype, (dtype, dtype), (one, other))
                    self.line(f"{one} = {call};")
                names = names[:half]

    def carry(self, s: Loop) -> None:
        """Assign what an iteration carries to the next one, all at once."""
        for carry in s.carried:
            kind = types.register_type(carry.phi.dtype)
            self.line(f"const {kind} {carry.phi.name}_next = {self.value(carry.next)};")
        for carry in s.carried:
            self.line(f"{carry.phi.name} = {carry.phi.name}_next;")

    def check(self, s: Check) -> None:
        self.shared[Shared.REPORT] = None
        self.line(f"if (!{self.value(s.condition)}) {{")
        self.line("if (report[0]) return;")
        self.line(f"report[0] = {self.printer.checks[s]};")
        for number, arg in enumerate(s.args, 1):
            value = self.value(arg)
            word = f"as_long({value})" if arg.dtype == "float64" else f"(long)({value})"
            self.line(f"report[{number}] = {word};")
        self.line("return;")
        self.line("}")


_SHARED = {Shared.SLOTS: "uchar", Shared.REPORT: "long", Shared.PARTIAL: "uchar"}
