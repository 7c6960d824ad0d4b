"""Files as the system has them: ordinary ones are read, within limits, and replaced in one step.

A link stands for the file it leads to. Folders, devices, pipes and sockets are refused.
"""

import gzip
import os
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import DataError
from .limits import KEPT_WHILE_COUNTED, check_bytes, max_bytes

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20
_STREAMS = ("/dev/std", "/dev/fd", "/proc/")
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@contextmanager
def faults_told(path: Path, kind: type[DataError] = DataError) -> Iterator[None]:
    """Turn what the system and gzip say of a file into an error that names it."""
    try:
        yield
    except FileNotFoundError:
        raise kind(path, _absence(path)) from None
    except EOFError:
        raise kind(path, "the gzip data is truncated") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise kind(path, f"not a sound gzip file ({error})") from None
    except OSError as error:
        raise kind(path, error.strerror or str(error)) from None


def _absence(path: Path) -> str:
    if path.is_symlink():
        return f"a link to {os.readlink(path)}, which does not exist"
    if not path.parent.is_dir():
        return f"no such file: there is no folder {path.parent}"
    return "no such file"


def _ordinary(path: Path, found: os.stat_result, kind: type[DataError]) -> None:
    if not stat.S_ISREG(found.st_mode):
        name = next((name for is_it, name in _KINDS if is_it(found.st_mode)), "no ordinary file")
        raise kind(path, f"{name}, not an ordinary file")


@contextmanager
def open_ordinary(path: Path, kind: type[DataError] = DataError) -> Iterator[BinaryIO]:
    """Open an ordinary file within the limit, for reading."""
    with faults_told(path, kind):
        # A pipe would be waited for, and devices may do anything when opened.
        _ordinary(path, _status(path, kind), kind)
        with open(path, "rb") as stream:
            found = os.fstat(stream.fileno())
            _ordinary(path, found, kind)
            check_bytes(path, found.st_size, kind=kind)
            yield stream


def _status(path: Path, kind: type[DataError]) -> os.stat_result:
    try:
        return os.stat(path)
    except ValueError as error:  # a name with a zero in it
        raise kind(path, f"no name of a file ({error})") from None


@contextmanager
def unpacked(path: Path) -> Iterator[BinaryIO | gzip.GzipFile]:
    """Open the content of an ordinary file, unpacked if it begins as gzip files do."""
    with open_ordinary(path) as stream, faults_told(path):
        packed = stream.read(len(_GZIP)) == _GZIP
        stream.seek(0)
        if not packed:
            yield stream
            return
        with gzip.open(stream, "rb") as inner:
            yield inner


def beginning(path: Path, size: int) -> bytes:
    """Return the first bytes of the content, unpacked if it is packed."""
    with unpacked(path) as stream:
        return stream.read(size)


def read_content(path: Path) -> bytes:
    """Return the whole content, unpacked if it is packed. What unpacks to more than the limit is
    refused before it takes any memory to speak of."""
    counted = count_unpacked(path, keep=KEPT_WHILE_COUNTED)
    if isinstance(counted, bytes):
        return counted
    with unpacked(path) as stream:
        return stream.read(counted)


def count_unpacked(path: Path, keep: int = 0) -> bytes | int:
    """Return how many bytes the content has; the bytes themselves where they are no more than
    `keep`."""
    with unpacked(path) as stream:
        if not isinstance(stream, gzip.GzipFile):
            return os.fstat(stream.fileno()).st_size
        chunks: list[bytes] = []
        size = 0
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > max_bytes():
                # How much more there is nobody can tell without unpacking it.
                raise DataError(
                    path,
                    f"unpacks to more than the {max_bytes():,} bytes that are read of a file; to "
                    f"allow twice as much, set SYMGRAPH_FLAGS=max_file_bytes={2 * max_bytes()}",
                )
            chunks = [*chunks, chunk] if size <= keep else []
        return size if size > keep else b"".join(chunks)


def make_folder(folder: Path) -> None:
    """Make the folder, with those it lies in; it may be there already."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise DataError(error.filename, "is a file, not a folder") from None
    except NotADirectoryError as error:
        raise DataError(folder, f"{error.filename} lies in a file, not in a folder") from None
    except OSError as error:
        raise DataError(folder, error.strerror or str(error)) from None


def check_writable(path: str | Path, kind: type[DataError] = DataError) -> None:
    """Raise the error now if `replace` could not write an ordinary file to `path`."""
    path = Path(path)
    with faults_told(path, kind):
        target = _target(path, kind)
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise kind(path, f"the folder {target.parent} cannot be written to")


def replace(
    path: str | Path, write: Callable[[BinaryIO], object], kind: type[DataError] = DataError
) -> None:
    """Have `write` make the content of an ordinary file at `path`, whole or not at all.

    Another file there is replaced in one step and its permissions are kept; through a link, it is
    the file that the link leads to. Raises the error for what is no ordinary file.
    """
    path = Path(path)
    with faults_told(path, kind):
        target = _target(path, kind)
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~_umask()
        handle, partial = tempfile.mkstemp(dir=target.parent, suffix=".part")
        try:
            with open(handle, "wb") as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(partial, mode)
            os.replace(partial, target)
        except BaseException:
            os.unlink(partial)
            raise


def _target(path: Path, kind: type[DataError]) -> Path:
    """Return where a file is written that is named `path`: through links, to what is, or may
    become, an ordinary file."""
    try:
        if os.path.abspath(path).startswith(_STREAMS):
            raise kind(path, "a stream of this process, not an ordinary file")
        target = Path(os.path.realpath(path))
        _ordinary(path, os.stat(path), kind)
        if not os.access(target, os.W_OK):
            raise kind(path, "cannot be written to: it is protected")
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise kind(path, f"no name of a file ({error})") from None
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise
    return target


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
