"""`theano.tensor.nnet.abstract_conv`: the shapes of convolutions, and its operations as objects."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph.compat.theano.gof.node_objects import MAKERS
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.basic import as_tensor_variable
from symgraph.graph import Constant, Variable
from symgraph.tensor import nnet

__getattr__, __dir__ = resolver(__name__, "symgraph.tensor.nnet")

Shape = Sequence[Any]


def _number(value: Any) -> int | None:
    """Return an extent that is known, None for one that is not."""
    if isinstance(value, Constant):
        return int(value.data)
    return None if value is None or isinstance(value, Variable) else int(value)


def get_conv_shape_1axis(
    image_shape: Any, kernel_shape: Any, border_mode: Any, subsample: Any, dilation: Any = 1
) -> Any:
    """Return the extent of a convolution along one axis, None where it is not known.

    image_shape, kernel_shape: extents, of image and kernel.
    border_mode: 'valid', 'full', 'half', or the pads: one, or before and behind.
    subsample, dilation: of the axis.
    Raises ValueError where the kernel does not fit.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import get_conv_shape_1axis
    >>> get_conv_shape_1axis(10, 3, "valid", 2)
    4
    """
    if None in (image_shape, kernel_shape, border_mode, subsample, dilation):
        return None
    covered = (kernel_shape - 1) * dilation + 1
    before, behind = _pads(border_mode, covered)
    left = image_shape + before + behind - covered
    known = _number(left)
    if known is not None and known < 0:
        raise ValueError(
            f"the kernel of {covered} elements is larger than the padded image of"
            f" {image_shape + before + behind}"
        )
    return left // subsample + 1


def _pads(border_mode: Any, covered: Any) -> tuple[Any, Any]:
    if isinstance(border_mode, tuple | list):
        return border_mode[0], border_mode[1]
    named = {"valid": 0, "half": covered // 2, "full": covered - 1}
    pad = named[border_mode] if isinstance(border_mode, str) else border_mode
    if _number(pad) is not None and pad < 0:
        raise ValueError("border_mode must be >= 0")
    return pad, pad


def _each(border_mode: Any, spatial: int) -> list[Any]:
    if isinstance(border_mode, tuple | list):
        return list(border_mode)
    return [border_mode] * spatial


def get_conv_output_shape(
    image_shape: Shape,
    kernel_shape: Shape,
    border_mode: Any,
    subsample: Shape,
    filter_dilation: Shape | None = None,
) -> tuple[Any, ...]:
    """Return the shape of a convolution; None for an extent that is not known.

    image_shape: (images, channels, rows, columns), or one more.
    kernel_shape: (maps, channels, rows, columns), or one more.
    border_mode, subsample, filter_dilation: as in `T.nnet.conv2d`.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import get_conv_output_shape
    >>> get_conv_output_shape((2, 3, 10, 10), (4, 3, 3, 3), "half", (1, 1))
    (2, 4, 10, 10)
    """
    spatial = len(image_shape) - 2
    dilation = [1] * spatial if filter_dilation is None else filter_dilation
    places = zip(
        image_shape[2:],
        kernel_shape[-spatial:],
        _each(border_mode, spatial),
        subsample,
        dilation,
        strict=True,
    )
    return (image_shape[0], kernel_shape[0], *(get_conv_shape_1axis(*p) for p in places))


def get_conv_gradweights_shape_1axis(
    image_shape: Any, top_shape: Any, border_mode: Any, subsample: Any, dilation: Any
) -> Any:
    """Return the extent of a kernel along one axis, from those of image and result.

    image_shape, top_shape: extents. The others: see `get_conv_shape_1axis`.
    Returns None where it is not known, as with 'half' and with subsampling.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import (
    ...     get_conv_gradweights_shape_1axis,
    ... )
    >>> get_conv_gradweights_shape_1axis(10, 8, "valid", 1, 1)
    3
    """
    if None in (image_shape, top_shape, border_mode, subsample, dilation):
        return None
    if subsample != 1 or border_mode == "half":
        return None
    if border_mode == "full":
        covered = top_shape - image_shape + 1
    else:
        before, behind = _pads(border_mode, 0)
        covered = image_shape + before + behind - top_shape + 1
    return (covered - 1) // dilation + 1 if dilation != 1 else covered


def get_conv_gradinputs_shape_1axis(
    kernel_shape: Any, top_shape: Any, border_mode: Any, subsample: Any, dilation: Any
) -> Any:
    """Return the extent of an image along one axis, from those of kernel and result.

    kernel_shape, top_shape: extents. The others: see `get_conv_shape_1axis`.
    Returns None where it is not known, as with subsampling.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import (
    ...     get_conv_gradinputs_shape_1axis,
    ... )
    >>> get_conv_gradinputs_shape_1axis(3, 8, "valid", 1, 1)
    10
    """
    if None in (kernel_shape, top_shape, border_mode, subsample, dilation) or subsample != 1:
        return None
    covered = (kernel_shape - 1) * dilation + 1
    before, behind = _pads(border_mode, covered)
    return top_shape + covered - 1 - before - behind


def _derived(
    rule: Callable[..., Any], others: Shape, top: Shape, border: Any, step: Any, dilation: Any
) -> list[Any]:
    spatial = len(top) - 2
    dilations = [1] * spatial if dilation is None else dilation
    places = zip(others[-spatial:], top[2:], _each(border, spatial), step, dilations, strict=True)
    return [rule(*place) for place in places]


def get_conv_gradweights_shape(
    image_shape: Shape,
    top_shape: Shape,
    border_mode: Any,
    subsample: Shape,
    filter_dilation: Shape | None = None,
    num_groups: int = 1,
    unshared: bool = False,
) -> tuple[Any, ...]:
    """Return the shape of a convolution's kernel, from those of image and result.

    image_shape, top_shape: of image and result. The others: as in `T.nnet.conv2d`.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import get_conv_gradweights_shape
    >>> get_conv_gradweights_shape((2, 3, 10, 10), (2, 4, 8, 8), "valid", (1, 1))
    (4, 3, 3, 3)
    """
    extents = _derived(
        get_conv_gradweights_shape_1axis,
        image_shape,
        top_shape,
        border_mode,
        subsample,
        filter_dilation,
    )
    channels = None if image_shape[1] is None else image_shape[1] // num_groups
    own = tuple(top_shape[2:]) if unshared else ()
    return (top_shape[1], *own, channels, *extents)


def get_conv_gradinputs_shape(
    kernel_shape: Shape,
    top_shape: Shape,
    border_mode: Any,
    subsample: Shape,
    filter_dilation: Shape | None = None,
    num_groups: int = 1,
) -> tuple[Any, ...]:
    """Return the shape of a convolution's image, from those of kernel and result.

    kernel_shape, top_shape: of kernel and result. The others: as in `T.nnet.conv2d`.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import get_conv_gradinputs_shape
    >>> get_conv_gradinputs_shape((4, 3, 3, 3), (2, 4, 8, 8), "valid", (1, 1))
    (2, 3, 10, 10)
    """
    extents = _derived(
        get_conv_gradinputs_shape_1axis,
        kernel_shape,
        top_shape,
        border_mode,
        subsample,
        filter_dilation,
    )
    inner = kernel_shape[-(len(top_shape) - 2) - 1]
    return (top_shape[0], None if inner is None else inner * num_groups, *extents)


def check_conv_gradinputs_shape(
    image_shape: Any,
    kernel_shape: Any,
    output_shape: Any,
    border_mode: Any,
    subsample: Any,
    filter_dilation: Any = None,
) -> bool:
    """Test whether shapes of image, kernel and result fit; what is None fits everything.

    image_shape, kernel_shape, output_shape: shapes. The others: as in `T.nnet.conv2d`.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import check_conv_gradinputs_shape
    >>> check_conv_gradinputs_shape((2, 3, 10, 10), (4, 3, 3, 3), (2, 4, 8, 8), "valid", (1, 1))
    True
    """
    image = tuple(None if e is None else int(e) for e in image_shape)
    kernel = tuple(None if e is None else int(e) for e in kernel_shape)
    if len(image) != len(kernel) or len(image) != len(tuple(output_shape)):
        return False
    try:
        found = get_conv_output_shape(image, kernel, border_mode, subsample, filter_dilation)
    except ValueError:
        return False
    return all(
        mine is None or theirs is None or mine == int(theirs)
        for mine, theirs in zip(found, output_shape, strict=True)
    )


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
                MAKERS["Assert"](f"The convolution would produce an invalid shape (dim[{axis}]).")(
                    extent, extent >= least
                )
            )
        else:
            checked.append(extent)
    return tuple(checked)


def assert_shape(x: Any, expected_shape: Any, msg: str = "Unexpected shape.") -> Variable:
    """Return a tensor whose shape is checked where an extent is given.

    x: a tensor. expected_shape: extents, None for any; or None. msg: of the AssertionError.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import assert_shape
    >>> assert_shape(T.constant([1.0, 2.0]), (2,)).eval()
    array([1., 2.])
    """
    x = as_tensor_variable(x)
    if expected_shape is None:
        return x
    tests = [
        (x.shape[axis] >= extent) & (x.shape[axis] <= extent)
        for axis, extent in enumerate(expected_shape)
        if extent is not None
    ]
    return MAKERS["Assert"](msg)(x, *tests) if tests else x


def border_mode_to_pad(mode: Any, convdim: int, kshp: Shape) -> tuple[tuple[int, int], ...]:
    """Return the pads of each axis, before and behind.

    mode: as in `T.nnet.conv2d`. convdim: how many axes. kshp: the extents of the kernel, spread.
    Raises ValueError for another mode.

    >>> from symgraph.compat.theano.tensor.nnet.abstract_conv import border_mode_to_pad
    >>> border_mode_to_pad("half", 2, (3, 5))
    ((1, 1), (2, 2))
    """
    modes = _each(mode, convdim)
    if len(modes) != convdim:
        raise ValueError(f"invalid border_mode {mode}: it has an entry for each of {convdim} axes")
    return tuple(_pads(m, int(k)) for m, k in zip(modes, kshp, strict=True))


_OPTIONS = ("border_mode", "subsample", "filter_flip", "filter_dilation", "num_groups", "unshared")
_CONVOLUTIONS: dict[int, tuple[Any, Any, Any]] = {
    2: (nnet.conv2d, nnet.conv2d_grad_wrt_inputs, nnet.conv2d_grad_wrt_weights),
    3: (nnet.conv3d, nnet.conv3d_grad_wrt_inputs, nnet.conv3d_grad_wrt_weights),
}


def _given(imshp: Any, kshp: Any, options: dict[str, Any]) -> dict[str, Any]:
    unknown = set(options) - set(_OPTIONS)
    if unknown:
        raise TypeError(f"a convolution takes no argument {sorted(unknown)[0]!r}")
    return options


def _forward(convdim: int) -> Callable[..., Any]:
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


def _by_inputs(convdim: int) -> Callable[..., Any]:
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


def _by_weights(convdim: int) -> Callable[..., Any]:
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


for _dim in (2, 3):
    MAKERS[f"AbstractConv{_dim}d"] = _forward(_dim)
    MAKERS[f"AbstractConv{_dim}d_gradInputs"] = _by_inputs(_dim)
    MAKERS[f"AbstractConv{_dim}d_gradWeights"] = _by_weights(_dim)
