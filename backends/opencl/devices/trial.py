"""Build and run a small kernel on a device; as a program, `python trial.py PLATFORM NUMBER`.

A driver that does not work may end the process that tries it, so it is another process that does.
That prints what came out, in JSON: {"float64": true}, or the error with its code.
"""

import json
import sys
from typing import Any

import numpy as np

SOURCE = """
__kernel void trial(__global const int *x, __global float *y) {
    int i = get_global_id(0);
    y[i] = sqrt((float)x[i]) + 0.5f;
}
"""
SOURCE_FLOAT64 = """
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
__kernel void trial(__global const int *x, __global double *y) {
    int i = get_global_id(0);
    y[i] = sqrt((double)x[i]) + 0.5;
}
"""
OPTIONS = ("-cl-std=CL1.2", "-w")
ITEMS = 64


def run_kernel(cl: Any, context: Any, source: str, dtype: str) -> bool:
    """Run the kernel of a source and return whether its results are right."""
    queue = cl.CommandQueue(context)
    numbers = np.arange(ITEMS, dtype=np.int32) ** 2
    results = np.zeros(ITEMS, dtype)
    kernel = cl.Kernel(cl.Program(context, source).build(list(OPTIONS), cache_dir=False), "trial")
    given = cl.Buffer(context, cl.mem_flags.READ_ONLY, numbers.nbytes)
    made = cl.Buffer(context, cl.mem_flags.READ_WRITE, results.nbytes)
    cl.enqueue_copy(queue, given, numbers)
    kernel(queue, (ITEMS,), None, given, made)
    cl.enqueue_copy(queue, results, made)
    queue.finish()
    return bool(np.allclose(results, np.sqrt(numbers) + 0.5, rtol=1e-5))


def tried(cl: Any, handle: Any) -> dict[str, Any]:
    """Return what came of trying a device: whether it has float64, or the error
    and the code that OpenCL has for it."""
    try:
        if not handle.available or not handle.compiler_available:
            lacking = "compiler" if handle.available else "device"
            return {"error": f"its driver says that the {lacking} is not available", "code": None}
        context = cl.Context([handle])
        if not run_kernel(cl, context, SOURCE, "float32"):
            return {"error": "a small kernel gives wrong results", "code": None}
    except (cl.Error, MemoryError) as error:
        return {"error": str(error), "code": getattr(error, "code", None)}
    if "cl_khr_fp64" not in handle.extensions.split():
        return {"float64": False}
    try:
        return {"float64": run_kernel(cl, context, SOURCE_FLOAT64, "float64")}
    except (cl.Error, MemoryError):
        return {"float64": False}


def main() -> None:
    """Try the device that the program's arguments name, and print what came out."""
    # Slow to load, and the module above is imported without it.
    import pyopencl as cl

    platform, number = map(int, sys.argv[1:])
    handle = cl.get_platforms()[platform].get_devices()[number]
    print(json.dumps(tried(cl, handle)))


if __name__ == "__main__":
    main()
