"""How far two correct programs for one graph may differ: found by rounding otherwise.

Back ends round differently in a few places only. Elementary functions are right to a few units
in the last place; sums and products of many terms take them in any order; a product that is
added to something may keep its lower half (fused multiply-add); which of two zeros of unequal
sign a maximum returns is open. Everything else is the same to the last bit.

`run` with a random generator runs the graph by the ops' NumPy meanings, rounding all of these
otherwise. Of several such runs: where they agree, results must be equal; where they differ,
results may differ by a small multiple of that; where they disagree about what kind of number it
is (a jump, an overflow), nothing can be said. So a test needs no tolerances of its own, however
ill-conditioned or discontinuous its graph.

Rewriting keeps what an expression means on the reals, and so changes how all arithmetic is
rounded: with `rewritten`, that of every operation and the sign of every zero is open.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from support.bundles import on_parts
from symgraph.graph import Apply, Constant, Variable, toposort
from symgraph.lower.convolutions.winograd import KERNELS
from symgraph.ops import (
    Arange,
    Cofactors,
    Conv,
    ConvInputGradient,
    ConvKernelGradient,
    Cumulative,
    Det,
    Dot,
    Elemwise,
    IncSubtensor,
    LinearRecurrence,
    LogSoftmax,
    MatrixInverse,
    MaxPoolGradient,
    MaxPoolSelect,
    OverlapAdd,
    Reduce,
    Softmax,
    Solve,
    SumTo,
)
from symgraph.ops.complex_formulas import COMPLEX_FORMULAS
from symgraph.ops.compressed import ColumnDot, RowDot, SampledDot
from symgraph.ops.constant import constant
from symgraph.ops.conv import ConvolutionOp
from symgraph.ops.determinant import CofactorsChange
from symgraph.ops.matrices import MatrixOp

# Rounded correctly by every back end.
ARITHMETIC = {"add", "sub", "true_div", "reciprocal", "sqrt"}
# Not rounded, or cast where nothing else is done.
EXACT = {
    *("neg", "abs", "sgn", "floor_div", "mod"),
    *("ceil", "floor", "trunc", "round", "round_half_away", "maximum", "minimum", "relu", "clip"),
    *("lt", "gt", "le", "ge", "eq", "neq", "isnan", "isinf", "and_", "or_", "xor", "invert"),
    *("saturated_add", "saturated_mul", "saturated_sub"),
    *("left_shift", "right_shift", "switch", "second", "identity", "real", "imag", "conj"),
    "complex",
}
# A fused multiply-add rounds these once less.
PRODUCTS = {"mul", "sqr", "mul_zero"}
# Where a zero comes out, its sign is open.
OPEN_ZEROS = {"maximum", "minimum", "relu", "clip", "sgn", "jv", "iv"}
# Units in the last place by which a function may be wrong, here and there together.
ULPS = {"float16": 1, "float32": 5, "float64": 5, "complex64": 8, "complex128": 8}
# Functions that cancel near their zeros: their errors are units of a number not below 1 there.
ABSOLUTE = {"gammaln", "psi", "logaddexp"}
# These do so near all of theirs: their errors are units of the amplitude.
OSCILLATING = {"j0", "j1", "jv"}
# Series, recurrences and continued fractions: their relative errors, of SciPy's and ours together.
ITERATED = {
    "betainc": 5e-12, "gammainc": 2e-12, "gammaincc": 2e-12, "iv": 2e-12, "jv": 2e-11,
    "polygamma": 5e-13,
}  # fmt: skip
# SciPy has these right only for arguments that are off by a few units.
STEEP = {"erfcx", "gamma", "gammaln", "psi", "tri_gamma", "erfinv", "erfc", "erfcinv"}

# The largest error of each element of a result, given the op's inputs; None where it is exact.
Noise = Callable[[Apply, Sequence[np.ndarray], np.ndarray], np.ndarray | None]


def spacing(size: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The distance of neighbouring numbers of the (real) dtype at the magnitude."""
    with np.errstate(all="ignore"):
        return np.spacing(np.abs(size).astype(dtype)).astype("float64")


