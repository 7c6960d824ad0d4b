"""Symbolic inputs: T.scalar('x'), T.dmatrix('a'), T.ivectors('i', 'j'), ...

Named one by one, so that readers of the code find them, people and programs alike.
"""

from symgraph.tensor.constructors import (
    Family,
    Make,
    MakeOfDtype,
    MakeSeveral,
    MakeSeveralOfDtype,
)

_family = Family("scalar", "scalars", ())
scalar: MakeOfDtype = _family.of_dtype()
bscalar: Make = _family.one("b")
wscalar: Make = _family.one("w")
iscalar: Make = _family.one("i")
lscalar: Make = _family.one("l")
fscalar: Make = _family.one("f")
dscalar: Make = _family.one("d")
cscalar: Make = _family.one("c")
zscalar: Make = _family.one("z")
scalars: MakeSeveralOfDtype = _family.several_of_dtype()
bscalars: MakeSeveral = _family.several("b")
wscalars: MakeSeveral = _family.several("w")
iscalars: MakeSeveral = _family.several("i")
lscalars: MakeSeveral = _family.several("l")
fscalars: MakeSeveral = _family.several("f")
dscalars: MakeSeveral = _family.several("d")
cscalars: MakeSeveral = _family.several("c")
zscalars: MakeSeveral = _family.several("z")

_family = Family("vector", "vectors", (None,))
vector: MakeOfDtype = _family.of_dtype()
bvector: Make = _family.one("b")
wvector: Make = _family.one("w")
ivector: Make = _family.one("i")
lvector: Make = _family.one("l")
fvector: Make = _family.one("f")
dvector: Make = _family.one("d")
cvector: Make = _family.one("c")
zvector: Make = _family.one("z")
vectors: MakeSeveralOfDtype = _family.several_of_dtype()
bvectors: MakeSeveral = _family.several("b")
wvectors: MakeSeveral = _family.several("w")
ivectors: MakeSeveral = _family.several("i")
lvectors: MakeSeveral = _family.several("l")
fvectors: MakeSeveral = _family.several("f")
dvectors: MakeSeveral = _family.several("d")
cvectors: MakeSeveral = _family.several("c")
zvectors: MakeSeveral = _family.several("z")

_family = Family("matrix", "matrices", (None, None))
matrix: MakeOfDtype = _family.of_dtype()
bmatrix: Make = _family.one("b")
wmatrix: Make = _family.one("w")
imatrix: Make = _family.one("i")
lmatrix: Make = _family.one("l")
fmatrix: Make = _family.one("f")
dmatrix: Make = _family.one("d")
cmatrix: Make = _family.one("c")
zmatrix: Make = _family.one("z")
matrices: MakeSeveralOfDtype = _family.several_of_dtype()
bmatrices: MakeSeveral = _family.several("b")
wmatrices: MakeSeveral = _family.several("w")
imatrices: MakeSeveral = _family.several("i")
lmatrices: MakeSeveral = _family.several("l")
fmatrices: MakeSeveral = _family.several("f")
dmatrices: MakeSeveral = _family.several("d")
cmatrices: MakeSeveral = _family.several("c")
zmatrices: MakeSeveral = _family.several("z")

_family = Family("row", "rows", (1, None))
row: MakeOfDtype = _family.of_dtype()
brow: Make = _family.one("b")
wrow: Make = _family.one("w")
irow: Make = _family.one("i")
lrow: Make = _family.one("l")
frow: Make = _family.one("f")
drow: Make = _family.one("d")
crow: Make = _family.one("c")
zrow: Make = _family.one("z")
rows: MakeSeveralOfDtype = _family.several_of_dtype()
brows: MakeSeveral = _family.several("b")
wrows: MakeSeveral = _family.several("w")
irows: MakeSeveral = _family.several("i")
lrows: MakeSeveral = _family.several("l")
frows: MakeSeveral = _family.several("f")
drows: MakeSeveral = _family.several("d")
crows: MakeSeveral = _family.several("c")
zrows: MakeSeveral = _family.several("z")

