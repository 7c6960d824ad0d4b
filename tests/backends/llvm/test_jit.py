"""Modules become machine code; what LLVM refuses is reported with its cause."""

import ctypes
import gc
import pickle
import re
import threading

import numpy as np
import pytest
from llvmlite import ir
from support.llvm_loops import loop_module
from symgraph.backends.llvm.codegen import jit

ADD = """
define double @add(double %x, double %y) {
  %sum = fadd double %x, %y
  ret double %sum
}
"""
CALL = """
declare double @elsewhere(double)
define double @twice(double %x) {
  %y = call double @elsewhere(double %x)
  %z = call double @elsewhere(double %y)
  ret double %z
}
"""


def callable_of(compiled, symbol, *kinds):
    """The function as a Python callable that keeps its code."""
    function = ctypes.CFUNCTYPE(*kinds)(compiled.address(symbol))
    function.code = compiled
    return function


def binary(compiled, symbol):
    return callable_of(compiled, symbol, *[ctypes.c_double] * 3)


def unary(compiled, symbol):
    return callable_of(compiled, symbol, *[ctypes.c_double] * 2)


def test_a_module_of_text_runs():
    compiled = jit.compile_ir(ADD, "sums")
    assert binary(compiled, "add")(2.5, 4.0) == 6.5
    assert compiled.object.symbols == ("add",)


def test_a_built_module_runs():
    module = ir.Module()
    double = ir.DoubleType()
    function = ir.Function(module, ir.FunctionType(double, [double]), "thrice")
    b = ir.IRBuilder(function.append_basic_block())
    b.ret(b.fmul(function.args[0], double(3.0)))
    assert unary(jit.compile_ir(module, "products"), "thrice")(7.0) == 21.0


def test_equal_names_do_not_meet():
    first = jit.compile_ir(ADD, "same")
    second = jit.compile_ir(ADD.replace("fadd", "fsub"), "same")
    assert (binary(first, "add")(5, 3), binary(second, "add")(5, 3)) == (8, 2)


def test_only_what_the_module_defines_has_an_address():
    compiled = jit.compile_ir(CALL, "caller", {"elsewhere": 1})
    for name in ("elsewhere", "cos", "nothing"):
        with pytest.raises(KeyError, match=f"'{name}' is not among what 'caller' defines: twice"):
            compiled.address(name)


def test_imports_are_linked_by_address():
    callback = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(lambda x: x + 1)
    address = ctypes.cast(callback, ctypes.c_void_p).value
    assert unary(jit.compile_ir(CALL, "caller", {"elsewhere": address}), "twice")(1.0) == 3.0


def test_the_c_library_is_linked_by_name():
    compiled = jit.compile_ir(CALL.replace("elsewhere", "cbrt"), "roots")
    assert unary(compiled, "twice")(512.0) == 2.0


def test_a_missing_import_is_named():
    with pytest.raises(jit.CompilationError, match="cannot link 'caller', which calls elsewhere: "):
        jit.compile_ir(CALL, "caller")


def test_text_that_is_no_ir_is_reported_with_its_line():
    broken = ADD.replace("fadd double", "fadd float")
    message = r"invalid IR in 'sums'.*'%x' defined with type 'double'.*\[%sum = fadd float %x, %y\]"
    with pytest.raises(jit.CompilationError, match=re.compile(message, re.DOTALL)):
        jit.compile_ir(broken, "sums")


def test_ir_that_does_not_verify_is_reported_instead_of_crashing():
    late = "define i32 @f() {\n  %a = add i32 %b, 1\n  %b = add i32 %a, 1\n  ret i32 %b\n}"
    with pytest.raises(jit.CompilationError, match="invalid IR in 'late'.*dominate"):
        jit.compile_ir(late, "late")


def test_code_outlives_everything_but_its_owner():
    kept = [jit.compile_ir(ADD, f"module{i}") for i in range(20)]
    for i in range(20):
        jit.compile_ir(ADD.replace("fadd", "fmul"), f"dropped{i}")
    gc.collect()
    assert [binary(compiled, "add")(i, 1) for i, compiled in enumerate(kept)] == [
        i + 1 for i in range(20)
    ]


def test_object_code_can_be_kept_and_loaded_again():
    kept = pickle.loads(pickle.dumps(jit.compile_object(ADD, "sums")))
    assert binary(jit.load(kept), "add")(1, 2) == 3
    assert binary(jit.load(kept), "add")(3, 4) == 7


def test_every_stage_is_timed():
    timings = jit.compile_ir(ADD, "sums").timings
    stages = (timings.parse, timings.optimise, timings.generate, timings.link)
    assert all(seconds > 0 for seconds in stages)
    assert timings.total == pytest.approx(sum(stages))


def test_eight_threads_compile_at_once():
    start, results = threading.Barrier(8), {}

    def work(thread):
        start.wait()
        for i in range(5):
            constant = thread * 10 + i
            text = ADD.replace("%x, %y", f"%x, {float(constant)}")
            results[thread, i] = binary(jit.compile_ir(text, "sums"), "add")(0.5, 0)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {(t, i): t * 10 + i + 0.5 for t in range(8) for i in range(5)}


def test_plain_loops_over_arrays_become_vector_code():
    text = jit.optimised_ir(loop_module("exp", "float32"))
    assert re.search(r"load <\d+ x float>", text)


def test_offered_functions_align_their_stack_to_whole_vectors():
    if not jit.host().has("avx512f"):
        pytest.skip("the vectors of this processor have less than 64 bytes")
    assert "andq\t$-64, %rsp" in jit.assembly(loop_module("sin", "float64"))


def test_the_host_is_known():
    host = jit.host()
    assert host.triple
    assert host.cpu
    assert host.has("no such feature") is False


def test_large_tables_are_reached():
    """Constants far larger than a page, in the module that reads them."""
    table = np.arange(300_000)
    module = ir.Module()
    i64 = ir.IntType(64)
    kind = ir.ArrayType(i64, table.size)
    data = ir.GlobalVariable(module, kind, "table")
    data.global_constant, data.linkage = True, "internal"
    data.initializer = ir.Constant(kind, table.tolist())
    function = ir.Function(module, ir.FunctionType(i64, [i64]), "at")
    b = ir.IRBuilder(function.append_basic_block())
    b.ret(b.load(b.gep(data, [i64(0), function.args[0]], source_etype=kind), typ=i64))
    compiled = jit.compile_ir(module, "table")
    at = callable_of(compiled, "at", ctypes.c_int64, ctypes.c_int64)
    assert [at(i) for i in (0, 17, 299_999)] == [0, 17, 299_999]
