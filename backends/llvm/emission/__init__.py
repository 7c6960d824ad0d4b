"""Emission: writes the statements of a loop program as LLVM IR."""
