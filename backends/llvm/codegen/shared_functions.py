"""Modules in which mathematical functions are called instead of inlined."""

from llvmlite import ir


class SharingModule(ir.Module):
    """A module that is too large to inline functions: see `vecmath.called_functions`."""
