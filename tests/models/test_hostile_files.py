"""Files that promise much, or unpack to much, are refused before memory is taken; and files that
are none."""

import gzip
import io
import os
import pickle
import socket
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from symgraph.models import load
from symgraph.models.datasets import load_data, load_image, load_text
from symgraph.models.errors import DataError, ModelFileError

import symgraph as sg

GIB = 1 << 30


@pytest.fixture
def within():
    """Runs a reader that must refuse a file, in some megabytes."""

    def call(reader, path, reason, megabytes=100):
        tracemalloc.start()
        try:
            with pytest.raises(DataError, match=reason) as caught:
                reader(path)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert str(caught.value).startswith(str(path))
        assert peak < megabytes << 20
        return str(caught.value)

    return call


def npy(shape, dtype="<f8", content=b""):
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (117 - len(header)) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def archive(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ((2**26, 8), "the header of x.npy promises 4,294,967,296 bytes, more than the 2,147,483"),
        ((2**20, 8), "the header of x.npy promises 67,108,864 bytes of numbers, it has 0"),
        ((2**62, 2**62), "the header of x.npy promises"),
        ((-1, 8), "negative size"),
    ],
)
def test_an_archive_whose_header_promises_much(tmp_path, within, shape, reason):
    path = tmp_path / "small.npz"
    archive(path, x=npy(shape), y=npy((3,), content=bytes(24)))
    assert path.stat().st_size < 1000
    within(load_data, path, reason)


def test_an_archive_that_unpacks_to_much(tmp_path, within):
    path = tmp_path / "bomb.npz"
    archive(path, x=npy((2**18, 8), content=bytes(2**24)), y=npy((3,), content=bytes(24)))
    with sg.config.change_flags(max_file_bytes=2**20):
        told = within(load_data, path, "unpacks to 16,777,496 bytes, more than the 1,048,576", 10)
    remedy = told.partition("SYMGRAPH_FLAGS=max_file_bytes=")[2]
    with sg.config.change_flags(max_file_bytes=int(remedy)):
        within(load_data, path, "262144 samples but 3 labels")


@pytest.mark.parametrize("name", ["mnist.pkl.gz", "table.csv.gz", "table.csv"])
def test_packed_files_that_unpack_to_much(tmp_path, within, name):
    path = tmp_path / name
    content = b"0" * 2**20
    with gzip.open(path, "wb") as file:
        for _ in range(150):
            file.write(content)
    with sg.config.change_flags(max_file_bytes=140 << 20):
        reason = "unpacks to more than the 146,800,640 bytes that are read .*max_file_bytes=29360"
        within(load_data, path, reason, 140)
    with sg.config.change_flags(max_file_bytes=60 << 20):
        within(load_data, path, "unpacks to more than", 65)


def test_holes_count_as_content(tmp_path, within):
    for name, reader in (("a.csv", load_data), ("b.txt", load_text), ("c.st", load)):
        path = tmp_path / name
        with open(path, "wb") as file:
            file.truncate(4 * GIB)
        within(reader, path, "holds 4,294,967,296 bytes, more than the 2,147,483,648", 1)


def test_an_idx_header_that_promises_much(tmp_path, within):
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        content = struct.pack(">4i", 2051, 2**31 - 1, 2**31 - 1, 4)
        (tmp_path / f"{name}-ubyte.gz").write_bytes(gzip.compress(content))
    path = tmp_path / "train-images-idx3-ubyte.gz"
    within(lambda path: load_data(path.parent), path, "short data: the header promises", 5)


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02]r\xff\xff\xff\x7f.",  # an entry of the memo with a great number
        b"\x80\x05\x96" + struct.pack("<Q", 4 * GIB) + b"ab.",  # bytes that are not there
        b"\x80\x04\x8e" + struct.pack("<Q", 4 * GIB) + b"ab.",
        b"\x80\x04\x95" + struct.pack("<Q", 4 * GIB) + b"N.",
        # A text that is encoded again and again.
        b"\x80\x02X"
        + struct.pack("<I", 2**20)
        + b"a" * 2**20
        + b"q\x000"
        + b"c_codecs\nencode\nh\x00X\x06\x00\x00\x00latin1\x86R" * 200
        + b".",
    ],
)
def test_pickles_that_ask_for_memory(tmp_path, within, content):
    path = tmp_path / "mnist.pkl"
    path.write_bytes(content)
    within(load_data, path, "pickle|expected three parts|refused", 20)


def test_a_line_without_end(tmp_path, within):
    path = tmp_path / "line.csv"
    path.write_bytes(gzip.compress(b"1," * 20_000_000))
    within(load_data, path, "a line has more than 10,000,000 characters", 150)


def nothings(folder):
    """What is no ordinary file, and what is said of it."""
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "dangling").symlink_to(folder / "gone")
    (folder / "circle").symlink_to(folder / "circle")
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.relpath(folder / "socket"))
    server.close()
    return {
        "folder": "a folder, not an ordinary file",
        "pipe": "a pipe, not an ordinary file",
        "socket": "a socket, not an ordinary file",
        "dangling": "a link to .*gone, which does not exist",
        "circle": "Too many levels of symbolic links",
        "absent": "no such file",
        "absent/file": "no such file: there is no folder .*absent",
        "nu\0l": "no name of a file",
    }


def test_what_is_no_ordinary_file_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, reason in nothings(tmp_path).items():
        for reader, kind in ((load, ModelFileError), (load_image, DataError)):
            with pytest.raises(kind, match=reason):
                reader(tmp_path / name)
    with pytest.raises(ModelFileError, match="a device, not an ordinary file"):
        load("/dev/zero")
    with pytest.raises(DataError, match="a device, not an ordinary file"):
        load_data("/dev/zero")


def test_a_file_without_permission_says_so(tmp_path, monkeypatch):
    """The superuser may read anything, so the system is played."""
    path = tmp_path / "m.safetensors"
    path.write_bytes(b"")

    def denied(*arguments, **options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("builtins.open", denied)
    for reader, kind in ((load, ModelFileError), (load_image, DataError), (load_data, DataError)):
        with pytest.raises(kind, match=r"m.safetensors: Permission denied$"):
            reader(path)


def sound_files():
    """The bytes of small files of each kind."""
    x, y = np.arange(60.0).reshape(20, 3), np.arange(20) % 2
    stream = io.BytesIO()
    np.savez_compressed(stream, x=x, y=y)
    parts = tuple((x.astype(np.float32), y) for _ in range(3))
    rows = "label,a,b\n" + "".join(
        f"{label},{a},{b}\n" for label, (a, b, _) in zip(y, x, strict=True)
    )
    return {
        "a.npz": stream.getvalue(),
        "a.pkl": pickle.dumps(parts, protocol=2),
        "a.pkl.gz": gzip.compress(pickle.dumps(parts)),
        "a.csv": rows.encode(),
        "a.csv.gz": gzip.compress(rows.encode()),
    }


SOUND = sound_files()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(sorted(SOUND)),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=4),
    length=st.none() | st.integers(0, 2000),
)
def test_any_damage_ends_in_data_or_the_one_error(tmp_path, name, changes, length):
    content = bytearray(SOUND[name])
    for place, value in changes:
        content[place % len(content)] = value
    path = tmp_path / name
    path.write_bytes(content[:length])
    try:
        data = load_data(path)
    except DataError as error:
        assert str(error).startswith(str(path))
    else:
        assert np.isfinite(data.train.x).all()
