"""Theano's names of the classes of nodes, for programs that look at compiled graphs.

`isinstance(node.op, theano.tensor.Subtensor)` is true of the operations of symgraph that do the
same. Where symgraph has one operation for several of Theano's, `tells` tells them apart.
"""

from collections.abc import Callable
from typing import Any

from symgraph import tensor
from symgraph.compat.theano.aliases import Alias
from symgraph.compat.theano.gof import array_objects as arrays
from symgraph.compat.theano.gof import linalg_objects as linear
from symgraph.compat.theano.gof import node_objects as objects
from symgraph.compat.theano.gof.node_objects import Maker, OperationObject, always
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor import fourier as transforms
from symgraph.compat.theano.tensor import subtensor as selections
from symgraph.compat.theano.tensor.elementwise import function_of
from symgraph.compat.theano.tensor.nnet import abstract_conv, bn, corr, neighbours
from symgraph.compat.theano.tensor.nnet import nnet as scores
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
from symgraph.tensor import nlinalg, slinalg
from symgraph.tensor import nnet as networks
from symgraph.tensor.nnet import blocksparse

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
        # As `node.op.__class__ == Cholesky` asks of a compiled graph: of a class that stands for
        # all operations of one class, and for no others.
        return self is other or (other is self.native and self.tells is None)

    def __hash__(self) -> int:
        # Equal classes have one hash; a tuple of classes is none.
        return hash(self.native) if self.tells is None else id(self)

    def make(self, *args: Any, **kwargs: Any) -> Any:
        """Return an object that applies the operation."""
        if self.__name__ == "Elemwise":
            return function_of(args[0] if args else kwargs["scalar_op"])
        return type.__call__(self, *args, **kwargs)


def _reduces(*kinds: str) -> Callable[[Any], bool]:
    return lambda op: op.kind in kinds


def _applies(name: str) -> Callable[[Any], bool]:
    return lambda op: op.scalar.name == name