_family = Family("col", "cols", (None, 1))
col: MakeOfDtype = _family.of_dtype()
bcol: Make = _family.one("b")
wcol: Make = _family.one("w")
icol: Make = _family.one("i")
lcol: Make = _family.one("l")
fcol: Make = _family.one("f")
dcol: Make = _family.one("d")
ccol: Make = _family.one("c")
zcol: Make = _family.one("z")
cols: MakeSeveralOfDtype = _family.several_of_dtype()
bcols: MakeSeveral = _family.several("b")
wcols: MakeSeveral = _family.several("w")
icols: MakeSeveral = _family.several("i")
lcols: MakeSeveral = _family.several("l")
fcols: MakeSeveral = _family.several("f")
dcols: MakeSeveral = _family.several("d")
ccols: MakeSeveral = _family.several("c")
zcols: MakeSeveral = _family.several("z")

_family = Family("tensor3", "tensor3s", (None,) * 3)
tensor3: MakeOfDtype = _family.of_dtype()
btensor3: Make = _family.one("b")
wtensor3: Make = _family.one("w")
itensor3: Make = _family.one("i")
ltensor3: Make = _family.one("l")
ftensor3: Make = _family.one("f")
dtensor3: Make = _family.one("d")
ctensor3: Make = _family.one("c")
ztensor3: Make = _family.one("z")
tensor3s: MakeSeveralOfDtype = _family.several_of_dtype()
btensor3s: MakeSeveral = _family.several("b")
wtensor3s: MakeSeveral = _family.several("w")
itensor3s: MakeSeveral = _family.several("i")
ltensor3s: MakeSeveral = _family.several("l")
ftensor3s: MakeSeveral = _family.several("f")
dtensor3s: MakeSeveral = _family.several("d")
ctensor3s: MakeSeveral = _family.several("c")
ztensor3s: MakeSeveral = _family.several("z")

_family = Family("tensor4", "tensor4s", (None,) * 4)
tensor4: MakeOfDtype = _family.of_dtype()
btensor4: Make = _family.one("b")
wtensor4: Make = _family.one("w")
itensor4: Make = _family.one("i")
ltensor4: Make = _family.one("l")
ftensor4: Make = _family.one("f")
dtensor4: Make = _family.one("d")
ctensor4: Make = _family.one("c")
ztensor4: Make = _family.one("z")
tensor4s: MakeSeveralOfDtype = _family.several_of_dtype()
btensor4s: MakeSeveral = _family.several("b")
wtensor4s: MakeSeveral = _family.several("w")
itensor4s: MakeSeveral = _family.several("i")
ltensor4s: MakeSeveral = _family.several("l")
ftensor4s: MakeSeveral = _family.several("f")
dtensor4s: MakeSeveral = _family.several("d")
ctensor4s: MakeSeveral = _family.several("c")
ztensor4s: MakeSeveral = _family.several("z")

_family = Family("tensor5", "tensor5s", (None,) * 5)
tensor5: MakeOfDtype = _family.of_dtype()
btensor5: Make = _family.one("b")
wtensor5: Make = _family.one("w")
itensor5: Make = _family.one("i")
ltensor5: Make = _family.one("l")
ftensor5: Make = _family.one("f")
dtensor5: Make = _family.one("d")
ctensor5: Make = _family.one("c")
ztensor5: Make = _family.one("z")
tensor5s: MakeSeveralOfDtype = _family.several_of_dtype()
btensor5s: MakeSeveral = _family.several("b")
wtensor5s: MakeSeveral = _family.several("w")
itensor5s: MakeSeveral = _family.several("i")
ltensor5s: MakeSeveral = _family.several("l")
ftensor5s: MakeSeveral = _family.several("f")
dtensor5s: MakeSeveral = _family.several("d")
ctensor5s: MakeSeveral = _family.several("c")
ztensor5s: MakeSeveral = _family.several("z")

_family = Family("tensor6", "tensor6s", (None,) * 6)
tensor6: MakeOfDtype = _family.of_dtype()
btensor6: Make = _family.one("b")
wtensor6: Make = _family.one("w")
itensor6: Make = _family.one("i")
ltensor6: Make = _family.one("l")
ftensor6: Make = _family.one("f")
dtensor6: Make = _family.one("d")
ctensor6: Make = _family.one("c")
ztensor6: Make = _family.one("z")
tensor6s: MakeSeveralOfDtype = _family.several_of_dtype()
btensor6s: MakeSeveral = _family.several("b")
wtensor6s: MakeSeveral = _family.several("w")
itensor6s: MakeSeveral = _family.several("i")
ltensor6s: MakeSeveral = _family.several("l")
ftensor6s: MakeSeveral = _family.several("f")
dtensor6s: MakeSeveral = _family.several("d")
ctensor6s: MakeSeveral = _family.several("c")
ztensor6s: MakeSeveral = _family.several("z")

