"""Errors of drivers and compilers, as they are told."""

import pickle
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.opencl_devices import FACTS, MadeUpError
from symgraph.backends.opencl.errors import (
    BuildError,
    DeviceLost,
    DeviceMemoryError,
    LaunchError,
    build_error,
    first_complaint,
    log_of,
    translated,
)

# How compilers say that something is wrong in a line.
LOGS = {
    "PoCL": "error: /home/x/.cache/pocl/kcache/tempfile_BoHCVP.cl:{line}:22: {text}\nDevice failed",
    "Oclgrind": "input.cl:{line}:22: error: {text}\n  x[i]=y[i]+1;\n       ^",
    "NVIDIA": "<kernel>:{line}:22: error: {text}\n x[i]=y[i]+1;\n ^\n",
    "AMD": "/tmp/comgr-0a1b2c/input/CompileSource:{line}:22: error: {text}\n1 error generated.\n",
    "old AMD": '"/tmp/OCL1T2.cl", line {line}: error: {text}\n\n1 error detected',
    "Intel": "Compilation started\n1:{line}:22: error: {text}\n\nCompilation failed\n",
    "Apple": "<program source>:{line}:22: error: {text}\n",
    "fatal": "<kernel>:{line}:1: fatal error: {text}\n",
    "warned": "<kernel>:1:9: warning: unused\n<kernel>:{line}:22: error: {text}\n",
}
TEXTS = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1).map(
    lambda text: f"use of '{text}'"
)


def message_of_pyopencl(log: str, saved: str | None = None) -> str:
    failed = "clBuildProgram failed: BUILD_PROGRAM_FAILURE"
    after = f"\n(source saved as {saved})" if saved else ""
    return (
        f"{failed} - {failed}\n\nBuild on <pyopencl.Device 'Card' on 'Platform' at 0x55c>:\n\n{log}"
        f"\n(options: -w -I /somewhere/pyopencl/cl){after}"
    )


@pytest.mark.parametrize("compiler", LOGS)
@given(line=st.integers(1, 40), text=TEXTS)
def test_the_line_at_fault_is_quoted(compiler, line, text):
    source = "\n".join(f"  statement {number};" for number in range(1, 41))
    log = LOGS[compiler].format(line=line, text=text)
    error = build_error(MadeUpError(message_of_pyopencl(log), -11), source, "kernel k3", FACTS)
    assert str(error) == (
        f"the device opencl:0:1 (Card 3) cannot compile kernel k3: {text}\n"
        f"  line {line}: statement {line};"
    )
    assert (error.line, error.log) == (line, log.strip())
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), copied.log, copied.line) == (str(error), error.log, error.line)


@given(log=st.text(), line=st.integers(0, 3))
def test_any_log_is_told(log, line):
    """A compiler that says nothing, or something else, or names a line that there is not."""
    assert first_complaint(log).text
    for text in (log, f"error: x:{line}:1: {log}"):
        error = build_error(MadeUpError(message_of_pyopencl(text), -11), "one\ntwo", "k", FACTS)
        assert isinstance(error, BuildError)
        assert str(error).startswith("the device opencl:0:1 (Card 3) cannot compile k: ")


def test_the_copy_of_the_source_that_pyopencl_leaves_is_removed():
    with tempfile.NamedTemporaryFile("w", suffix=".cl", delete=False) as file:
        file.write("x")
    assert log_of(message_of_pyopencl("input.cl:1:1: error: x", file.name)).endswith("error: x")
    assert not Path(file.name).exists()
    assert log_of(message_of_pyopencl("a log", "/nowhere/there.cl")) == "a log"


@pytest.mark.parametrize("code", [-4, -5, -6, -61])
def test_memory_that_a_device_does_not_have(code):
    error = translated(MadeUpError("failed", code), FACTS, "making an array", 3_000_000_000)
    assert isinstance(error, MemoryError)
    assert isinstance(error, DeviceMemoryError)
    assert str(error).startswith(
        "making an array: the device opencl:0:1 (Card 3) has no memory for it: 3,000,000,000 bytes"
        " are asked for; it has 8,000,000,000 bytes in all, and 2,000,000,000 for one array. Use"
    )


def test_a_drivers_own_memory_error_is_one_of_the_device():
    error = translated(MemoryError("std::bad_alloc"), FACTS, "making an array", 12)
    assert "12 bytes are asked for" in str(error)


@pytest.mark.parametrize("code", [-2, -36])
def test_a_device_that_is_lost(code):
    error = translated(MadeUpError("clFinish failed: GONE", code), FACTS, "reading the results")
    assert isinstance(error, DeviceLost)
    assert "reading the results: the device opencl:0:1 (Card 3) does not answer" in str(error)
    assert "Start the program again" in str(error)
    assert "clFinish failed: GONE" in str(error)


@pytest.mark.parametrize("code", [-5, -54, 7])
def test_what_a_device_refuses(code):
    error = translated(MadeUpError("it failed: WHY", code), FACTS, "running k3")
    assert type(error) is LaunchError
    assert "running k3" in str(error)
    assert "opencl:0:1 (Card 3)" in str(error)
    assert "it failed: WHY" in str(error)
