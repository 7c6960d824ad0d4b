"""Code generation: from LLVM IR to machine code in this process, with a cache on disk."""
