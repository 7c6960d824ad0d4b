"""Devices of OpenCL for tests: of other processes with other drivers, and made up."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from symgraph.backends.opencl.devices.facts import DeviceFacts

# Where tests must not be skipped for want of a driver.
REQUIRED = os.environ.get("SYMGRAPH_REQUIRE_OPENCL") == "1"
SIMULATOR = Path("/usr/lib/oclgrind/liboclgrind-rt-icd.so")

FACTS = DeviceFacts(
    platform=0, number=1, name="Card 3", vendor="Maker", is_cpu=False, float64=True, float16=False,
    local_bytes=2**15, group_items=256, alignment=128, memory_bytes=8_000_000_000,
    largest_buffer=2_000_000_000, units=20, version="OpenCL 1.2", driver="7.1",
)  # fmt: skip


def run_python(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in another process, with changes to the environment."""
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | environment,
    )


@dataclass(eq=False)
class MadeUpPlatform:
    """A driver that is made up."""

    name: str = "Some platform"
    version: str = "OpenCL 1.2"
    devices: list["MadeUpDevice"] = field(default_factory=list)
    error: Exception | None = None

    def get_devices(self) -> list["MadeUpDevice"]:
        if self.error is not None:
            raise self.error
        return self.devices


@dataclass
class MadeUpDevice:
    """A device that is made up: what pyopencl would tell of it, and why it does not work."""

    type: int
    host_unified_memory: int = 0
    trouble: str | None = None
    name: str = "Card"
    vendor: str = "Maker"
    extensions: str = "cl_khr_fp64"
    local_mem_type: int = 1
    local_mem_size: int = 2**15
    max_work_group_size: int = 256
    max_work_item_sizes: tuple[int, ...] = (256, 256, 64)
    mem_base_addr_align: int = 1024
    global_mem_size: int = 2**32
    max_mem_alloc_size: int = 2**30
    max_compute_units: int = 8
    version: str = "OpenCL 1.2"
    driver_version: str = "7.1"
    single_fp_config: int = 0
    platform: MadeUpPlatform = field(default_factory=MadeUpPlatform)


class MadeUpError(Exception):
    """An error as pyopencl raises it."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class MadeUpOpenCL:
    """Stands in for pyopencl, with platforms that are made up."""

    Error = MadeUpError
    device_fp_config = SimpleNamespace(CORRECTLY_ROUNDED_DIVIDE_SQRT=128)

    def __init__(self, platforms: list[MadeUpPlatform]) -> None:
        self.platforms = platforms

    def get_platforms(self) -> list[Any]:
        if not self.platforms:
            raise MadeUpError("clGetPlatformIDs failed: PLATFORM_NOT_FOUND_KHR", -1001)
        return list(self.platforms)
