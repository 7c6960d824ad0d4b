"""Theano's names of the classes of nodes, for programs that look at compiled graphs.

`isinstance(node.op, theano.tensor.Subtensor)` is true of the operations of symgraph that do the
same. Where symgraph has one operation for several of Theano's, `tells` tells them apart.
"""

from collections.abc import Callable
from typing import Any

from symgraph.compat.theano.aliases import Alias
from symgraph.compat.theano.gof.array_objects import MAKERS as ARRAYS
from symgraph.compat.theano.gof.node_objects import MAKERS, OperationObject
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.elementwise import function_of
from symgraph.gradient import transformations
from symgraph.graph import Op
from symgraph.ops import (
    advanced_subtensor,
    blas,
    broadcast,
    conv,
    creation,
    cumulative,
    determinant,
    dot,
    eigen,
    elemwise,
    expm,
    fourier,
    ifelse,
    linalg,
    load,
    nnet,
    nonzero,
    pool,
    qr,
    reduce,
    requirement,
    reshape,
    scan,
    searching,
    shape,
    sorting,
    subtensor,
    svd,
    windows,
)

_find, __dir__ = resolver(__name__)


class NodeClass(Alias):
    """The class of Theano's classes of operations; `tells` tests an object of the native class."""

    has_objects = True
    tells: Callable[[Any], bool] | None

    def is_one(self, instance: Any) -> bool:
        """Return whether an object is an operation of the class, or one that makes such."""
        if isinstance(instance, OperationObject):
            return type.__instancecheck__(self, instance)
        return isinstance(instance, self.native) and (self.tells is None or self.tells(instance))

    def __eq__(self, other: object) -> bool:
        # As `node.op.__class__ == Cholesky` asks of a compiled graph.
        if self.tells is not None or not isinstance(other, type):
            return self is other
        natives = self.native if isinstance(self.native, tuple) else (self.native,)
        return self is other or other in natives

    def __hash__(self) -> int:
        return id(self)

    def make(self, *args: Any, **kwargs: Any) -> Any:
        """Return an object that applies the operation."""
        if self.__name__ == "Elemwise":
            return function_of(args[0] if args else kwargs["scalar_op"])
        return type.__call__(self, *args, **kwargs)


def _reduces(*kinds: str) -> Callable[[Any], bool]:
    return lambda op: op.kind in kinds


def _applies(name: str) -> Callable[[Any], bool]:
    return lambda op: op.scalar.name == name


