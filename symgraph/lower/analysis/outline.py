"""The outline of a program, settled before any code is written: the host program's parts, the
kernels' signatures, the frame, and the numbers by which code names checks and fall-backs."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from symgraph.lower.analysis.frame import Frame
from symgraph.lower.analysis.kernel_signatures import interfaces
from symgraph.lower.program.types import Check, Loop, NumpyCall, Program, Statement
from symgraph.lower.program.values import BufferKind
from symgraph.lower.program.walk import accesses, host_statements, kernels, statements

# The name of the host function.
ENTRY = "entry"
# Host statements in one function: code generation takes more than linear time in its size.
PART = 300
# So many statements that run once in a call are a part of their own: a fifth of the time of code
# generation goes to the host program, and such parts are left as they are written.
LONG = 60


class Outline:
    """See above. `checks` are those that running must look at; equal programs have equal ones.
    `patient`: kernels poll for signals within, too."""

    def __init__(self, program: Program, patient: bool = False) -> None:
        self.program = program
        self.patient = patient
        body = program.body
        self.parts = list(_parts(body)) or [[]]
        self.interfaces = interfaces(kernels(body))
        self.frame = Frame(program, self.parts, self.interfaces)
        self.choices = {choice: number for number, choice in enumerate(program.choices)}
        # Where the statements begin that overwrite arguments; None where there are none.
        self.overwriting = next((n for n, s in enumerate(body) if _overwrites(s)), None)
        self.checks: list[Check] = []
        self.performs: list[NumpyCall] = []
        for statement in host_statements(body):
            if isinstance(statement, Check) and not statement.static:
                self.checks.append(statement)
            elif isinstance(statement, NumpyCall):
                self.performs.append(statement)
        self.number: dict[Check | NumpyCall, int] = {
            **{check: number for number, check in enumerate(self.checks)},
            **{perform: number for number, perform in enumerate(self.performs)},
        }


def loops(statement: Statement) -> bool:
    """Whether a host statement runs others again and again."""
    return any(isinstance(s, Loop) for s in host_statements([statement]))


def _overwrites(statement: Statement) -> bool:
    """Whether a statement writes to an argument."""
    return any(
        buffer.root.kind is BufferKind.ARGUMENT
        for s in statements([statement])
        for buffer in accesses(s)[1]
    )


def _parts(body: Sequence[Statement]) -> Iterator[list[Statement]]:
    """The statements in functions of their own, long stretches without loops apart from others."""
    runs: list[list[Statement]] = []
    for once, run in groupby(body, lambda statement: not loops(statement)):
        statements = list(run)
        if once and len(statements) >= LONG:
            runs += [statements, []]
        elif runs:
            runs[-1] += statements
        else:
            runs.append(statements)
    for statements in runs:
        for start in range(0, len(statements), PART):
            yield statements[start : start + PART]
