"""The loop program: from function graphs to loops over memory, for every target alike."""

from symgraph.lower.lower import lower
from symgraph.lower.program import Program

__all__ = ["Program", "lower"]
