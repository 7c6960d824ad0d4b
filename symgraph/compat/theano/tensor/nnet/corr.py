"""`theano.tensor.nnet.corr` and `corr3d`: correlations, and their derivatives, as operations."""

from collections.abc import Sequence
from typing import Any

from symgraph.compat.theano.gof.node_objects import Maker
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.basic import as_tensor_variable
from symgraph.compat.theano.tensor.nnet import abstract_conv
from symgraph.graph import Variable
from symgraph.tensor import nnet

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.nnet", ".gof.node_classes")

_NAMES = {
    2: ("border_mode", "subsample", "filter_dilation", "num_groups", "unshared", "openmp"),
    3: ("border_mode", "subsample", "filter_dilation", "openmp", "num_groups"),
}
# By what a derivative is taken by: the rule of its shape, and what makes it of convolutions.
_BY: dict[str, tuple[Any, Any]] = {
    "inputs": (nnet.get_conv_gradinputs_shape, abstract_conv.by_inputs),
    "weights": (nnet.get_conv_gradweights_shape, abstract_conv.by_weights),
}


def _options(convdim: int, given: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a convolution that does not reverse the kernel."""
    options = {**dict(zip(_NAMES[convdim], given, strict=False)), **named}
    options.pop("openmp", None)
    defaults = {"border_mode": "valid", "subsample": (1,) * convdim}
    options = {**defaults, "filter_dilation": (1,) * convdim, **options}
    pads = options["border_mode"]
    if any(isinstance(p, int) and p < 0 for p in (pads if isinstance(pads, tuple) else (pads,))):
        raise ValueError(f"invalid border_mode {pads}: a pad is at least 0")
    return {**options, "filter_flip": False}


def forward(convdim: int) -> Maker:
    """Return what makes a correlation over so many axes."""

    def make(*given: Any, **named: Any) -> Any:
        return abstract_conv.forward(convdim)(**_options(convdim, given, named))

    return make


def derivative(convdim: int, by: str) -> Maker:
    """Return what makes a derivative of a correlation over so many axes, by one of `_BY`."""
    shape_rule, make_native = _BY[by]

    def make(*given: Any, **named: Any) -> Any:
        options = _options(convdim, given, named)
        apply = make_native(convdim)(**options)
        settings = [options[name] for name in _NAMES[convdim][:3]]

        def extents(operand: Variable, top: Variable) -> Sequence[Any]:
            found = shape_rule(operand.shape, top.shape, *settings)[2:]
            if None in found:
                raise ValueError(
                    "shape must be given where subsample or border_mode='half' leave it open"
                )
            return list(found)

        def call(operand: Any, topgrad: Any, shape: Any = None) -> Variable:
            operand, topgrad = as_tensor_variable(operand), as_tensor_variable(topgrad)
            wanted = extents(operand, topgrad) if shape is None else list(shape[:convdim])
            found: Variable = apply(operand, topgrad, wanted)
            return found

        return call

    return make
