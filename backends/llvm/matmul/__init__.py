"""Matrix products: which routine computes one, and our own routines as LLVM IR."""

from symgraph.backends.llvm.matmul.library import emit_library

__all__ = ["emit_library"]
