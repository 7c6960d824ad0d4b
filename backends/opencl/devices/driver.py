"""The drivers of OpenCL, as pyopencl gives them: imported when first used, by one process alone.

Drivers have threads and connections that a child process (`os.fork`) does not have: what it asked
of them would wait forever. So a child may use OpenCL where its parent had not begun to.
"""

from typing import Any

from symgraph.backends.opencl.errors import PLATFORM_NOT_FOUND, DeviceError, ForkedError

from symgraph.graph import LazyModule
from symgraph.graph.forking import after_fork

cl: Any = LazyModule("pyopencl")

DRIVERS = (
    "for kernels on the processor, on Debian and Ubuntu: apt-get install pocl-opencl-icd; for a GPU"
    " install its maker's driver, such as nvidia-opencl-icd, intel-opencl-icd or mesa-opencl-icd"
)


class _Use:
    """Whether this process uses the drivers, and whether its parent did before the fork."""

    def __init__(self) -> None:
        self.begun = False
        self.of_parent = False

    def reset_after_fork(self) -> None:
        self.of_parent = self.of_parent or self.begun


_use = _Use()
after_fork(_use.reset_after_fork)


def refuse_in_child() -> None:
    """Raise ForkedError where this process was forked from one that had begun to use OpenCL."""
    if _use.of_parent:
        raise ForkedError(
            "OpenCL cannot be used in a process that was forked from one that had used it: its"
            " driver's threads are not there. Start processes anew,"
            " multiprocessing.get_context('spawn'), or use OpenCL for the first time behind the"
            " fork"
        )


def platforms() -> list[Any]:
    """Return the platforms of pyopencl. Raises DeviceError where there are none, and ForkedError
    where this process may not use them."""
    refuse_in_child()
    try:
        found = cl.get_platforms
    except ModuleNotFoundError as error:
        raise DeviceError(
            f"OpenCL is used through pyopencl, which cannot be imported ({error}); install it: pip"
            " install 'symgraph[opencl]', or: pip install pyopencl"
        ) from error
    except ImportError as error:
        # It was compiled against a loader of drivers that is gone; wheels bring their own.
        raise DeviceError(
            f"pyopencl, through which OpenCL is used, cannot be loaded ({error}); install it anew:"
            " pip install --force-reinstall pyopencl"
        ) from error
    _use.begun = True
    try:
        listed = found()
    except cl.Error as error:
        if error.code != PLATFORM_NOT_FOUND:
            raise DeviceError(f"OpenCL does not tell which platforms it has: {error}") from error
        listed = []
    if not listed:
        raise DeviceError(f"there is no driver for OpenCL on this machine. To have one {DRIVERS}")
    return list(listed)


def devices_of(platform: Any) -> list[Any]:
    """Return the devices of a platform. Raises DeviceError where it does not tell them."""
    try:
        return list(platform.get_devices())
    except cl.Error as error:
        raise DeviceError(str(error)) from error
