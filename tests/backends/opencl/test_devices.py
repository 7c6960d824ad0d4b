"""Devices of this machine: tried, shared by threads, compiled for; and drivers that fail."""

import gc
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from support.opencl_devices import FACTS, MadeUpError, run_python
from symgraph.backends.opencl.devices import Device, find_device, list_devices, trial
from symgraph.backends.opencl.devices import device as device_module
from symgraph.backends.opencl.devices.driver import cl
from symgraph.backends.opencl.devices.kept import keep, kept, key_of
from symgraph.backends.opencl.errors import BuildError, DeviceLost, translated

import symgraph as sg

SOURCE = """
__kernel void add(__global float *x, float by) {
    x[get_global_id(0)] += by;
}
"""
# A kernel that takes a while.
LONG = """
__kernel void run(__global float *x) {
    int i = get_global_id(0);
    for (int j = 0; j < 400; j++) x[i] = x[i] * 0.5f + 1.0f;
}
"""
QUEUED = f"""
import atexit
import pyopencl as cl

# What is registered first is called last.
@atexit.register
def tell():
    print(event.command_execution_status == cl.command_execution_status.COMPLETE)

from symgraph.backends.opencl.devices import find_device
device = find_device("opencl")
program = device.build({LONG!r}, "long")

def enqueue():
    array = cl.Buffer(device.context, 0, 2**20)
    kernel = cl.Kernel(program, "run")
    global event
    for _ in range(20):
        event = kernel(device.queue(), (2**18,), None, array)
    device.queue().flush()
    kept.append(array)

kept = []
"""
# What a process without OpenCL can do, and what it says of what it cannot.
WITHOUT = """
import symgraph as sg, symgraph.tensor as T
from symgraph.backends.opencl.devices import described, find_device, list_devices
from symgraph.backends.opencl.errors import DeviceError
x = T.dscalar()
first, best = (lambda: find_device("opencl:0:0")), (lambda: find_device("opencl"))
for ask in (described, list_devices, first, best):
    try:
        ask()
    except DeviceError as error:
        print(error)
print(sg.function([x], x + 1)(1), sg.function([x], x + 1, mode="reference")(1))
"""


def added(device, program, by):
    """Add a number to an array, on the calling thread's queue."""
    values = np.arange(1000, dtype=np.float32)
    array = cl.Buffer(device.context, cl.mem_flags.READ_WRITE, values.nbytes)
    cl.enqueue_copy(device.queue(), array, values)
    cl.Kernel(program, "add")(device.queue(), values.shape, None, array, np.float32(by))
    cl.enqueue_copy(device.queue(), values, array)
    return values - np.arange(1000, dtype=np.float32)


def another(device):
    """The same device as nobody has used it yet."""
    return Device(device.facts, device._handle)


# --- no OpenCL ---


def check_without(run, message):
    assert run.stderr == ""
    *told, works = run.stdout.splitlines()
    assert works == "2.0 2.0"
    assert len(told) == 4
    assert all(message in line for line in told)


def test_without_pyopencl_everything_else_works():
    run = run_python("import sys; sys.modules['pyopencl'] = None" + WITHOUT)
    check_without(run, "install it: pip install 'symgraph[opencl]', or: pip install pyopencl")


def test_a_pyopencl_without_a_loader_is_told(tmp_path):
    (tmp_path / "pyopencl.py").write_text("raise ImportError('libOpenCL.so.1: cannot open')")
    run = run_python(f"import sys; sys.path.insert(0, {str(tmp_path)!r})" + WITHOUT)
    check_without(run, "(libOpenCL.so.1: cannot open); install it anew: pip install --force-reinst")


def test_without_a_driver_everything_else_works(pyopencl_is_there, tmp_path):
    run = run_python(WITHOUT, OCL_ICD_VENDORS=str(tmp_path))
    check_without(run, "there is no driver for OpenCL on this machine. To have one for kernels on")
    assert run.stdout.count("on Debian and Ubuntu: apt-get install pocl-opencl-icd") == 4


# --- devices that do not work ---


