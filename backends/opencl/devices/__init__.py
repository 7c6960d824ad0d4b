"""The devices of OpenCL: which there are, whether they work, what they are able to do."""

from symgraph.backends.opencl.devices.choice import find_device
from symgraph.backends.opencl.devices.device import Device
from symgraph.backends.opencl.devices.facts import DeviceFacts
from symgraph.backends.opencl.devices.listing import Listed, described, list_devices

__all__ = ["Device", "DeviceFacts", "Listed", "described", "find_device", "list_devices"]
