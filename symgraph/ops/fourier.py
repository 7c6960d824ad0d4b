"""Discrete Fourier transforms of complex numbers, given by their real and imaginary parts."""

from collections.abc import Sequence

import numpy as np

from symgraph.graph import Apply, TensorType, Variable
from symgraph.ops.extent_equality import extent_keys, set_keys
from symgraph.ops.matrices import Cotangents, Extents, MatrixOp, float_only, told, work_dtype


class FourierTransform(MatrixOp):
    """The sums y[k] of x[j] · exp(∓2πi · j · k / n) over the last axis but one, whose extent n is 1
    or more; the last axis holds the real and the imaginary part of each number. The sign is minus,
    and plus for the `inverse`, which is not divided by n. The two are each other's adjoint."""

    __props__ = ("inverse",)

    def __init__(self, inverse: bool = False) -> None:
        self.inverse = inverse

    def make_node(self, x: Variable) -> Apply:
        node = super().make_node(x)
        set_keys(node.outputs[0], extent_keys(x))
        return node

    def output_types(self, x: Variable) -> Sequence[TensorType]:
        if x.type.ndim < 2 or x.type.shape[-1] not in (None, 2):
            raise TypeError(f"fft takes pairs of real numbers on the last axis, not {told(x)}")
        kind = np.dtype(x.type.dtype).kind
        if kind == "c":
            raise TypeError(f"fft takes real and imaginary parts, not {told(x)}")
        if x.type.shape[-2] == 0:
            raise ValueError(f"fft takes one number or more, not {told(x)}")
        dtype = x.type.dtype if kind == "f" else "float64"
        return [TensorType(dtype, (*x.type.shape[:-1], 2))]

    def perform(self, node: Apply, x: np.ndarray) -> tuple[np.ndarray, ...]:
        dtype = node.outputs[0].type.dtype
        if x.shape[-1] != 2 or x.shape[-2] < 1:
            raise ValueError(f"fft takes one pair of real numbers or more, not the shape {x.shape}")
        work = np.ascontiguousarray(x.astype(work_dtype(dtype), copy=False))
        numbers = work.view("complex64" if work.dtype == np.float32 else "complex128")[..., 0]
        found = np.fft.ifft(numbers, norm="forward") if self.inverse else np.fft.fft(numbers)
        pairs = np.ascontiguousarray(found[..., None]).view(work.dtype)
        return (pairs.astype(dtype, copy=False),)

    def infer_shape(self, node: Apply, shapes: Extents) -> Extents:
        return [(*shapes[0][:-1], 2)]

    def vjp(self, node: Apply, cotangents: Cotangents) -> Cotangents:
        g = cotangents[0]
        turned = FourierTransform(not self.inverse)
        return [None if g is None else float_only(turned(g), node.inputs[0])]

    def jvp(self, node: Apply, tangents: Cotangents) -> Cotangents:
        t = tangents[0]
        return [None if t is None else self(t)]
