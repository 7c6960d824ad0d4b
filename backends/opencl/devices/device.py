"""A device that works: its context, a queue for each thread, its compiler."""

import atexit
import os
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from symgraph.backends.opencl.devices.driver import cl, refuse_in_child
from symgraph.backends.opencl.devices.facts import DeviceFacts
from symgraph.backends.opencl.devices.kept import keep, kept, key_of
from symgraph.backends.opencl.errors import BUILD_PROGRAM_FAILURE, build_error, translated

# Warnings are for those who write kernels.
OPTIONS = ("-cl-std=CL1.2", "-w")
# Without it quotients and roots of float32 may be off by 2.5 and 3 ulp. A device says whether it
# can.
ROUNDED_DIVISION = "-cl-fp32-correctly-rounded-divide-sqrt"
# The simulator does not know all that optimisation makes of code, such as llvm.abs.
SIMULATOR, AS_WRITTEN = "Oclgrind", "-cl-opt-disable"
# Limit on the programs that are kept for those who ask for the same source again.
PROGRAMS = 512
# PoCL keeps what it compiles itself, and compiles anew where it is asked for the binary.
KEEPS_ITSELF = ("Portable Computing Language", "NVIDIA CUDA")

_devices: "WeakSet[Device]" = WeakSet()


class _Claim:
    """A thread's use of a queue, which goes to another thread when the thread has ended."""

    def __init__(self, queue: Any, idle: deque[Any]) -> None:
        self.queue = queue
        self._idle = idle

    def __del__(self) -> None:
        self._idle.append(self.queue)


class Device:
    """A device of OpenCL, which any number of threads may use.

    handle: pyopencl's device.
    """

    def __init__(self, facts: DeviceFacts, handle: Any) -> None:
        self.facts = facts
        self._handle = handle
        self._options = _options(handle)
        self._lock = threading.Lock()
        self._context: Any = None
        self._claims = threading.local()
        # The queues of threads that have ended, and all.
        self._idle: deque[Any] = deque()
        self._queues: list[Any] = []
        self._programs: dict[tuple[str, str], Any] = {}
        # Those that `build_all` returned, by the source.
        self._shared: dict[str, Any] = {}
        _devices.add(self)

    @property
    def context(self) -> Any:
        """The context of pyopencl, one for the process. Raises ForkedError in a child process."""
        refuse_in_child()
        if self._context is None:
            with self._lock:
                if self._context is None:
                    self._context = self._made("making a context", cl.Context, [self._handle])
        return self._context

    def queue(self) -> Any:
        """Return the calling thread's queue, which does one thing after the other. Raises
        ForkedError in a child process."""
        refuse_in_child()
        claim = getattr(self._claims, "claim", None)
        if claim is None:
            claim = self._claims.claim = _Claim(self._free_queue(), self._idle)
        return claim.queue

    def _free_queue(self) -> Any:
        with suppress(IndexError):
            return self._idle.popleft()
        queue = self._made("making a queue", cl.CommandQueue, self.context, self._handle)
        with self._lock:
            self._queues.append(queue)
        return queue

    def build(self, source: str, name: str) -> Any:
        """Return the program of a source, which is compiled once while it is among the last used.

        name: by which errors speak of it. Raises BuildError, and ForkedError in a child process.
        """
        context = self.context
        with self._lock:
            found = self._programs.pop((source, name), None)
            if found is None:
                found = self._built(context, source, name)
            # The last one used stands last.
            self._programs[source, name] = found
            if len(self._programs) > PROGRAMS:
                del self._programs[next(iter(self._programs))]
        return found

    def build_all(self, sources: Iterable[str], name: str) -> dict[str, Any]:
        """Return the program of each source, whoever had it compiled. What is missing is compiled
        together, which takes little longer than one of them: no two may define the same name."""
        with self._lock:
            found = {source: self._shared.pop(source, None) for source in sources}
            missing = [source for source, program in found.items() if program is None]
        # Where two threads compile the same, both programs are good.
        together = self.build("\n".join(missing), name) if missing else None
        found |= dict.fromkeys(missing, together)
        with self._lock:
            # Those used last stand last.
            self._shared.update(found)
            while len(self._shared) > PROGRAMS:
                del self._shared[next(iter(self._shared))]
        return found

    def _built(self, context: Any, source: str, name: str) -> Any:
        if self._handle.platform.name in KEEPS_ITSELF:
            return self._compiled(context, source, name)
        key = self._key(source)
        binary = kept(key)
        if binary is not None:
            # A driver may refuse what another version of it made.
            with suppress(cl.Error):
                return cl.Program(context, [self._handle], [binary]).build(self._options)
        program = self._compiled(context, source, name)
        with suppress(cl.Error):
            keep(key, program.binaries[0])
        return program

    def _compiled(self, context: Any, source: str, name: str) -> Any:
        try:
            return cl.Program(context, source).build(self._options, cache_dir=False)
        except cl.Error as error:
            if error.code == BUILD_PROGRAM_FAILURE:
                raise build_error(error, source, name, self.facts) from error
            raise translated(error, self.facts, f"compiling {name}") from error

    def _key(self, source: str) -> str:
        """Return the name under which the binary of a source is kept."""
        facts, platform = self.facts, self._handle.platform
        return key_of(
            *(source, *self._options, os.environ.get("PYOPENCL_BUILD_OPTIONS", "")),
            *(platform.name, platform.version, cl.VERSION_TEXT),
            *(facts.name, facts.vendor, facts.version, facts.driver),
        )

    def _made(self, doing: str, make: Any, *given: Any) -> Any:
        try:
            return make(*given)
        except cl.Error as error:
            raise translated(error, self.facts, doing) from error

    def finish(self) -> None:
        """Wait until all that any thread has queued is done."""
        refuse_in_child()
        with self._lock:
            queues = list(self._queues)
        for queue in queues:
            try:
                queue.finish()
            except cl.Error as error:
                raise translated(error, self.facts, "waiting for the device") from error


def _options(handle: Any) -> list[str]:
    """Return the options that programs for a device are built with."""
    options = [*OPTIONS]
    if handle.single_fp_config & cl.device_fp_config.CORRECTLY_ROUNDED_DIVIDE_SQRT:
        options.append(ROUNDED_DIVISION)
    if handle.platform.name == SIMULATOR:
        options.append(AS_WRITTEN)
    return options


@atexit.register
def _finish_all() -> None:
    """Wait for what is queued when Python ends: a driver that is unloaded while its threads still
    compute ends the process by a fault."""
    for device in list(_devices):
        # Nobody is left to tell that the device is lost, or not this process's own.
        with suppress(RuntimeError, MemoryError):
            device.finish()
