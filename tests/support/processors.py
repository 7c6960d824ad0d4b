"""Other processors than the one at hand, to look at the code that would be written for them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import llvmlite.binding as llvm
import pytest
from symgraph.backends.llvm.codegen import jit
from symgraph.backends.llvm.codegen import processor as at_hand
from symgraph.backends.llvm.codegen.jit import Host
from symgraph.backends.llvm.emission.random_blocks import lanes
from symgraph.backends.llvm.vecmath import MATH

from symgraph.lower.target import Target

X86, ARM = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"


@dataclass(frozen=True)
class Processor:
    """`vectors` finds a whole vector of float32 in an instruction, `multiply_add` a fused one on
    such, `stack` an operand on the stack, `calls` a call."""

    host: Host
    vectors: str
    multiply_add: str
    stack: str
    calls: str


PROCESSORS = {
    "AVX-512": Processor(
        Host(
            X86,
            "znver4",
            "+sse2,+avx,+avx2,+fma,+avx512f,+avx512vl,+avx512bw,+avx512dq,-prefer-256-bit",
        ),
        r"%zmm\d+",
        r"vfn?m(add|sub)\w*ps\s.*%zmm\d+",
        r"\(%r[sb]p\)",
        r"\bcallq?\b",
    ),
    "AVX2": Processor(
        Host(X86, "haswell", "+sse2,+avx,+avx2,+fma"),
        r"%ymm\d+",
        r"vfn?m(add|sub)\w*ps\s.*%ymm\d+",
        r"\(%r[sb]p\)",
        r"\bcallq?\b",
    ),
    "NEON": Processor(
        Host(ARM, "cortex-a76", "+neon,+fp-armv8"),
        r"\bv\d+\.(4s|16b)",
        r"\bfml[as]\s+v\d+\.4s",
        r"\[sp\b",
        r"\bblr?\s",
    ),
}


@contextmanager
def pretended(processor: Processor) -> Iterator[None]:
    """Within this, code is written for the processor. It is not to be run."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    asked = jit.host

    def host() -> Host:
        return processor.host

    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith("symgraph.backends.llvm") and getattr(module, "host", None) is asked:
                patch.setattr(module, "host", host)
        forget()
        yield
    forget()


@contextmanager
def lowered_for(**numbers: object) -> Iterator[None]:
    """Within this, programs are made for the processor at hand with other numbers, fields of
    `Target`."""
    asked = at_hand.target
    changed = replace(asked(), **numbers)

    def target() -> Target:
        return changed

    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            ours = name.startswith("symgraph.backends.llvm")
            if ours and getattr(module, "target", None) is asked:
                patch.setattr(module, "target", target)
        yield


def forget() -> None:
    """What is kept of code that was written for another processor."""
    function = type(MATH["exp"])
    for kept in (lanes, function._texts, function._shared):
        kept.cache_clear()
