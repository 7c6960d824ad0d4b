"""Whether a device works: another process builds and runs a small kernel on it.

That it does is kept on disk, by the versions of its driver, so that it is tried once.
"""

import json
import os
import signal
import subprocess
import sys
from typing import Any, NamedTuple

from symgraph.backends.opencl.devices import trial
from symgraph.backends.opencl.devices.driver import cl
from symgraph.backends.opencl.devices.kept import keep, kept, key_of
from symgraph.backends.opencl.errors import (
    BUILD_PROGRAM_FAILURE,
    DeviceError,
    first_complaint,
    log_of,
)

# The longest time in seconds that a small kernel may take; a driver's first start may be slow.
LONGEST = 120.0


class Outcome(NamedTuple):
    """What came of trying a device: the reason why it does not work, None where it does."""

    reason: str | None
    float64: bool = False


def probe(handle: Any, platform: int, number: int) -> Outcome:
    """Return whether a device of pyopencl works, and whether it computes in float64."""
    key = key_of(
        "trial",
        *(handle.name, handle.vendor, handle.version, handle.driver_version),
        *(handle.platform.name, handle.platform.version),
        *(trial.SOURCE, trial.SOURCE_FLOAT64),
        # Drivers may call programs, such as a linker.
        os.environ.get("PATH", ""),
    )
    known = kept(key)
    if known is not None:
        return Outcome(None, known == b"float64")
    try:
        told = _told(platform, number) if _has_interpreter() else trial.tried(cl, handle)
    except DeviceError as error:
        return Outcome(str(error))
    if "error" in told:
        return Outcome(_reason(told["error"], told["code"]))
    keep(key, b"float64" if told["float64"] else b"float32")
    return Outcome(None, told["float64"])


def _has_interpreter() -> bool:
    # A program that Python is built into would start itself.
    return bool(sys.executable) and not getattr(sys, "frozen", False)


def _reason(error: str, code: int | None) -> str:
    if code == BUILD_PROGRAM_FAILURE:
        return f"it cannot compile a small kernel: {first_complaint(log_of(error)).text}"
    return f"a small kernel fails: {error}"


def _told(platform: int, number: int) -> dict[str, Any]:
    """Return what another process tells that tries the device; DeviceError where it cannot."""
    try:
        run = subprocess.run(
            [sys.executable, "-P", trial.__file__, str(platform), str(number)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LONGEST,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    except subprocess.TimeoutExpired:
        raise DeviceError(f"a small kernel does not end within {LONGEST:.0f} seconds") from None
    except OSError as error:
        raise DeviceError(f"the process that tries it cannot be started: {error}") from error
    if run.returncode == 0:
        told: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
        return told
    said = [line.strip() for line in run.stderr.splitlines() if line.strip()]
    why = f": {' / '.join(said[-3:])}" if said else ""
    raise DeviceError(f"a small kernel ends the process, {_ended(run.returncode)}{why}")


def _ended(status: int) -> str:
    if status < 0:
        return f"by {signal.Signals(-status).name}"
    return f"with exit status {status}"
