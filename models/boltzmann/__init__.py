"""The restricted Boltzmann machine: as expressions, and as an estimator."""

from .machine import Machine
from .rbm import RBM

__all__ = ["RBM", "Machine"]
