"""What a device of OpenCL can do: float32 operations, and bytes moved."""

import time
from collections.abc import Callable
from typing import Any

from symgraph.backends.opencl.devices import find_device
from symgraph.backends.opencl.devices.driver import cl

TURNS, TRIES = 4000, 5
# Independent sums of an item: more than the units' latency times their number.
CHAINS = 8
# Bytes of the memory that is copied, and items of a group.
COPIED = 2**26
GROUP = 128


def limits(device: str) -> dict[str, float]:
    """Return float32 operations a second when all items multiply and add, and the bytes read and
    written a second when much memory is copied."""
    found = find_device(device)
    return {"flops": _flops(found), "bandwidth": _bandwidth(found)}


def _least(queue: Any, work: Callable[[], None]) -> float:
    best = float("inf")
    for _ in range(TRIES):
        start = time.perf_counter()
        work()
        queue.finish()
        best = min(best, time.perf_counter() - start)
    return best


def _flops(device: Any) -> float:
    facts, lanes = device.facts, 16 if device.facts.is_cpu else 1
    kind = f"float{lanes}" if lanes > 1 else "float"
    sums = ", ".join(f"s{n} = x + {n}.0f" for n in range(CHAINS))
    steps = " ".join(f"s{n} = fma(s{n}, x, y);" for n in range(CHAINS))
    total = " + ".join(f"s{n}" for n in range(CHAINS))
    source = f"""__kernel void multiply(__global {kind}* out, const float start, const int turns) {{
    const {kind} x = start, y = 0.5f;
    {kind} {sums};
    for (int i = 0; i < turns; i++) {{ {steps} }}
    out[get_global_id(0)] = {total};
}}"""
    local = 1 if facts.is_cpu else GROUP
    items = facts.units * (4 if facts.is_cpu else 16 * GROUP)
    kernel = cl.Kernel(device.build(source, "limits"), "multiply")
    out = cl.Buffer(device.context, cl.mem_flags.READ_WRITE, items * lanes * 4)
    queue = device.queue()

    def work() -> None:
        kernel(queue, (items,), (local,), out, cl.cltypes.float(0.5), cl.cltypes.int(TURNS))

    work()
    return 2.0 * items * lanes * CHAINS * TURNS / _least(queue, work)


def _bandwidth(device: Any) -> float:
    source = """__kernel void copy(__global const float4* restrict from,
                                   __global float4* restrict to) {
    to[get_global_id(0)] = from[get_global_id(0)];
}"""
    kernel, queue = cl.Kernel(device.build(source, "limits"), "copy"), device.queue()
    flags = cl.mem_flags.READ_WRITE
    one, other = (cl.Buffer(device.context, flags, COPIED) for _ in range(2))
    cl.enqueue_fill_buffer(queue, one, b"\0\0\0\0", 0, COPIED)

    def work() -> None:
        kernel(queue, (COPIED // 16,), (GROUP,), one, other)

    work()
    return 2.0 * COPIED / _least(queue, work)
