"""Object code on disk: found again, by this process and by others, whatever befalls the folder."""

import contextvars
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from symgraph.backends.llvm.codegen import cache
from symgraph.backends.llvm.codegen.cache import ObjectCache, decoded, encoded
from symgraph.backends.llvm.codegen.fingerprint import TRANSLATOR, translator_files
from symgraph.backends.llvm.codegen.jit import ObjectCode, Timings
from symgraph.backends.llvm.host_emission import module
from symgraph.backends.llvm.threads import pool

import symgraph as sg
import symgraph.lower
import symgraph.tensor as T

KEY = "5" * 64
CODE = ObjectCode("f", bytes(range(256)) * 4, ("entry",), ("cbrt",), Timings())
USE = """
import sys
import symgraph as sg, symgraph.tensor as T
x, w = T.dvector("x"), sg.shared([1.0, 2.0, 3.0])
f = sg.function([x], T.dot(x, w) + T.exp(x).sum(), updates=[(w, w * 2.0)])
print(f([0.0, 1.0, 2.0]), w.get_value())
if sys.argv[1] == "found":
    emitters = ("emission.module", "emission.scalar_functions")
    writing = [name for name in sys.modules if name.endswith(emitters)]
    assert not writing, f"compiled: {writing}"
"""


@pytest.fixture(scope="module", autouse=True)
def call_code():
    """The code behind all calls is in the process before any cache here is looked at."""
    function()


@pytest.fixture
def folder(tmp_path):
    """An empty cache that the flags name."""
    # The pool of threads is kept code too, of which these tests do not speak.
    pool()
    with sg.config.change_flags(cache="True", compiledir=str(tmp_path)):
        yield tmp_path / "objects"


@pytest.fixture
def compiled(monkeypatch):
    """The names of programs for which code is generated, as it happens."""
    names = []

    def counting(outline, effort):
        names.append(outline.program.name)
        return write(outline, effort)

    write = module.emit
    monkeypatch.setattr(module, "emit", counting)
    return names


def function(scale=2.0, name="f"):
    x = T.dvector("x")
    return sg.function([x], [scale * x, x.sum()], name=name)


def entries(folder):
    return sorted(folder.glob("*.entry"))


def check(f, scale=2.0):
    product, total = f([1.0, 2.0])
    assert (list(product), total) == ([scale, 2 * scale], 3.0)


# --- programs ---


def test_an_equal_program_is_found_under_any_name(folder, compiled):
    check(function(name="one"))
    other = function(name="two")
    check(other)
    assert compiled == ["one"]
    assert len(entries(folder)) == 1
    assert other.executable.native.compiled.object.name == "two"


def test_another_program_is_not_found(folder, compiled):
    check(function(2.0))
    check(function(3.0), 3.0)
    assert len(compiled) == len(entries(folder)) == 2


def test_constants_of_other_values_share_code(folder, compiled):
    x = T.dvector("x")
    for values in ([1.0, 2.0], [5.0, -1.0]):
        f = sg.function([x], x + T.constant(np.array(values)))
        np.testing.assert_array_equal(f([0.0, 0.0]), values)
    assert len(compiled) == 1
    np.testing.assert_array_equal(
        sg.function([x], x + T.constant(np.arange(3.0)))([0, 0, 0]), range(3)
    )
    assert len(compiled) == 2


def test_checks_and_fall_backs_are_found_too(folder, compiled):
    x, i, z = T.dmatrix("x"), T.lscalar("i"), T.zvector("z")
    messages = []
    for _ in range(2):
        f = sg.function([x, i, z], [x[i] + x[0], T.erf(z)])
        row, curve = f(np.diag([3.0, 2.0]), 1, [0j])
        assert (list(row), list(curve)) == ([3.0, 2.0], [0])
        with pytest.raises(IndexError) as refused:
            f(np.eye(2), 2, [1j])
        messages.append(str(refused.value).splitlines()[0])
        assert len(f.fallbacks()) == 1
    assert len(compiled) == 1
    assert messages[0] == messages[1]


def test_a_switched_off_cache_writes_nothing(folder, compiled):
    with sg.config.change_flags(cache="False"):
        check(function())
        check(function())
    assert len(compiled) == 2
    assert not folder.exists()
    assert "False" in cache_line(cache="False")


@pytest.mark.parametrize("changed", ["symgraph", "processor", "translator"])
def test_other_surroundings_miss(folder, compiled, monkeypatch, changed):
    from symgraph.backends.llvm.codegen import fingerprint

    check(function())
    text = fingerprint.surroundings()
    monkeypatch.setattr(fingerprint, "surroundings", lambda: f"{text}\n{changed}")
    check(function())
    assert len(compiled) == len(entries(folder)) == 2


