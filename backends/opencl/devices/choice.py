"""Which device is meant by "opencl", "opencl:gpu", "opencl:cpu" or "opencl:0:1"."""

import re
import threading
from typing import NamedTuple

from symgraph.backends.opencl.devices.device import Device
from symgraph.backends.opencl.devices.driver import DRIVERS, refuse_in_child
from symgraph.backends.opencl.devices.facts import is_of_both_kinds
from symgraph.backends.opencl.devices.listing import Found, all_found, examined
from symgraph.backends.opencl.errors import DeviceError, DeviceNameError

from symgraph.graph import warn

_NAME = re.compile(r"opencl(?::(?:(cpu|gpu)|(\d{1,4}):(\d{1,4})))?\Z", re.ASCII)


class Wanted(NamedTuple):
    """What a name asks for: devices of a kind, or the very device, or neither."""

    kind: str | None
    platform: int | None
    number: int | None


class _Devices:
    """The devices in use, by what was asked for and by what was found."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.by_name: dict[str, Device] = {}
        self.by_place: dict[tuple[int, int, bool], Device] = {}


_known = _Devices()


def find_device(wanted: str) -> Device:
    """Return the device that a name asks for.

    wanted: "opencl" for a GPU that works or else a processor, "opencl:gpu", "opencl:cpu", or
        "opencl:0:1" for the device 1 of the platform 0.
    Returns the same Device for the same device. Raises DeviceNameError for other names, ForkedError
    in a child of a process that has used OpenCL, and DeviceError, which tells the reasons, where
    there is no such device or none that works.
    """
    refuse_in_child()
    asked = _read(wanted)
    with _known.lock:
        found = _known.by_name.get(wanted)
        if found is None:
            found = _known.by_name[wanted] = _chosen(wanted, asked)
    return found


def _read(wanted: str) -> Wanted:
    match = _NAME.match(wanted)
    if match is None:
        raise DeviceNameError(f"{wanted!r} names no device of OpenCL; {_names()}")
    kind, platform, number = match.groups()
    if platform is None:
        return Wanted(kind, None, None)
    return Wanted(None, int(platform), int(number))


def _names() -> str:
    """Return which names there are, with the devices of this machine."""
    general = "write opencl, opencl:gpu or opencl:cpu"
    try:
        titles = [found.title for found in all_found() if found.facts is not None]
    except DeviceError as error:
        return f"{general} ({error})"
    return f"{general}, or one of these: {', '.join(titles)}" if titles else general


def _chosen(wanted: str, asked: Wanted) -> Device:
    found = all_found()
    candidates = [device for device in found if _is_meant(device, asked)]
    passed: list[str] = []
    for device in sorted(candidates, key=_rank):
        reason = examined(device).reason
        if reason is None:
            if passed:
                _warn(wanted, device, passed)
            return _device(device, asked)
        passed.append(device.complaint(reason))
    # Platforms of which no device is known may be why there is none.
    passed += [d.complaint(d.reason) for d in found if d.facts is None and d.reason is not None]
    told = "".join(f"\n  {line}" for line in passed)
    if candidates:
        raise DeviceError(f"no device {wanted!r} works:{told}")
    raise DeviceError(f"there is no device {wanted!r}; {_names()}. To have another {DRIVERS}{told}")


def _warn(wanted: str, device: Found, passed: list[str]) -> None:
    told = "".join(f"\n  {line}" for line in passed)
    text = f"{wanted!r} is {device.title}; what would be better does not work:{told}"
    warn(text, RuntimeWarning)


def _is_meant(found: Found, asked: Wanted) -> bool:
    if found.facts is None:
        return False
    if asked.kind is None:
        place = (found.facts.platform, found.facts.number)
        return asked.platform is None or place == (asked.platform, asked.number)
    # A simulator is of both kinds.
    return is_of_both_kinds(found.handle) or found.facts.is_cpu == (asked.kind == "cpu")


def _rank(found: Found) -> tuple[bool, bool]:
    """Order devices: GPUs with memory of their own, other GPUs, processors."""
    assert found.facts is not None
    return found.facts.is_cpu, found.shares_memory


def _device(found: Found, asked: Wanted) -> Device:
    assert found.facts is not None
    facts = found.facts._replace(float64=examined(found).float64)
    if asked.kind is not None:
        facts = facts._replace(is_cpu=asked.kind == "cpu")
    place = (facts.platform, facts.number, facts.is_cpu)
    if place not in _known.by_place:
        _known.by_place[place] = Device(facts, found.handle)
    return _known.by_place[place]
