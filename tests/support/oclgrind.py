"""Tests on the simulated device of Oclgrind, see .ci/oclgrind: what it reports of a test's kernels
(races, accesses out of bounds, uninitialised memory) fails the test."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from symgraph.backends.opencl import device_memory

# Oclgrind tells the programs that it runs where it reports.
LOG = os.environ.get("OCLGRIND_LOG")


@pytest.fixture(autouse=True)
def clean_kernels() -> Iterator[None]:
    """Fail where Oclgrind reports something of a test."""
    assert LOG is not None
    log = Path(LOG)
    before = log.stat().st_size if log.exists() else 0
    yield
    reported = log.read_text()[before:] if log.exists() else ""
    assert not reported, f"Oclgrind reports:\n{reported[:2000]}"


@pytest.fixture(autouse=True, scope="session")
def separate_buffers() -> Iterator[None]:
    """Have each array in a buffer of its own, and keep all: of one in the place of a freed one,
    Oclgrind does not know what has been written."""
    kept: list[Any] = []
    made = device_memory.DeviceMemory.new

    def new(*given: Any) -> Any:
        kept.append(made(*given))
        return kept[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(device_memory, "APART", True)
        patch.setattr(device_memory.DeviceMemory, "new", new)
        yield
