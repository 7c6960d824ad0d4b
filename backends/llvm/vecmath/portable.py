"""Modules for no processor in particular, of which another back end makes code of its own."""

from llvmlite import ir


class PortableModule(ir.Module):
    """A module whose code is the same on all machines: it relies on no instruction that some
    processors lack, and calls no library. Functions of `vecmath` are there as instructions, not as
    text."""


def is_portable(builder: ir.IRBuilder) -> bool:
    """Return whether the builder's module is for no processor in particular."""
    return isinstance(builder.module, PortableModule)
