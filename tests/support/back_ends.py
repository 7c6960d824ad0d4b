"""The back ends on which all operations are tested."""

import symgraph as sg

# Devices of OpenCL take long to compile, and need not be there: `tests/backends/opencl` is theirs.
TESTED = tuple(name for name in sg.available_backends() if name != "opencl")
