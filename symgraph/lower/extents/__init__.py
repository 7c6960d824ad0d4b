"""Extents: of every variable, those that are static, and what a program demands of them."""
