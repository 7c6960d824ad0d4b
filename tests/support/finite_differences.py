"""Derivatives from values alone."""

from collections.abc import Callable

TINY = 1e-6
# How far slopes on both sides of 0 may differ, a step of TINY each, and the function be smooth.
BEND = 1e-3


def ridders(
    f: Callable[[float], float], step: float = 0.02, rounds: int = 10
) -> tuple[float, float]:
    """The slope of f at 0 and an estimate of its error: central differences with ever smaller
    steps, extrapolated to no step at all (Ridders 1982). Where f jumps or bends the error is
    large: a bend that all of the steps straddle shows beside a last, tiny one, and one at 0 itself
    by the slopes on both sides."""
    shrink = 1.6
    table: list[list[float]] = []
    best, error = float("nan"), float("inf")
    for row in range(rounds):
        current = [(f(step) - f(-step)) / (2 * step)]
        factor = shrink * shrink
        for column in range(row):
            previous = table[row - 1][column]
            current.append((factor * current[column] - previous) / (factor - 1))
            factor *= shrink * shrink
            estimate = max(
                abs(current[-1] - current[-2]), abs(current[-1] - table[row - 1][column])
            )
            if estimate <= error:
                best, error = current[-1], estimate
        table.append(current)
        step /= shrink
    after, before = (f(TINY) - f(0)) / TINY, (f(0) - f(-TINY)) / TINY
    near = (after + before) / 2
    if abs(after - before) > BEND * max(1.0, abs(near)):
        error = float("inf")
    return best, max(error, abs(best - near))
