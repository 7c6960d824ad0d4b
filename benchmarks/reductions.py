"""Reductions and running totals along every axis, beside NumPy's and beside a sum over it.

    python -m benchmarks.reductions                     # all
    python -m benchmarks.reductions max argmax --dtypes float32,int8 --threads 1,2

For each operation, shape, axis, order in memory and dtype: our time, NumPy's over ours (above 1: we
are faster), and ours over that of our sum. What running totals and logsumexp can reach at best are
not sums, but a copy of the array, and the sum of its exponentials. Times are the least of many; on
one thread they are processor time, so that other processes disturb them little. NumPy's logsumexp
is written with its max, exp, sum and log.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import symgraph as sg
import symgraph.tensor as T

Reduction = Callable[[Any, int | None], Any]


def _logsumexp(x: np.ndarray, axis: int | None) -> np.ndarray:
    top = np.max(x, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(x - top), axis=axis)) + np.squeeze(top, axis=axis)


# Name: ours, NumPy's, and the kinds of dtypes that it takes.
OPERATIONS: dict[str, tuple[Reduction, Reduction, str]] = {
    "sum": (lambda x, a: T.sum(x, axis=a), lambda x, a: np.sum(x, axis=a), "fib"),
    "mean": (lambda x, a: T.mean(x, axis=a), lambda x, a: np.mean(x, axis=a), "fi"),
    "max": (lambda x, a: T.max(x, axis=a), lambda x, a: np.max(x, axis=a), "fib"),
    "min": (lambda x, a: T.min(x, axis=a), lambda x, a: np.min(x, axis=a), "fi"),
    "argmax": (lambda x, a: T.argmax(x, axis=a), lambda x, a: np.argmax(x, axis=a), "fib"),
    "argmin": (lambda x, a: T.argmin(x, axis=a), lambda x, a: np.argmin(x, axis=a), "fi"),
    "any": (lambda x, a: T.any(x, axis=a), lambda x, a: np.any(x, axis=a), "b"),
    "all": (lambda x, a: T.all(x, axis=a), lambda x, a: np.all(x, axis=a), "b"),
    "cumsum": (lambda x, a: T.cumsum(x, a), lambda x, a: np.cumsum(x, a), "fib"),
    "cumprod": (lambda x, a: T.cumprod(x, a), lambda x, a: np.cumprod(x, a), "fi"),
    "exp, sum": (lambda x, a: T.sum(T.exp(x), a), lambda x, a: np.sum(np.exp(x), a), "f"),
    "copy": (lambda x, a: x + 1, lambda x, a: x + np.ones((), x.dtype), "fi"),
    "logsumexp": (lambda x, a: T.logsumexp(x, axis=a), _logsumexp, "f"),
}  # fmt: skip
DTYPES = ("float32", "float64", "int8", "int32", "int64", "bool", "float16")
SHAPES: tuple[tuple[int, ...], ...] = (
    (1000, 1000), (1_000_000,), (100_000, 10), (10, 100_000), (1003, 67),
    (64, 64, 256), (256, 63, 64),
)  # fmt: skip
ORDERS = ("C", "F", "every other")


class Case(NamedTuple):
    shape: tuple[int, ...]
    axis: int | None
    order: str
    dtype: str

    def value(self) -> np.ndarray:
        """Return numbers in no order; of bools few that decide, and those at the end."""
        rng = np.random.default_rng(0)
        wide = self.order == "every other"
        shape = (*self.shape[:-1], 2 * self.shape[-1]) if wide else self.shape
        kind = np.dtype(self.dtype).kind
        x = rng.standard_normal(shape) if kind == "f" else rng.integers(-100, 100, shape)
        x = (x > 1000).astype(self.dtype) if kind == "b" else x.astype(self.dtype)
        return x[..., ::2] if wide else np.asarray(x, order="F" if self.order == "F" else "C")


def cases(dtypes: Sequence[str]) -> Iterator[Case]:
    for shape in SHAPES:
        axes: list[int | None] = [*range(len(shape))]
        for axis in [None, *axes] if len(shape) > 1 else [None]:
            for dtype in dtypes:
                for order in ORDERS if shape == (1000, 1000) else ("C",):
                    yield Case(shape, axis, order, dtype)


def least(work: Callable[[], Any], seconds: float, clock: Callable[[], float]) -> float:
    """Return the least time of one turn of some work, in seconds."""
    work()
    begin = clock()
    work()
    turns = max(1, int(1e-3 / max(clock() - begin, 1e-7)))
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = clock()
        for _ in range(turns):
            work()
        best = min(best, (clock() - begin) / turns)
    return best


def measured(name: str, case: Case, seconds: float, threads: int) -> tuple[float, float]:
    """Return our least time, and NumPy's."""
    ours, numpys, _ = OPERATIONS[name]
    value = case.value()
    clock = time.process_time if threads == 1 else time.perf_counter
    with sg.config.change_flags(threads=threads):
        x = T.TensorType(case.dtype, (None,) * value.ndim)("x")
        f = sg.function([sg.In(x, borrow=True)], ours(x, case.axis))
        # NumPy adds float16 in float16 along the first axis.
        exact = value.astype("float32") if case.dtype == "float16" else value
        wanted, found = numpys(exact, case.axis), f(value)
        np.testing.assert_allclose(found, wanted, rtol=1e-2, atol=0.5)
        mine = least(lambda: f(value), seconds, clock)
    return mine, least(lambda: numpys(value, case.axis), seconds, clock)


def main(arguments: Sequence[str] | None = None) -> int:
    p = argparse.ArgumentParser(prog="python -m benchmarks.reductions", description=__doc__)
    p.add_argument("operations", nargs="*", metavar="OPERATION", help=", ".join(OPERATIONS))
    p.add_argument("--dtypes", default=",".join(DTYPES), help="separated by commas (all)")
    p.add_argument("--threads", default="1", help="numbers separated by commas (%(default)s)")
    p.add_argument("--seconds", type=float, default=0.03, help="for each time (%(default)s)")
    options = p.parse_args(arguments)
    print("| operation | shape | axis | order | dtype | threads | µs | NumPy / ours | ours / sum |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for threads in map(int, options.threads.split(",")):
        for case in cases(options.dtypes.split(",")):
            total = float("nan")
            for name in ["sum", *(n for n in options.operations or OPERATIONS if n != "sum")]:
                if np.dtype(case.dtype).kind not in OPERATIONS[name][2]:
                    continue
                ours, numpys = measured(name, case, options.seconds, threads)
                total = ours if name == "sum" else total
                shape = " × ".join(map(str, case.shape))
                left = f"| {name} | {shape} | {case.axis} | {case.order} | {case.dtype} | {threads}"
                right = f"{ours * 1e6:.1f} | {numpys / ours:.2f} | {ours / total:.2f} |"
                print(f"{left} | {right}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
