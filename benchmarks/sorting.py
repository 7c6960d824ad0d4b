"""Sorting, the order that sorts, and the largest hundred, of rows of any length, beside NumPy's.

    python -m benchmarks.sorting                        # all
    python -m benchmarks.sorting sort --dtypes float32,int8 --orders random,sorted,few

For each operation, dtype, length of rows and order of the numbers: our time for 10^6 numbers, and
NumPy's over ours (above 1: we are faster). NumPy's `partition` stands beside `topk`, which sorts
what it takes, too. Times are the least of many, in processor time on one thread.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import symgraph as sg
import symgraph.tensor as T
from benchmarks.reductions import least

SIZE = 10**6
TAKEN = 100


class Operation(NamedTuple):
    """Ours, NumPy's, and the shortest rows that it takes."""

    ours: Callable[[Any], Any]
    numpys: Callable[[np.ndarray], np.ndarray]
    shortest: int = 1


OPERATIONS = {
    "sort": Operation(T.sort, np.sort),
    "argsort": Operation(T.argsort, lambda x: np.argsort(x, axis=-1)),
    "topk": Operation(
        lambda x: T.topk(x, TAKEN),
        lambda x: np.partition(x, x.shape[-1] - TAKEN)[..., -TAKEN:],
        2 * TAKEN,
    ),
}
DTYPES = ("float32", "float64", "int32", "int64")
LENGTHS = (10, 64, 100, 300, 1000, 10**4, 10**6)
ORDERS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "random": lambda i, rng: rng.permutation(i),
    "sorted": lambda i, rng: i,
    "reversed": lambda i, rng: i[::-1],
    "few": lambda i, rng: rng.integers(0, 16, i.size),
    "organ pipe": lambda i, rng: np.minimum(i, i[::-1]),
}


def numbers(dtype: str, length: int, order: str) -> np.ndarray:
    """Return rows of numbers of a dtype, of which there are fewer where it has fewer."""
    rng = np.random.default_rng(0)
    rows = max(1, SIZE // length)
    made = np.stack([ORDERS[order](np.arange(length), rng) for _ in range(rows)])
    if np.dtype(dtype).kind == "f":
        return (made / length).astype(dtype)
    return made.astype(dtype)


def main(arguments: Sequence[str] | None = None) -> int:
    p = argparse.ArgumentParser(prog="python -m benchmarks.sorting", description=__doc__)
    p.add_argument("operations", nargs="*", metavar="OPERATION", help=", ".join(OPERATIONS))
    p.add_argument("--dtypes", default=",".join(DTYPES), help="separated by commas (%(default)s)")
    p.add_argument("--lengths", default=",".join(map(str, LENGTHS)), help="(%(default)s)")
    p.add_argument("--orders", default="random", help=f"of {', '.join(ORDERS)} (%(default)s)")
    p.add_argument("--seconds", type=float, default=0.2, help="for each time (%(default)s)")
    options = p.parse_args(arguments)
    print("| operation | dtype | length | order | ms | NumPy / ours |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in options.operations or OPERATIONS:
        operation = OPERATIONS[name]
        for dtype in options.dtypes.split(","):
            x = T.TensorType(dtype, (None, None))("x")
            with sg.config.change_flags(threads=1):
                f = sg.function([sg.In(x, borrow=True)], operation.ours(x))
            for length in map(int, options.lengths.split(",")):
                if length < operation.shortest:
                    continue
                for order in options.orders.split(","):
                    value = numbers(dtype, length, order)
                    found = (
                        np.take_along_axis(value, f(value), -1) if name == "argsort" else f(value)
                    )
                    np.testing.assert_array_equal(found, np.sort(value)[:, -found.shape[1] :])
                    mine, numpys = (
                        least(lambda do=do, v=value: do(v), options.seconds, time.process_time)
                        for do in (f, operation.numpys)
                    )
                    left = f"| {name} | {dtype} | {length} | {order} |"
                    print(f"{left} {mine * 1e3:.2f} | {numpys / mine:.2f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
