"""The BLAS library: the right one, with the right kernels, right from many threads."""

import ctypes
import importlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from symgraph.backends.llvm.codegen import jit
from symgraph.backends.llvm.routines.blas import (
    CORETYPE,
    ROUTINES,
    BlasError,
    blas,
    suitable_kernels,
)

# The package offers the function `blas` under the name of its module.
module = importlib.import_module("symgraph.backends.llvm.routines.blas")

ROW_MAJOR, PLAIN, TRANSPOSED = 101, 111, 112
INT, POINTER = ctypes.c_int, ctypes.c_void_p
REALS = {"s": (np.float32, ctypes.c_float), "d": (np.float64, ctypes.c_double)}


def real_gemm(kind):
    number = REALS[kind][1]
    signature = [INT] * 6 + [number, POINTER, INT, POINTER, INT, number, POINTER, INT]
    return ctypes.CFUNCTYPE(None, *signature)(blas().address(f"{kind}gemm"))


def product(gemm, a, b):
    m, k, n = *a.shape, b.shape[1]
    c = np.empty((m, n), a.dtype)
    pointers = [array.ctypes.data for array in (a, b, c)]
    gemm(ROW_MAJOR, PLAIN, PLAIN, m, n, k, 1, pointers[0], k, pointers[1], n, 0, pointers[2], n)
    return c


@pytest.mark.parametrize("kind", REALS)
def test_gemm_multiplies(kind):
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=shape).astype(REALS[kind][0]) for shape in ((37, 53), (53, 29)))
    tolerance = 60 * np.finfo(a.dtype).eps
    assert np.allclose(product(real_gemm(kind), a, b), a @ b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("kind", "dtype"), [("c", np.complex64), ("z", np.complex128)])
