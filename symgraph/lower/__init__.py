"""The loop program: from function graphs to loops over memory, for every target alike."""

from symgraph.lower.lower import Lowered, lower
from symgraph.lower.plan import FailedCheck, MemoryPlan, MemoryPlanner, MemoryUse
from symgraph.lower.program import Program

__all__ = ["FailedCheck", "Lowered", "MemoryPlan", "MemoryPlanner", "MemoryUse", "Program", "lower"]
