"""Return object code from the cache on disk, or compile it and cache it there."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from symgraph.backends.llvm.codegen.cache import object_cache
from symgraph.backends.llvm.codegen.fingerprint import fingerprint_of_text
from symgraph.backends.llvm.codegen.jit import ObjectCode, compile_object
from symgraph.backends.llvm.codegen.optimisation_level import FULL, OptimisationLevel

if TYPE_CHECKING:
    from llvmlite import ir


def kept_code(key_of: Callable[[], str], name: str) -> ObjectCode | None:
    """Return the cached code of a module that this process or another compiled; else None."""
    cache = object_cache()
    return None if cache is None else cache.get(key_of(), name)


def object_code(
    key_of: Callable[[], str],
    name: str,
    source: "Callable[[], str | ir.Module]",
    effort: OptimisationLevel = FULL,
) -> ObjectCode:
    """Return the code of a module; `source` is only called if the key is not in the cache."""
    cache = object_cache()
    if cache is None:
        return compile_object(source(), name, effort)
    key = key_of()
    code = cache.get(key, name)
    if code is None:
        code = compile_object(source(), name, effort)
        cache.put(key, code)
    return code


def object_code_of_text(source: str, name: str, effort: OptimisationLevel = FULL) -> ObjectCode:
    """Return the code of a module written as text."""
    return object_code(lambda: fingerprint_of_text(source), name, lambda: source, effort)