_family = Family("tensor7", "tensor7s", (None,) * 7)
tensor7: MakeOfDtype = _family.of_dtype()
btensor7: Make = _family.one("b")
wtensor7: Make = _family.one("w")
itensor7: Make = _family.one("i")
ltensor7: Make = _family.one("l")
ftensor7: Make = _family.one("f")
dtensor7: Make = _family.one("d")
ctensor7: Make = _family.one("c")
ztensor7: Make = _family.one("z")
tensor7s: MakeSeveralOfDtype = _family.several_of_dtype()
btensor7s: MakeSeveral = _family.several("b")
wtensor7s: MakeSeveral = _family.several("w")
itensor7s: MakeSeveral = _family.several("i")
ltensor7s: MakeSeveral = _family.several("l")
ftensor7s: MakeSeveral = _family.several("f")
dtensor7s: MakeSeveral = _family.several("d")
ctensor7s: MakeSeveral = _family.several("c")
ztensor7s: MakeSeveral = _family.several("z")

# By shape and dtype.
__all__ = [  # noqa: RUF022
    "scalar", "bscalar", "wscalar", "iscalar", "lscalar", "fscalar", "dscalar", "cscalar",
    "zscalar",
    "scalars", "bscalars", "wscalars", "iscalars", "lscalars", "fscalars", "dscalars",
    "cscalars", "zscalars",
    "vector", "bvector", "wvector", "ivector", "lvector", "fvector", "dvector", "cvector",
    "zvector",
    "vectors", "bvectors", "wvectors", "ivectors", "lvectors", "fvectors", "dvectors",
    "cvectors", "zvectors",
    "matrix", "bmatrix", "wmatrix", "imatrix", "lmatrix", "fmatrix", "dmatrix", "cmatrix",
    "zmatrix",
    "matrices", "bmatrices", "wmatrices", "imatrices", "lmatrices", "fmatrices", "dmatrices",
    "cmatrices", "zmatrices",
    "row", "brow", "wrow", "irow", "lrow", "frow", "drow", "crow", "zrow",
    "rows", "brows", "wrows", "irows", "lrows", "frows", "drows", "crows", "zrows",
    "col", "bcol", "wcol", "icol", "lcol", "fcol", "dcol", "ccol", "zcol",
    "cols", "bcols", "wcols", "icols", "lcols", "fcols", "dcols", "ccols", "zcols",
    "tensor3", "btensor3", "wtensor3", "itensor3", "ltensor3", "ftensor3", "dtensor3",
    "ctensor3", "ztensor3",
    "tensor3s", "btensor3s", "wtensor3s", "itensor3s", "ltensor3s", "ftensor3s", "dtensor3s",
    "ctensor3s", "ztensor3s",
    "tensor4", "btensor4", "wtensor4", "itensor4", "ltensor4", "ftensor4", "dtensor4",
    "ctensor4", "ztensor4",
    "tensor4s", "btensor4s", "wtensor4s", "itensor4s", "ltensor4s", "ftensor4s", "dtensor4s",
    "ctensor4s", "ztensor4s",
    "tensor5", "btensor5", "wtensor5", "itensor5", "ltensor5", "ftensor5", "dtensor5",
    "ctensor5", "ztensor5",
    "tensor5s", "btensor5s", "wtensor5s", "itensor5s", "ltensor5s", "ftensor5s", "dtensor5s",
    "ctensor5s", "ztensor5s",
    "tensor6", "btensor6", "wtensor6", "itensor6", "ltensor6", "ftensor6", "dtensor6",
    "ctensor6", "ztensor6",
    "tensor6s", "btensor6s", "wtensor6s", "itensor6s", "ltensor6s", "ftensor6s", "dtensor6s",
    "ctensor6s", "ztensor6s",
    "tensor7", "btensor7", "wtensor7", "itensor7", "ltensor7", "ftensor7", "dtensor7",
    "ctensor7", "ztensor7",
    "tensor7s", "btensor7s", "wtensor7s", "itensor7s", "ltensor7s", "ftensor7s", "dtensor7s",
    "ctensor7s", "ztensor7s",
]  # fmt: skip
