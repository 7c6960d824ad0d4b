"""`theano.tensor.nnet.corr` and `corr3d`: correlations, and their derivatives, as operations."""

from collections.abc import Callable, Sequence
from typing import Any

from symgraph.compat.theano.gof.node_objects import MAKERS
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.basic import as_tensor_variable
from symgraph.compat.theano.tensor.nnet import abstract_conv
from symgraph.graph import Variable

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.nnet", ".gof.node_classes")

_NAMES = {
    2: ("border_mode", "subsample", "filter_dilation", "num_groups", "unshared", "openmp"),
    3: ("border_mode", "subsample", "filter_dilation", "openmp", "num_groups"),
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


def _forward(convdim: int) -> Callable[..., Any]:
    def make(*given: Any, **named: Any) -> Any:
        return MAKERS[f"AbstractConv{convdim}d"](**_options(convdim, given, named))

    return make


def _derivative(convdim: int, by: str) -> Callable[..., Any]:
    shape_rule = getattr(abstract_conv, f"get_conv_grad{by.lower()}_shape")

    def make(*given: Any, **named: Any) -> Any:
        options = _options(convdim, given, named)
        apply = MAKERS[f"AbstractConv{convdim}d_grad{by}"](**options)
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


for _dim, _name in ((2, "CorrMM"), (3, "Corr3dMM")):
    MAKERS[_name] = _forward(_dim)
    for _by in ("Weights", "Inputs"):
        MAKERS[f"{_name}_grad{_by}"] = _derivative(_dim, _by)
