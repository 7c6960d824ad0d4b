"""Find the sizes of the processor's caches, as the system reports them."""

import os
import sys
from pathlib import Path
from typing import NamedTuple

KIB, MIB = 2**10, 2**20
# Where Linux describes a core's caches.
FOLDER = Path("/sys/devices/system/cpu/cpu0")
UNITS = {"K": KIB, "M": MIB, "G": 2**30}
# The numbers of the `os.sysconf` names for the same facts; those of glibc and musl by number, as
# Python has no names for them.
SYSCONF = {"l1": 188, "l2": 191, "l3": 194, "line": 190}


class CacheSizes(NamedTuple):
    """Bytes of the data caches: the first two of one core, the third of all cores that share it;
    and of a line. `l3` is 0 where there is none."""

    l1: int
    l2: int
    l3: int
    line: int = 64


# Defaults where the system reports nothing, by the beginning of LLVM's target triple. Recent server
# cores have 1 MiB of second-level cache on x86 (Zen 4, Skylake), as Arm's Neoverse cores have;
# Apple's cores share 12 MiB among four, and have lines of 128 bytes.
FALLBACKS: dict[tuple[str, str], CacheSizes] = {
    ("x86_64", ""): CacheSizes(48 * KIB, 1 * MIB, 32 * MIB),
    ("arm64", "apple"): CacheSizes(64 * KIB, 3 * MIB, 8 * MIB, 128),
    ("aarch64", ""): CacheSizes(64 * KIB, 1 * MIB, 32 * MIB),
}
# The default for other architectures.
LEAST = CacheSizes(32 * KIB, 256 * KIB, 0)


def cache_sizes(triple: str) -> CacheSizes:
    """Return the sizes for this processor: from Linux's `/sys`, else from `sysconf`, else the usual
    ones for the architecture of the triple."""
    return described_by_linux(FOLDER) or told_by_sysconf() or usual(triple)


def usual(triple: str) -> CacheSizes:
    """Return the usual sizes for an architecture."""
    for (start, vendor), sizes in FALLBACKS.items():
        if triple.startswith(start) and vendor in triple:
            return sizes
    return LEAST


def described_by_linux(folder: Path) -> CacheSizes | None:
    """Return the sizes that Linux's files give for one processor; None without the first two
    levels.

    A second-level cache that several cores share is divided equally among them: other threads of
    the core (`thread_siblings_list`) use the same part.
    """
    sizes: dict[int, int] = {}
    line = 64
    try:
        siblings = _count((folder / "topology/thread_siblings_list").read_text())
        for entry in sorted((folder / "cache").glob("index[0-9]*")):
            told = {
                name: (entry / name).read_text().strip()
                for name in ("level", "type", "size", "coherency_line_size", "shared_cpu_list")
            }
            if told["type"] == "Instruction":
                continue
            level, size = int(told["level"]), _bytes(told["size"])
            if level < 3:
                size //= max(_count(told["shared_cpu_list"]) // siblings, 1)
            sizes[level] = size
            line = int(told["coherency_line_size"]) or line
    except (OSError, ValueError, KeyError):
        return None
    if not sizes.get(1) or not sizes.get(2):
        return None
    return CacheSizes(sizes[1], sizes[2], sizes.get(3, 0), line)


def told_by_sysconf() -> CacheSizes | None:
    """Return the sizes that the C library of Linux reports; None where it reports none."""
    if not hasattr(os, "sysconf") or not sys.platform.startswith("linux"):
        return None
    try:
        told = {name: os.sysconf(number) for name, number in SYSCONF.items()}
    except (OSError, ValueError):
        return None
    if told["l1"] <= 0 or told["l2"] <= 0:
        return None
    return CacheSizes(told["l1"], told["l2"], max(told["l3"], 0), max(told["line"], 64))


def _bytes(text: str) -> int:
    """Return a size that Linux writes as 1024K, in bytes."""
    return int(text[:-1]) * UNITS[text[-1]] if text[-1:] in UNITS else int(text)


def _count(text: str) -> int:
    """Return the number of processors in a list such as 0-3,8."""
    found = 0
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        found += int(last or first) - int(first) + 1
    return found