def test_complex_gemm_multiplies(kind, dtype):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 9, 9)).astype(dtype) * np.array(1 + 2j, dtype)
    c, one, zero = np.empty_like(a), np.ones(1, dtype), np.zeros(1, dtype)
    signature = [INT] * 6 + [POINTER, POINTER, INT, POINTER, INT, POINTER, POINTER, INT]
    gemm = ctypes.CFUNCTYPE(None, *signature)(blas().address(f"{kind}gemm"))
    at = [array.ctypes.data for array in (one, a, b, zero, c)]
    gemm(ROW_MAJOR, PLAIN, TRANSPOSED, 9, 9, 9, at[0], at[1], 9, at[2], 9, at[3], at[4], 9)
    assert np.allclose(c, a @ b.T, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", REALS)
def test_vector_routines(kind):
    dtype, number = REALS[kind]
    rng = np.random.default_rng(0)
    a = rng.normal(size=(5, 7)).astype(dtype)
    x, y = rng.normal(size=7).astype(dtype), rng.normal(size=5).astype(dtype)
    at = {name: array.ctypes.data for name, array in (("a", a), ("x", x), ("y", y))}
    before = a.copy(), y.copy()

    vector = [number, POINTER, INT, POINTER, INT]
    gemv = [INT, INT, INT, INT, number, POINTER, INT, POINTER, INT, number, POINTER, INT]
    ger = [INT, INT, INT, number, POINTER, INT, POINTER, INT, POINTER, INT]
    native = {
        "gemv": ctypes.CFUNCTYPE(None, *gemv),
        "ger": ctypes.CFUNCTYPE(None, *ger),
        "dot": ctypes.CFUNCTYPE(number, INT, *vector[1:]),
        "axpy": ctypes.CFUNCTYPE(None, INT, *vector),
        "scal": ctypes.CFUNCTYPE(None, INT, number, POINTER, INT),
    }
    call = {name: cast(blas().address(kind + name)) for name, cast in native.items()}

    assert np.isclose(call["dot"](7, at["x"], 1, at["x"], 1), x @ x, rtol=1e-5)
    call["gemv"](ROW_MAJOR, PLAIN, 5, 7, 2, at["a"], 7, at["x"], 1, 1, at["y"], 1)
    assert np.allclose(y, 2 * before[0] @ x + before[1], rtol=1e-4)
    call["ger"](ROW_MAJOR, 5, 7, 3, at["y"], 1, at["x"], 1, at["a"], 7)
    assert np.allclose(a, before[0] + 3 * np.outer(y, x), rtol=1e-4, atol=1e-5)
    call["axpy"](5, 2, a.ctypes.data, 7, at["y"], 1)
    call["scal"](5, 0, at["y"], 1)
    assert not y.any()


def test_compiled_code_calls_blas_by_name():
    text = """
    declare double @cblas_ddot(i32, ptr, i32, ptr, i32)
    define double @norm2(ptr %x, i32 %n) {
      %r = call double @cblas_ddot(i32 %n, ptr %x, i32 1, ptr %x, i32 1)
      ret double %r
    }"""
    compiled = jit.compile_ir(text, "norms", blas().symbols())
    norm2 = ctypes.CFUNCTYPE(ctypes.c_double, POINTER, INT)(compiled.address("norm2"))
    x = np.arange(5.0)
    assert norm2(x.ctypes.data, 5) == 30.0


def test_many_threads_multiply_at_once():
    rng = np.random.default_rng(0)
    jobs = []
    for size in (3, 20, 64, 130, 200, 5, 77, 256):
        a, b = (rng.normal(size=(size, size)).astype(np.float32) for _ in range(2))
        jobs.append((a, b, a.astype(np.float64) @ b))
    gemm, start, errors = real_gemm("s"), threading.Barrier(8), []

    def work(a, b, expected):
        start.wait()
        for _ in range(30):
            errors.append(float(np.abs(product(gemm, a, b) - expected).max()))

    threads = [threading.Thread(target=work, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 240
    assert max(errors) < 2e-4


def test_every_routine_has_an_address_of_its_own():
    addresses = {blas().address(routine) for routine in ROUTINES}
    assert len(addresses) == len(ROUTINES)
    assert blas().symbols().keys() == {f"cblas_{routine}" for routine in ROUTINES}


def test_an_unknown_routine_is_refused():
    with pytest.raises(KeyError, match="no BLAS routine 'sgemv_batch'; there are sgemm, dgemm"):
        blas().address("sgemv_batch")


def test_it_starts_with_one_thread_and_takes_others():
    assert blas().get_num_threads() == 1
    blas().set_num_threads(2)
    try:
        assert blas().get_num_threads() == min(2, os.cpu_count())
    finally:
        blas().set_num_threads(1)
    with pytest.raises(ValueError, match="must be at least 1, not 0"):
        blas().set_num_threads(0)


def test_it_describes_itself():
    assert blas().config().startswith("OpenBLAS")
    assert blas().core_name() in blas().config()


def processor(cpu, features):
    return jit.Host("x86_64-unknown-linux-gnu", cpu, features)


def test_kernels_are_chosen_where_openblas_chooses_badly():
    assert suitable_kernels(processor("znver5", "+avx2,+avx512f,+fma")) == "SKYLAKEX"
    assert suitable_kernels(processor("znver3", "+avx2,-avx512f,+fma")) is None
    assert suitable_kernels(processor("sapphirerapids", "+avx2,+avx512f,+fma")) is None
    assert suitable_kernels(processor("apple-m1", "+neon")) is None


REPORT = """
import json, os, sys
from symgraph.backends.llvm.routines.blas import CORETYPE, blas
loaded = blas()
json.dump([loaded.requested, loaded.core_name(), os.environ.get(CORETYPE)], sys.stdout)
"""


def loaded_elsewhere(**environment):
    """(kernels asked for, kernels in use, the variable afterwards) in a process of its own."""
    variables = {key: value for key, value in os.environ.items() if key != CORETYPE}
    done = subprocess.run(
        [sys.executable, "-c", REPORT],
        env=variables | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.skipif(not jit.host().has("avx2"), reason="the Haswell kernels need AVX2")
def test_a_choice_of_the_user_is_respected():
    assert loaded_elsewhere(**{CORETYPE: "HASWELL"}) == ["HASWELL", "Haswell", "HASWELL"]


def test_the_environment_is_left_as_it_was():
    requested, core, variable = loaded_elsewhere()
    assert variable is None
    assert requested == suitable_kernels(jit.host())
    assert requested is None or core.upper() == requested


def load_from(monkeypatch, tmp_path, *, file=None):
    """Tries to load from a made-up wheel in `tmp_path`, without the cached library."""
    package = tmp_path / "scipy_openblas32"
    (package / "lib").mkdir(parents=True)
    (package / "__init__.py").touch()
    if file is not None:
        (package / "lib" / "libscipy_openblas.so").write_bytes(file)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "scipy_openblas32", raising=False)
    return blas.__wrapped__()


def test_an_absent_package_is_named(monkeypatch):
    monkeypatch.setattr(module, "PACKAGE", "no_such_openblas")
    message = "'no_such_openblas' is not installed; install it with: pip install"
    with pytest.raises(BlasError, match=message):
        blas.__wrapped__()


def test_an_empty_package_is_named(monkeypatch, tmp_path):
    with pytest.raises(BlasError, match=r"no file libscipy_openblas\*\.so or .* in .*lib; install"):
        load_from(monkeypatch, tmp_path)


def test_a_broken_library_is_named_and_the_environment_restored(monkeypatch, tmp_path):
    monkeypatch.delenv(CORETYPE, raising=False)
    with pytest.raises(BlasError, match=r"libscipy_openblas\.so does not load: .*; install"):
        load_from(monkeypatch, tmp_path, file=b"no library")
    assert CORETYPE not in os.environ


def test_a_foreign_library_is_named(monkeypatch):
    libm = next(Path("/lib").glob("*/libm.so.6"), None) or pytest.skip("no other library at hand")
    monkeypatch.setattr(module, "find_library", lambda: libm)
    with pytest.raises(BlasError, match="has no function scipy_openblas_get_config; install"):
        blas.__wrapped__()
