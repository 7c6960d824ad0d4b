"""From a loop program to an object file: out of the cache on disk, or by LLVM and then kept there.

A hit builds no IR and generates no code.
"""

from collections.abc import Callable

from llvmlite import ir
from symgraph.backends.llvm.cache import object_cache
from symgraph.backends.llvm.emit import emit
from symgraph.backends.llvm.fingerprint import fingerprint, fingerprint_of_text
from symgraph.backends.llvm.jit import ObjectCode, compile_object
from symgraph.backends.llvm.outline import Outline


def translate(outline: Outline, name: str) -> ObjectCode:
    """The code of a program for this processor."""
    return _kept(lambda: fingerprint(outline.program), name, lambda: emit(outline))


def translate_text(source: str, name: str) -> ObjectCode:
    """The code of a module written as text."""
    return _kept(lambda: fingerprint_of_text(source), name, lambda: source)


def _kept(
    key_of: Callable[[], str], name: str, source: Callable[[], str | ir.Module]
) -> ObjectCode:
    cache = object_cache()
    if cache is None:
        return compile_object(source(), name)
    key = key_of()
    code = cache.get(key, name)
    if code is None:
        code = compile_object(source(), name)
        cache.put(key, code)
    return code
