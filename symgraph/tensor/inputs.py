"""Symbolic inputs: T.scalar('x'), T.dmatrix('a'), T.ivectors('i', 'j'), ...

Named one by one, so that readers of the code find them, people and programs alike. This file
holds no other public names: the language takes over all there are.
"""

from symgraph.tensor.constructors import family as _family

_one, _some = _family("scalar", ())
scalar, bscalar, wscalar, iscalar, lscalar, fscalar, dscalar, cscalar, zscalar = _one
scalars, bscalars, wscalars, iscalars, lscalars, fscalars, dscalars, cscalars, zscalars = _some
_one, _some = _family("vector", (None,))
vector, bvector, wvector, ivector, lvector, fvector, dvector, cvector, zvector = _one
vectors, bvectors, wvectors, ivectors, lvectors, fvectors, dvectors, cvectors, zvectors = _some
_one, _some = _family("matrix", (None, None))
matrix, bmatrix, wmatrix, imatrix, lmatrix, fmatrix, dmatrix, cmatrix, zmatrix = _one
matrices, bmatrices, wmatrices, imatrices, lmatrices, fmatrices, dmatrices, cmatrices, zmatrices = (
    _some
)
_one, _some = _family("row", (1, None))
row, brow, wrow, irow, lrow, frow, drow, crow, zrow = _one
rows, brows, wrows, irows, lrows, frows, drows, crows, zrows = _some
_one, _some = _family("col", (None, 1))
col, bcol, wcol, icol, lcol, fcol, dcol, ccol, zcol = _one
cols, bcols, wcols, icols, lcols, fcols, dcols, ccols, zcols = _some
_one, _some = _family("tensor3", (None,) * 3)
tensor3, btensor3, wtensor3, itensor3, ltensor3, ftensor3, dtensor3, ctensor3, ztensor3 = _one
tensor3s, btensor3s, wtensor3s, itensor3s, ltensor3s, ftensor3s, dtensor3s, ctensor3s, ztensor3s = (
    _some
)
_one, _some = _family("tensor4", (None,) * 4)
tensor4, btensor4, wtensor4, itensor4, ltensor4, ftensor4, dtensor4, ctensor4, ztensor4 = _one
tensor4s, btensor4s, wtensor4s, itensor4s, ltensor4s, ftensor4s, dtensor4s, ctensor4s, ztensor4s = (
    _some
)
_one, _some = _family("tensor5", (None,) * 5)
tensor5, btensor5, wtensor5, itensor5, ltensor5, ftensor5, dtensor5, ctensor5, ztensor5 = _one
tensor5s, btensor5s, wtensor5s, itensor5s, ltensor5s, ftensor5s, dtensor5s, ctensor5s, ztensor5s = (
    _some
)
