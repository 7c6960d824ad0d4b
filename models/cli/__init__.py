"""The command line `symgraph`, a file for each of its commands."""

from .program import main

__all__ = ["main"]
