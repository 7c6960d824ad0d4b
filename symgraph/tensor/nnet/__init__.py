"""Functions of neural networks: T.nnet.softmax, T.nnet.conv2d, T.nnet.bn, ..."""

from symgraph.graph import tell_calls as _tell_calls
from symgraph.tensor.nnet import blocksparse, bn, neighbours
from symgraph.tensor.nnet.blocksparse import h_softmax, sparse_block_dot
from symgraph.tensor.nnet.bn import (
    batch_normalization,
    batch_normalization_test,
    batch_normalization_train,
)
from symgraph.tensor.nnet.conv import (
    conv1d,
    conv2d,
    conv3d,
)
from symgraph.tensor.nnet.conv_gradients import (
    conv2d_grad_wrt_inputs,
    conv2d_grad_wrt_weights,
    conv2d_transpose,
    conv3d_grad_wrt_inputs,
    conv3d_grad_wrt_weights,
)
from symgraph.tensor.nnet.conv_shapes import (
    check_conv_gradinputs_shape,
    get_conv_gradinputs_shape,
    get_conv_gradweights_shape,
    get_conv_output_shape,
)
from symgraph.tensor.nnet.conv_variants import (
    causal_conv1d,
    separable_conv2d,
    separable_conv3d,
    tiled_conv2d,
)
from symgraph.tensor.nnet.functions import (
    binary_crossentropy,
    categorical_crossentropy,
    confusion_matrix,
    elu,
    gelu,
    hard_sigmoid,
    logsoftmax,
    relu,
    selu,
    sigmoid,
    sigmoid_binary_crossentropy,
    softmax,
    softmax_categorical_crossentropy,
    softplus,
    softsign,
    tanh,
    ultra_fast_sigmoid,
)
from symgraph.tensor.nnet.neighbours import (
    images2neibs,
    neibs2images,
)
from symgraph.tensor.nnet.normalisation import (
    local_contrast_normalization,
    local_response_normalization,
)
from symgraph.tensor.nnet.one_hot_costs import (
    crossentropy_categorical_1hot,
    crossentropy_categorical_1hot_grad,
    crossentropy_softmax_1hot,
    crossentropy_softmax_1hot_with_bias,
    crossentropy_softmax_1hot_with_bias_dx,
    crossentropy_softmax_argmax_1hot_with_bias,
    crossentropy_softmax_max_and_argmax_1hot,
    crossentropy_softmax_max_and_argmax_1hot_with_bias,
    prepend_0_to_each_row,
    prepend_1_to_each_row,
    prepend_scalar_to_each_row,
    softmax_grad,
    softmax_graph,
    softmax_with_bias,
)
from symgraph.tensor.nnet.temporal_classification import ctc
from symgraph.tensor.nnet.upsampling import (
    bilinear_kernel_1D,
    bilinear_kernel_2D,
    bilinear_upsampling,
    frac_bilinear_upsampling,
)

__all__ = [
    "batch_normalization",
    "batch_normalization_test",
    "batch_normalization_train",
    "bilinear_kernel_1D",
    "bilinear_kernel_2D",
    "bilinear_upsampling",
    "binary_crossentropy",
    "blocksparse",
    "bn",
    "categorical_crossentropy",
    "causal_conv1d",
    "check_conv_gradinputs_shape",
    "confusion_matrix",
    "conv1d",
    "conv2d",
    "conv2d_grad_wrt_inputs",
    "conv2d_grad_wrt_weights",
    "conv2d_transpose",
    "conv3d",
    "conv3d_grad_wrt_inputs",
    "conv3d_grad_wrt_weights",
    "crossentropy_categorical_1hot",
    "crossentropy_categorical_1hot_grad",
    "crossentropy_softmax_1hot",
    "crossentropy_softmax_1hot_with_bias",
    "crossentropy_softmax_1hot_with_bias_dx",
    "crossentropy_softmax_argmax_1hot_with_bias",
    "crossentropy_softmax_max_and_argmax_1hot",
    "crossentropy_softmax_max_and_argmax_1hot_with_bias",
    "ctc",
    "elu",
    "frac_bilinear_upsampling",
    "gelu",
    "get_conv_gradinputs_shape",
    "get_conv_gradweights_shape",
    "get_conv_output_shape",
    "h_softmax",
    "hard_sigmoid",
    "images2neibs",
    "local_contrast_normalization",
    "local_response_normalization",
    "logsoftmax",
    "neibs2images",
    "neighbours",
    "prepend_0_to_each_row",
    "prepend_1_to_each_row",
    "prepend_scalar_to_each_row",
    "relu",
    "selu",
    "separable_conv2d",
    "separable_conv3d",
    "sigmoid",
    "sigmoid_binary_crossentropy",
    "softmax",
    "softmax_categorical_crossentropy",
    "softmax_grad",
    "softmax_graph",
    "softmax_with_bias",
    "softplus",
    "softsign",
    "sparse_block_dot",
    "tanh",
    "tiled_conv2d",
    "ultra_fast_sigmoid",
]
_tell_calls(globals())
