"""The operations, one family per file: types, shape rule, NumPy implementation and derivatives."""

from symgraph.ops import arithmetic
from symgraph.ops.advanced_subtensor import AdvancedIncSubtensor, AdvancedSubtensor
from symgraph.ops.arrangements import Categorical, Multinomial, Shuffle
from symgraph.ops.blas import Gemm, ScaledDot
from symgraph.ops.broadcast import BroadcastTo, SumTo
from symgraph.ops.constant import as_tensor, constant, register_list_conversion
from symgraph.ops.conv import Conv, ConvInputGradient, ConvKernelGradient
from symgraph.ops.creation import Arange, Eye, Join
from symgraph.ops.cumulative import Cumulative, LinearRecurrence
from symgraph.ops.determinant import Cofactors, Det, SlogDet
from symgraph.ops.dot import BatchedDot, Dot
from symgraph.ops.eigen import Eig, Eigh, EigvalsH
from symgraph.ops.elemwise import Elemwise
from symgraph.ops.expm import Expm
from symgraph.ops.fourier import FourierTransform
from symgraph.ops.ifelse import IfElse
from symgraph.ops.inner_graph import InnerGraph, InnerGraphOp
from symgraph.ops.least_squares import LeastSquares
from symgraph.ops.linalg import Cholesky, MatrixInverse, Solve
from symgraph.ops.load import LoadFromDisk
from symgraph.ops.nested_lists import joined
from symgraph.ops.nnet import LogSoftmax, Softmax
from symgraph.ops.nonzero import CountTrue, Nonzero
from symgraph.ops.permutation import Permutation
from symgraph.ops.pool import MaxPool, MaxPoolGradient, MaxPoolSelect
from symgraph.ops.positions import Positions
from symgraph.ops.qr import LU, QR, Reflectors, RowOrder
from symgraph.ops.random import Draw
from symgraph.ops.random_bits import RandomBits
from symgraph.ops.reduce import ArgReduce, Reduce
from symgraph.ops.requirement import Checked, Require
from symgraph.ops.reshape import Reshape
from symgraph.ops.scan import Scan
from symgraph.ops.scan_parts import ScanState
from symgraph.ops.searching import SearchSorted
from symgraph.ops.shape import DimShuffle, ShapeOf, SpecifyShape
from symgraph.ops.sorting import ArgSelect, ArgSort, Sort, TakeOrdered
from symgraph.ops.subtensor import IncSubtensor, Subtensor
from symgraph.ops.svd import SVD, PseudoInverse, SingularValues
from symgraph.ops.windows import OverlapAdd, Windows

arithmetic.install()
register_list_conversion(joined)

__all__ = [
    "LU",
    "QR",
    "SVD",
    "AdvancedIncSubtensor",
    "AdvancedSubtensor",
    "Arange",
    "ArgReduce",
    "ArgSelect",
    "ArgSort",
    "BatchedDot",
    "BroadcastTo",
    "Categorical",
    "Checked",
    "Cholesky",
    "Cofactors",
    "Conv",
    "ConvInputGradient",
    "ConvKernelGradient",
    "CountTrue",
    "Cumulative",
    "Det",
    "DimShuffle",
    "Dot",
    "Draw",
    "Eig",
    "Eigh",
    "EigvalsH",
    "Elemwise",
    "Expm",
    "Eye",
    "FourierTransform",
    "Gemm",
    "IfElse",
    "IncSubtensor",
    "InnerGraph",
    "InnerGraphOp",
    "Join",
    "LeastSquares",
    "LinearRecurrence",
    "LoadFromDisk",
    "LogSoftmax",
    "MatrixInverse",
    "MaxPool",
    "MaxPoolGradient",
    "MaxPoolSelect",
    "Multinomial",
    "Nonzero",
    "OverlapAdd",
    "Permutation",
    "Positions",
    "PseudoInverse",
    "RandomBits",
    "Reduce",
    "Reflectors",
    "Require",
    "Reshape",
    "RowOrder",
    "ScaledDot",
    "Scan",
    "ScanState",
    "SearchSorted",
    "ShapeOf",
    "Shuffle",
    "SingularValues",
    "SlogDet",
    "Softmax",
    "Solve",
    "Sort",
    "SpecifyShape",
    "Subtensor",
    "SumTo",
    "TakeOrdered",
    "Windows",
    "as_tensor",
    "constant",
]
