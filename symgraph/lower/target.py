"""Describe the processor by the numbers that lowering, and the estimates of back ends, use.

A back end makes a `Target` from the processor that it detects and passes it to `lower`. The
defaults describe a core with 512-bit vectors, 1 MiB of second-level cache and a clock of about 3
GHz, on which the numbers were measured (Zen 4 and Zen 5). `with_caches` and `with_vectors` derive
the numbers of another processor from its caches and its registers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

KIB, MIB = 2**10, 2**20

# ns for one float32 of functions that are slower than arithmetic, without loads and stores.
FUNCTION_NS: dict[str, float] = {
    "arccos": 0.25, "arccosh": 0.7, "arcsin": 0.2, "arcsinh": 0.8, "arctan": 0.2, "arctan2": 0.4,
    "arctanh": 0.6, "cos": 0.5, "cosh": 0.2, "erf": 0.45, "erfc": 0.65, "erfcinv": 1.6,
    "erfcx": 1.4, "erfinv": 1.1, "exp": 0.15, "exp2": 0.15, "expm1": 0.25, "floor_div": 0.6,
    "gamma": 2.3, "gammaln": 0.9, "hypot": 0.15, "i0": 0.9, "i1": 0.9, "j0": 1.6, "j1": 1.6,
    "log": 0.25, "log10": 0.4, "log1p": 0.45, "log2": 0.35, "logaddexp": 0.6, "mod": 0.6,
    "normal_quantile": 0.6, "pow": 1.6, "psi": 0.85, "reciprocal": 0.08, "sigmoid": 0.3, "sin": 0.5,
    "sinh": 0.3, "softplus": 0.6, "sqrt": 0.1, "tan": 0.6, "tanh": 0.35, "tri_gamma": 0.65,
    "true_div": 0.08, "xlogy": 0.35,
}  # fmt: skip
# ns for one number of functions on integers.
INTEGER_NS: dict[str, float] = {
    "philox_high": 0.7, "philox_low": 0.7, "random_word32": 0.35, "random_word64": 0.7,
}  # fmt: skip
# ns for one value of functions that branch and loop, which have no vector form: draws by rejection,
# series and continued fractions.
SERIAL_NS: dict[str, float] = {
    "betainc": 150, "draw_binomial": 60, "draw_log_gamma": 80, "draw_poisson": 60, "gammainc": 100,
    "gammaincc": 100, "iv": 80, "jv": 200, "polygamma": 100,
}  # fmt: skip


def _numbers(values: Mapping[str, float]) -> Any:
    """Return a field with a table of numbers, excluded from the hash, as dicts have none."""
    return field(default_factory=lambda: dict(values), hash=False)


class Grid(Enum):
    """What an item of a grid is."""

    THREAD = "thread"
    """One of very many, which makes one iteration; neighbours go through memory together."""
    CORE = "core"
    """One of a few, which makes many iterations, with vectors."""


@dataclass(frozen=True)
class Target:
    """A processor core: its memory and registers, the costs of operations, and the block sizes of
    loops and other work."""

    # --- memory ---
    # Bytes of the first-level data cache and of the second-level cache, for one core.
    l1_bytes: int = 48 * KIB
    l2_bytes: int = 1 * MIB
    # Bytes of the third-level cache, which cores share.
    l3_bytes: int = 32 * MIB
    # Bytes of a cache line.
    line_bytes: int = 64
    # Bytes that stay in the second-level cache from one use to the next.
    near_bytes: int = 384 * KIB
    # Bytes of one block of a region beyond which running block by block gains nothing.
    still_near_bytes: int = 1536 * KIB
    # Elements of a matrix that stays in the cache while it is read again for each block of rows.
    near_matrix: int = 2**16
    # Bytes of sums that stay near enough to be added to repeatedly.
    near_sums_bytes: int = 4 * MIB

    # --- vector registers ---
    vector_bytes: int = 64
    vector_registers: int = 32
    # Whether loads and stores of only some lanes are single instructions, for every dtype.
    masks: bool = True
    # Vectors that are reduced side by side, as each waits for the one before it.
    interleaved: int = 4

    # --- costs in ns; those of functions are for one float32, without loads and stores ---
    # A function that `function_ns` does not list.
    plain_ns: float = 0.02
    function_ns: Mapping[str, float] = _numbers(FUNCTION_NS)
    integer_ns: Mapping[str, float] = _numbers(INTEGER_NS)
    serial_ns: Mapping[str, float] = _numbers(SERIAL_NS)
    # Factor for float64: twice as many vectors, and longer polynomials.
    wide_factor: float = 2.5
    # Division of integers, which has no vector form.
    integer_division_ns: float = 3.0
    # Moving a byte between a core and its caches or memory.
    byte_ns: float = 0.03
    # An element whose index was itself loaded.
    scattered_ns: float = 0.6
    # A multiply-add of a matrix product, for four bytes of its operands.
    product_ns: float = 0.015
    # A multiply-add in estimates of all work of this kind, convolutions included.
    multiply_add_ns: float = 0.02
    # An element of a pooled array.
    pooling_ns: float = 0.3
    # A statement outside loops.
    statement_ns: float = 2.0

    # --- which loops are fused ---
    # Functions that cost more than this are never computed twice.
    expensive_ns: float = 0.05
    # Functions of row values that cost more than this get loops of their own.
    slow_ns: float = 0.12
    # The cost of storing and loading a number, in ns: recomputing it in a later loop over the same
    # row may not cost more.
    again_ns: float = 0.12

    # --- loops ---
    # Rows and columns of the tiles in which arrays are traversed across their rows.
    transposing_tile: tuple[int, int] = (32, 64)
    # The unroll factor of loops that accumulate in memory, for nests of at most a number of
    # operations, whose values fit in registers: (operations, iterations).
    steps: tuple[tuple[int, int], ...] = ((6, 4), (12, 2))
    # Elements of a part of a row in which a thread looks for the place of an extreme.
    searched: int = 2**14
    # Elements along rows for which what is known of each stays in the nearest cache while many rows
    # are gone through.
    near_columns: int = 1024

    # --- threads ---
    # Work of fewer ns stays on one thread: waking another takes longer.
    small_ns: float = 40_000.0
    # The ns of the range of a loop that a thread takes at a time, approximately.
    grain_ns: float = 12_000.0
    # Elements along an array's rows that threads do not divide: vectors stay whole, and a cache
    # line belongs to one thread even where elements have one byte.
    undivided: int = 64
    # Parts into which products, convolutions and regions are cut, which limits their threads.
    cells: int = 8

    # --- matrix products ---
    # The largest extent that the library for matrix products (BLAS) can represent.
    blas_extent: int = 2**31 - 1
    # Multiply-adds from which on the library's blocking matters. Smaller products find their
    # matrices in the caches. Narrow vectors read shorter pieces of a row, from more places; copying
    # the matrix first, as the library does, then pays off sooner.
    blas_multiply_adds: float = 2.0**28

    # --- regions: statements that run block by block ---
    # Iterations of a block are a multiple of these: rows fill tiles of products, columns fill
    # vectors and cache lines.
    block_rows: int = 24
    block_columns: int = 64
    # The least columns of a product that make several blocks.
    several_columns: int = 128
    # The least number of blocks from which anything is gained.
    least_blocks: int = 4
    # The least bytes that members pass on in an iteration, and in all iterations: passing on less
    # costs nothing.
    least_iteration_bytes: int = 256
    least_bytes: int = 32 * KIB

    # --- convolutions ---
    # Limit on the places of a strip, so that some of its rows stay in the first-level cache; and
    # the least number of places that a sum runs over, so that adding up lanes at its end is
    # negligible.
    few_places: int = 800
    many_places: int = 512
    # Bytes behind patches that vectors may access.
    reach_bytes: int = 1024
    # Limit on the bytes of the sums of all cells, where each cell has its own.
    sums_bytes: int = 16 * MIB

    # --- what programs for the target have ---
    # In bytes: where buffers of the arena may begin.
    alignment: int = 64
    # Whether and how kernels run as grids of items. Then reductions over different axes are in
    # different kernels, there are no regions, the back end plans convolutions, and new values of
    # shared variables are new arrays.
    grid: Grid | None = None

    # --- random numbers ---
    # Words of 8 bytes that are drawn at a time.
    strip_words: int = 1024

    def with_caches(self, l1: int, l2: int, l3: int, line: int = 64) -> "Target":
        """Return the target with other caches, in bytes, and the limits that follow from them.

        Data stays near in 3/8 of the second-level cache, beside what streams through it; a block of
        a region may take 3/2 of it, part of which comes from the third level. A matrix of float32
        that is read again takes a quarter. Sums take 1/8 of the third-level cache, or all of the
        second where there is no third. A strip of random words takes at most a quarter of the
        first-level cache, but is longer than a short row.
        """
        words = max(l1 // 32, 256)
        return replace(
            self,
            l1_bytes=l1,
            l2_bytes=l2,
            l3_bytes=l3,
            line_bytes=line,
            near_bytes=l2 * 3 // 8,
            still_near_bytes=l2 * 3 // 2,
            near_matrix=l2 // 16,
            near_sums_bytes=max(l3 // 8, l2),
            undivided=line,
            reach_bytes=16 * max(line, 64),
            strip_words=2 ** (words.bit_length() - 1),
        )

    def with_vectors(self, width: int, registers: int, masks: bool = True) -> "Target":
        """Return the target with other vector registers, of `width` bytes, and with or without
        `masks`.

        The time of vector code, loads and stores included, is inversely proportional to the width;
        code that has no vector form takes as long as before.
        """
        slower = self.vector_bytes / width
        vectorised = (
            "plain_ns", "byte_ns", "product_ns", "multiply_add_ns", "pooling_ns", "expensive_ns",
            "slow_ns", "again_ns",
        )  # fmt: skip
        times: dict[str, Any] = {name: getattr(self, name) * slower for name in vectorised}
        for name in ("function_ns", "integer_ns"):
            times[name] = {fn: ns * slower for fn, ns in getattr(self, name).items()}
        blas = 2.0**28 if width >= 64 else 2.0**24
        return replace(
            self,
            vector_bytes=width,
            vector_registers=registers,
            masks=masks,
            blas_multiply_adds=blas,
            **times,
        )
