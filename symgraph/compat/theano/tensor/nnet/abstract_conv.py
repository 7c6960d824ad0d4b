"""`theano.tensor.nnet.abstract_conv`: the shapes of convolutions, and its operations as objects."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgraph.compat.theano.gof.node_objects import Maker, assertion
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.basic import as_tensor_variable
from symgraph.graph import Constant, Variable
from symgraph.tensor import nnet

__getattr__, __dir__ = resolver(__name__, ".tensor.nnet.convolutions", "symgraph.tensor.nnet")

# SciPy is one of the packages that symgraph needs.
imported_scipy_signal = True
Shape = Sequence[Any]


def _number(value: Any) -> int | None:
    """Return an extent that is known, None for one that is not."""
    if isinstance(value, Constant):
        return int(value.data)
    return None if value is None or isinstance(value, Variable) else int(value)


def _entry(border_mode: Any) -> Any:
    """Return the border mode of one axis as that of a convolution over one axis."""
    return border_mode if isinstance(border_mode, str) else (border_mode,)


def get_conv_shape_1axis(
    image_shape: Any, kernel_shape: Any, border_mode: Any, subsample: Any, dilation: Any = 1
) -> Any:
    """Return the extent of a convolution along one axis, None where it is not known.

    image_shape, kernel_shape: extents, of image and kernel.
    border_mode, subsample, dilation: of the axis, as in `T.nnet.conv2d`.
    Raises ValueError where the kernel does not fit.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import get_conv_shape_1axis
    >>> get_conv_shape_1axis(10, 3, "valid", 2)
    4
    """
    shapes = (1, 1, image_shape), (1, 1, kernel_shape)
    return nnet.get_conv_output_shape(*shapes, _entry(border_mode), (subsample,), (dilation,))[2]


def get_conv_gradweights_shape_1axis(
    image_shape: Any, top_shape: Any, border_mode: Any, subsample: Any, dilation: Any
) -> Any:
    """Return the extent of a kernel along one axis, from those of image and result.

    image_shape, top_shape: extents. The others: see `get_conv_shape_1axis`.
    Returns None where it is not known, as with 'half' and with subsampling.

    >>> from symgraph.compat.theano.tensor.nnet import abstract_conv
    >>> abstract_conv.get_conv_gradweights_shape_1axis(10, 8, "valid", 1, 1)
    3
    """
    shapes = (1, 1, image_shape), (1, 1, top_shape)
    mode = _entry(border_mode)
    return nnet.get_conv_gradweights_shape(*shapes, mode, (subsample,), (dilation,))[2]


def get_conv_gradinputs_shape_1axis(
    kernel_shape: Any, top_shape: Any, border_mode: Any, subsample: Any, dilation: Any
) -> Any:
    """Return the extent of an image along one axis, from those of kernel and result.

    kernel_shape, top_shape: extents. The others: see `get_conv_shape_1axis`.
    Returns None where it is not known, as with subsampling.

    >>> from symgraph.compat.theano.tensor.nnet import abstract_conv
    >>> abstract_conv.get_conv_gradinputs_shape_1axis(3, 8, "valid", 1, 1)
    10
    """
    shapes = (1, 1, kernel_shape), (1, 1, top_shape)
    mode = _entry(border_mode)
    return nnet.get_conv_gradinputs_shape(*shapes, mode, (subsample,), (dilation,))[2]


def assert_conv_shape(shape: Shape) -> tuple[Any, ...]:
    """Return a shape of a convolution whose extents are checked: images and channels at least 0,
    the others at least 1.

    shape: extents, ints or variables; those that are None stay so.
    Raises AssertionError for one that is known to be less.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import assert_conv_shape
    >>> assert_conv_shape((2, None, 3, 4))
    (2, None, 3, 4)
    """
    checked: list[Any] = []
    for axis, extent in enumerate(shape):
        least = 0 if axis < 2 else 1
        known = _number(extent)
        if known is not None and known < least:
            raise AssertionError(
                f"The convolution would produce an invalid shape (dim[{axis}]: {known} < {least})."
            )
        if isinstance(extent, Variable) and known is None:
            checked.append(
                assertion(f"The convolution would produce an invalid shape (dim[{axis}]).")(
                    extent, extent >= least
                )
            )
        else:
            checked.append(extent)
    return tuple(checked)


def assert_shape(x: Any, expected_shape: Any, msg: str = "Unexpected shape.") -> Variable:
    """Return a tensor whose shape is checked where an extent is given.

    x: a tensor. expected_shape: extents, None for any; or None. msg: of the AssertionError, which
        is raised at once where another extent is known.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import assert_shape
    >>> assert_shape(T.constant([1.0, 2.0]), (2,)).eval()
    array([1., 2.])
    """
    x = as_tensor_variable(x)
    if expected_shape is None:
        return x
    tests = []
    for axis, wanted in enumerate(expected_shape):
        if wanted is None:
            continue
        known = _number(x.shape[axis]), _number(wanted)
        if None in known:
            tests.append((x.shape[axis] >= wanted) & (x.shape[axis] <= wanted))
        elif known[0] != known[1]:
            raise AssertionError(msg)
    return assertion(msg)(x, *tests) if tests else x


def border_mode_to_pad(mode: Any, convdim: int, kshp: Shape) -> tuple[tuple[int, int], ...]:
    """Return the pads of each axis, before and behind.

    mode: as in `T.nnet.conv2d`. convdim: how many axes. kshp: the extents of the kernel, spread.
    Raises ValueError for another mode.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import border_mode_to_pad
    >>> border_mode_to_pad("half", 2, (3, 5))
    ((1, 1), (2, 2))
    """
    modes = list(mode) if isinstance(mode, tuple | list) else [mode] * convdim
    if len(modes) != convdim:
        raise ValueError(f"invalid border_mode {mode}: it has an entry for each of {convdim} axes")
    return tuple(_pads(entry, int(k)) for entry, k in zip(modes, kshp, strict=True))


def _pads(entry: Any, kernel: int) -> tuple[int, int]:
    if isinstance(entry, tuple | list):
        return int(entry[0]), int(entry[1])
    named = {"valid": 0, "half": kernel // 2, "full": kernel - 1}
    if isinstance(entry, str) and entry not in named:
        raise ValueError(f"invalid border_mode {entry!r}; it is one of {', '.join(named)}")
    pad = named[entry] if isinstance(entry, str) else int(entry)
    if pad < 0:
        raise ValueError(f"invalid border_mode {entry}: a pad is at least 0")
    return pad, pad


_OPTIONS = ("border_mode", "subsample", "filter_flip", "filter_dilation", "num_groups", "unshared")
_CONVOLUTIONS: dict[int, tuple[Any, Any, Any]] = {
    2: (nnet.conv2d, nnet.conv2d_grad_wrt_inputs, nnet.conv2d_grad_wrt_weights),
    3: (nnet.conv3d, nnet.conv3d_grad_wrt_inputs, nnet.conv3d_grad_wrt_weights),
}


def _given(imshp: Any, kshp: Any, options: dict[str, Any]) -> dict[str, Any]:
    unknown = set(options) - set(_OPTIONS)
    if unknown:
        raise TypeError(f"a convolution takes no argument {sorted(unknown)[0]!r}")
    for shape in (imshp, kshp):
        if isinstance(shape, Variable):
            raise ValueError(f"imshp and kshp are None or lists of extents, not {shape}")
    return options


def forward(convdim: int) -> Maker:
    """Return what makes a convolution over so many axes."""

    def make(imshp: Any = None, kshp: Any = None, *rest: Any, **options: Any) -> Any:
        given = _given(imshp, kshp, {**dict(zip(_OPTIONS, rest, strict=False)), **options})
        return lambda img, kern: _CONVOLUTIONS[convdim][0](
            as_tensor_variable(img), as_tensor_variable(kern), imshp, kshp, **given
        )

    return make


def _shape_of(shape: Any, convdim: int) -> list[Any]:
    if isinstance(shape, Variable):
        return [shape[place] for place in range(convdim)]
    return list(np.atleast_1d(np.asarray(shape)))


def by_inputs(convdim: int) -> Maker:
    """Return what makes the derivative of a convolution by its inputs."""

    def make(imshp: Any = None, kshp: Any = None, *rest: Any, **options: Any) -> Any:
        given = _given(imshp, kshp, {**dict(zip(_OPTIONS, rest, strict=False)), **options})

        def apply(kern: Any, topgrad: Any, shape: Any, add_assert_shape: bool = True) -> Any:
            kern, topgrad = as_tensor_variable(kern), as_tensor_variable(topgrad)
            channels = kern.shape[kern.ndim - convdim - 1] * given.get("num_groups", 1)
            whole = imshp
            if whole is None or None in whole:
                whole = [topgrad.shape[0], channels, *_shape_of(shape, convdim)]
            return _CONVOLUTIONS[convdim][1](topgrad, kern, tuple(whole), kshp, **given)

        return apply

    return make


def by_weights(convdim: int) -> Maker:
    """Return what makes the derivative of a convolution by its kernels."""

    def make(imshp: Any = None, kshp: Any = None, *rest: Any, **options: Any) -> Any:
        given = _given(imshp, kshp, {**dict(zip(_OPTIONS, rest, strict=False)), **options})

        def apply(img: Any, topgrad: Any, shape: Any, add_assert_shape: bool = True) -> Any:
            img, topgrad = as_tensor_variable(img), as_tensor_variable(topgrad)
            whole = kshp
            if whole is None or None in whole:
                channels = img.shape[1] // given.get("num_groups", 1)
                own = [topgrad.shape[a + 2] for a in range(convdim)]
                between = own if given.get("unshared") else []
                whole = [topgrad.shape[1], *between, channels, *_shape_of(shape, convdim)]
            return _CONVOLUTIONS[convdim][2](img, topgrad, tuple(whole), imshp, **given)

        return apply

    return make
