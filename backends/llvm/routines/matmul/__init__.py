"""Matrix products: out = alpha * a·b + beta * c.

`calls` writes the call of the routine that suits a product (`choice`), on several threads where
that pays off (`threading`). The routines are symgraph's own (`outer`: tiles of rows times vectors
of columns, `dots`: tiles of dot products; `transpose` copies a panel of b for them) except for
large products with a transposed a, and all large ones where vectors are narrow (`library`); each is
compiled once (`modules`), from its name (`routine_names`). None of them copies an operand as a
whole.

GFLOP/s on one thread of a Zen 4 at 118 (float32; in brackets OpenBLAS with its AVX-512 kernels):

    600x784 · 784x10        102 (48)    784x600' · 600x10     108 (46)
    20x500 · 500x10          77 (66)    500x20' · 20x10        53 (50)
    20x784 · 784x500        108 (80)    784x20' · 20x500 + c   95 (95)
    256x784 · 784x500       112 (104)   784x256' · 256x500    110 (99)
    256x500 · 500x784'      110 (102)   20x10 · 10x500'        67 (54)
    1x784 · 784x500          39 (34)    784x500 · 500x1        41 (40), 80 GB/s

Elementwise operations after a product (a bias, tanh) are a separate loop: for 256x784 · 784x500 it
takes 53 us of 1,793, and fusing it with tiles in the first-level cache would save at most 5 of
them.
"""
