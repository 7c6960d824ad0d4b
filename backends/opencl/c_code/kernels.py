"""Print launches as kernels in OpenCL C.

The parameters of a kernel are the arrays that it uses, each by the memory that it lies in, what the
device keeps between launches, and the scalars that the host gives it. A kernel has a fixed number
of items in a group, so that a driver translates it once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from symgraph.backends.opencl.c_code import types
from symgraph.backends.opencl.c_code.body import Body, Context
from symgraph.backends.opencl.c_code.parameters import Parameter
from symgraph.backends.opencl.c_code.reductions import write_iterations

from symgraph.lower.grid import Launch
from symgraph.lower.program.types import Check, Compute, Load, Statement, Store
from symgraph.lower.program.values import Value
from symgraph.lower.program.walk import statements


@dataclass
class KernelCode:
    """A kernel: its name and text, its parameters in order, the extents of its grid, innermost
    first, and whether the items of the grid are parts of a total."""

    name: str
    text: str
    parameters: list[Parameter]
    grid: tuple[Value, ...]
    parts: bool = False


class Printer:
    """Prints kernels, one after the other."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.printed: list[KernelCode] = []

    def launch(self, launch: Launch) -> list[KernelCode]:
        """Return the kernels of a launch: two for a total."""
        if launch.total is None:
            body = Body(self.context, launch)
            body.block(launch.body)
            return [self.kernel(body, launch.grid)]
        return [self.partial(launch), self.final(launch)]

    def kernel(self, body: Body, grid: tuple[Value, ...], parts: bool = False) -> KernelCode:
        name = f"k{len(self.printed)}"
        made = KernelCode(name, body.text(name, bool(grid) or parts), body.parameters, grid, parts)
        self.printed.append(made)
        return made

    def partial(self, launch: Launch) -> KernelCode:
        """Print the kernel whose items each compute the reductions over a part of the iterations,
        starting from values that change nothing."""
        assert launch.total is not None
        loop, body = launch.total.loop, Body(self.context, launch)
        body.block(launch.body)
        extent, parts = body.value(loop.extent), self.context.parts
        body.line(f"long part = get_global_id(0), share = ({extent} + {parts - 1}) / {parts};")
        body.line(f"long first = part * share, end = min(first + share, (long){extent});")
        write_iterations(body, loop, "first", "end")
        for number, carry in enumerate(loop.carried):
            place = body.partial(number, carry.phi.dtype)
            body.line(f"{place}[part] = {carry.phi.name};")
        return self.kernel(body, (), parts=True)

    def final(self, launch: Launch) -> KernelCode:
        """Print the kernel that combines the parts, and does the rest."""
        total = launch.total
        assert total is not None
        body = Body(self.context, launch)
        needed = _needed(launch.body, total.tail)
        body.block(needed)
        for number, (carry, fn) in enumerate(zip(total.carried, total.functions, strict=True)):
            dtype, name = carry.phi.dtype, carry.result.name
            place = body.partial(number, dtype)
            body.line(f"{types.register_type(dtype)} {name} = {place}[0];")
            call = self.context.functions.call(fn, dtype, (dtype, dtype), (name, f"{place}[part]"))
            body.line(f"for (long part = 1; part < {self.context.parts}; part++) {name} = {call};")
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
