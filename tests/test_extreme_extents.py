"""Extents beyond what an int64 or a machine holds: every variant gives what Python's integers say,
or the error that there is no such array."""

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.agreement import EVERY, budget, compile_variant

import symgraph.tensor as T

SMALL = st.integers(-3, 9)
HUGE = st.builds(lambda base, by: base + by, st.sampled_from((2**61, 2**62, 2**63 - 10)), SMALL)
NUMBERS = st.one_of(SMALL, HUGE, HUGE.map(lambda n: -n), st.sampled_from((2**63 - 1, -(2**63))))
# What is more than this is more than a machine holds, and what is less is made.
BOUND = 2**40
X = np.arange(5, dtype="int8")


class Sized:
    """A program whose result is a vector; `count` of the same numbers is its length in Python's
    integers, by way of `arrays` of int8 of these shapes."""

    def __init__(self, program, count, arrays=lambda *numbers: []):
        self.program = program
        self.count = count
        self.arrays = arrays
        self._compiled = {}

    def run(self, variant, numbers):
        if variant not in self._compiled:
            inputs = T.lscalars("a", "b", "c")
            self._compiled[variant] = compile_variant(variant, inputs, [self.program(*inputs)])
        return self._compiled[variant](*numbers)[0]


def line(n):
    return T.alloc(np.int8(1), n)


def ceiling(a, b, c):
    return max(-((a - b) // c), 0)


PROGRAMS = {
    "arange": Sized(lambda a, b, c: T.arange(a, b, T.switch(T.eq(c, 0), 1, c)),
                    lambda a, b, c: 8 * ceiling(a, b, c or 1)),
    "arange by 3": Sized(lambda a, b, c: T.arange(a, b, 3), lambda a, b, c: 8 * ceiling(a, b, 3)),
    "arange down": Sized(lambda a, b, c: T.arange(a, b, -1),
                         lambda a, b, c: 8 * ceiling(a, b, -1)),
    "alloc": Sized(lambda a, b, c: line(a), lambda a, b, c: a, lambda a, b, c: [(a,)]),
    "join": Sized(lambda a, b, c: T.concatenate([line(a), line(b), line(c)]),
                  lambda a, b, c: a + b + c, lambda a, b, c: [(a,), (b,), (c,)]),
    "join itself": Sized(lambda a, b, c: T.concatenate([line(a)] * 4),
                         lambda a, b, c: 4 * a, lambda a, b, c: [(a,)]),
    "flatten": Sized(lambda a, b, c: T.alloc(np.int8(1), a, b, c).flatten(),
                     lambda a, b, c: a * b * c, lambda a, b, c: [(a, b, c)]),
    "tile": Sized(lambda a, b, c: T.tile(line(a), (b,)), lambda a, b, c: a * b,
                  lambda a, b, c: [(a,), (b, a)]),
    "repeat": Sized(lambda a, b, c: T.repeat(line(a), b), lambda a, b, c: a * b,
                    lambda a, b, c: [(a,), (b, a)]),
    "slice": Sized(lambda a, b, c: T.constant(X)[a:b:T.switch(T.eq(c, 0), 1, c)],
                   lambda a, b, c: len(X[a:b:c or 1])),
    "diagonal": Sized(lambda a, b, c: T.diagonal(T.alloc(np.int8(1), 4, 5), a),
                      lambda a, b, c: max(min(4 - max(-a, 0), 5 - max(a, 0)), 0)),
    "roll": Sized(lambda a, b, c: T.roll(T.constant(X), a), lambda a, b, c: 5),
}  # fmt: skip


def expected(program, numbers):
    """The bytes of the result, or the classes of error that there may be instead."""
    arrays = program.arrays(*numbers)
    errors = []
    if any(extent < 0 for shape in arrays for extent in shape):
        errors.append(ValueError)
    # As in NumPy an extent of 0 makes no array smaller.
    if any(prod(max(extent, 1) for extent in shape) >= 2**63 - 1 for shape in arrays):
        errors.append(MemoryError)
    whole = program.count(*numbers)
    if not errors and whole >= BOUND:
        errors.append(MemoryError)
    return tuple(errors) or whole


@pytest.mark.parametrize("name", PROGRAMS)
@budget(0.3)
@given(st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_lengths_are_pythons(name, numbers):
    program = PROGRAMS[name]
    wanted = expected(program, numbers)
    if wanted == 0 and any(len(shape) > 1 for shape in program.arrays(*numbers)):
        # Loops over an array without elements still count the turns of its outer axes.
        numbers = tuple(number if abs(number) < BOUND else 7 for number in numbers)
        wanted = expected(program, numbers)
    for variant in EVERY:
        if isinstance(wanted, int):
            assert program.run(variant, numbers).nbytes == wanted, variant
            continue
        with pytest.raises(wanted):
            program.run(variant, numbers)
