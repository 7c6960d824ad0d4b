"""Print launches as kernels in OpenCL C.

The parameters of a kernel are the arrays that it uses, each by the memory that it lies in, what the
device keeps between launches, and the scalars that the host gives it. A kernel has a fixed number
of items in a group, so that a driver translates it once.
"""

from dataclasses import dataclass

from symgraph.backends.opencl.c_code import types
from symgraph.backends.opencl.c_code.body import Body, Context
from symgraph.backends.opencl.c_code.parameters import GROUP, Parameter
from symgraph.backends.opencl.c_code.reductions import write_iterations

from symgraph.lower.grid import Launch, Total
from symgraph.lower.program.values import Value


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

    def launch(self, launch: Launch) -> KernelCode:
        """Return the kernel of a launch."""
        if launch.total is not None:
            return self.partial(launch, launch.total)
        body = Body(self.context, launch)
        body.block(launch.body)
        return self.kernel(body, launch.grid)

    def kernel(self, body: Body, grid: tuple[Value, ...], parts: bool = False) -> KernelCode:
        name = f"k{len(self.printed)}"
        made = KernelCode(name, body.text(name, bool(grid) or parts), body.parameters, grid, parts)
        self.printed.append(made)
        return made

    def partial(self, launch: Launch, total: Total) -> KernelCode:
        """Print the kernel whose items each compute the reductions over a part of the iterations,
        starting from values that change nothing."""
        loop, body, context = total.loop, Body(self.context, launch), self.context
        body.block(launch.body)
        extent = body.value(loop.extent)
        if context.vectors:
            share = f"({extent} + {context.parts - 1}) / {context.parts}"
            body.line(f"const long part = get_global_id(0), share = {share};")
            body.line(f"const long first = part * share, end = min(first + share, (long){extent});")
            write_iterations(body, loop, "first", "end", "1")
        else:
            # Neighbours go through memory together.
            body.line("const long part = get_group_id(0), first = get_global_id(0);")
            write_iterations(body, loop, "first", extent, "get_global_size(0)")
        for number, carry in enumerate(loop.carried):
            name, dtype = carry.phi.name, carry.phi.dtype
            place = body.partial(total.first + number, dtype)
            if context.vectors:
                body.line(f"{place}[part] = {name};")
            else:
                self.tree(body, name, dtype, total.functions[number])
                body.line(f"if (get_local_id(0) == 0) {place}[part] = {name}_tree[0];")
        return self.kernel(body, (), parts=True)

    def tree(self, body: Body, name: str, dtype: str, fn: str) -> None:
        """Combine the values that the items of a group have: the first half with the second and so
        on."""
        kind, tree = types.register_type(dtype), f"{name}_tree"
        one, other = f"{tree}[get_local_id(0)]", f"{tree}[get_local_id(0) + reach]"
        call = self.context.functions.call(fn, dtype, (dtype, dtype), (one, other))
        body.line(f"__local {kind} {tree}[{GROUP}];")
        body.line(f"{one} = {name};")
        body.line("barrier(CLK_LOCAL_MEM_FENCE);")
        body.line(f"for (int reach = {GROUP // 2}; reach > 0; reach /= 2) {{")
        body.line(f"if (get_local_id(0) < reach) {one} = {call};")
        body.line("barrier(CLK_LOCAL_MEM_FENCE);")
        body.line("}")