def real_dtype(dtype: np.dtype) -> np.dtype:
    return np.zeros(0, dtype).real.dtype


def _elementwise(node: Apply, given: Sequence[np.ndarray], result: np.ndarray) -> np.ndarray | None:
    name = node.op.scalar.name
    if name in COMPLEX_FORMULAS and any(x.dtype.kind == "c" for x in given):
        size = np.maximum(np.abs(result), 1) if name == "log1p" else np.abs(result)
        # A power is the exponential of a product, and as wrong as that is large.
        size *= _size_of_exponent(given) if name == "pow" else 1
        return ULPS[result.dtype.name] * spacing(size, real_dtype(result.dtype))
    if name in EXACT or name in ARITHMETIC or name.startswith("cast{"):
        return None
    if result.dtype.kind == "c":
        return ULPS[result.dtype.name] * spacing(np.abs(result), real_dtype(result.dtype))
    if name in PRODUCTS:
        return np.where(_product_is_exact(name, given, result), 0, spacing(result, result.dtype))
    size = np.maximum(np.abs(result), 1) if name in ABSOLUTE else result
    if name in OSCILLATING:
        size = np.maximum(np.abs(result), amplitude(name, *given))
    error = ULPS[result.dtype.name] * spacing(size, result.dtype)
    if name in ITERATED:
        # Computed in float64, whatever the dtype.
        error = error + np.abs(size) * ITERATED[name]
    if name in STEEP:
        (x,) = given
        x = x.astype(result.dtype)
        for near in (x * (1 + 8 * np.finfo(x.dtype).eps), x * (1 - 8 * np.finfo(x.dtype).eps)):
            (other,) = node.op.perform(node, near)
            error = np.maximum(error, np.abs(other.astype("float64") - result))
    return error


EXTREME = 1e7


def is_extreme(*given: np.ndarray) -> np.ndarray:
    """Where an operand is so small or large that iterated functions, SciPy's or ours, may give up
    or be wrong."""
    result: np.ndarray = np.zeros(np.broadcast_shapes(*(x.shape for x in given)), bool)
    for x in given:
        size = np.abs(x.astype("float64"))
        least = 1e10 * float(np.finfo(x.dtype if x.dtype.kind == "f" else "float64").tiny)
        result = result | ((size > 0) & (size < least)) | ((size > EXTREME) & np.isfinite(size))
    return result


def _size_of_exponent(given: Sequence[np.ndarray]) -> np.ndarray:
    size = np.abs(given[1] * np.log(given[0].astype("complex128")))
    return np.where(size > 1, size, 1)


def amplitude(name: str, *given: np.ndarray) -> np.ndarray:
    """How large the function is around x, between its zeros."""
    x = np.abs(given[-1].astype("float64"))
    order = {"j0": 0.0, "j1": 1.0}.get(name, given[0].astype("float64"))
    with np.errstate(all="ignore"):
        size = np.minimum(1, np.sqrt(2 / np.pi) / np.sqrt(x))
        # Below the order it falls; there are no zeros.
        return np.where(x < np.abs(order), 0, size)


def _product_is_exact(name: str, given: Sequence[np.ndarray], result: np.ndarray) -> np.ndarray:
    a, b = given[0], given[0] if name == "sqr" else given[1]
    with np.errstate(all="ignore"):
        wide = a.astype("longdouble") * b.astype("longdouble")
        few_bits = (a.astype("float32") == a) & (b.astype("float32") == b)
        return (wide == result) & (few_bits | (result.dtype.itemsize < 8))


