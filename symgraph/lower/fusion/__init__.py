"""Fusion: which operations share one loop nest, and where within it each value is computed."""
