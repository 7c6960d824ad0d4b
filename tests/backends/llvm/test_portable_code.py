"""Code for no processor in particular is the same on all machines, and needs no library."""

import re

import pytest
from llvmlite import ir
from support.llvm_loops import TYPES
from symgraph.backends.llvm.vecmath import MATH, exponential
from symgraph.backends.llvm.vecmath.portable import PortableModule


class Processor:
    """A processor that has all features, or none."""

    def __init__(self, able: bool) -> None:
        self.able = able

    def has(self, feature: str) -> bool:
        return self.able


def emitted(dtype: str) -> ir.Module:
    """A module with every function."""
    module = PortableModule("all")
    kind = TYPES[dtype]
    function = ir.Function(module, ir.FunctionType(kind, [kind] * 2), "all")
    b = ir.IRBuilder(function.append_basic_block())
    for emit in MATH.values():
        emit(b, *function.args[: emit.arity])
    b.ret(function.args[0])
    return module


@pytest.mark.parametrize("dtype", TYPES)
def test_it_does_not_depend_on_the_processor(dtype, monkeypatch):
    texts = []
    for able in (False, True):
        monkeypatch.setattr(exponential, "host", lambda able=able: Processor(able))
        texts.append(str(emitted(dtype)))
    assert texts[0] == texts[1]
    # The processor does matter elsewhere.
    module = ir.Module("native")
    b = ir.IRBuilder(
        ir.Function(module, ir.FunctionType(TYPES[dtype], [TYPES[dtype]]), "f").append_basic_block()
    )
    MATH["exp"].body(exponential.Num(b, b.function.args[0]))
    assert "llvm.ldexp" in str(module)


@pytest.mark.parametrize("dtype", TYPES)
def test_it_calls_intrinsics_and_its_own_functions_alone(dtype):
    module = emitted(dtype)
    for function in module.functions:
        assert not function.is_declaration or function.name.startswith("llvm.")
    other = "double" if dtype == "float32" else "float"
    assert not re.search(rf"\b{other}\b", str(module))
