"""Cache object code on disk: code that was compiled on this machine is not compiled again.

The name of an entry is the `fingerprint` of its program, so an entry is correct or missing, and
never out of date. An entry is one file:

    magic | digest of name and all that follows | length of the facts | facts | code

The facts are two lines: the names that the code defines, and those that it needs.

Several processes share the folder without locks: an entry is written to a temporary file beside it,
which is then renamed in one step. A damaged entry counts as missing, and is written again. The
folder is bounded in size; the least recently used entries are removed first.

Whoever can write to the folder decides what code runs. So it must belong to the user or to the
system, and be writable by nobody else; where it is not, or cannot be made, nothing is cached and
`ObjectCache.trouble` gives the reason.
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
# The user id of the system.
SYSTEM = 0
# A clean-up leaves this part of the limit, so that the next one is far away.
LEFT = 0.8
# Seconds after which an unfinished file counts as abandoned by its writer.
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
        # The bytes that may still be written before sizes are added up again.
        self._room = 0
        self._refused = False

    def refuse(self, why: str) -> None:
        """Cache nothing here from now on."""
        self._problem = why
        self._refused = True

    def get(self, key: str, name: str) -> ObjectCode | None:
        """Return the code of a fingerprint, under `name`; None if there is no intact entry."""
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
        """Write an entry, unless the folder does not permit it."""
        if not self._usable(make=True):
            return
        data = encoded(key, code)
        if len(data) > self.limit:
            return
        self._make_room(len(data))
        # Concurrent writers of the same entry use different files.
        temporary = self.folder / f"{key}.{os.getpid()}.{os.urandom(8).hex()}.new"
        try:
            with open(temporary, "xb", opener=_private) as file:
                file.write(data)
            os.replace(temporary, self._path(key))
            self._problem = None
        except OSError as error:
            self._problem = f"cannot write: {error}"
            # If the folder is gone, the next entry creates it again.
            self._checked = not isinstance(error, FileNotFoundError)
            with suppress(OSError):
                temporary.unlink()

    def trouble(self) -> str | None:
        """Return why nothing is cached, or why the last entry was not; None if there is no
        problem."""
        if self._usable(make=True) and not os.access(self.folder, os.W_OK):
            return "read only"
        return self._problem

    def clear(self) -> Contents:
        """Remove all entries; return the number and size of those that there were."""
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
        """Return whether the folder exists and is safe; checked until it is."""
        if self._checked or self._refused:
            return not self._refused
        try:
            if make:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = self.folder.stat()
            self._problem = _unsafe(status)
            self._checked = self._problem is None
        except FileNotFoundError as error:
            # Nothing was cached there yet, or it cannot be made.
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
        """Remove entries if needed. Sizes are added up at a process's first entry, and rarely
        later."""
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
    """Return the cache that the flags ask for; None where they switch it off."""
    if config.cache == "False":
        return None
    return _cache_at(config.compiledir or default_folder(), int(config.cache_limit) * MEGABYTE)


@cache
def _cache_at(folder: str, limit: int) -> ObjectCache:
    """Return the cache in a folder; a relative path is resolved at first use."""
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
    """Return a description of where code is cached, and how much of it, for people."""
    store = object_cache()
    if store is None:
        return "none (the flag 'cache' is False)"
    contents = store.contents()
    kept = f"{store.folder}: {contents.entries} functions, {contents.size / MEGABYTE:.1f} MB"
    trouble = store.trouble()
    return f"{kept} ({trouble})" if trouble else kept


def default_folder() -> str:
    """Return the system's folder for a user's caches."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return os.path.join(base, "symgraph")


def encoded(key: str, code: ObjectCode) -> bytes:
    """Return code in the format of an entry."""
    facts = "\n".join(" ".join(names) for names in (code.symbols, code.needs)).encode()
    return HEAD.pack(MAGIC, _digest(key, facts, code.code), len(facts)) + facts + code.code


def decoded(key: str, name: str, data: bytes) -> ObjectCode | None:
    """Return the code in an entry; None if it is not what was written."""
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
    """Return why code in a folder cannot be trusted; None if it can."""
    if not hasattr(os, "getuid"):
        return None
    if status.st_uid not in (os.getuid(), SYSTEM):
        return f"not used: it belongs to user {status.st_uid}"
    if status.st_mode & 0o022:
        return "not used: others may write to it"
    return None
