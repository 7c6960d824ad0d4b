"""Hypothesis profiles: `--hypothesis-profile=quick` (the default), `ci`, or `thorough`.

All of them draw anew in each run. What fails is printed with a line that reproduces it.
`--backends=opencl` has all that holds LLVM against the reference hold OpenCL against it instead.
"""

import atexit
import gc
import os
import shutil
import signal
import tempfile

import pytest
from hypothesis import HealthCheck, settings
from support import back_ends, oclgrind

# Compiling is slow beside drawing, and machines differ: no deadline on single examples.
_COMMON = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
    "print_blob": True,
}
settings.register_profile("quick", max_examples=15, **_COMMON)
settings.register_profile("ci", max_examples=50, **_COMMON)
settings.register_profile("thorough", max_examples=2000, **_COMMON)
settings.load_profile("quick")

# Compiled code is kept, also for the processes that tests start, but not where the user's is.
_FLAGS = os.environ.get("SYMGRAPH_FLAGS", "")
if "compiledir=" not in _FLAGS:
    _FOLDER = tempfile.mkdtemp(prefix="symgraph-tests-")
    atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
    os.environ["SYMGRAPH_FLAGS"] = ",".join(filter(None, [_FLAGS, f"compiledir={_FOLDER}"]))

# Shells have programs in the background ignore Ctrl-C; the tests of it, and the processes that
# they start, must not.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--backends",
        default="llvm",
        help="the back ends that are held against the reference: opencl, or llvm,opencl",
    )


def pytest_configure(config: pytest.Config) -> None:
    back_ends.choose(config.getoption("backends"))
    if oclgrind.LOG is not None:
        config.pluginmanager.register(oclgrind)


def pytest_collection_finish() -> None:
    """Freeze what pytest and the imported modules keep: no collection walks over it again."""
    gc.collect()
    gc.freeze()
