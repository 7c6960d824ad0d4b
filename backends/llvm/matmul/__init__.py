"""Matrix products: which routine computes one, and our own routines as LLVM IR."""

from symgraph.backends.llvm.matmul.provide import addresses
from symgraph.backends.llvm.matmul.statement import emit_product

__all__ = ["addresses", "emit_product"]
