"""Convolutions as Theano has them: with arguments of old versions, and shapes that are asserted."""

import warnings
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

from symgraph.compat.theano.configdefaults import config
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.compat.theano.tensor.nnet.abstract_conv import assert_shape
from symgraph.graph import Variable
from symgraph.tensor import nnet

_SHAPES = {"input": "input_shape", "filters": "filter_shape"}


def _as_in_theano(native: Callable[..., Variable]) -> Callable[..., Variable]:
    """Return a convolution that takes numbers as Theano does, leaves out arguments that it does not
    know, with a warning, and asserts shapes where the flag `conv.assert_shape` is set."""
    form = signature(native)

    @wraps(native)
    def convolve(*given: Any, **named: Any) -> Variable:
        unknown = set(named) - set(form.parameters)
        if unknown:
            warnings.warn(
                f"{native.__name__} takes no {', '.join(sorted(unknown))}; it makes no difference",
                stacklevel=2,
            )
        known = {name: value for name, value in named.items() if name not in unknown}
        arguments = form.bind(*given, **known).arguments
        for name in ("input", "filters", "output_grad"):
            if name in arguments:
                arguments[name] = as_tensor_variable(arguments[name])
        if config.conv.assert_shape:
            for name, shape in _SHAPES.items():
                wanted = arguments.get(shape)
                if name in arguments and wanted is not None:
                    arguments[name] = assert_shape(arguments[name], wanted)
                    arguments[shape] = None
        return native(**arguments)

    convolve.__module__ = __name__
    return convolve


conv2d = _as_in_theano(nnet.conv2d)
conv3d = _as_in_theano(nnet.conv3d)
conv2d_grad_wrt_inputs = _as_in_theano(nnet.conv2d_grad_wrt_inputs)
conv2d_grad_wrt_weights = _as_in_theano(nnet.conv2d_grad_wrt_weights)
conv3d_grad_wrt_inputs = _as_in_theano(nnet.conv3d_grad_wrt_inputs)
conv3d_grad_wrt_weights = _as_in_theano(nnet.conv3d_grad_wrt_weights)
