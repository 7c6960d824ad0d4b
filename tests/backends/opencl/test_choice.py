"""Which device is taken: of drivers that are made up, so no device is needed."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.opencl_devices import MadeUpDevice, MadeUpError, MadeUpOpenCL, MadeUpPlatform
from symgraph.backends.opencl.devices import choice, driver, listing
from symgraph.backends.opencl.devices.choice import find_device
from symgraph.backends.opencl.devices.listing import described, list_devices
from symgraph.backends.opencl.devices.probe import Outcome
from symgraph.backends.opencl.errors import DeviceError, DeviceNameError

CPU, GPU, ACCELERATOR, SIMULATOR = 2, 4, 8, 15


@pytest.fixture(scope="module")
def machine():
    """Return what gives this process other platforms."""
    with pytest.MonkeyPatch.context() as patch:

        def with_platforms(*platforms):
            patch.setattr(driver.cl, "_module", MadeUpOpenCL(list(platforms)))
            patch.setattr(choice, "_known", choice._Devices())
            patch.setattr(listing, "_outcomes", {})

        def probe(handle, platform, number):
            return Outcome(handle.trouble, "cl_khr_fp64" in handle.extensions)

        # No driver is used: a test that forks is not concerned.
        patch.setattr(driver, "_use", driver._Use())
        patch.setattr(listing, "probe", probe)
        yield with_platforms


DEVICES = st.builds(
    MadeUpDevice,
    st.sampled_from([CPU, GPU, CPU | 1, GPU | 1, SIMULATOR]),
    st.integers(0, 1),
    st.sampled_from([None, "it has no compiler", "a small kernel fails"]),
)
PLATFORMS = st.lists(
    st.builds(lambda devices: MadeUpPlatform(devices=devices), st.lists(DEVICES, max_size=3)),
    max_size=3,
)


def better(place, platforms):
    """Order devices: GPUs with memory of their own, other GPUs, processors."""
    device = platforms[place[0]].devices[place[1]]
    return bool(device.type & CPU), device.host_unified_memory, place


@given(platforms=PLATFORMS, kind=st.sampled_from(["", ":cpu", ":gpu"]))
def test_the_best_device_that_works_is_taken_and_of_others_the_reason_is_told(
    machine, platforms, kind
):
    machine(*platforms)
    bit = {"": CPU | GPU, ":cpu": CPU, ":gpu": GPU}[kind]
    meant = [
        (number, place)
        for number, platform in enumerate(platforms)
        for place, device in enumerate(platform.devices)
        if device.type & bit
    ]
    meant.sort(key=lambda place: better(place, platforms))
    broken = {p: platforms[p[0]].devices[p[1]].trouble for p in meant}
    working = [place for place in meant if broken[place] is None]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        if not working:
            with pytest.raises(DeviceError) as raised:
                find_device(f"opencl{kind}")
            for (number, place), trouble in broken.items():
                line = f"opencl:{number}:{place} (Card, a "
                assert any(
                    line in told and trouble in told and "Remedy: " in told
                    for told in str(raised.value).splitlines()
                )
            return
        found = find_device(f"opencl{kind}")
    assert (found.facts.platform, found.facts.number) == working[0]
    assert find_device(f"opencl{kind}") is found
    if kind:
        assert found.facts.is_cpu == (kind == ":cpu")
    passed = meant[: meant.index(working[0])]
    assert len(warned) == bool(passed)
    for number, place in passed:
        assert f"opencl:{number}:{place} (Card, a " in str(warned[0].message)
        assert broken[number, place] in str(warned[0].message)


@given(platforms=PLATFORMS)
def test_every_device_is_listed_and_found_by_its_numbers(machine, platforms):
    machine(*platforms)
    if not platforms:
        with pytest.raises(DeviceError, match="no driver for OpenCL .* apt-get install pocl-openc"):
            list_devices()
        return
    listed = {device.address: device for device in list_devices()}
    silent = {f"opencl:{n}" for n, platform in enumerate(platforms) if not platform.devices}
    assert {a for a, d in listed.items() if d.reason == "it lists no device"} == silent
    for number, platform in enumerate(platforms):
        for place, device in enumerate(platform.devices):
            address = f"opencl:{number}:{place}"
            assert listed[address].reason == device.trouble
            assert (listed[address].facts is None) == (device.trouble is not None)
            assert (listed[address].remedy is None) == (device.trouble is None)
            if device.trouble is None:
                found = find_device(address)
                assert found.facts.address == address
                assert found.facts == listed[address].facts
            else:
                with pytest.raises(DeviceError, match=f"no device '{address}' works:"):
                    find_device(address)
            assert ("works, " in described()[address]) == (device.trouble is None)
    assert described().keys() == listed.keys()


@pytest.mark.parametrize(
    "wanted",
    [
        *("", "OpenCL", "opencl:", "opencl::", "opencl:tpu", "opencl:gpu ", "opencl:GPU"),
        *("opencl:0", "opencl:0:", "opencl:0:0:0", "opencl:-1:0", "opencl:0:0\n", "opencl:12345:0"),
        "opencl:٠:٠",
    ],
)
def test_a_name_of_no_device_is_refused_with_those_there_are(machine, wanted):
    machine(MadeUpPlatform(devices=[MadeUpDevice(CPU), MadeUpDevice(GPU)]))
    with pytest.raises(DeviceNameError) as raised:
        find_device(wanted)
    assert isinstance(raised.value, ValueError)
    assert str(raised.value) == (
        f"{wanted!r} names no device of OpenCL; write opencl, opencl:gpu or opencl:cpu, or one of"
        " these: opencl:0:0 (Card, a processor, by Some platform), opencl:0:1 (Card, a GPU, by Some"
        " platform)"
    )


@pytest.mark.parametrize("wanted", ["opencl:gpu", "opencl:0:1", "opencl:1:0"])
def test_a_device_that_is_not_there_is_told_with_those_there_are(machine, wanted):
    machine(MadeUpPlatform(devices=[MadeUpDevice(CPU)]))
    with pytest.raises(DeviceError) as raised:
        find_device(wanted)
    assert not isinstance(raised.value, ValueError)
    assert f"there is no device {wanted!r}; write opencl, " in str(raised.value)
    assert "one of these: opencl:0:0 (Card, a processor, by Some platform)" in str(raised.value)
    assert "apt-get install pocl-opencl-icd" in str(raised.value)


def test_platforms_that_fail_do_not_hide_others(machine):
    failing = MadeUpPlatform("Bad one", error=MadeUpError("clGetDeviceIDs failed: WHY", -30))
    machine(failing, MadeUpPlatform(devices=[MadeUpDevice(GPU)]))
    assert find_device("opencl").facts.address == "opencl:1:0"
    assert "clGetDeviceIDs failed: WHY" in described()["opencl:0"]
    machine(failing)
    with pytest.raises(DeviceError, match="opencl:0 .Bad one.: clGetDeviceIDs failed: WHY"):
        find_device("opencl")


def test_a_simulator_is_what_it_is_asked_for_as(machine):
    machine(MadeUpPlatform(devices=[MadeUpDevice(SIMULATOR)]))
    assert find_device("opencl").facts.is_cpu
    assert find_device("opencl") is find_device("opencl:cpu")
    assert not find_device("opencl:gpu").facts.is_cpu


def test_other_accelerators_are_what_their_local_memory_resembles(machine):
    devices = [MadeUpDevice(ACCELERATOR, local_mem_type=kind) for kind in (1, 2)]
    machine(MadeUpPlatform(devices=devices))
    assert [listed.facts.is_cpu for listed in list_devices()] == [False, True]


def test_what_a_driver_tells_becomes_facts(machine):
    machine(
        MadeUpPlatform(
            devices=[
                MadeUpDevice(
                    GPU,
                    name="Some  card ",
                    extensions="cl_khr_fp16 cl_khr_something",
                    max_work_item_sizes=(1, 256, 256),
                )
            ]
        )
    )
    facts = find_device("opencl").facts
    assert (facts.name, facts.float64, facts.float16) == ("Some card", False, True)
    # Bits become bytes, and the axis with the least items counts.
    assert (facts.alignment, facts.group_items) == (128, 1)
    assert "float32, no float64" in described()["opencl:0:0"]
