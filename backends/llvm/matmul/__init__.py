"""Matrix products: which routine computes one, and our own routines as LLVM IR."""

from symgraph.backends.llvm.matmul.statement import emit_product

__all__ = ["emit_product"]
