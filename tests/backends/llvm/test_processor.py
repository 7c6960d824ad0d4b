"""The processor at hand is detected: its caches, its registers, and what follows from them."""

import numpy as np
import pytest
from support.processors import PROCESSORS, lowered_for
from symgraph.backends.llvm.codegen import cache_sizes
from symgraph.backends.llvm.codegen.cache_sizes import CacheSizes, described_by_linux, usual
from symgraph.backends.llvm.codegen.fingerprint import fingerprint_of_text
from symgraph.backends.llvm.codegen.jit import host
from symgraph.backends.llvm.codegen.processor import registers, target, target_of

import symgraph as sg
import symgraph.tensor as T
from symgraph.lower.program.types import TiledRegion
from symgraph.lower.program.walk import host_statements
from symgraph.lower.target import KIB, MIB

SERVER = {
    "index0": ("1", "Data", "48K", "64", "0"),
    "index1": ("1", "Instruction", "32K", "64", "0"),
    "index2": ("2", "Unified", "1024K", "64", "0"),
    "index3": ("3", "Unified", "32768K", "64", "0-7"),
}
NAMES = ("level", "type", "size", "coherency_line_size", "shared_cpu_list")


@pytest.fixture
def linux(tmp_path):
    """Writes the files of a processor, and returns what is read from them."""

    def read(caches, siblings="0"):
        topology = tmp_path / "topology"
        topology.mkdir()
        (topology / "thread_siblings_list").write_text(f"{siblings}\n")
        for index, values in caches.items():
            folder = tmp_path / "cache" / index
            folder.mkdir(parents=True)
            for name, value in zip(NAMES, values, strict=True):
                (folder / name).write_text(f"{value}\n")
        return described_by_linux(tmp_path)

    return read


def test_linux_describes_the_caches(linux):
    assert linux(SERVER) == CacheSizes(48 * KIB, 1 * MIB, 32 * MIB, 64)


def test_a_cluster_of_cores_shares_its_second_level_cache(linux):
    changed = {
        "index0": ("1", "Data", "64K", "128", "0"),
        "index2": ("2", "Unified", "12M", "128", "0-3"),
    }
    assert linux(changed) == CacheSizes(64 * KIB, 3 * MIB, 0, 128)


def test_threads_of_one_core_share_all_of_it(linux):
    changed = SERVER | {
        "index0": ("1", "Data", "48K", "64", "0,4"),
        "index2": ("2", "Unified", "2M", "64", "0,4"),
    }
    assert linux(changed, siblings="0,4") == CacheSizes(48 * KIB, 2 * MIB, 32 * MIB, 64)


@pytest.mark.parametrize("lacking", ["index0", "index2"])
def test_a_description_without_two_levels_counts_as_none(linux, lacking):
    assert linux({index: cache for index, cache in SERVER.items() if index != lacking}) is None


def test_what_linux_cannot_tell_counts_as_none(linux, tmp_path):
    assert described_by_linux(tmp_path / "none") is None
    assert linux(SERVER | {"index2": ("2", "Unified", "many", "64", "0")}) is None


@pytest.mark.parametrize(
    ("triple", "l2", "line"),
    [
        ("x86_64-unknown-linux-gnu", 1 * MIB, 64),
        ("aarch64-unknown-linux-gnu", 1 * MIB, 64),
        ("arm64-apple-darwin23.1.0", 3 * MIB, 128),
        ("riscv64-unknown-linux-gnu", 256 * KIB, 64),
    ],
)
def test_each_architecture_has_usual_sizes(triple, l2, line):
    found = usual(triple)
    assert (found.l2, found.line) == (l2, line)


def test_the_system_is_asked_before_what_is_usual(monkeypatch):
    told = {188: 32 * KIB, 191: 512 * KIB, 194: 16 * MIB, 190: 64}
    monkeypatch.setattr(cache_sizes, "described_by_linux", lambda folder: None)
    monkeypatch.setattr(cache_sizes.os, "sysconf", lambda name: told[name], raising=False)
    monkeypatch.setattr(cache_sizes.sys, "platform", "linux")
    triple = "x86_64-unknown-linux-gnu"
    assert cache_sizes.cache_sizes(triple) == CacheSizes(32 * KIB, 512 * KIB, 16 * MIB, 64)
    told[191] = 0
    assert cache_sizes.cache_sizes(triple) == usual(triple)
    monkeypatch.setattr(cache_sizes.sys, "platform", "darwin")
    told[191] = 512 * KIB
    assert cache_sizes.cache_sizes("arm64-apple-darwin") == usual("arm64-apple-darwin")


@pytest.mark.parametrize(
    ("name", "vectors", "blas"), [("AVX-512", 64, 2**28), ("AVX2", 32, 2**24), ("NEON", 16, 2**24)]
)
def test_vectors_follow_the_features(name, vectors, blas):
    found = target_of(PROCESSORS[name].host)
    assert (found.vector_bytes, found.vector_registers) == registers(PROCESSORS[name].host)
    assert found.vector_bytes == vectors
    assert found.blas_multiply_adds == blas
    slower = 64 // vectors
    assert found.function_ns["exp"] == pytest.approx(0.15 * slower)


def test_the_target_is_that_of_the_host():
    assert target() is target_of(host())
    assert target().l2_bytes >= 128 * KIB


def test_code_that_is_kept_is_for_one_target():
    here = fingerprint_of_text("text")
    assert fingerprint_of_text("text") == here
    with lowered_for(near_bytes=1000):
        there = fingerprint_of_text("text")
    with lowered_for(function_ns={"exp": 1.0}):
        elsewhere = fingerprint_of_text("text")
    assert len({here, there, elsewhere}) == 3


def test_functions_are_lowered_for_the_processor_at_hand():
    x = T.TensorType("float32", (4000, 60))("x")
    rng = np.random.default_rng(0)
    w, v = (sg.shared(rng.normal(size=s).astype("float32")) for s in ((60, 70), (70, 50)))
    y = T.tanh(T.dot(T.tanh(T.dot(x, w)), v))
    value = rng.normal(size=(4000, 60)).astype("float32")

    def blocks(**numbers):
        with lowered_for(**numbers):
            f = sg.function([x], y)
            body = f.executable.native.program.body
            found = [s.block.value for s in host_statements(body) if isinstance(s, TiledRegion)]
            return found, f(value)

    (near, one), (small, other) = blocks(near_bytes=384 * KIB), blocks(near_bytes=40 * KIB)
    assert near
    assert small
    assert near != small
    np.testing.assert_array_equal(one, other)