def _sum(node: Apply, given: Sequence[np.ndarray], result: np.ndarray) -> np.ndarray | None:
    kind = getattr(node.op, "kind", "sum")
    if kind not in ("sum", "prod"):
        return None
    x = np.abs(given[0])
    count = max(x.size // max(result.size, 1), 1)
    if kind == "prod":
        whole = bool(np.isfinite(result).all() and (result == np.round(result)).all())
        if whole and (given[0] == np.round(given[0])).all() and (np.abs(result) < 1e3).all():
            return None
        return (1 + count / 2) * spacing(np.abs(result), real_dtype(result.dtype))
    return _of_terms(result, _total(node, x, result), count, given)


def _total(node: Apply, x: np.ndarray, result: np.ndarray) -> np.ndarray:
    if isinstance(node.op, Reduce):
        axes, keep = tuple(node.op.axes), False
    else:
        axes = tuple(a for a in range(x.ndim) if x.shape[a] != result.shape[a])
        keep = True
    with np.errstate(all="ignore"):
        return np.asarray(x.sum(axis=axes, dtype="float64", keepdims=keep))


def _of_terms(
    result: np.ndarray,
    total: np.ndarray,
    count: int,
    given: Sequence[np.ndarray],
    plain: bool = True,
) -> np.ndarray | None:
    """The error of a sum of `count` terms whose sizes sum to `total`, in any order; terms that are
    `plain` products of integers have none."""
    real = real_dtype(result.dtype)
    if plain and _sums_exactly(given, total, real):
        return None
    work = np.dtype("float32") if real == np.float16 else real
    inexact = (1 + np.sqrt(count) / 2) * spacing(total, work)
    return np.maximum(inexact, spacing(np.abs(result), real) if real == np.float16 else 0)


def _sums_exactly(given: Sequence[np.ndarray], total: np.ndarray, real: np.dtype) -> bool:
    """Whether all terms are small integers, so that no order rounds."""
    limit = 2**53 if real == np.float64 else 2**24
    whole = all((x == np.round(x)).all() for x in given)
    return bool(whole and (total < limit).all())


def _running(node: Apply, given: Sequence[np.ndarray], result: np.ndarray) -> np.ndarray | None:
    """Sums of up to all terms along the axis, in any order."""
    if node.op.kind != "sum":
        return None
    (total,) = node.op.perform(node, np.abs(given[0]))
    count = given[0].shape[node.op.axis]
    return _of_terms(result, np.abs(total).astype("float64"), count, given)


def _recurrence(node: Apply, given: Sequence[np.ndarray], result: np.ndarray) -> np.ndarray:
    """Each step may round its product once less, which the following ones multiply."""
    a, b = (np.abs(x).astype("float64") for x in given)
    op = node.op
    with np.errstate(all="ignore"):
        (size,) = op.perform(node, a, b)
        work = np.dtype("float32") if result.dtype == np.float16 else real_dtype(result.dtype)
        (error,) = op.perform(node, a, spacing(size, work))
        return np.maximum(error, spacing(np.abs(result), real_dtype(result.dtype)))


def _dot(node: Apply, given: Sequence[np.ndarray], result: np.ndarray) -> np.ndarray | None:
    a, b = (np.abs(x).astype("float64") for x in given)
    with np.errstate(all="ignore"):
        return _of_terms(result, np.asarray(np.dot(a, b)), a.shape[-1], given)


def _compressed(node: Apply, given: Sequence[np.ndarray], result: np.ndarray) -> np.ndarray | None:
    """Products with compressed matrices add up what the product of the magnitudes does."""
    sizes = [np.abs(x).astype("float64") if x.dtype.kind in "fc" else x for x in given]
    with np.errstate(all="ignore"):
        (total,) = node.op.perform(node, *sizes)
        return _of_terms(result, total, max(map(len, sizes)), given)


def _convolution(node: Apply, given: Sequence[np.ndarray], result: np.ndarray) -> np.ndarray | None:
    """Small kernels are applied to tiles by transforms, where what stands beside a place counts."""
    arrays = [np.abs(x).astype("float64") for x in given[:2]]
    with np.errstate(all="ignore"):
        op = node.op
        wide = op.related(type(op), *(constant(array) for array in arrays), *node.inputs[2:]).owner
        (total,) = op.perform(wide, *arrays, *given[2:])
        places = tuple(range(2, total.ndim))
        most = np.broadcast_to(total.max(axis=places, keepdims=True, initial=0), total.shape)
        count = max(1, *(array.size for array in given[:2]))
        return _of_terms(result, most, count, given[:2], not _may_be_transformed(node, given))


def _may_be_transformed(node: Apply, given: Sequence[np.ndarray]) -> bool:
    """Whether tiles may serve, whose transforms have fractions."""
    op = node.op
    shapes = op.shapes([x.shape for x in given[:2]], [int(x) for x in given[2:]])
    squares = [(extent, extent) for extent in KERNELS]
    each = (*op.strides, *op.dilations, op.groups)
    return not op.unshared and set(each) == {1} and shapes["kernel"][2:] in squares


def _of_windows(node: Apply, given: Sequence[np.ndarray], result: np.ndarray) -> np.ndarray | None:
    """Sums over windows, or of those that overlap: linear in one of the operands."""
    at = 0 if isinstance(node.op, OverlapAdd) else 1
    sizes = [np.abs(x).astype("float64") if k == at else x for k, x in enumerate(given)]
    with np.errstate(all="ignore"):
        (total,) = node.op.perform(node, *sizes)
    terms = int(np.prod(node.op.window))
    if isinstance(node.op, OverlapAdd):
        return _of_terms(result, total, terms, given[:1])
    # Shares are divided by the number of equals.
    work = np.dtype("float32") if result.dtype == np.float16 else result.dtype
    error = (2 + np.sqrt(terms) / 2) * spacing(total, work)
    return np.maximum(error, spacing(result, result.dtype) if work != result.dtype else 0)


def _softmax(node: Apply, given: Sequence[np.ndarray], result: np.ndarray) -> np.ndarray | None:
    size = np.abs(result)
    if isinstance(node.op, LogSoftmax):
        size = np.maximum(size, 1)
    count = given[0].shape[node.op.axis]
    return (
        ULPS[result.dtype.name] + (np.sqrt(count) if result.dtype != np.float16 else 0)
    ) * spacing(size, result.dtype)


def _arange(node: Apply, given: Sequence[np.ndarray], result: np.ndarray) -> np.ndarray | None:
    return spacing(result, result.dtype)


def _backward_stable(
    node: Apply, given: Sequence[np.ndarray], result: np.ndarray, times: int = 1
) -> np.ndarray:
    """Factorisations of n rows give what is right for operands that are off by some n units of
    their norm (Higham, *Accuracy and Stability of Numerical Algorithms*, chapters 9 and 14),
    iterative ones by several `times` that."""
    rng = np.random.default_rng(0)
    error = spacing(result, result.dtype)
    for _ in range(4):
        moved = [_off_by_units(x, result.dtype.name, rng, times) for x in given]
        (other,) = node.op.perform(node, *moved)
        error = np.maximum(error, np.abs(other.astype("float64") - result))
    return error


def _off_by_units(
    x: np.ndarray, dtype: str, rng: np.random.Generator, times: int = 1
) -> np.ndarray:
    """A matrix, as floats, off by so many times as many units of its norm as it has rows."""
    kind = np.dtype(dtype) if np.dtype(dtype).kind in "fc" else np.dtype("float64")
    off = times * len(x) * np.finfo(kind).eps * np.linalg.norm(x.astype(kind)) if x.ndim else 0
    return (x + off * rng.choice([-1, 1], x.shape)).astype(kind)


NOISE: dict[type, Noise] = {
    Elemwise: _elementwise,
    Reduce: _sum,
    SumTo: _sum,
    Conv: _convolution,
    ConvInputGradient: _convolution,
    ConvKernelGradient: _convolution,
    Cumulative: _running,
    LinearRecurrence: _recurrence,
    Dot: _dot,
    RowDot: _compressed,
    ColumnDot: _compressed,
    SampledDot: _compressed,
    MaxPoolGradient: _of_windows,
    MaxPoolSelect: _of_windows,
    OverlapAdd: _of_windows,
    Softmax: _softmax,
    LogSoftmax: _softmax,
    Arange: _arange,
    Det: _backward_stable,
    # By singular values, which are found by iteration.
    Cofactors: partial(_backward_stable, times=4),
    CofactorsChange: partial(_backward_stable, times=4),
    MatrixInverse: _backward_stable,
    Solve: _backward_stable,
}


def _rounded(
    node: Apply,
    given: Sequence[np.ndarray],
    result: np.ndarray,
    rng: np.random.Generator,
    rewritten: bool,
) -> np.ndarray:
    """A result of `node.op` as another program might have rounded it."""
    if result.dtype.kind not in "fc" or not result.size:
        return result
    rule = NOISE.get(type(node.op))
    with np.errstate(all="ignore"):
        error = None if rule is None else rule(node, given, result)
        if error is not None and rewritten and _is_power(node):
            # Written as products, each of which is rounded.
            error = error * (1 + np.minimum(np.abs(given[1]), 32) / 2)
        elif error is None and rewritten and _adds_to_places(node):
            error = _of_increments(node, given, result)
        elif error is None and rewritten and _is_arithmetic(node):
            error = spacing(_size_before_cancelling(node, given, result), real_dtype(result.dtype))
        if error is not None:
            if not rewritten and rule is _elementwise:
                error = np.where(_surely_infinite(node, given, result), 0, error)
            result = _moved(result, error, rng)
        if isinstance(node.op, Dot | ConvolutionOp):
            result = _perhaps_finite(node, given, result, rng, rewritten)
        if rewritten and isinstance(node.op, Elemwise) and node.op.scalar.name == "mul":
            # x · log(x) is 0 at 0, as its limit is.
            nothing = np.isnan(result) & ((given[0] == 0) | (given[1] == 0))
            nothing &= rng.choice([False, True], result.shape)
            result = np.where(nothing, 0, result).astype(result.dtype)
    if rewritten or _zero_is_open(node):
        flip = (result == 0) & rng.choice([False, True], result.shape)
        result = np.where(flip, -result, result)
    return result


def _size_before_cancelling(
    node: Apply, given: Sequence[np.ndarray], result: np.ndarray
) -> np.ndarray:
    """The magnitude that tells how a result is rounded. What a function is taken away from may be
    another function, 1 - sigmoid(x) is sigmoid(-x), which has not the function's own error but one
    of its own."""
    size = np.abs(result)
    if isinstance(node.op, Elemwise) and node.op.scalar.name in ("add", "sub"):
        for variable, x in zip(node.inputs, given, strict=True):
            if _is_function(variable):
                size = np.maximum(size, np.where(np.isfinite(x) & np.isfinite(size), np.abs(x), 0))
    return size


def _is_function(variable: Variable) -> bool:
    """Whether a variable is an elementary function of something, right to a few units only."""
    if variable.owner is None or not isinstance(variable.owner.op, Elemwise):
        return False
    name = variable.owner.op.scalar.name
    return name not in (EXACT | ARITHMETIC | PRODUCTS) and not name.startswith("cast{")


def _surely_infinite(
    node: Apply, given: Sequence[np.ndarray], result: np.ndarray
) -> np.ndarray | bool:
    """Where a function is infinite, and not for having just overflown: for operands that are off by
    a few units too."""
    if not np.isinf(result).any() or any(x.dtype.kind not in "fiub" for x in given):
        return False
    sure = np.isinf(result)
    for by in (-8, 8):
        moved = [
            x * (1 + x.dtype.type(by) * np.finfo(x.dtype).eps) if x.dtype.kind == "f" else x
            for x in given
        ]
        sure &= node.op.perform(node, *moved)[0] == result
    return sure


def _is_arithmetic(node: Apply) -> bool:
    return isinstance(node.op, Elemwise) and node.op.scalar.name in ARITHMETIC


def _is_power(node: Apply) -> bool:
    return isinstance(node.op, Elemwise) and node.op.scalar.name == "pow"


def _adds_to_places(node: Apply) -> bool:
    return isinstance(node.op, IncSubtensor) and not node.op.set


def _of_increments(
    node: Apply, given: Sequence[np.ndarray], result: np.ndarray
) -> np.ndarray | None:
    """What is added to one place, several times where an index repeats, is a sum in any order."""
    sizes = [np.abs(x) for x in given[:2]]
    (total,) = node.op.perform(node, *sizes, *given[2:])
    count = 1 + (len(given[1]) if given[1].ndim else 1)
    return _of_terms(result, np.asarray(total, "float64"), count, given[:2])


def _moved(result: np.ndarray, error: np.ndarray | float, rng: np.random.Generator) -> np.ndarray:
    def by() -> np.ndarray:
        # The largest error mostly, so that few runs show what a jump hangs on.
        return error * rng.choice([-1, -1, -0.5, -0.2, 0.2, 0.5, 1, 1], result.shape)

    wide = "complex128" if result.dtype.kind == "c" else "float64"
    if result.dtype == np.float64:
        wide = "longdouble"
    moved = result.astype(wide) + (by() + 1j * by() if result.dtype.kind == "c" else by())
    limit = np.finfo(real_dtype(result.dtype)).max
    moved = np.where(
        np.isinf(result) & (rng.random(result.shape) < 0.5), np.sign(result) * limit, moved
    )
    exact = np.isnan(result) | (np.isinf(result) & (error == 0))
    return np.asarray(np.where(exact, result, moved)).astype(result.dtype)


def _perhaps_finite(
    node: Apply,
    given: Sequence[np.ndarray],
    result: np.ndarray,
    rng: np.random.Generator,
    rewritten: bool,
) -> np.ndarray:
    """A sum of products one of which is too large, and another too small, is nan; it is infinite or
    finite where these are added before they are rounded. Not so where operands are infinite. To
    rewriting, zero times infinity is zero. Of complex numbers, whose products are four, nothing is
    certain that is not finite."""
    if result.dtype.kind == "c":
        open_ = ~np.isfinite(result) & rng.choice([False, True], result.shape)
        return np.where(open_, np.finfo(result.dtype).max, result).astype(result.dtype)
    if not np.isnan(result).any():
        return result
    signs = [np.where(np.isfinite(x), np.sign(x), x).astype(x.dtype) for x in given[:2]]
    if rewritten and isinstance(node.op, Dot):
        certain = _without_zeros(*signs).reshape(result.shape)
    else:
        (certain,) = node.op.perform(node, *signs, *given[2:])
    open_ = np.isnan(result) & ~np.isnan(certain) & rng.choice([False, True], result.shape)
    limit = np.finfo(real_dtype(result.dtype)).max
    return np.where(open_, limit, result).astype(result.dtype)


def _without_zeros(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The product of matrices or vectors, without the terms that have a factor of zero."""
    left = np.atleast_2d(a)[:, :, None]
    right = (b if b.ndim == 2 else b[:, None])[None]
    return np.asarray(np.where((left == 0) | (right == 0), 0, left * right).sum(axis=1))


def _in_another_order(node: Apply, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What is reduced, shuffled: on the way there a sum or product may overflow or not."""
    axes = node.op.axes if isinstance(node.op, Reduce) else range(x.ndim)
    kept = node.outputs[0].type.shape
    for axis in axes:
        if isinstance(node.op, Reduce) or kept[axis] == 1:
            x = np.take(x, rng.permutation(x.shape[axis]), axis)
    return x


def _zero_is_open(node: Apply) -> bool:
    if isinstance(node.op, Elemwise):
        return node.op.scalar.name in OPEN_ZEROS
    return isinstance(node.op, Reduce | SumTo | Dot | ConvolutionOp)


def run(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    values: Sequence[np.ndarray],
    rng: np.random.Generator | None = None,
    rewritten: bool = False,
) -> list[np.ndarray]:
    """The outputs by the ops' NumPy meanings; with `rng`, rounded otherwise, and with
    `rewritten` as after rewriting."""
    known: dict[Variable, np.ndarray] = dict(zip(inputs, values, strict=True))
    outputs = on_parts(inputs, outputs)

    def value(variable: Variable) -> np.ndarray:
        return variable.data if isinstance(variable, Constant) else known[variable]

    for node in toposort(outputs, stop_at=known):
        given = [value(variable) for variable in node.inputs]
        if rng is not None and isinstance(node.op, Reduce | SumTo):
            given[0] = _in_another_order(node, given[0], rng)
        if rng is not None and isinstance(node.op, MatrixOp) and type(node.op) not in NOISE:
            # All factors together are right for a matrix that is off by little.
            given = [_off_by_units(x, x.dtype.name, rng) for x in given]
        results = node.op.perform(node, *given)
        if rng is not None:
            results = tuple(_rounded(node, given, result, rng, rewritten) for result in results)
        known.update(zip(node.outputs, results, strict=True))
    return [value(variable) for variable in outputs]
