"""Fusion: which operations share one loop nest, and what is computed where within it."""
