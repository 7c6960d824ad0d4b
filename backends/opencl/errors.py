"""What goes wrong on OpenCL devices, as errors that name the cause and a remedy.

pyopencl reports an error as a code of the standard; `translated` makes one of ours of it.
"""

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from symgraph.backends.opencl.devices.facts import DeviceFacts

# Codes of the OpenCL standard (CL/cl.h).
DEVICE_NOT_AVAILABLE = -2
MEM_OBJECT_ALLOCATION_FAILURE = -4
OUT_OF_RESOURCES = -5
OUT_OF_HOST_MEMORY = -6
BUILD_PROGRAM_FAILURE = -11
INVALID_COMMAND_QUEUE = -36
INVALID_BUFFER_SIZE = -61
PLATFORM_NOT_FOUND = -1001

_LOST = (DEVICE_NOT_AVAILABLE, INVALID_COMMAND_QUEUE)
_NO_MEMORY = (MEM_OBJECT_ALLOCATION_FAILURE, OUT_OF_HOST_MEMORY, INVALID_BUFFER_SIZE)

# An error in a log of Clang's form, `input.cl:3:22: error: ...` or `error: input.cl:3:22: ...`,
# and in that of older compilers, `"input.cl", line 3: error: ...`.
_CLANG = re.compile(r"\b(\d+):\d+:(?!\d)\s*(?:(?:fatal )?error:\s*)?(.+)")
_OLDER = re.compile(r"\bline (\d+): (?:catastrophic )?error: (.+)")
# What pyopencl puts around a log.
_BEFORE_LOG = re.compile(r"\ABuild on <[^\n]*>:\n|.*?\n\nBuild on <[^\n]*>:\n", re.DOTALL)
_AFTER_LOG = re.compile(r"\n\((?:options:|source saved as) .*\Z", re.DOTALL)
_SAVED = re.compile(r"\(source saved as ([^\n]+)\)")


class DeviceError(RuntimeError):
    """Raised where there is no device as asked for, or none that works."""


class DeviceNameError(DeviceError, ValueError):
    """Raised for a text that names no device."""


class ForkedError(DeviceError):
    """Raised in a child process, for devices that its parent had begun to use before the fork."""


class DeviceLost(RuntimeError):
    """Raised where a device has stopped to answer; what lay in its memory is gone."""


class DeviceMemoryError(MemoryError):
    """Raised where a device has no memory for what is asked of it."""


class LaunchError(RuntimeError):
    """Raised where a device refuses or fails to do what it was given."""


class BuildError(RuntimeError):
    """Raised where a device's compiler refuses a program.

    `line` is the line of the source, from 1, where the compiler names one, `log` all that it said.
    """

    def __init__(self, message: str, log: str, line: int | None) -> None:
        super().__init__(message)
        self.log = log
        self.line = line

    def __reduce__(self) -> Any:
        return BuildError, (self.args[0], self.log, self.line)


class Complaint(NamedTuple):
    """The first error in a compiler's log, and the line of the source that it is about."""

    text: str
    line: int | None


def translated(
    error: Exception, facts: "DeviceFacts", doing: str, size: int | None = None
) -> Exception:
    """Return our error for one of pyopencl, or for the MemoryError of a driver.

    doing: what failed, such as "running kernel k3".
    size: the bytes that were asked for, where memory was.
    """
    code = getattr(error, "code", MEM_OBJECT_ALLOCATION_FAILURE)
    if code in _NO_MEMORY or (code == OUT_OF_RESOURCES and size is not None):
        return DeviceMemoryError(_no_memory(facts, doing, size))
    if code in _LOST:
        return DeviceLost(
            f"{doing}: the device {facts.address} ({facts.name}) does not answer any more; values"
            " that it held are lost. Start the program again from what was saved, and if it happens"
            " again, look at the system's log, or use another device: symgraph info lists them"
            f" ({error})"
        )
    if code == OUT_OF_RESOURCES:
        return LaunchError(
            f"{doing}: the device {facts.address} ({facts.name}) ran out of resources, or stopped a"
            f" kernel that failed; with mode='llvm' the same runs on the processor ({error})"
        )
    return LaunchError(f"{doing} on the device {facts.address} ({facts.name}): {error}")


def _no_memory(facts: "DeviceFacts", doing: str, size: int | None) -> str:
    wanted = "" if size is None else f" {size:,} bytes are asked for;"
    return (
        f"{doing}: the device {facts.address} ({facts.name}) has no memory for it:{wanted} it has"
        f" {facts.memory_bytes:,} bytes in all, and {facts.largest_buffer:,} for one array. Use"
        " smaller batches, or let go of shared variables and functions that are not needed"
    )


def build_error(error: Exception, source: str, name: str, facts: "DeviceFacts") -> BuildError:
    """Return the error for a program that pyopencl could not build, with the line at fault."""
    log = log_of(str(error))
    complaint = first_complaint(log)
    message = f"the device {facts.address} ({facts.name}) cannot compile {name}: {complaint.text}"
    lines = source.splitlines()
    if complaint.line is not None and 0 < complaint.line <= len(lines):
        message += f"\n  line {complaint.line}: {lines[complaint.line - 1].strip()}"
    return BuildError(message, log, complaint.line)


def log_of(text: str) -> str:
    """Return what the compiler said, of a message of pyopencl, and remove the copy of the source
    that pyopencl leaves in the folder for temporary files."""
    saved = _SAVED.search(text)
    if saved is not None:
        with suppress(OSError):
            Path(saved[1]).unlink()
    return _AFTER_LOG.sub("", _BEFORE_LOG.sub("", text, count=1)).strip()


def first_complaint(log: str) -> Complaint:
    """Return the first error of a log; where none is told apart, its first line."""
    said = [line.strip() for line in log.splitlines() if line.strip()]
    for line in said:
        found = _CLANG.search(line) or _OLDER.search(line) if "error" in line.lower() else None
        if found is not None:
            return Complaint(found[2].strip(), int(found[1]))
    errors = [line for line in said if "error" in line.lower()]
    return Complaint(next(iter([*errors, *said]), "its compiler says nothing of why"), None)
