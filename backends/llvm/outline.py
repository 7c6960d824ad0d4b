"""What is settled of a program's native form before any code is written: the host program's parts,
the kernels' interfaces, the frame, and the numbers by which code names checks and fall-backs."""

from symgraph.backends.llvm.frame import Frame
from symgraph.backends.llvm.interface import interfaces

from symgraph.lower.program import Check, Perform, Program
from symgraph.lower.walk import host_statements, kernels

# The name of the host function.
ENTRY = "entry"
# Host statements in one function: code generation takes more than linear time in its size.
PART = 300


class Outline:
    """See above. `checks` are those that running must look at; equal programs have equal ones."""

    def __init__(self, program: Program) -> None:
        self.program = program
        body = program.body
        self.parts = [body[start : start + PART] for start in range(0, len(body), PART)] or [[]]
        self.interfaces = interfaces(kernels(body))
        self.frame = Frame(program, self.parts, self.interfaces)
        self.checks: list[Check] = []
        self.performs: list[Perform] = []
        for statement in host_statements(body):
            if isinstance(statement, Check) and not statement.ahead:
                self.checks.append(statement)
            elif isinstance(statement, Perform):
                self.performs.append(statement)
        self.number: dict[Check | Perform, int] = {
            **{check: number for number, check in enumerate(self.checks)},
            **{perform: number for number, perform in enumerate(self.performs)},
        }
