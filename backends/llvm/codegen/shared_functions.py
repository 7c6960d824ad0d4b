"""Modules whose mathematical functions are called, where others have them inlined."""

from llvmlite import ir


class SharingModule(ir.Module):
    """A module that is too large to inline functions: see `vecmath.shared`."""