def test_a_driver_that_ends_the_process_is_passed_over(pocl, tmp_path):
    """PoCL does that where it finds no linker."""
    program = (
        "from symgraph.backends.opencl.devices import find_device, list_devices\n"
        "(listed,) = list_devices()\n"
        "print(listed.facts, '|', listed.reason, '|', listed.remedy)\n"
        "find_device('opencl')\n"
    )
    folders = {"PATH": str(tmp_path), "POCL_CACHE_DIR": str(tmp_path / "pocl")}
    run = run_python(program, **folders)
    assert run.stdout.startswith("None | a small kernel ends the process, by SIGABRT: error: ")
    assert run.stdout.endswith("| on Debian and Ubuntu: apt-get install pocl-opencl-icd binutils\n")
    assert "DeviceError: no device 'opencl' works:\n  opencl:0:0 (" in run.stderr
    assert run.returncode == 1


def test_a_platform_without_devices_is_told(pocl):
    program = "from symgraph.backends.opencl.devices import find_device; find_device('opencl')"
    run = run_python(program, POCL_CACHE_DIR="/dev/null/nowhere")
    assert "opencl:0 (Portable Computing Language): it lists no device. Remedy: " in run.stderr
    assert "DeviceError: there is no device 'opencl'; write opencl, opencl:gpu" in run.stderr


