"""Matrix products: out = alpha * a·b + beta * c.

`statement` writes the call of the routine that suits a product (`choice`), on several threads where
that pays (`parallel`). Routines are ours (`outer`: tiles of rows times vectors of columns, `dots`:
tiles of dot products; `copy` lays a panel of b out for them) but for large products with a
transposed a, and all large ones where vectors are narrow (`library`); each is compiled once
(`routines`, `provide`), from its name (`names`). None of them copies an operand as a whole.

GFLOP/s on one thread of a Zen 4 at 118 (float32; in brackets OpenBLAS with its AVX-512 kernels):

    600x784 · 784x10        102 (48)    784x600' · 600x10     108 (46)
    20x500 · 500x10          77 (66)    500x20' · 20x10        53 (50)
    20x784 · 784x500        108 (80)    784x20' · 20x500 + c   95 (95)
    256x784 · 784x500       112 (104)   784x256' · 256x500    110 (99)
    256x500 · 500x784'      110 (102)   20x10 · 10x500'        67 (54)
    1x784 · 784x500          39 (34)    784x500 · 500x1        41 (40), 80 GB/s

What comes after a product element by element (a bias, tanh) stays a loop of its own: of 256x784 ·
784x500 it takes 53 us on 1,793, and at most 5 of them less on tiles that lie in the first-level
cache.
"""
