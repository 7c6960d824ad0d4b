"""`theano.tensor.nnet.bn`: batch normalisation, and its derivative as an operation."""

from collections.abc import Sequence
from typing import Any

from symgraph import tensor
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.constants import as_tensor_variable
from symgraph.graph import Variable

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.nnet")


def train_cotangents(axes: Sequence[int]) -> Any:
    """Return the function that computes the cotangents of inputs, scale and bias from that of the
    result, given the batch's mean and 1 / sqrt(var + epsilon), which count as constants."""

    def apply(x: Any, dy: Any, scale: Any, x_mean: Any, x_invstd: Any, epsilon: Any = 0) -> Any:
        x, dy, scale, mean, invstd = map(as_tensor_variable, (x, dy, scale, x_mean, x_invstd))

        def along(v: Variable, reduce: str) -> Variable:
            found: Variable = getattr(tensor, reduce)(v, axis=tuple(axes), keepdims=True)
            return found

        scale, mean, invstd = (tensor.addbroadcast(v, *axes) for v in (scale, mean, invstd))
        spread = x - mean
        weighted = along(dy * spread, "mean")
        by_x = scale * invstd * (dy - along(dy, "mean") - spread * invstd**2 * weighted)
        return [by_x, along(dy * spread, "sum") * invstd, along(dy, "sum")]

    return apply
