"""What is kept on disk of devices: programs as their compilers made them, and which devices work.

It lies with the machine code for processors, in one folder with one limit.
"""

import json

from symgraph.backends.llvm.codegen.cache import object_cache
from symgraph.backends.llvm.codegen.digest import DIGEST, blake2b
from symgraph.backends.llvm.codegen.jit import ObjectCode, Timings


def key_of(*parts: str) -> str:
    """Return the name of an entry for what is determined by texts."""
    text = json.dumps(["OpenCL", *parts])
    return blake2b(text.encode(), digest_size=DIGEST).hexdigest()


def kept(key: str) -> bytes | None:
    """Return what is kept under a key; None if nothing is, or the flags say so."""
    store = object_cache()
    found = None if store is None else store.get(key, "OpenCL")
    return None if found is None else found.code


def keep(key: str, data: bytes) -> None:
    """Keep data under a key, where the flags permit it."""
    store = object_cache()
    if store is not None:
        store.put(key, ObjectCode("OpenCL", data, (), (), Timings()))
