"""Pipelines of named passes: run in order, and on demand timed, checked and printed one by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Generic, NamedTuple, TypeVar

State = TypeVar("State")


@dataclass(frozen=True)
class Pass(Generic[State]):
    """One step of a pipeline, which changes the pipeline's state in place.

    `contract`: a paragraph on what it takes and what holds afterwards; its first sentence is the
    summary in lists.
    """

    name: str
    run: Callable[[State], Any]
    contract: str


def pass_of(function: Callable[[State], Any]) -> Pass[State]:
    """Return a function as a pass of the same name; its docstring is the contract."""
    name, contract = function.__name__, function.__doc__
    assert contract is not None
    return Pass(name, function, " ".join(contract.split()))


class PassRun(NamedTuple):
    """One run of a pass: how long it took and, if requested, the state after it as text."""

    name: str
    contract: str
    seconds: float
    text: str | None = None

    def __str__(self) -> str:
        summary = self.contract.partition(".")[0]
        return f"{self.name:22} {self.seconds * 1e3:8.2f} ms  {summary}"


class Watch(Generic[State]):
    """An observer of a pipeline. `runs` records each pass that has run; after the pass `wanted`,
    `text` renders the state. `check` raises if the state after any pass is not valid."""

    def __init__(
        self,
        text: Callable[[State], str],
        wanted: str | None = None,
        check: Callable[[State], Any] | None = None,
    ) -> None:
        self.runs: list[PassRun] = []
        self._text = text
        self._wanted = wanted
        self._check = check

    def run(self, step: Pass[State], state: State) -> None:
        """Run one pass."""
        start = perf_counter()
        step.run(state)
        seconds = perf_counter() - start
        if self._check is not None:
            self._check(state)
        text = self._text(state) if step.name == self._wanted else None
        self.runs.append(PassRun(step.name, step.contract, seconds, text))


def run_passes(
    passes: Sequence[Pass[State]], state: State, watch: Watch[State] | None = None
) -> None:
    """Run the passes on the state, one after the other."""
    for step in passes:
        if watch is None:
            step.run(state)
        else:
            watch.run(step, state)
