"""Describe this processor as a target for lowering."""

from functools import cache

from symgraph.backends.llvm.codegen.cache_sizes import cache_sizes
from symgraph.backends.llvm.codegen.jit import Host, host

from symgraph.lower.target import Target

# Bytes of a vector by the feature that provides it, and the number of such registers.
WIDTHS = (("avx512f", 64, 32), ("avx", 32, 16))
# Every 64-bit ARM processor has NEON, whether the feature is listed or not.
NEON = (16, 32)
LEAST = (16, 16)


@cache
def registers(processor: Host) -> tuple[int, int]:
    """Return (bytes of a vector, number of vector registers)."""
    for feature, width, count in WIDTHS:
        if processor.has(feature):
            return width, count
    return NEON if processor.triple.startswith(("aarch64", "arm64")) else LEAST


def target() -> Target:
    """Return the target of this processor."""
    return target_of(host())


@cache
def target_of(processor: Host) -> Target:
    """Return the target for a processor, with the caches of this one."""
    caches, masks = cache_sizes(processor.triple), processor.has("avx512bw")
    return Target().with_caches(*caches).with_vectors(*registers(processor), masks)