def cache_line(**flags):
    """What is told about the cache."""
    with sg.config.change_flags(**flags):
        return sg.compile.get_backend("llvm").info()["kept code"]


# --- the folder ---


def test_a_second_process_compiles_nothing(folder):
    def run(wanted):
        environment = os.environ | {"SYMGRAPH_FLAGS": f"compiledir={folder.parent}"}
        command = [sys.executable, "-c", USE, wanted]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    first = run("anything")
    assert run("found") == first
    for entry in entries(folder):
        entry.unlink()
    with pytest.raises(AssertionError, match="compiled"):
        run("found")


def test_every_file_of_the_translator_counts():
    """Of the lowering and of the back end, wherever in their rooms: code that an older emitter
    made is not found."""
    lines = "\n".join(translator_files(TRANSLATOR))
    for package in (symgraph.lower, symgraph.backends.llvm):
        root = Path(package.__file__).parent
        for path in root.rglob("*.py"):
            assert f"{path.relative_to(root)} {path.stat().st_size} " in lines, path


def test_the_folder_and_its_files_are_private(folder):
    check(function())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(entries(folder)[0].stat().st_mode) == 0o600
    assert len(list(folder.iterdir())) == 1


def test_a_folder_that_others_may_write_to_is_not_used(folder, compiled):
    check(function())
    folder.chmod(0o777)
    cache._cache_at.cache_clear()
    check(function())
    assert len(compiled) == 2
    assert "others may write to it" in cache_line()


def test_the_folder_of_another_user_is_not_used(folder, compiled, monkeypatch):
    check(function())
    owner = folder.stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    monkeypatch.setattr(cache, "SYSTEM", owner + 2)
    cache._cache_at.cache_clear()
    check(function())
    assert len(compiled) == 2
    assert f"belongs to user {owner}" in cache_line()


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path, compiled):
    (tmp_path / "file").write_text("in the way")
    with sg.config.change_flags(cache="True", compiledir=str(tmp_path / "file")):
        check(function())
        check(function())
        assert "cannot be used: " in cache_line()
    assert len(compiled) == 2


def test_what_cannot_be_written_is_done_without(folder, compiled, monkeypatch):
    check(function())

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    check(function(3.0), 3.0)
    check(function())
    assert len(compiled) == 2
    assert len(list(folder.iterdir())) == 1
    assert "No space left on device" in cache_line()


def test_an_entry_for_which_the_disk_has_no_room_leaves_nothing_behind(tmp_path):
    resource = pytest.importorskip("resource", reason="no limits of files' sizes")
    store = ObjectCache(tmp_path / "objects", 2**20)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(CODE.code) // 2, limits[1]))
    try:
        store.put(KEY, CODE)
        assert list(store.folder.iterdir()) == []
        assert "cannot write: " in store.trouble()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert store.get(KEY, "f") is None
    store.put(KEY, CODE)
    assert store.get(KEY, "f") == CODE
    assert store.trouble() is None


def test_a_folder_that_is_removed_meanwhile_is_made_anew(tmp_path):
    store = ObjectCache(tmp_path / "objects", 2**20)
    for _ in range(2):
        store.put(KEY, CODE)
        shutil.rmtree(store.folder)
        assert store.get(KEY, "f") is None
        # The first entry finds out.
        store.put(KEY, CODE)
        store.put(KEY, CODE)
        assert store.get(KEY, "f") == CODE
        assert store.trouble() is None


def test_an_entry_in_whose_place_a_folder_stands_is_done_without(tmp_path):
    store = ObjectCache(tmp_path / "objects", 2**20)
    (store.folder / f"{KEY}.entry").mkdir(parents=True)
    store.folder.chmod(0o700)
    assert store.get(KEY, "f") is None
    store.put(KEY, CODE)
    assert "cannot write: " in store.trouble()
    assert [path.name for path in store.folder.iterdir()] == [f"{KEY}.entry"]
    other = KEY[1:] + "6"
    store.put(other, CODE)
    assert store.get(other, "f") == CODE


def test_kept_code_is_told_of(folder):
    check(function())
    assert cache_line().startswith(f"{folder}: 1 functions, 0.0 MB")
    store = cache.object_cache()
    assert store.contents() == (1, entries(folder)[0].stat().st_size)
    assert store.clear().entries == 1
    assert store.contents() == (0, 0)


# --- damage ---


def test_an_entry_is_read_as_it_was_written():
    code = decoded(KEY, "g", encoded(KEY, CODE))
    assert (code.name, code.code) == ("g", CODE.code)
    assert (code.symbols, code.needs) == (("entry",), ("cbrt",))


