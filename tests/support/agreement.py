"""Whether a back end does with a graph what the reference does: values, dtypes, shapes, errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import settings

import symgraph as sg
from support import rounding
from support.back_ends import TESTED
from symgraph.graph import Variable

BACKENDS = tuple(name for name in TESTED if name != "reference")


@dataclass(frozen=True)
class Variant:
    """A way to compile: the back end, and whether the graph is rewritten first."""

    mode: str
    rewritten: bool

    def __str__(self) -> str:
        return f"{self.mode} with{'' if self.rewritten else 'out'} rewriting"


# What all others are held against: the operations as they are written, one after the other.
TRUTH = Variant("reference", False)
OTHERS = (
    Variant("reference", True),
    *(Variant(mode, rewritten) for mode in BACKENDS for rewritten in (False, True)),
)
EVERY = (TRUTH, *OTHERS)
# A result may be off by this many times the spread of runs that round otherwise.
SPREADS = 4
RUNS = 4
# Before a difference is called an error it is looked at with this many runs.
RUNS_IN_DOUBT = 80


def budget(share: float) -> settings:
    """So many of the profile's examples."""
    return settings(max_examples=max(1, round(settings.default.max_examples * share)))


@dataclass
class Outcome:
    """What a call gave: results, or an error."""

    results: list[np.ndarray] | None
    error: Exception | None = None


def _bits(array: np.ndarray) -> bytes:
    return array.tobytes() + str((array.dtype, array.shape)).encode()


def call(f: Any, values: Sequence[np.ndarray]) -> Outcome:
    """Call f, which may not change its arguments, nor give back any of their memory."""
    before = [_bits(value) for value in values]
    try:
        results = f(*values)
    except (ValueError, IndexError, TypeError, ArithmeticError) as error:
        results, outcome = [], Outcome(None, error)
    else:
        outcome = Outcome(results)
    for value, old in zip(values, before, strict=True):
        assert _bits(value) == old, "a call changed its argument"
    for position, result in enumerate(results):
        assert type(result) is np.ndarray
        assert result.flags.writeable
        for other in (*values, *results[:position]):
            assert not np.shares_memory(result, other), "a result lies in memory of another array"
    return outcome


def compile_variant(
    variant: Variant, inputs: Sequence[Variable], outputs: Sequence[Variable], **how: Any
) -> Any:
    with sg.config.change_flags(optimizer="fast_run" if variant.rewritten else "None"):
        how = {"mode": variant.mode, "on_unused_input": "ignore", **how}
        return sg.function(inputs, list(outputs), **how)


def functions(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    others: Sequence[Variant] = OTHERS,
) -> dict[Variant, Any]:
    """The compiled function of each variant, the truth first."""
    return {variant: compile_variant(variant, inputs, outputs) for variant in (TRUTH, *others)}


def assert_agree(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    values: Sequence[np.ndarray],
    compiled: Mapping[Variant, Any] | None = None,
) -> Outcome:
    """Every variant gives what the truth is, an error where that is one. Returns the truth."""
    compiled = functions(inputs, outputs) if compiled is None else compiled
    expected = call(compiled[TRUTH], values)
    for variant, f in compiled.items():
        if variant is TRUTH:
            continue
        found = call(f, values)
        assert_same_outcome(variant, expected, found)
        if expected.results is not None and found.results is not None:
            assert_same_results(
                inputs, outputs, values, expected.results, found.results, variant, variant.rewritten
            )
            # What the first call has settled, the second finds: it may be made natively.
            again = call(f, values).results
            assert again is not None and all(map(_identical, found.results, again)), variant
    return expected


def assert_same_outcome(variant: Variant, expected: Outcome, found: Outcome) -> None:
    if expected.error is None:
        if found.error is not None:
            raise AssertionError(f"{variant} fails where it should not") from found.error
        return
    if found.error is None:
        raise AssertionError(f"{variant} runs where it should fail") from expected.error
    kinds = [_kind(outcome.error) for outcome in (expected, found)]
    assert kinds[0] == kinds[1], f"not {kinds[0]} but {kinds[1]} from {variant}"


def _kind(error: Exception | None) -> str:
    """The error's builtin class."""
    return next(c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins")


def assert_same_results(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    values: Sequence[np.ndarray],
    expected: Sequence[np.ndarray],
    found: Sequence[np.ndarray],
    what: object,
    rewritten: bool = True,
) -> None:
    """Equal dtypes and shapes, and values as far as rounding can tell; `what` gave `found`."""
    for variable, left, right in zip(outputs, expected, found, strict=True):
        assert left.dtype == right.dtype == np.dtype(variable.type.dtype)
        assert left.shape == right.shape
    if all(map(_identical, expected, found)):
        return
    plain = [np.asarray(v).astype(np.dtype(v.dtype).name) for v in values]
    for runs in (RUNS, RUNS_IN_DOUBT):
        varied = [
            rounding.run(inputs, outputs, plain, np.random.default_rng(seed), rewritten)
            for seed in range(runs)
        ]
        wrong = [
            _wrong(left, right, [run[position] for run in varied])
            for position, (left, right) in enumerate(zip(expected, found, strict=True))
        ]
        if not any(places.any() for places in wrong):
            return
    _complain(outputs, expected, found, wrong, what)


def _identical(left: np.ndarray, right: np.ndarray) -> bool:
    return bool(np.array_equal(left, right, equal_nan=left.dtype.kind in "fc"))


def _wrong(left: np.ndarray, right: np.ndarray, runs: Sequence[np.ndarray]) -> np.ndarray:
    """Where `right` is not what `left` is, seen how `left` varies in the runs."""
    if left.dtype.kind == "c":
        return _wrong(left.real, right.real, [run.real for run in runs]) | _wrong(
            left.imag, right.imag, [run.imag for run in runs]
        )
    if left.dtype.kind != "f":
        steady = np.logical_and.reduce([run == left for run in runs])
        return steady & (left != right)
    a, b = left.astype("longdouble"), right.astype("longdouble")
    others = np.array([run.astype("longdouble") for run in runs])
    with np.errstate(all="ignore"):
        spread = np.abs(others - a).max(axis=0)
        finite = np.isfinite(a)
        alike = finite | (others == a) | (np.isnan(others) & np.isnan(a))
        same_kind = (np.isfinite(others) == finite) & alike
        far = np.abs(a - b) > SPREADS * spread
        both_nan = np.isnan(a) & np.isnan(b)
        unlike = np.where(finite, ~np.isfinite(b) | far, (a != b) & ~both_nan)
    return unlike & same_kind.all(axis=0)


def _complain(
    outputs: Sequence[Variable],
    expected: Sequence[np.ndarray],
    found: Sequence[np.ndarray],
    wrong: Sequence[np.ndarray],
    what: object,
) -> None:
    lines = []
    for position, (variable, places) in enumerate(zip(outputs, wrong, strict=True)):
        if places.any():
            where = tuple(np.argwhere(places)[0])
            lines.append(
                f"output {position} ({variable.type}): {places.sum()} of {places.size} differ; at"
                f" {tuple(map(int, where))} there should be {expected[position][where]!r},"
                f" not {found[position][where]!r}, by {what}"
            )
    raise AssertionError("\n".join(lines))
