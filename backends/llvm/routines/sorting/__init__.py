"""Sorting of rows: the numbers themselves, or their indices."""
