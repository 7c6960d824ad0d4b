"""Object code on disk: what was compiled once, on this machine, is never compiled again.

The name of an entry is the `fingerprint` of its program, so an entry is right or not there, and
never out of date. An entry is one file:

    magic | digest of name and all that follows | length of the facts | facts | code

The facts are two lines: the names that the code offers, and those that it needs.

Several processes share the folder without locks: an entry is written to a file of its own beside
it, which then takes the entry's name in one step. One that is damaged counts as not there, and
is written anew. The folder is bounded in size; what was unused for longest goes first.

Whoever can write to the folder decides what code runs. So it must belong to the user or to the
system, and be writable by no other; where it is not, or cannot be made, nothing is kept and
`ObjectCache.trouble` says why.
"""

import os
import struct
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from symgraph.backends.llvm.codegen.digest import DIGEST, blake2b
from symgraph.backends.llvm.codegen.jit import ObjectCode, Timings

from symgraph.graph import config

MAGIC = b"symgraph object 2\n"
SUFFIX = ".entry"
HEAD = struct.Struct(f"<{len(MAGIC)}s{DIGEST}sI")
MEGABYTE = 2**20
# The system's own user.
SYSTEM = 0
# A clean-up leaves this part of the limit, so that the next is far away.
LEFT = 0.8
# Seconds after which a file that was being written is one that its writer left behind.
ABANDONED = 3600.0


class Contents(NamedTuple):
    entries: int
    size: int


class ObjectCache:
    """The entries in one folder, which is made when the first is written; `limit` in bytes."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit
        self._problem: str | None = None
        self._checked = False
        # What may still be written before sizes are added up again.
        self._room = 0
        self._refused = False

    def refuse(self, why: str) -> None:
        """Keep nothing here from now on."""
        self._problem = why
        self._refused = True

    def get(self, key: str, name: str) -> ObjectCode | None:
        """The code of a fingerprint, under `name`; None if there is none intact."""
        if not self._usable():
            return None
        path = self._path(key)
        try:
            code = decoded(key, name, path.read_bytes())
        except OSError:
            return None
        if code is not None:
            with suppress(OSError):
                os.utime(path)
        return code

    def put(self, key: str, code: ObjectCode) -> None:
        """Keep code, unless the folder does not admit it."""
        if not self._usable(make=True):
            return
        data = encoded(key, code)
        if len(data) > self.limit:
            return
        self._make_room(len(data))
        # Another writer of this entry has another file.
        temporary = self.folder / f"{key}.{os.getpid()}.{os.urandom(8).hex()}.new"
        try:
            with open(temporary, "xb", opener=_private) as file:
                file.write(data)
            os.replace(temporary, self._path(key))
            self._problem = None
        except OSError as error:
            self._problem = f"cannot write: {error}"
            # Where the folder is gone, the next entry makes it anew.
            self._checked = not isinstance(error, FileNotFoundError)
            with suppress(OSError):
                temporary.unlink()

    def trouble(self) -> str | None:
        """Why nothing is kept, or why the last entry could not be; None if all is well."""
        if self._usable(make=True) and not os.access(self.folder, os.W_OK):
            return "read only"
        return self._problem

    def clear(self) -> Contents:
        """Remove all entries; what there were."""
        removed = size = 0
        for path, status in self._files():
            with suppress(OSError):
                path.unlink()
                removed += 1
                size += status.st_size
        return Contents(removed, size)

    def contents(self) -> Contents:
        sizes = [status.st_size for path, status in self._files() if path.suffix == SUFFIX]
        return Contents(len(sizes), sum(sizes))

    def _path(self, key: str) -> Path:
        return self.folder / (key + SUFFIX)

    def _usable(self, make: bool = False) -> bool:
        """Whether the folder is there and safe; looked at until it is."""
        if self._checked or self._refused:
            return not self._refused
        try:
            if make:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = self.folder.stat()
            self._problem = _unsafe(status)
            self._checked = self._problem is None
        except FileNotFoundError as error:
            # Nothing was kept there yet, or it cannot be made.
            self._problem = f"cannot be made: {error}" if make else None
        except (OSError, ValueError) as error:
            self._problem = f"cannot be used: {error}"
        return self._checked

    def _files(self) -> list[tuple[Path, os.stat_result]]:
        found = []
        with suppress(OSError), os.scandir(self.folder) as items:
            for item in items:
                with suppress(OSError):
                    if item.name.endswith((SUFFIX, ".new")):
                        found.append((Path(item.path), item.stat()))
        return found

    def _make_room(self, size: int) -> None:
        """Sizes are added up at the first entry of a process, and seldom after that."""
        self._room -= size
        if self._room >= 0:
            return
        files = sorted(self._files(), key=lambda file: file[1].st_mtime)
        total = sum(status.st_size for _, status in files) + size
        over = total > self.limit
        for path, status in files:
            left_behind = path.suffix != SUFFIX and status.st_mtime < time.time() - ABANDONED
            if left_behind or (over and total > LEFT * self.limit):
                with suppress(OSError):
                    path.unlink()
                total -= status.st_size
        self._room = (self.limit - total) // 4


def object_cache() -> ObjectCache | None:
    """The cache that the flags ask for; None where they switch it off."""
    if config.cache == "False":
        return None
    return _cache_at(config.compiledir or default_folder(), int(config.cache_limit) * MEGABYTE)


@cache
def _cache_at(folder: str, limit: int) -> ObjectCache:
    """The cache in a folder; a relative one is where it is at first."""
    path = os.path.expanduser(folder)
    trouble = "there is no home directory" if path.startswith("~") else None
    try:
        path = os.path.abspath(path)
    except FileNotFoundError:
        trouble = trouble or "it is relative to a working directory that is gone"
    found = ObjectCache(Path(path) / "objects", limit)
    if trouble is not None:
        found.refuse(f"not used: {trouble}")
    return found


def described() -> str:
    """Where code is kept, and how much of it, for people."""
    store = object_cache()
    if store is None:
        return "none (the flag 'cache' is False)"
    contents = store.contents()
    kept = f"{store.folder}: {contents.entries} functions, {contents.size / MEGABYTE:.1f} MB"
    trouble = store.trouble()
    return f"{kept} ({trouble})" if trouble else kept


def default_folder() -> str:
    """Where the system keeps a user's caches."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return os.path.join(base, "symgraph")


