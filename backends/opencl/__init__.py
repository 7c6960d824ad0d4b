"""The OpenCL back end: prints loop programs as kernels for GPUs and other devices."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from symgraph.backends.opencl.devices import DeviceFacts, described, find_device
from symgraph.backends.opencl.executable import OpenCLExecutable
from symgraph.backends.opencl.stream import Stream, stream_of
from symgraph.backends.opencl.support import demand_dtypes, supports
from symgraph.backends.opencl.translation import Translation

from symgraph.graph import FunctionGraph, SharedVariable, Watch
from symgraph.lower import Lowered, Lowering, lower
from symgraph.lower.analysis.shape_programs import shapes_of_shared_values
from symgraph.lower.extents.static import Shape
from symgraph.lower.target import Grid, Target

# Into how many parts a total is divided, for each core or processor of a device, and the limit.
PARTS, MOST_PARTS = 4, 256


def target_of(facts: DeviceFacts) -> Target:
    """Return the target for which programs are lowered."""
    target = replace(Target(), alignment=max(facts.alignment, 64), undivided=0, small_ns=0.0)
    if facts.is_cpu:
        return replace(target, grid=Grid.CORE)
    return replace(target, grid=Grid.THREAD, steps=())


def parts_of(facts: DeviceFacts) -> int:
    """Return into how many parts a total is divided, each for a core or for a group."""
    return min(PARTS * facts.units, MOST_PARTS)


class OpenCLBackend:
    """The back end for devices of OpenCL; see `symgraph.compile.Backend`.

    wanted: which device: 'opencl', 'opencl:gpu', 'opencl:cpu', or one by the numbers of its
        platform and its own, 'opencl:0:1'.
    Raises DeviceError where there is no such device, or none that works.
    """

    def __init__(self, wanted: str = "opencl") -> None:
        # What is not there is refused where it is asked for, such as by an option.
        find_device(wanted)
        self.name = wanted

    @property
    def stream(self) -> Stream:
        """Return the queue of the device. Raises DeviceError where there is no such device."""
        return stream_of(find_device(self.name))

    def compile(self, graph: FunctionGraph, name: str) -> OpenCLExecutable:
        """Translate for the current shapes of shared variables; programs for others are translated
        when a call needs them."""
        stream = self.stream
        demand_dtypes(stream.facts, graph, name)
        target, parts = target_of(stream.facts), parts_of(stream.facts)
        given = [not isinstance(variable, SharedVariable) for variable in graph.inputs]

        def lower_for(
            shapes: Sequence[Shape | None],
            timed: bool = False,
            watch: Watch[Lowering] | None = None,
        ) -> Lowered:
            served = partial(supports, stream.facts)
            return lower(graph, name, served, shapes, timed, target, watch)

        def compile_for(
            shapes: Sequence[Shape | None], *, timed: bool = False, patient: bool = False
        ) -> Translation:
            lowered = lower_for(shapes, timed)
            return Translation(stream, lowered, name, shapes, target, parts, given)

        shapes = shapes_of_shared_values(graph.inputs)
        return OpenCLExecutable(name, stream, compile_for, lower_for, shapes, tuple(graph.replaces))

    def info(self) -> dict[str, str]:
        return described()


__all__ = ["OpenCLBackend", "OpenCLExecutable"]
