"""Tile products, convolutions and pooling together with the kernels around them, block by block.

Statements with the same iterations (rows or columns of a matrix, images of a batch), where each
reads of another's results only what that writes in the same iteration, become one `TiledRegion`: a
block of iterations passes through all of them while it lies in the cache, and threads take blocks.
So bias, activation, its derivative and pooling are the epilogue or prologue of a product or
convolution.
"""

from symgraph.lower.regions.dependences import why_not_tiled
from symgraph.lower.regions.search import find_regions

__all__ = ["find_regions", "why_not_tiled"]