# By name: the operations that do the same, which of them, and what makes an object's function.
_TABLE: dict[str, tuple[Any, Callable[[Any], bool] | None, Maker | None]] = {
    "Elemwise": (elemwise.Elemwise, None, None),
    "DimShuffle": (shape.DimShuffle, None, objects.dimshuffle),
    "CAReduce": (reduce.Reduce, None, objects.careduce),
    "CAReduceDtype": (reduce.Reduce, _reduces("sum", "prod"), objects.careduce),
    "Sum": (reduce.Reduce, _reduces("sum"), objects.reduction("sum")),
    "Prod": (reduce.Reduce, _reduces("prod"), objects.reduction("prod")),
    "All": (reduce.Reduce, _reduces("all", "and"), objects.reduction("all")),
    "Any": (reduce.Reduce, _reduces("any", "or"), objects.reduction("any")),
    "Argmax": (reduce.ArgReduce, None, objects.argmax),
    "MaxAndArgmax": (reduce.ArgReduce, None, objects.max_and_argmax),
    "Subtensor": (subtensor.Subtensor, None, arrays.selection),
    "IncSubtensor": (
        subtensor.IncSubtensor,
        lambda op: not isinstance(op, advanced_subtensor.AdvancedIncSubtensor),
        arrays.written_selection,
    ),
    "AdvancedSubtensor": (
        advanced_subtensor.AdvancedSubtensor,
        None,
        always(selections.advanced_subtensor),
    ),
    "AdvancedSubtensor1": (advanced_subtensor.AdvancedSubtensor, None, arrays.rows),
    "AdvancedBooleanSubtensor": (
        advanced_subtensor.AdvancedSubtensor,
        None,
        always(selections.advanced_subtensor),
    ),
    "AdvancedIncSubtensor": (
        advanced_subtensor.AdvancedIncSubtensor,
        None,
        arrays.written_elements,
    ),
    "AdvancedIncSubtensor1": (advanced_subtensor.AdvancedIncSubtensor, None, arrays.written_rows),
    "AdvancedBooleanIncSubtensor": (
        advanced_subtensor.AdvancedIncSubtensor,
        None,
        arrays.written_elements,
    ),
    "Prepend_scalar_constant_to_each_row": (
        creation.Join,
        lambda op: op.axis == 1,
        objects.prepend_constant,
    ),
    "Prepend_scalar_to_each_row": (
        creation.Join,
        lambda op: op.axis == 1,
        always(objects.prepended),
    ),
    "Reshape": (reshape.Reshape, None, objects.reshape),
    "Join": (creation.Join, None, objects.join),
    "MakeVector": (creation.Join, None, objects.make_vector),
    "ARange": (creation.Arange, None, objects.arange),
    "Eye": (creation.Eye, None, objects.eye),
    "Alloc": (broadcast.BroadcastTo, None, always(tensor.alloc)),
    "AllocEmpty": (broadcast.BroadcastTo, None, arrays.empty),
    "LoadFromDisk": (load.LoadFromDisk, None, arrays.read),
    "Shape": (shape.ShapeOf, None, always(tensor.shape)),
    "Shape_i": (shape.ShapeOf, None, objects.extent),
    "SpecifyShape": (shape.SpecifyShape, None, always(tensor.specify_shape)),
    "Rebroadcast": (shape.SpecifyShape, None, objects.rebroadcast),
    "Assert": (requirement.Require, None, objects.assertion),
    "Nonzero": (nonzero.Nonzero, None, None),
    "Dot": (dot.Dot, None, always(objects.dot)),
    "Dot22": (dot.Dot, None, always(tensor.dot)),
    "BatchedDot": (dot.BatchedDot, None, always(tensor.batched_dot)),
    "Gemm": (blas.Gemm, None, linear.gemm),
    "Gemv": ((blas.Gemm, dot.Dot), None, linear.gemv),
    # A column times a row is an elementwise product.
    "Ger": (elemwise.Elemwise, _applies("mul"), linear.ger),
    "Dot22Scalar": (blas.ScaledDot, None, always(linear.scaled_product)),
    "ExtractDiag": (advanced_subtensor.AdvancedSubtensor, None, objects.diagonal),
    "Flatten": (reshape.Reshape, None, objects.flatten),
    "RepeatOp": (broadcast.BroadcastTo, None, objects.repeat),
    "SortOp": ((sorting.ArgSort, sorting.Sort), None, objects.sort),
    "Split": (subtensor.Subtensor, None, objects.split),
    "Tri": (elemwise.Elemwise, None, objects.tri),
    "CrossentropyCategorical1Hot": (
        elemwise.Elemwise,
        _applies("log"),
        always(networks.crossentropy_categorical_1hot),
    ),
    "CrossentropyCategorical1HotGrad": (
        elemwise.Elemwise,
        _applies("true_div"),
        always(networks.crossentropy_categorical_1hot_grad),
    ),
    "CrossentropySoftmax1HotWithBiasDx": (
        elemwise.Elemwise,
        _applies("mul"),
        always(scores.crossentropy_softmax_1hot_with_bias_dx),
    ),
    "SoftmaxGrad": (reduce.Reduce, _reduces("sum"), always(networks.softmax_grad)),
    "CrossentropySoftmaxArgmax1HotWithBias": (
        nnet.LogSoftmax,
        None,
        always(scores.crossentropy_softmax_argmax_1hot_with_bias),
    ),
    "SoftmaxWithBias": (nnet.Softmax, None, always(networks.softmax_with_bias)),
    "Softmax": (nnet.Softmax, None, always(networks.softmax)),
    "LogSoftmax": (nnet.LogSoftmax, None, always(networks.logsoftmax)),
    "AbstractConv": (conv.Conv, None, None),
    "AbstractConv2d": (conv.Conv, lambda op: op.geometry.spatial == 2, abstract_conv.forward(2)),
    "AbstractConv3d": (conv.Conv, lambda op: op.geometry.spatial == 3, abstract_conv.forward(3)),
    "AbstractConv_gradInputs": (conv.ConvInputGradient, None, None),
    "AbstractConv2d_gradInputs": (conv.ConvInputGradient, None, abstract_conv.by_inputs(2)),
    "AbstractConv3d_gradInputs": (conv.ConvInputGradient, None, abstract_conv.by_inputs(3)),
    "AbstractConv3d_gradWeights": (conv.ConvKernelGradient, None, abstract_conv.by_weights(3)),
    "AbstractConv_gradWeights": (conv.ConvKernelGradient, None, None),
    "AbstractConv2d_gradWeights": (conv.ConvKernelGradient, None, abstract_conv.by_weights(2)),
    "BaseAbstractConv": (conv.ConvolutionOp, None, None),
    "CorrMM": (conv.Conv, None, corr.forward(2)),
    "CorrMM_gradInputs": (conv.ConvInputGradient, None, corr.derivative(2, "inputs")),
    "CorrMM_gradWeights": (conv.ConvKernelGradient, None, corr.derivative(2, "weights")),
    "BaseCorrMM": (conv.ConvolutionOp, None, None),
    "Corr3dMM": (conv.Conv, None, corr.forward(3)),
    "Corr3dMM_gradInputs": (conv.ConvInputGradient, None, corr.derivative(3, "inputs")),
    "Corr3dMM_gradWeights": (conv.ConvKernelGradient, None, corr.derivative(3, "weights")),
    "BaseCorr3dMM": (conv.ConvolutionOp, None, None),
    # Theano's parts of a convolution of films, which is one convolution here.
    "DiagonalSubtensor": (conv.Conv, None, None),
    "IncDiagonalSubtensor": ((conv.ConvInputGradient, conv.ConvKernelGradient), None, None),
    "MaxPool": (pool.MaxPool, None, None),
    "Scan": (scan.Scan, None, None),
    "IfElse": (ifelse.IfElse, None, objects.if_else),
    "ArgSortOp": (sorting.ArgSort, None, objects.argsort),
    "MatrixInverse": (linalg.MatrixInverse, None, always(nlinalg.matrix_inverse)),
    "Solve": (linalg.Solve, None, linear.solve),
    "Cholesky": (linalg.Cholesky, None, objects.cholesky),
    "Det": (determinant.Det, None, always(nlinalg.det)),
    "RavelMultiIndex": ((elemwise.Elemwise, requirement.Require), None, arrays.raveled),
    "UnravelIndex": ((elemwise.Elemwise, requirement.Require), None, arrays.unraveled),
    "Bartlett": (elemwise.Elemwise, None, always(tensor.bartlett)),
    "CumOp": (cumulative.Cumulative, None, objects.cumulative),
    "DiffOp": (elemwise.Elemwise, None, objects.difference),
    # Theano's Eigh is an Eig.
    "Eig": ((eigen.Eig, eigen.Eigh), None, always(linear.eig)),
    "Eigh": (eigen.Eigh, None, objects.eigh),
    "Eigvalsh": (eigen.EigvalsH, None, objects.eigvalsh),
    "Expm": (expm.Expm, None, always(slinalg.expm)),
    "MatrixPinv": (svd.PseudoInverse, None, always(nlinalg.pinv)),
    "TensorInv": (linalg.MatrixInverse, None, objects.tensor_inverse),
    "TensorSolve": (linalg.Solve, None, objects.tensor_solve),
    "AllocDiag": (advanced_subtensor.AdvancedIncSubtensor, None, arrays.new_diagonal),
    "Fourier": (fourier.FourierTransform, None, always(transforms.fft)),
    "SparseBlockGemv": (reduce.Reduce, _reduces("sum"), always(blocksparse.sparse_block_gemv)),
    "SparseBlockOuter": (
        elemwise.Elemwise,
        _applies("mul"),
        always(blocksparse.sparse_block_outer),
    ),
    "Images2Neibs": (windows.Windows, None, neighbours.layout),
    "ConvOp": (conv.Conv, None, None),
    "QRFull": (qr.QR, None, objects.qr),
    "QRIncomplete": (qr.QR, None, objects.qr),
    "SVD": ((svd.SVD, svd.SingularValues), None, objects.svd),
    "SearchsortedOp": (searching.SearchSorted, None, objects.search),
    "TopKOp": (sorting.ArgSort, None, None),
    "Unique": (sorting.ArgSort, None, arrays.unique),
    "ZeroGrad": (transformations.ZeroGrad, None, None),
    "DisconnectedGrad": (transformations.DisconnectedGrad, None, None),
    "UndefinedGrad": (transformations.UndefinedGrad, None, None),
    "GradClip": (transformations.GradClip, None, None),
    "GradScale": (transformations.GradScale, None, None),
}
# Classes of nodes that symgraph never makes: it computes the same by others.
_NEVER: dict[str, Maker | None] = {
    "AbstractBatchNormInference": None,
    "AbstractBatchNormTrain": None,
    "AbstractBatchNormTrainGrad": bn.train_cotangents,
    "Choose": arrays.choice,
    "ConnectionistTemporalClassification": always(networks.ctc),
    "CpuContiguous": always(arrays.contiguous),
    "DeepCopyOp": None,
    "FillDiagonal": always(tensor.fill_diagonal),
    "FillDiagonalOffset": always(tensor.fill_diagonal_offset),
    "MaxPoolRop": None,
    "Mean": arrays.mean,
    "PermuteRowElements": always(arrays.permuted_rows),
    "ProdWithoutZeros": arrays.product,
    "ScalarFromTensor": always(tensor.scalar_from_tensor),
    "TensorFromScalar": always(tensor.tensor_from_scalar),
    "Tile": arrays.tile,
}


def _class(
    name: str, native: Any, tells: Callable[[Any], bool] | None, makes: Maker | None
) -> NodeClass:
    namespace = {
        "native": native,
        "tells": staticmethod(tells) if tells else None,
        "makes": staticmethod(makes) if makes else None,
        "kind": name,
        "__module__": __name__,
        "__doc__": f"Stands for symgraph's operations that do what Theano's {name} does.",
    }
    made: NodeClass = NodeClass(name, (OperationObject,), namespace)
    return made


CLASSES: dict[str, Any] = {name: _class(name, *row) for name, row in _TABLE.items()}
CLASSES |= {name: _class(name, Op, lambda op: False, makes) for name, makes in _NEVER.items()}
globals().update(CLASSES)


def __getattr__(name: str) -> Any:
    return _find(name)
