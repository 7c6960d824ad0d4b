"""What a device is able to do, as its driver tells."""

from typing import Any, NamedTuple

# Bits of a device's type (CL/cl.h).
CPU = 2
GPU = 4
# A device's kind of local memory, where that is memory of its own.
LOCAL = 1


class DeviceFacts(NamedTuple):
    """What a device is and has.

    It is asked for by the number of its platform and its own there. A device that `is_cpu` has
    cores with vectors, others have groups with local memory. `float16` is arithmetic with halves;
    to load and store them is possible everywhere. Sizes are in bytes; `alignment` is that of a
    buffer within a buffer; `units` are its cores or processors.
    """

    platform: int
    number: int
    name: str
    vendor: str
    is_cpu: bool
    float64: bool
    float16: bool
    local_bytes: int
    group_items: int
    alignment: int
    memory_bytes: int
    largest_buffer: int
    units: int
    version: str
    driver: str

    @property
    def address(self) -> str:
        """The text by which one asks for the very device."""
        return f"opencl:{self.platform}:{self.number}"


def read_facts(handle: Any, platform: int, number: int) -> DeviceFacts:
    """Return the facts of a device of pyopencl."""
    extensions = handle.extensions.split()
    return DeviceFacts(
        platform=platform,
        number=number,
        name=" ".join(handle.name.split()),
        vendor=" ".join(handle.vendor.split()),
        is_cpu=_is_cpu(handle),
        float64="cl_khr_fp64" in extensions,
        float16="cl_khr_fp16" in extensions,
        local_bytes=int(handle.local_mem_size),
        # There are devices whose groups have one item along some axis.
        group_items=min(int(handle.max_work_group_size), int(handle.max_work_item_sizes[0])),
        alignment=max(1, int(handle.mem_base_addr_align) // 8),
        memory_bytes=int(handle.global_mem_size),
        largest_buffer=int(handle.max_mem_alloc_size),
        units=int(handle.max_compute_units),
        version=handle.version.strip(),
        driver=handle.driver_version.strip(),
    )


def is_of_both_kinds(handle: Any) -> bool:
    """Return whether a device says that it is a processor and a GPU."""
    return int(handle.type) & (CPU | GPU) == CPU | GPU


def _is_cpu(handle: Any) -> bool:
    kind = int(handle.type)
    # An accelerator of another kind is used like what its local memory resembles.
    return bool(kind & CPU) or (not kind & GPU and int(handle.local_mem_type) != LOCAL)