_TABLE: dict[str, tuple[Any, Callable[[Any], bool] | None]] = {
    "Elemwise": (elemwise.Elemwise, None),
    "DimShuffle": (shape.DimShuffle, None),
    "CAReduce": (reduce.Reduce, None),
    "CAReduceDtype": (reduce.Reduce, _reduces("sum", "prod")),
    "Sum": (reduce.Reduce, _reduces("sum")),
    "Prod": (reduce.Reduce, _reduces("prod")),
    "All": (reduce.Reduce, _reduces("all", "and")),
    "Any": (reduce.Reduce, _reduces("any", "or")),
    "Argmax": (reduce.ArgReduce, None),
    "MaxAndArgmax": (reduce.ArgReduce, None),
    "Subtensor": (subtensor.Subtensor, None),
    "IncSubtensor": (
        subtensor.IncSubtensor,
        lambda op: not isinstance(op, advanced_subtensor.AdvancedIncSubtensor),
    ),
    "AdvancedSubtensor": (advanced_subtensor.AdvancedSubtensor, None),
    "AdvancedSubtensor1": (advanced_subtensor.AdvancedSubtensor, None),
    "AdvancedBooleanSubtensor": (advanced_subtensor.AdvancedSubtensor, None),
    "AdvancedIncSubtensor": (advanced_subtensor.AdvancedIncSubtensor, None),
    "AdvancedIncSubtensor1": (advanced_subtensor.AdvancedIncSubtensor, None),
    "AdvancedBooleanIncSubtensor": (advanced_subtensor.AdvancedIncSubtensor, None),
    "Prepend_scalar_constant_to_each_row": (creation.Join, lambda op: op.axis == 1),
    "Prepend_scalar_to_each_row": (creation.Join, lambda op: op.axis == 1),
    "Reshape": (reshape.Reshape, None),
    "Join": (creation.Join, None),
    "MakeVector": (creation.Join, None),
    "ARange": (creation.Arange, None),
    "Eye": (creation.Eye, None),
    "Alloc": (broadcast.BroadcastTo, None),
    "AllocEmpty": (broadcast.BroadcastTo, None),
    "LoadFromDisk": (load.LoadFromDisk, None),
    "Shape": (shape.ShapeOf, None),
    "Shape_i": (shape.ShapeOf, None),
    "SpecifyShape": (shape.SpecifyShape, None),
    "Rebroadcast": (shape.SpecifyShape, None),
    "Assert": (requirement.Require, None),
    "Nonzero": (nonzero.Nonzero, None),
    "Dot": (dot.Dot, None),
    "Dot22": (dot.Dot, None),
    "BatchedDot": (dot.BatchedDot, None),
    "Gemm": (blas.Gemm, None),
    "Gemv": ((blas.Gemm, dot.Dot), None),
    # A column times a row is an elementwise product.
    "Ger": (elemwise.Elemwise, _applies("mul")),
    "Dot22Scalar": (blas.ScaledDot, None),
    "ExtractDiag": (advanced_subtensor.AdvancedSubtensor, None),
    "Flatten": (reshape.Reshape, None),
    "RepeatOp": (broadcast.BroadcastTo, None),
    "SortOp": ((sorting.ArgSort, sorting.Sort), None),
    "Split": (subtensor.Subtensor, None),
    "Tri": (elemwise.Elemwise, None),
    "CrossentropyCategorical1Hot": (elemwise.Elemwise, _applies("log")),
    "CrossentropyCategorical1HotGrad": (elemwise.Elemwise, _applies("true_div")),
    "CrossentropySoftmax1HotWithBiasDx": (elemwise.Elemwise, _applies("mul")),
    "SoftmaxGrad": (reduce.Reduce, _reduces("sum")),
    "CrossentropySoftmaxArgmax1HotWithBias": (nnet.LogSoftmax, None),
    "SoftmaxWithBias": (nnet.Softmax, None),
    "Softmax": (nnet.Softmax, None),
    "LogSoftmax": (nnet.LogSoftmax, None),
    "AbstractConv": (conv.Conv, None),
    "AbstractConv2d": (conv.Conv, lambda op: op.geometry.spatial == 2),
    "AbstractConv3d": (conv.Conv, lambda op: op.geometry.spatial == 3),
    "AbstractConv_gradInputs": (conv.ConvInputGradient, None),
    "AbstractConv2d_gradInputs": (conv.ConvInputGradient, None),
    "AbstractConv3d_gradInputs": (conv.ConvInputGradient, None),
    "AbstractConv3d_gradWeights": (conv.ConvKernelGradient, None),
    "AbstractConv_gradWeights": (conv.ConvKernelGradient, None),
    "AbstractConv2d_gradWeights": (conv.ConvKernelGradient, None),
    "BaseAbstractConv": (conv.ConvolutionOp, None),
    "CorrMM": (conv.Conv, None),
    "CorrMM_gradInputs": (conv.ConvInputGradient, None),
    "CorrMM_gradWeights": (conv.ConvKernelGradient, None),
    "BaseCorrMM": (conv.ConvolutionOp, None),
    "Corr3dMM": (conv.Conv, None),
    "Corr3dMM_gradInputs": (conv.ConvInputGradient, None),
    "Corr3dMM_gradWeights": (conv.ConvKernelGradient, None),
    "BaseCorr3dMM": (conv.ConvolutionOp, None),
    # Theano's parts of a convolution of films, which is one convolution here.
    "DiagonalSubtensor": (conv.Conv, None),
    "IncDiagonalSubtensor": ((conv.ConvInputGradient, conv.ConvKernelGradient), None),
    "MaxPool": (pool.MaxPool, None),
    "Scan": (scan.Scan, None),
    "IfElse": (ifelse.IfElse, None),
    "ArgSortOp": (sorting.ArgSort, None),
    "MatrixInverse": (linalg.MatrixInverse, None),
    "Solve": (linalg.Solve, None),
    "Cholesky": (linalg.Cholesky, None),
    "Det": (determinant.Det, None),
    "RavelMultiIndex": ((elemwise.Elemwise, requirement.Require), None),
    "UnravelIndex": ((elemwise.Elemwise, requirement.Require), None),
    "Bartlett": (elemwise.Elemwise, None),
    "CumOp": (cumulative.Cumulative, None),
    "DiffOp": (elemwise.Elemwise, None),
    # Theano's Eigh is an Eig.
    "Eig": ((eigen.Eig, eigen.Eigh), None),
    "Eigh": (eigen.Eigh, None),
    "Eigvalsh": (eigen.EigvalsH, None),
    "Expm": (expm.Expm, None),
    "MatrixPinv": (svd.PseudoInverse, None),
    "TensorInv": (linalg.MatrixInverse, None),
    "TensorSolve": (linalg.Solve, None),
    "AllocDiag": (advanced_subtensor.AdvancedIncSubtensor, None),
    "Fourier": (fourier.FourierTransform, None),
    "SparseBlockGemv": (reduce.Reduce, _reduces("sum")),
    "SparseBlockOuter": (elemwise.Elemwise, _applies("mul")),
    "Images2Neibs": (windows.Windows, None),
    "ConvOp": (conv.Conv, None),
    "QRFull": (qr.QR, None),
    "QRIncomplete": (qr.QR, None),
    "SVD": ((svd.SVD, svd.SingularValues), None),
    "SearchsortedOp": (searching.SearchSorted, None),
    "TopKOp": (sorting.ArgSort, None),
    "Unique": (sorting.ArgSort, None),
    "ZeroGrad": (transformations.ZeroGrad, None),
    "DisconnectedGrad": (transformations.DisconnectedGrad, None),
    "UndefinedGrad": (transformations.UndefinedGrad, None),
    "GradClip": (transformations.GradClip, None),
    "GradScale": (transformations.GradScale, None),
}


def _class(name: str) -> Any:
    native, tells = _TABLE[name]
    namespace: dict[str, Any] = {"native": native, "kind": name}
    namespace["tells"] = staticmethod(tells) if tells else None
    namespace["__doc__"] = f"Stands for symgraph's operations that do what Theano's {name} does."
    return NodeClass(name, (OperationObject,), {**namespace, "__module__": __name__})


# Classes of nodes that symgraph never makes: it computes the same by others.
_NEVER = (
    "AbstractBatchNormInference", "AbstractBatchNormTrain", "AbstractBatchNormTrainGrad",
    "Choose", "ConnectionistTemporalClassification", "CpuContiguous", "DeepCopyOp",
    "FillDiagonal", "FillDiagonalOffset", "MaxPoolRop", "Mean", "PermuteRowElements",
    "ProdWithoutZeros", "ScalarFromTensor", "TensorFromScalar", "Tile",
)  # fmt: skip
_TABLE.update({name: (Op, lambda op: False) for name in _NEVER})
MAKERS.update(ARRAYS)
CLASSES: dict[str, Any] = {name: _class(name) for name in _TABLE}
globals().update(CLASSES)


def __getattr__(name: str) -> Any:
    return _find(name)
