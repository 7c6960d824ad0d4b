"""Convolutions and their derivatives (`symgraph.lower.program.Convolve`), in code of our own.

`statement` writes the call of the routine that serves one; `direct` (with `patches`, `tiles` and
`products`) says how routines multiply with patches of the image of which few are laid out.
Small kernels on deep maps have their tiles transformed (`winograd`, with `transforms`, `squares`,
`blocks`, `winograd_tiles` and `winograd_weights`). Routines are compiled once each
(`symgraph.backends.llvm.routines`), from their names (`names`).
"""