BROKEN = {
    "it does not compile": ("float s = nothing;", "use of undeclared identifier 'nothing'"),
    "it computes something else": ("x = x + 1;", "a small kernel gives wrong results"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_device_is_tried(device, monkeypatch, case):
    statement, message = BROKEN[case]
    source = trial.SOURCE.replace("int i = ", f"{statement} int i = ")
    monkeypatch.setattr(trial, "SOURCE", source)
    assert message in trial.tried(cl, device._handle)["error"]


def test_a_device_whose_float64_fails_has_none(device, monkeypatch):
    assert trial.tried(cl, device._handle) == {"float64": device.facts.float64}
    monkeypatch.setattr(trial, "SOURCE_FLOAT64", trial.SOURCE_FLOAT64.replace("+ 0.5", "+ fault"))
    assert trial.tried(cl, device._handle) == {"float64": False}


def test_a_device_is_tried_by_another_process_once(device, monkeypatch, tmp_path):
    probe = sys.modules["symgraph.backends.opencl.devices.probe"]
    started = []
    run = probe.subprocess.run
    place = (device.facts.platform, device.facts.number)
    monkeypatch.setattr(probe.subprocess, "run", lambda *a, **k: started.append(a) or run(*a, **k))
    with sg.config.change_flags(cache="True", compiledir=str(tmp_path)):
        outcomes = [probe.probe(device._handle, *place) for _ in range(2)]
        assert outcomes == [(None, device.facts.float64)] * 2
        assert len(started) == 1
        # With another linker it may be otherwise.
        monkeypatch.setenv("PATH", os.environ["PATH"] + os.pathsep + str(tmp_path))
        assert probe.probe(device._handle, *place) == outcomes[0]
        assert len(started) == 2
    with sg.config.change_flags(cache="False"):
        assert probe.probe(device._handle, *place) == outcomes[0]
    assert len(started) == 3


def test_a_trial_that_does_not_end_is_left(device, monkeypatch):
    probe = sys.modules["symgraph.backends.opencl.devices.probe"]
    monkeypatch.setattr(probe, "LONGEST", 0.01)
    with sg.config.change_flags(cache="False"):
        reason = probe.probe(device._handle, device.facts.platform, device.facts.number).reason
    assert reason == "a small kernel does not end within 0 seconds"


# --- programs ---


def test_a_program_is_compiled_once_while_it_is_among_the_last_used(device, monkeypatch):
    fresh, compiled = another(device), []
    make = Device._compiled
    monkeypatch.setattr(Device, "_compiled", lambda *given: compiled.append(1) or make(*given))
    monkeypatch.setattr(device_module, "PROGRAMS", 2)
    # Nothing is kept on disk meanwhile.
    with sg.config.change_flags(cache="False"):
        program = fresh.build(SOURCE, "add")
        assert fresh.build(SOURCE, "add") is program
        assert len(compiled) == 1
        assert (added(fresh, program, 3) == 3).all()
        for number in range(4):
            fresh.build(f"{SOURCE}// of {number}", "add")
            assert fresh.build(SOURCE, "add") is program
        assert len(compiled) == 5
        for number in range(4, 6):
            fresh.build(f"{SOURCE}// of {number}", "add")
        assert fresh.build(SOURCE, "add") is not program
        assert len(compiled) == 8


def test_a_program_that_does_not_compile_is_told_by_its_line(device):
    wrong = SOURCE.replace("+= by", "+= bye")
    with pytest.raises(BuildError) as raised:
        device.build(wrong, "kernel add")
    where = f"the device {device.facts.address} ({device.facts.name})"
    told = f"{where} cannot compile kernel add: use of undeclared identifier 'bye'"
    assert str(raised.value).startswith(told)
    assert str(raised.value).endswith("\n  line 3: x[get_global_id(0)] += bye;")
    assert raised.value.line == 3
    assert (added(device, device.build(SOURCE, "add"), 1) == 1).all()


def test_compilers_that_keep_nothing_have_their_programs_kept(device, monkeypatch, tmp_path):
    monkeypatch.setattr(device_module, "KEEPS_ITSELF", ())
    with sg.config.change_flags(cache="True", compiledir=str(tmp_path)):
        another(device).build(SOURCE, "add")
        (entry,) = (tmp_path / "objects").iterdir()
        with monkeypatch.context() as patch:
            patch.setattr(Device, "_compiled", None)
            fresh = another(device)
            assert (added(fresh, fresh.build(SOURCE, "add"), 5) == 5).all()
            with pytest.raises(TypeError):
                another(device).build(SOURCE + "\n", "add")
        # What a driver does not understand any more is compiled anew.
        keep(entry.stem, b"of another version")
        assert kept(entry.stem) == b"of another version"
        fresh = another(device)
        assert (added(fresh, fresh.build(SOURCE, "add"), 6) == 6).all()
        assert kept(entry.stem) != b"of another version"


def test_nothing_is_kept_where_the_flags_say_so(tmp_path):
    key = key_of("some", "thing")
    assert key != key_of("something")
    with sg.config.change_flags(cache="False", compiledir=str(tmp_path)):
        keep(key, b"data")
        assert kept(key) is None
    with sg.config.change_flags(cache="True", compiledir=str(tmp_path)):
        assert kept(key) is None
        keep(key, b"data")
        assert kept(key) == b"data"


def test_pocl_is_not_asked_for_binaries(pocl, monkeypatch):
    """It keeps what it compiles itself, and for a binary compiles anew."""

    def refuse(*given):
        raise AssertionError("asked for what is kept")

    monkeypatch.setattr(device_module, "kept", refuse)
    monkeypatch.setattr(device_module, "keep", refuse)
    fresh = another(pocl)
    assert (added(fresh, fresh.build(SOURCE, "add"), 1) == 1).all()


# --- threads ---


def test_each_thread_has_a_queue_and_leaves_it_to_the_next(device):
    fresh = another(device)
    assert fresh.queue() is fresh.queue()
    barrier = threading.Barrier(4)
    program = fresh.build(SOURCE, "add")

    def work(number):
        barrier.wait()
        queue = fresh.queue()
        assert (added(fresh, fresh.build(SOURCE, "add"), number) == number).all()
        own = fresh.build(f"{SOURCE}// of {number}\n", "add")
        assert (added(fresh, own, number) == number).all()
        assert fresh.build(SOURCE, "add") is program
        assert fresh.queue() is queue
        barrier.wait()
        return queue

    for _ in range(5):
        with ThreadPoolExecutor(4) as pool:
            queues = list(pool.map(work, range(4)))
        assert len({*map(id, queues), id(fresh.queue())}) == 5
        del queues
        gc.collect()
    assert len(fresh._queues) == 5
    fresh.finish()


def test_threads_find_the_same_device_and_context(device):
    barrier = threading.Barrier(8)
    fresh = another(device)

    def work(_):
        barrier.wait()
        return find_device("opencl"), fresh.context

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(8)))
    assert {id(one) for one, _ in found} == {id(device)}
    assert {id(context) for _, context in found} == {id(fresh.context)}


# --- what fails meanwhile ---


def test_too_large_an_array_is_told_by_its_size(device):
    size = 2**50
    with pytest.raises((cl.Error, MemoryError)) as raised:
        cl.Buffer(device.context, cl.mem_flags.READ_WRITE, size)
    error = translated(raised.value, device.facts, "making an array", size)
    assert isinstance(error, MemoryError)
    assert f"{size:,} bytes are asked for; it has {device.facts.memory_bytes:,}" in str(error)


