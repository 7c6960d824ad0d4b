"""The back ends: symgraph's own by name, others through entry points. The back end of `config.mode`
is imported with the package, others when first asked for.

A back end for several devices is made for a name that says which, such as "opencl:gpu".
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from symgraph.debug import Step
from symgraph.graph import Apply, FunctionGraph, LazyModule, PassRun, Resident, config

if TYPE_CHECKING:
    from symgraph.lower import MemoryUse

# Searching for entry points takes longer than importing a back end, so it is done only for names
# that are not symgraph's own.
metadata: Any = LazyModule("importlib.metadata")
finders: Any = LazyModule("importlib.util")
OWN = {
    "llvm": ("symgraph.backends.llvm", "LLVMBackend"),
    "opencl": ("symgraph.backends.opencl", "OpenCLBackend"),
    "reference": ("symgraph.backends.reference", "ReferenceBackend"),
}


# Those for several devices, which are made with the whole name; and the packages that they need,
# where these are not installed with symgraph.
OF_DEVICES = {"opencl": "pyopencl"}


class Executable(Protocol):
    """A compiled graph. It is reentrant, never changes its inputs, and its results are new arrays.

    Optional capabilities of a back end have protocols of their own: `TimedExecutable`,
    `SteppedExecutable`, `PlannedExecutable`, `LoweredExecutable`, and
    `symgraph.compile.call_spec.CallMaker`.
    """

    def __call__(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]: ...

    def describe(self) -> str:
        """Return a readable description of what will run."""
        ...

    def fallbacks(self) -> list[Apply]:
        """Return the operations for which the back end has no code of its own: NumPy computes
        them."""
        ...

    def free(self) -> None:
        """Release memory that is kept between calls."""
        ...


@runtime_checkable
class TimedExecutable(Executable, Protocol):
    """An executable that measures where its time goes."""

    def timed(
        self, inputs: Sequence[np.ndarray], seconds: dict[tuple[Apply, ...], float]
    ) -> list[np.ndarray]:
        """Return what a call returns. The time that each part took is added to `seconds`, by the
        nodes that the part computes."""
        ...


@runtime_checkable
class ResidentExecutable(Executable, Protocol):
    """An executable that computes where arrays of the host must be sent to. Among its inputs may be
    values that it `has`, and its results for new values of shared variables are such values."""

    def has(self, value: Resident) -> bool:
        """Return whether a value is where this executable computes."""
        ...

    def settle(self, array: np.ndarray) -> Resident:
        """Return the elements of an array as a value that it has."""
        ...


@runtime_checkable
class SteppedExecutable(Executable, Protocol):
    """An executable that runs node by node."""

    def step(self, inputs: Sequence[np.ndarray]) -> Generator[Step, None, list[np.ndarray]]:
        """Yield each node with its input and output values, as they are computed; the generator's
        return value is what a call returns."""
        ...


@runtime_checkable
class PlannedExecutable(Executable, Protocol):
    """An executable that plans its memory before it runs."""

    def memory(self, shapes: tuple[tuple[int, ...], ...]) -> "MemoryUse":
        """Return the memory that a call with arguments of these shapes takes. Raises what the call
        would raise for them."""
        ...


@runtime_checkable
class LoweredExecutable(Executable, Protocol):
    """An executable that was lowered by named passes."""

    def lowering(
        self, graph_text: Callable[[FunctionGraph], str], wanted: str | None = None
    ) -> list[PassRun]:
        """Lower the graph once more and return a record of each pass, with the text after the pass
        `wanted`; `graph_text` renders a graph."""
        ...


@runtime_checkable
class Backend(Protocol):
    """A back end, which compiles function graphs.

    Where it has an attribute `runs_any_type` that is true, graphs may hold values other than
    tensors; of other back ends only tensors are asked, see `symgraph.compile.segments`.
    """

    name: str

    def compile(self, graph: FunctionGraph, name: str) -> Executable:
        """Return the compiled graph; `name` is used only in messages and printing."""
        ...

    def info(self) -> dict[str, str]:
        """Return versions, processor, libraries and devices, in readable form."""
        ...


GROUP = "symgraph.backends"


def available() -> list[str]:
    """Return the names of the installed back ends.

    Returns a list of str, each of which `function(mode=...)` and `config.mode` take. Whether there
        is a device for one of them, tells `symgraph info`.

    >>> "llvm" in sg.available_backends()
    True
    """
    own = {name for name in OWN if name not in OF_DEVICES or _is_installed(OF_DEVICES[name])}
    return sorted(own.union(entry.name for entry in metadata.entry_points(group=GROUP)))


def _is_installed(package: str) -> bool:
    return finders.find_spec(package) is not None


@cache
def _load(name: str) -> Backend:
    own = name.partition(":")[0]
    if name in OWN or own in OF_DEVICES:
        module, kind = OWN[own]
        made = getattr(import_module(module), kind)
        return made(name) if own in OF_DEVICES else made()
    for entry in metadata.entry_points(group=GROUP):
        if entry.name == name:
            return entry.load()()
    raise ValueError(
        f"there is no back end {name!r}; installed are {', '.join(available())}, and devices are"
        " opencl:gpu, opencl:cpu, or as symgraph info lists them"
    )


def prepare() -> None:
    """Import the back end of `config.mode`, so that the first function need not wait for it; unless
    it is for devices, which need not be used. Errors are reported where the back end is used."""
    if default_mode().partition(":")[0] not in OF_DEVICES:
        with suppress(ImportError, OSError, ValueError):
            get_backend()


def default_mode() -> str:
    """Return the name of the back end that compiles where none is given: by the flag `device`, and
    where that is 'cpu' by the flag `mode`.

    >>> from symgraph.compile import default_mode
    >>> with sg.config.change_flags(device="opencl:gpu"):
    ...     default_mode()
    'opencl:gpu'
    """
    return config.mode if config.device == "cpu" else config.device


def get_backend(mode: "str | Backend | None" = None) -> Backend:
    """Return the back end of a name.

    mode: the name, which for devices may be 'opencl:gpu', 'opencl:cpu' or one with the numbers of
        a platform and its device, 'opencl:0:1'; Theano's FAST_RUN and FAST_COMPILE for 'llvm' and
        'reference'; None for what the flags `device` and `mode` say. A back end is returned as it
        is.
    Raises ValueError for an unknown name, TypeError for anything but a back end.

    >>> sg.get_backend("FAST_RUN") is sg.get_backend("llvm")
    True
    """
    if mode is not None and not isinstance(mode, str):
        if not isinstance(mode, Backend):
            raise TypeError(f"mode is the name of a back end, or one itself, not {mode!r}")
        return mode
    name = mode or default_mode()
    return _load({"FAST_RUN": "llvm", "FAST_COMPILE": "reference"}.get(name, name))


def stepped(graph: FunctionGraph, name: str) -> SteppedExecutable:
    """Return the graph as an executable of the reference back end, which runs it node by node."""
    executable = get_backend("reference").compile(graph, name)
    assert isinstance(executable, SteppedExecutable)
    return executable
