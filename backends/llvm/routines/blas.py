"""Load OpenBLAS from the wheel scipy-openblas32, with the kernels that suit the processor. The
library has LAPACK, too.

OpenBLAS chooses its kernels once, while the library loads, by the processor's model. For AMD's Zen
5 it takes kernels without AVX-512, which halves the speed of matrix products there (114 instead of
215 to 231 GFLOP/s for sgemm 1024^3 on one thread; on Zen 4, whose vector units are half as wide,
either family reaches some 105). So the variable that overrides its choice is set during loading
only, unless the user has set it. Integers of the interface have 32 bits.

The copy is symgraph's own: those inside NumPy and SciPy, and their settings, are not affected. It
starts with one thread: several callers then run in parallel (two callers of sgemm 1024^3: 156
GFLOP/s together, against 140 with two threads each; eight of 256x784x500: 175 against 66), and
small products are not slowed by distributing work. `set_num_threads` changes that, for one caller
with large products.
"""

import ctypes
import importlib.util
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from symgraph.backends.llvm.codegen.jit import Host, host

PACKAGE = "scipy_openblas32"
PREFIX = "scipy_"
CORETYPE = "OPENBLAS_CORETYPE"
FILES = ("libscipy_openblas*.so", "libscipy_openblas*.dylib", "*scipy_openblas*.dll")
AVX512_KERNELS = "SKYLAKEX"

# Routines of CBLAS by their short names; the prefixes s, d, c, z are the types.
ROUTINES = (
    "sgemm", "dgemm", "cgemm", "zgemm", "sgemv", "dgemv", "cgemv", "zgemv",
    "sger", "dger", "sdot", "ddot", "saxpy", "daxpy", "sscal", "dscal",
)  # fmt: skip


# The letters of dtypes in names of routines.
LETTERS = {"float32": "s", "float64": "d", "complex64": "c", "complex128": "z"}


class BlasError(RuntimeError):
    """There is no usable BLAS library; the message says why and what to do."""


@dataclass(frozen=True)
class Blas:
    """The loaded library."""

    path: Path
    # The kernels requested while it loaded, by symgraph or by the user; None: its own choice.
    requested: str | None
    _library: ctypes.CDLL = field(repr=False)

    def address(self, routine: str) -> int:
        """Return the address of a routine of `ROUTINES`, with CBLAS's signature; KeyError for
        others."""
        if routine not in ROUTINES:
            raise KeyError(f"no BLAS routine {routine!r}; there are {', '.join(ROUTINES)}")
        return _address(self._library, f"cblas_{routine}", self.path)

    @cache  # noqa: B019 - there is one library in a process
    def symbols(self) -> dict[str, int]:
        """Return addresses by name (`cblas_sgemm`, ...), to link modules that call the routines."""
        return {f"cblas_{routine}": self.address(routine) for routine in ROUTINES}

    def addresses(self, symbols: Iterable[str]) -> dict[str, int]:
        """Return the addresses of those symbols that are of LAPACK: see `lapack_symbol`."""
        return {
            symbol: _address(self._library, symbol, self.path)
            for symbol in symbols
            if is_lapack(symbol)
        }

    def config(self) -> str:
        """Return OpenBLAS's own description: version, build options, kernels."""
        return _text(self._library.scipy_openblas_get_config)

    def core_name(self) -> str:
        """Return the kernels in use, for instance 'SkylakeX' or 'Haswell'."""
        return _text(self._library.scipy_openblas_get_corename)

    def get_num_threads(self) -> int:
        return int(self._library.scipy_openblas_get_num_threads())

    def set_num_threads(self, count: int) -> None:
        """Set the threads of every product from now on, for all callers; ValueError below 1."""
        if count < 1:
            raise ValueError(f"the number of BLAS threads must be at least 1, not {count}")
        self._library.scipy_openblas_set_num_threads(ctypes.c_int(count))


@cache
def blas() -> Blas:
    """Load the library at the first call; raise BlasError if there is none that works."""
    path = find_library()
    wanted = suitable_kernels(host())
    before = os.environ.get(CORETYPE)
    if wanted is not None and before is None:
        os.environ[CORETYPE] = wanted
    try:
        library = ctypes.CDLL(str(path), mode=ctypes.RTLD_LOCAL)
    except OSError as error:
        raise BlasError(f"{path} does not load: {error}; {_advice()}") from error
    finally:
        if before is None:
            os.environ.pop(CORETYPE, None)
    for needed in ("get_config", "get_corename", "get_num_threads", "set_num_threads"):
        _address(library, f"openblas_{needed}", path)
    loaded = Blas(path, before or wanted, library)
    loaded.set_num_threads(1)
    return loaded


def suitable_kernels(processor: Host) -> str | None:
    """Return the kernel family to request from OpenBLAS, None where its own choice is right."""
    if processor.cpu.startswith("znver") and processor.has("avx512f"):
        return AVX512_KERNELS
    return None


def is_blas(symbol: str) -> bool:
    """Return whether a symbol is one of those in `Blas.symbols`."""
    return symbol.startswith("cblas_")


def lapack_symbol(routine: str, dtype: str) -> str:
    """Return the symbol of a routine of LAPACK in its C interface, with scratch memory from the
    caller: 'LAPACKE_dpotrf_work' for 'potrf' of float64."""
    return f"LAPACKE_{LETTERS[dtype]}{routine}_work"


def is_lapack(symbol: str) -> bool:
    """Return whether a symbol is one of `lapack_symbol`."""
    return symbol.startswith("LAPACKE_")


def find_library() -> Path:
    """Return the library's file in the wheel, without importing it: that would load it too
    early."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise BlasError(f"the package {PACKAGE!r} is not installed; {_advice()}")
    folder = Path(next(iter(spec.submodule_search_locations))) / "lib"
    for pattern in FILES:
        for path in sorted(folder.glob(pattern)):
            return path
    raise BlasError(f"no file {' or '.join(FILES)} in {folder}; {_advice()}")


def _advice() -> str:
    return "install it with: pip install --force-reinstall scipy-openblas32"


def _address(library: ctypes.CDLL, name: str, path: Path) -> int:
    try:
        function = getattr(library, PREFIX + name)
    except AttributeError:
        raise BlasError(f"{path} has no function {PREFIX + name}; {_advice()}") from None
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert address is not None
    return address


def _text(function: object) -> str:
    function.restype = ctypes.c_char_p  # type: ignore[attr-defined]
    return function().decode()  # type: ignore[operator]