def test_a_lost_device_is_told(device):
    class Lost:
        def finish(self):
            raise cl.RuntimeError(cl._cl._ErrorRecord(msg="", code=-36, routine="clFinish"))

    fresh = another(device)
    fresh.finish()
    fresh._queues.append(Lost())
    with pytest.raises(DeviceLost, match="does not answer any more.*clFinish failed: INVALID_COMM"):
        fresh.finish()
    # Python's end is not kept by it.
    device_module._finish_all()


# --- processes ---


def test_a_child_may_not_use_what_its_parent_has_used(device):
    program = f"""
import os, sys
from symgraph.backends.opencl.devices import find_device, list_devices
from symgraph.backends.opencl.errors import ForkedError
device = find_device("opencl")
program, queue = device.build({SOURCE!r}, "add"), device.queue()
child = os.fork()
if not child:
    for ask in (list_devices, device.queue, device.finish, lambda: device.context,
                lambda: find_device("opencl"), lambda: device.build({SOURCE!r}, "add")):
        try:
            ask()
        except ForkedError as error:
            assert "multiprocessing.get_context('spawn')" in str(error)
        else:
            os._exit(3)
    # Its end waits for no thread of the driver.
    sys.exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
device.queue().finish()
"""
    run = run_python(program)
    assert (run.stdout, run.stderr) == ("7\n", "")


def test_a_child_may_use_what_its_parent_has_not(device):
    program = """
import os
import symgraph
from symgraph.backends.opencl.devices import find_device
child = os.fork()
find_device("opencl").queue().finish()
if child:
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    run = run_python(program)
    assert (run.stdout, run.stderr) == ("0\n", "")


@pytest.mark.parametrize("thread", [False, True])
def test_python_ends_when_a_device_has_computed(device, thread):
    """PoCL's threads may read what is not there any more, and end the process by a fault."""
    other = "import threading\nt = threading.Thread(target=enqueue); t.start(); t.join()"
    run = run_python(QUEUED + (other if thread else "enqueue()"))
    assert (run.returncode, run.stdout, run.stderr) == (0, "True\n", "")


def test_devices_of_several_platforms_work_side_by_side(pocl, simulator, tmp_path):
    (tmp_path / "pocl.icd").write_text(Path("/etc/OpenCL/vendors/pocl.icd").read_text())
    (tmp_path / "oclgrind.icd").write_text(str(simulator))
    program = f"""
import numpy as np, pyopencl as cl
from symgraph.backends.opencl.devices import find_device, list_devices
for listed in list_devices():
    device = find_device(listed.address)
    values = np.ones(100, np.float32)
    array = cl.Buffer(device.context, 0, values.nbytes)
    cl.enqueue_copy(device.queue(), array, values)
    kernel = cl.Kernel(device.build({SOURCE!r}, "add"), "add")
    kernel(device.queue(), (100,), None, array, np.float32(2))
    cl.enqueue_copy(device.queue(), values, array)
    print(device.facts.address, device.facts.name.split()[0], values.min(), values.max())
# The simulator is a GPU where one is asked for.
print(find_device("opencl:gpu").facts.name, find_device("opencl:gpu").facts.is_cpu)
"""
    run = run_python(program, OCL_ICD_VENDORS=str(tmp_path))
    told = run.stdout.splitlines()
    assert sorted(line.split(maxsplit=1)[0] for line in told[:2]) == ["opencl:0:0", "opencl:1:0"]
    assert all(line.endswith(" 3.0 3.0") for line in told[:2])
    assert told[2] == "Oclgrind Simulator False"


def test_made_up_facts_of_a_device_reach_its_errors(device):
    """A device is what its facts say: one without float64 is made by them."""
    facts = device.facts._replace(float64=False, name="Other")
    other = Device(facts, device._handle)
    assert not other.facts.float64
    with pytest.raises(BuildError, match="Other"):
        other.build("x", "nothing")
    assert "Card 3" in str(translated(MadeUpError("", -2), FACTS, "waiting"))
    assert all(listed.facts for listed in list_devices() if listed.reason is None)