def encoded(key: str, code: ObjectCode) -> bytes:
    """Code as a file."""
    facts = "\n".join(" ".join(names) for names in (code.symbols, code.needs)).encode()
    return HEAD.pack(MAGIC, _digest(key, facts, code.code), len(facts)) + facts + code.code


def decoded(key: str, name: str, data: bytes) -> ObjectCode | None:
    """The code in a file; None if it is not what was written."""
    if len(data) < HEAD.size:
        return None
    magic, digest, length = HEAD.unpack_from(data)
    facts, code = data[HEAD.size : HEAD.size + length], data[HEAD.size + length :]
    if magic != MAGIC or len(facts) != length or digest != _digest(key, facts, code):
        return None
    symbols, needs = (tuple(line.split()) for line in facts.decode().split("\n"))
    return ObjectCode(name, code, symbols, needs, Timings())


def _digest(key: str, facts: bytes, code: bytes) -> bytes:
    digest = blake2b(f"{key} {len(facts)} ".encode(), digest_size=DIGEST)
    digest.update(facts)
    digest.update(code)
    return digest.digest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _unsafe(status: os.stat_result) -> str | None:
    """Why code in a folder cannot be trusted."""
    if not hasattr(os, "getuid"):
        return None
    if status.st_uid not in (os.getuid(), SYSTEM):
        return f"not used: it belongs to user {status.st_uid}"
    if status.st_mode & 0o022:
        return "not used: others may write to it"
    return None
