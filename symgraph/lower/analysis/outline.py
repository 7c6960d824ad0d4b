"""The outline of a program, made before code generation: the host program's parts, the kernels'
signatures, the frame, and the numbers by which code refers to checks and NumPy calls."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from symgraph.lower.analysis.frame import Frame
from symgraph.lower.analysis.kernel_signatures import interfaces
from symgraph.lower.program.types import Check, Loop, NumpyCall, Program, Statement
from symgraph.lower.program.values import BufferKind
from symgraph.lower.program.walk import accesses, host_statements, kernels, statements

# The name of the host function.
ENTRY = "entry"
# Limit on host statements in one function: code generation is superlinear in its size.
PART = 300
# A run of this number of statements without loops is a part of its own: a fifth of the time of code
# generation goes to the host program, and such parts are not optimised.
LONG = 60


class Outline:
    """The outline of a program. `checks` are those that must be evaluated at run time; equal
    programs have equal checks. `patient`: kernels, too, poll for signals."""

    def __init__(self, program: Program, patient: bool = False) -> None:
        self.program = program
        self.patient = patient
        body = program.body
        self.parts = list(_parts(body)) or [[]]
        self.interfaces = interfaces(kernels(body))
        self.frame = Frame(program, self.parts, self.interfaces)
        self.choices = {choice: number for number, choice in enumerate(program.choices)}
        # The index of the first statement that overwrites an argument; None where there is none.
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
    """Return whether a host statement contains a loop."""
    return any(isinstance(s, Loop) for s in host_statements([statement]))


def _overwrites(statement: Statement) -> bool:
    """Return whether a statement writes to an argument."""
    return any(
        buffer.root.kind is BufferKind.ARGUMENT
        for s in statements([statement])
        for buffer in accesses(s)[1]
    )


def _parts(body: Sequence[Statement]) -> Iterator[list[Statement]]:
    """Yield the statements of each host function, long stretches without loops separate."""
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
