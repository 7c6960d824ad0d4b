"""Convolutions, their derivatives and max pooling, in routines of symgraph's own.

`calls` writes the calls of the routines that compute a `Convolve` or a `Pool`. `direct` (with
`patches`, `tiles` and `products`) describes how routines multiply with patches of the image of
which few are laid out at a time; small kernels on many channels have their tiles transformed
(`winograd`, with `transforms`, `squares`, `tile_positions`, `winograd_tiles` and
`winograd_weights`); an estimate of both chooses (`symgraph.lower.convolutions`), at run time where
the shapes are not known before. `pooling` processes windows by vectors. Each routine is compiled
once (`symgraph.backends.llvm.routines.registry`), from its name (`routine_names`).

GFLOP/s on one thread of a Zen 4 that peaks at 115, of the output | the image's gradient | the
kernel's gradient (float32; counting the multiplications of the definition; in brackets PyTorch 2.13
in the same minutes):

    500 x 1 x 28 x 28, 20 of 5 x 5        65 (9)     53 (3)      65 (12)    patches
    500 x 20 x 12 x 12, 50 of 5 x 5      360 (51)   290 (52)    233 (44)    tiles
    8 x 64 x 56 x 56, 64 of 3 x 3        257 (104)  220 (103)   228 (92)    tiles
    8 x 128 x 28 x 28, 128 of 3 x 3      270 (109)  212 (109)   198 (103)   tiles
    16 x 256 x 14 x 14, 256 of 3 x 3     208 (119)  200 (115)   190 (94)    tiles
    16 x 512 x 7 x 7, 512 of 3 x 3       166 (127)  161 (125)   107 (69)    tiles
    8 x 64 x 56 x 56, 256 of 1 x 1        74 (81)    97 (73)     87 (75)    patches
    the same, 128 of 3 x 3 in steps of 2  91 (95)    81 (76)     90 (91)    patches

By patches the second takes 101 | 82 | 93 and the third 100 | 88 | 99: up to 88 % of the peak. Tiles
of 4 x 4 multiply 4 (of 3 x 3 kernels) and 6.25 times (of 5 x 5) less; their rounding errors are 3
and 5 times as large. Shapes that are only known at run time cost up to 8 % of this.
"""
