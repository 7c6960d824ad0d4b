"""What the processor can do: multiplications and additions, and bytes moved.

    python -m benchmarks.limits THREADS CPU,... TRAFFIC...

prints {"flops": f, "bandwidth": {traffic: bytes per second}}: float32 operations a second when
every vector unit works, and the speed of copying so much memory, which then lies in the cache
that it fits in.
"""

import ctypes
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from symgraph.backends.llvm.codegen.jit import MachineCode, compile_ir, host

# Independent sums: more than the units' latency times their number.
CHAINS = 24
TURNS = 20_000
TRIES = 12


def _lanes() -> int:
    return 16 if host().has("avx512f") else 8 if host().has("avx") else 4


def fma_loop() -> MachineCode:
    """void run(turns): CHAINS products and sums of vectors in each turn."""
    lanes = _lanes()
    vector = f"<{lanes} x float>"
    chains = range(CHAINS)
    phis = [f"  %a{c} = phi {vector} [zeroinitializer, %entry], [%b{c}, %loop]" for c in chains]
    steps = [
        f"  %b{c} = call {vector} @llvm.fma.v{lanes}f32({vector} %a{c}, {vector} %x, {vector} %x)"
        for c in chains
    ]
    sums = [
        f"  %s{c} = fadd {vector} %s{c - 1}, %b{c}" if c else f"  %s0 = fadd {vector} %b0, %x"
        for c in chains
    ]
    text = f"""
declare {vector} @llvm.fma.v{lanes}f32({vector}, {vector}, {vector})
define void @run(i64 %turns, ptr %p) {{
entry:
  %x = load {vector}, ptr %p, align 4
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
{chr(10).join(phis)}
{chr(10).join(steps)}
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %turns
  br i1 %more, label %loop, label %done
done:
{chr(10).join(sums)}
  store {vector} %s{CHAINS - 1}, ptr %p, align 4
  ret void
}}"""
    return compile_ir(text, "fma")


def best(work: Callable[[], object], pool: ThreadPoolExecutor, threads: int) -> float:
    """The fewest seconds in which every thread does the work."""
    found = float("inf")
    for _ in range(TRIES):
        start = time.perf_counter()
        for future in [pool.submit(work) for _ in range(threads)]:
            future.result()
        found = min(found, time.perf_counter() - start)
    return found


def flops(pool: ThreadPoolExecutor, threads: int) -> float:
    code = fma_loop()
    kind = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p)
    run = kind(code.address("run"))

    def work() -> None:
        memory = np.full(64, 0.5, np.float32)
        run(TURNS * 10, memory.ctypes.data)

    return threads * TURNS * 10 * CHAINS * _lanes() * 2 / best(work, pool, threads)


def bandwidth(traffic: int, pool: ThreadPoolExecutor, threads: int) -> float:
    """Bytes read and written a second, while each thread copies its part of the memory."""
    size = max(traffic // 8 // threads, 16)
    repeats = max(1, 2**25 // traffic)
    pairs = [(np.ones(size, np.float32), np.zeros(size, np.float32)) for _ in range(threads)]

    def work() -> None:
        source, target = pairs.pop()
        for _ in range(repeats):
            np.copyto(target, source)
        pairs.append((source, target))

    return threads * size * 8 * repeats / best(work, pool, threads)


def main(threads: str, cpus: str, *traffic: str) -> None:
    os.sched_setaffinity(0, [int(cpu) for cpu in cpus.split(",")])
    count = int(threads)
    with ThreadPoolExecutor(count) as pool:
        speeds = {size: bandwidth(int(size), pool, count) for size in traffic}
        print(json.dumps({"flops": flops(pool, count), "bandwidth": speeds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
