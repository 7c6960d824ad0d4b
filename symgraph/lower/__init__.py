"""Lower function graphs to loop programs, which every target shares."""

from symgraph.lower.memory.plan import FailedCheck, MemoryPlan, MemoryPlanner, MemoryUse
from symgraph.lower.pipeline import Lowered, Lowering, lower
from symgraph.lower.program.types import Program
from symgraph.lower.rules import register

__all__ = [
    "FailedCheck",
    "Lowered",
    "Lowering",
    "MemoryPlan",
    "MemoryPlanner",
    "MemoryUse",
    "Program",
    "lower",
    "register",
]
