"""The processor as data: what lowering, and the estimates that back ends share, know of it.

A back end makes a `Target` of what it detects and hands it to `lower`. The defaults describe a
core with 512-bit vectors, 1 MiB of second-level cache and a clock of about 3 GHz, on which the
numbers were measured (Zen 4 and Zen 5). `with_caches` and `with_vectors` tell how the numbers of
another processor follow from its caches and its registers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

KIB, MIB = 2**10, 2**20

# ns for one float32 of functions that take longer than arithmetic, loading and storing aside.
FUNCTION_NS: dict[str, float] = {
    "arccos": 0.25, "arccosh": 0.7, "arcsin": 0.2, "arcsinh": 0.8, "arctan": 0.2, "arctan2": 0.4,
    "arctanh": 0.6, "cos": 0.5, "cosh": 0.2, "erf": 0.45, "erfc": 0.65, "erfinv": 1.1, "exp": 0.15,
    "exp2": 0.15, "expm1": 0.25, "floor_div": 0.6, "gamma": 2.3, "gammaln": 0.9, "hypot": 0.15,
    "log": 0.25, "log10": 0.4, "log1p": 0.45, "log2": 0.35, "logaddexp": 0.6, "mod": 0.6,
    "normal_quantile": 0.6, "pow": 1.6, "psi": 0.85, "reciprocal": 0.08, "sigmoid": 0.3, "sin": 0.5,
    "sinh": 0.3, "softplus": 0.6, "sqrt": 0.1, "tan": 0.6, "tanh": 0.35, "tri_gamma": 0.65,
    "true_div": 0.08, "xlogy": 0.35,
}  # fmt: skip
# ns for one number of functions on integers.
INTEGER_NS: dict[str, float] = {
    "philox_high": 0.7, "philox_low": 0.7, "random_word32": 0.35, "random_word64": 0.7,
}  # fmt: skip
# ns for one draw by attempts, which has no vector form.
DRAW_NS: dict[str, float] = {"draw_log_gamma": 80, "draw_poisson": 60, "draw_binomial": 60}


def _numbers(values: Mapping[str, float]) -> Any:
    """A field with a table of numbers. Tables take no part in the hash, as dicts have none."""
    return field(default_factory=lambda: dict(values), hash=False)


@dataclass(frozen=True)
class Target:
    """A processor core: its memory and registers, what operations cost, and the sizes into which
    work is cut."""

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
    # Bytes of one block of a region beyond which blocks gain nothing.
    still_near_bytes: int = 1536 * KIB
    # Elements of a matrix that is read again for each block of rows, and stays in the cache.
    near_matrix: int = 2**16
    # Bytes of sums that can be added to again and again.
    near_sums_bytes: int = 4 * MIB

    # --- vector registers ---
    vector_bytes: int = 64
    vector_registers: int = 32

    # --- costs, in ns; of functions for one float32, loading and storing aside ---
    # A function that `function_ns` does not list.
    plain_ns: float = 0.02
    function_ns: Mapping[str, float] = _numbers(FUNCTION_NS)
    integer_ns: Mapping[str, float] = _numbers(INTEGER_NS)
    draw_ns: Mapping[str, float] = _numbers(DRAW_NS)
    # Times as much for float64: twice as many vectors, and longer polynomials.
    wide_factor: float = 2.5
    # Division of integers, which has no vector form.
    integer_division_ns: float = 3.0
    # Moving a byte between a core and its caches or memory.
    byte_ns: float = 0.03
    # An element found by an index that was itself loaded.
    scattered_ns: float = 0.6
    # A multiplication and an addition of a matrix product, for four bytes.
    product_ns: float = 0.015
    # The same in estimates of all that multiplies and adds up, convolutions among it.
    multiply_add_ns: float = 0.02
    # An element of what is pooled.
    pooling_ns: float = 0.3
    # A statement outside loops.
    statement_ns: float = 2.0

    # --- which loops are fused ---
    # Functions that cost more than this are never computed twice.
    expensive_ns: float = 0.05
    # Functions of a row's number that cost more than this get loops of their own.
    slow_ns: float = 0.12
    # Loading and storing a number, in ns: computing it again in a later loop over the same row may
    # not cost more.
    again_ns: float = 0.12

    # --- loops ---
    # Rows and columns of the tiles in which arrays are read across their rows.
    transposing_tile: tuple[int, int] = (32, 64)
    # Iterations taken at a time while adding up in memory, for nests of up to so many operations,
    # whose values registers hold: (operations, iterations).
    steps: tuple[tuple[int, int], ...] = ((6, 4), (12, 2))
    # Elements among which the place of an extreme is looked for: they stay in the cache.
    searched: int = 512

    # --- threads ---
    # Work that takes fewer ns stays on one thread: waking another takes longer.
    small_ns: float = 40_000.0
    # A range of a loop that one thread takes at a time takes about so many ns.
    grain_ns: float = 12_000.0
    # Elements of a line of an array that threads do not divide: vectors stay whole, and a cache
    # line is one thread's even where elements have one byte.
    undivided: int = 64
    # Parts into which products, convolutions and regions are cut: as many threads can take part.
    cells: int = 8

    # --- matrix products ---
    # The largest extent that the library for matrix products (BLAS) counts.
    blas_extent: int = 2**31 - 1
    # Multiply-adds from which on the library's blocking counts. Smaller products find their
    # matrices in the caches. Narrow vectors read less of a row at a time, from more places; copying
    # it first, as the library does, pays sooner.
    blas_multiply_adds: float = 2.0**28

    # --- regions: statements that go block by block ---
    # Iterations of a block are a multiple of these: rows are whole tiles of products, columns fill
    # vectors and cache lines.
    block_rows: int = 24
    block_columns: int = 64
    # Columns of a product that make several blocks.
    several_columns: int = 128
    # Of fewer blocks than this nothing is gained.
    least_blocks: int = 4
    # Bytes that members hand on in an iteration, and in all iterations: handing on less costs
    # nothing.
    least_turn_bytes: int = 256
    least_bytes: int = 32 * KIB

    # --- convolutions ---
    # Places that products go over before their operands are others: so few that some rows stay in
    # the first-level cache, and so many that adding up lanes does not count.
    few_places: int = 800
    many_places: int = 512
    # Bytes behind patches that vectors may reach into.
    reach_bytes: int = 1024
    # Bytes that the sums of all cells may take, where each has its own.
    sums_bytes: int = 16 * MIB

    # --- random numbers ---
    # Words of 8 bytes that are drawn at a time.
    strip_words: int = 1024

    def with_caches(self, l1: int, l2: int, l3: int, line: int = 64) -> "Target":
        """Return the target with other caches, in bytes, and the limits that follow from them.

        Data stays near in 3/8 of the second-level cache, beside what streams through it; a block
        of a region may take 3/2 of it, part of which comes from the third level. A matrix of
        float32 that is read again takes a quarter. Sums take 1/8 of the third-level cache, or
        all of the second where there is no third. A strip of random words takes at most a
        quarter of the first-level cache, but is longer than a short row.
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

    def with_vectors(self, width: int, registers: int) -> "Target":
        """Return the target with other vector registers, of `width` bytes.

        What vectors compute takes time in inverse proportion to their width, loads and stores
        included; what has no vector form takes as long as before.
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
            blas_multiply_adds=blas,
            **times,
        )
