"""Extents: those of every variable, the static ones, and the constraints on arguments."""
