"""Emit the host program as LLVM IR: memory, checks, calls of kernels and routines, regions."""
