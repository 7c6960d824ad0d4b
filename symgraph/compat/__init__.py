"""Compatibility with other languages, for programs that were written for them."""
