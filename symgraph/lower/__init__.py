"""Lower function graphs to loop programs, which every target shares."""

from symgraph.lower.memory.plan import FailedCheck, MemoryPlan, MemoryPlanner, MemoryUse
from symgraph.lower.pipeline import Lowered, Lowering, lower
from symgraph.lower.program.types import Program
from symgraph.lower.program.values import Literal
from symgraph.lower.rules import register, register_llvm
from symgraph.lower.rules.llvm_functions import IRArray, counted
from symgraph.lower.writing.builder import Builder

__all__ = [
    "Builder",
    "FailedCheck",
    "IRArray",
    "Literal",
    "Lowered",
    "Lowering",
    "MemoryPlan",
    "MemoryPlanner",
    "MemoryUse",
    "Program",
    "counted",
    "lower",
    "register",
    "register_llvm",
]
