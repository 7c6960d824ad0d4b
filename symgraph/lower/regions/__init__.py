"""Products, convolutions and pooling with the kernels before and behind them, block by block.

Statements that go along the same iterations (rows or columns of a matrix, images of a batch), each
reading of what another writes only what it writes in the same iteration, become one `Blocked`: a
block of iterations goes through all of them while it lies in the cache, and threads take blocks. So
bias, activation, its derivative and pooling are the epilogue or prologue of a product or
convolution.
"""

from symgraph.lower.regions.dependences import why_not_tiled
from symgraph.lower.regions.search import find_regions

__all__ = ["find_regions", "why_not_tiled"]
