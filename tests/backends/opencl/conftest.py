"""Fixtures of the tests of OpenCL: a device, where this machine has one.

With SYMGRAPH_REQUIRE_OPENCL=1 a test fails where it would be skipped.
"""

from importlib.util import find_spec

import pytest
from support.opencl_devices import REQUIRED, SIMULATOR
from symgraph.backends.opencl.devices import find_device
from symgraph.backends.opencl.errors import DeviceError

OF_NO_DEVICE = {"test_choice", "test_devices", "test_errors", "test_ir_to_c"}


def _missing(reason: str) -> None:
    if REQUIRED:
        pytest.fail(f"SYMGRAPH_REQUIRE_OPENCL is 1: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def pyopencl_is_there():
    """The package is installed; whether there is a driver is another question."""
    if find_spec("pyopencl") is None:
        _missing("pyopencl is not installed")


@pytest.fixture(scope="session")
def device(pyopencl_is_there):
    """A device of this machine that works."""
    try:
        return find_device("opencl")
    except DeviceError as error:
        _missing(str(error))


@pytest.fixture(scope="module", autouse=True)
def device_where_one_is_needed(request):
    """Tests of other files need no device, or say themselves which they need."""
    if request.path.stem not in OF_NO_DEVICE:
        request.getfixturevalue("device")


@pytest.fixture(scope="session")
def pocl(device):
    """A device whose driver is PoCL, of which some tests know how it fails."""
    if device.facts.version.find("PoCL") < 0:
        _missing("the driver is not PoCL")
    return device


@pytest.fixture(scope="session")
def simulator():
    """The file of the simulator Oclgrind, which drivers are loaded by."""
    if not SIMULATOR.exists():
        _missing(f"Oclgrind is not installed: there is no {SIMULATOR}")
    return SIMULATOR
