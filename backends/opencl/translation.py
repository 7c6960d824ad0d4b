"""A loop program as kernels for a device."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from symgraph.backends.opencl.c_code.body import Context
from symgraph.backends.opencl.c_code.kernels import KernelCode, Printer
from symgraph.backends.opencl.c_code.parameters import REPORT
from symgraph.backends.opencl.c_code.reductions import write_iterations
from symgraph.backends.opencl.c_code.scalar_functions import ScalarFunctions
from symgraph.backends.opencl.stream import Stream
from symgraph.backends.opencl.workspace import Workspace

from symgraph.debug import node_error
from symgraph.lower import Lowered
from symgraph.lower.analysis.shape_programs import serves
from symgraph.lower.extents.static import Shape
from symgraph.lower.grid import Launch, divide
from symgraph.lower.program.types import Check
from symgraph.lower.program.values import Buffer
from symgraph.lower.target import Target


class Translation:
    """The kernels of a program for a device, for all calls whose arguments have the `shapes` that
    it was lowered for, where these are not None."""

    def __init__(
        self,
        stream: Stream,
        lowered: Lowered,
        name: str,
        shapes: Sequence[Shape | None],
        target: Target,
        parts: int,
        given: Sequence[bool],
    ) -> None:
        """`given` tells for each argument whether the host has its value at each call; totals are
        computed in `parts` parts."""
        self.device = stream
        self.program, self.memory = lowered
        self.name = name
        self.shapes = tuple(shapes)
        self.parts = parts
        arguments = {
            buffer for buffer, has in zip(self.program.arguments, given, strict=True) if has
        }
        self.grid = divide(self.program, target, arguments)
        self.memory.keep(self.grid.kept)
        numbers = {check: number for number, check in enumerate(self.grid.checks, 1)}
        functions = ScalarFunctions()
        context = Context(
            functions, self.grid.slots, numbers, parts, stream.facts.is_cpu, write_iterations
        )
        printer = Printer(context)
        self.codes: dict[Launch, KernelCode] = {
            launch: printer.launch(launch) for launch in self.grid.launches
        }
        texts = [code.text for code in printer.printed]
        self.source = "\n".join([functions.declarations(), *texts]) if texts else ""
        self.constants: dict[Buffer, Any] = {
            buffer: stream.memory.upload(np.asarray(buffer.data), True)
            for buffer in self.program.constants
        }

    def fits(self, shapes: Sequence[Shape]) -> bool:
        """Return whether it was made for arguments of these shapes."""
        return serves(self.shapes, shapes)

    def hears(self, shapes: Sequence[Shape]) -> bool:
        """Return True: the host waits in a way that signals interrupt."""
        return True

    def raise_failed(self, workspace: Workspace) -> None:
        """Wait for the work so far, and raise the error of the first check that failed in it."""
        if not self.grid.checks:
            return
        memory = workspace.memory
        words = memory.download(workspace.report, (REPORT,), np.int64)
        if words[0]:
            self.raise_reported(words)

    def raise_reported(self, words: np.ndarray) -> None:
        """Raise the error that a report tells of."""
        check: Check = self.grid.checks[int(words[0]) - 1]
        values = [
            word.view("float64").item() if arg.dtype == "float64" else word.item()
            for arg, word in zip(check.args, words[1:], strict=False)
        ]
        raise node_error(check.node, check.failure(values), None)