def test_damage_of_any_byte_is_seen():
    data = encoded(KEY, CODE)
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0x40
        assert decoded(KEY, "f", bytes(damaged)) is None, position


def test_entries_cut_short_or_too_long_or_renamed_are_none():
    data = encoded(KEY, CODE)
    assert all(decoded(KEY, "f", data[:length]) is None for length in range(len(data)))
    assert decoded(KEY, "f", data + b"\0") is None
    assert decoded("6" * 64, "f", data) is None


@pytest.mark.parametrize("damage", [lambda d: d[:-1], lambda d: b"", lambda d: d[:99] + d[98:]])
def test_a_damaged_entry_is_written_anew(folder, compiled, damage):
    check(function())
    (path,) = entries(folder)
    data = path.read_bytes()
    path.write_bytes(damage(data))
    check(function())
    assert len(compiled) == 2
    assert path.read_bytes() == data
    check(function())
    assert len(compiled) == 2


# --- size ---


def key(number):
    return f"{number:064}"


def test_the_folder_stays_within_its_limit_and_the_unused_go_first(tmp_path):
    size = len(encoded(key(0), CODE))
    limit = 20 * size
    now = time.time()
    for number in range(20):
        ObjectCache(tmp_path, limit).put(key(number), CODE)
        os.utime(tmp_path / f"{key(number)}.entry", (now - 1000 + number,) * 2)
    store = ObjectCache(tmp_path, limit)
    assert store.get(key(0), "f") is not None
    store.put(key(20), CODE)
    assert store.contents().size <= limit
    left = {int(path.stem) for path in entries(tmp_path)}
    assert left == {0, *range(6, 21)}
    for number in range(21, 200):
        store.put(key(number), CODE)
        assert store.contents().size <= limit


def test_what_exceeds_the_limit_alone_is_not_kept(tmp_path):
    store = ObjectCache(tmp_path, 100)
    store.put(KEY, CODE)
    assert store.contents() == (0, 0)


def test_files_that_a_writer_left_behind_go(tmp_path):
    old, new = tmp_path / "a.1.2.new", tmp_path / "b.1.2.new"
    for path in (old, new):
        path.write_bytes(b"begun")
    os.utime(old, (time.time() - 7200,) * 2)
    ObjectCache(tmp_path, 10**6).put(KEY, CODE)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{KEY}.entry", new.name]


# --- several at once ---


def test_threads_share_the_folder(folder):
    start, failures = threading.Barrier(8), []

    def work(number):
        start.wait()
        try:
            for turn in range(6):
                check(function(float(turn % 3), f"f{number}"), float(turn % 3))
        except BaseException as error:
            failures.append(error)

    # Flags that are set for a while are set for the thread at hand: each gets a copy of them.
    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(work, number))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert {path.suffix for path in folder.iterdir()} == {".entry"}


WRITE = """
import sys
from pathlib import Path
from test_cache import CODE, key
from symgraph.backends.llvm.codegen.cache import ObjectCache
store = ObjectCache(Path(sys.argv[1]), 10**5)
for turn in range(300):
    found = store.get(key(turn % 7), "f")
    assert found is None or found.code == CODE.code
    store.put(key(turn % 7), CODE)
    if turn % 50 == 0: store.clear()
"""


def test_processes_share_the_folder(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", WRITE, str(tmp_path)]
    running = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in running:
        _, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
    for path in tmp_path.iterdir():
        assert decoded(path.stem, "f", path.read_bytes()) is not None


PLACES = {
    # What is done before the import and behind it, how the home directory is told, and why not.
    "folder gone before": ("os.rmdir(os.getcwd())", "", "relative to a working directory that is"),
    "folder gone later": ("", "os.rmdir(os.getcwd())", "relative to a working directory that is"),
    "no home": ("pwd.getpwuid = lambda *_: {}[0]", "", "there is no home directory"),
}
WITHOUT = """
import os, pwd
{before}
import symgraph as sg, symgraph.tensor as T
from symgraph.backends.llvm.codegen.cache import described
{behind}
x = T.dvector()
assert sg.function([x], x * 3 + 1)([1.0]) == [4.0]
print(described())
"""


@pytest.mark.parametrize("case", PLACES)
def test_functions_compile_without_a_place_for_the_cache(case, tmp_path):
    before, behind, why = PLACES[case]
    folder = tmp_path / "work"
    folder.mkdir()
    environment = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME")}
    environment["SYMGRAPH_FLAGS"] = "" if case == "no home" else "compiledir=kept"
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(before=before, behind=behind)],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"(not used: {why}" in done.stdout or f"(not used: it is {why}" in done.stdout
    assert not folder.exists() or not list(folder.iterdir())
