"""From a loop program to an object file: out of the cache on disk, or by LLVM and then kept there.

A hit builds no IR and generates no code.
"""

from symgraph.backends.llvm.cache import object_cache
from symgraph.backends.llvm.emit import emit
from symgraph.backends.llvm.fingerprint import fingerprint
from symgraph.backends.llvm.jit import ObjectCode, compile_object
from symgraph.backends.llvm.outline import Outline


def translate(outline: Outline, name: str) -> ObjectCode:
    """The code of a program for this processor."""
    cache = object_cache()
    if cache is None:
        return compile_object(emit(outline), name)
    key = fingerprint(outline.program)
    code = cache.get(key, name)
    if code is None:
        code = compile_object(emit(outline), name)
        cache.put(key, code)
    return code
