"""Which devices there are, which of them work, and what to install for those that do not."""

from typing import Any, NamedTuple

from symgraph.backends.opencl.devices.driver import DRIVERS, cl, devices_of, platforms
from symgraph.backends.opencl.devices.facts import DeviceFacts, read_facts
from symgraph.backends.opencl.devices.probe import Outcome, probe
from symgraph.backends.opencl.errors import DeviceError

# What to do where a driver does not work, by a word in its platform's or device's name.
REMEDIES = {
    "Portable Computing Language": "on Debian and Ubuntu: apt-get install pocl-opencl-icd binutils",
    "NVIDIA": "install NVIDIA's driver for this system's kernel: nvidia-smi must list the device",
    "Intel": "on Debian and Ubuntu: apt-get install intel-opencl-icd",
    "AMD": "on Debian and Ubuntu: apt-get install mesa-opencl-icd, or AMD's ROCm",
    "rusticl": "name one of Mesa's drivers in the environment, such as RUSTICL_ENABLE=radeonsi",
}
MEGABYTE = 10**6


class Found(NamedTuple):
    """A device as its platform lists it; or a platform that lists none, without `facts`.

    `reason` tells why nothing is known of it, `shares_memory` whether its memory is that of the
    processor.
    """

    address: str
    platform: str
    handle: Any
    facts: DeviceFacts | None
    reason: str | None
    shares_memory: bool = False

    @property
    def title(self) -> str:
        """Its address, what it is, and whose driver it has."""
        if self.facts is None:
            return f"{self.address} ({self.platform})"
        kind = "processor" if self.facts.is_cpu else "GPU"
        return f"{self.address} ({self.facts.name}, a {kind}, by {self.platform})"

    @property
    def remedy(self) -> str:
        """What to install where it does not work."""
        of_device = "" if self.facts is None else f"{self.facts.name} {self.facts.vendor}"
        for text in (self.platform, of_device):
            for word, remedy in REMEDIES.items():
                if word.lower() in text.lower():
                    return remedy
        return DRIVERS

    def complaint(self, reason: str) -> str:
        """Return in a line why it does not work, and what to install."""
        return f"{self.title}: {reason}. Remedy: {self.remedy}"


class Listed(NamedTuple):
    """A device: its facts where it works, and otherwise the reason and what to install."""

    address: str
    title: str
    facts: DeviceFacts | None
    reason: str | None
    remedy: str | None


def all_found() -> list[Found]:
    """Return all devices, and the platforms that list none, without trying them. Raises DeviceError
    where there is no OpenCL."""
    found = []
    for number, platform in enumerate(platforms()):
        name = " ".join(platform.name.split())
        try:
            handles = devices_of(platform)
        except DeviceError as error:
            found.append(Found(f"opencl:{number}", name, None, None, str(error)))
            continue
        if not handles:
            found.append(Found(f"opencl:{number}", name, None, None, "it lists no device"))
        found.extend(_found(handle, name, number, place) for place, handle in enumerate(handles))
    return found


def _found(handle: Any, platform: str, number: int, place: int) -> Found:
    address = f"opencl:{number}:{place}"
    try:
        facts = read_facts(handle, number, place)
        return Found(address, platform, handle, facts, None, bool(handle.host_unified_memory))
    except cl.Error as error:
        return Found(address, platform, handle, None, f"it does not tell what it is: {error}")


# What came of trying devices, by their addresses.
_outcomes: dict[str, Outcome] = {}


def examined(found: Found) -> Outcome:
    """Return whether a device works, which is tried once."""
    if found.facts is None:
        return Outcome(found.reason)
    if found.address not in _outcomes:
        facts = found.facts
        _outcomes[found.address] = probe(found.handle, facts.platform, facts.number)
    return _outcomes[found.address]


def list_devices() -> list[Listed]:
    """Return all devices, and for those that do not work the reason and what to install.

    Raises DeviceError where there is no OpenCL at all, and ForkedError in a child of a process that
    has used it.
    """
    return [_listed(found) for found in all_found()]


def _listed(found: Found) -> Listed:
    outcome = examined(found)
    if outcome.reason is not None or found.facts is None:
        return Listed(found.address, found.title, None, outcome.reason, found.remedy)
    facts = found.facts._replace(float64=outcome.float64)
    return Listed(found.address, found.title, facts, None, None)


def described() -> dict[str, str]:
    """Return what each device is and what works on it, in readable form, by its address."""
    return {listed.address: _line(listed) for listed in list_devices()}


def _line(listed: Listed) -> str:
    what = listed.title.partition(" ")[2].strip("()")
    facts = listed.facts
    if facts is None:
        return f"{what}: does not work: {listed.reason}. Remedy: {listed.remedy}"
    dtypes = "float32 and float64" if facts.float64 else "float32, no float64"
    size = f"{facts.memory_bytes // MEGABYTE:,} MB, {facts.largest_buffer // MEGABYTE:,} an array"
    units = f"{facts.units} unit{'s' * (facts.units != 1)}"
    return f"{what}: works, {dtypes}; {units}, {size}; {facts.version}, driver {facts.driver}"
