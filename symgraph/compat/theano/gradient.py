"""`theano.gradient`."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph.compat.theano.lookup import resolver
from symgraph.gradient import DisconnectedType, GradientError, rop
from symgraph.gradient import grad as derive
from symgraph.gradient import numeric_grad as numeric_gradient
from symgraph.gradient import verify_grad as verify_natively
from symgraph.gradient.transformations import DisconnectedGrad, UndefinedGrad, ZeroGrad
from symgraph.graph import DISCRETE_DTYPES, Variable
from symgraph.ops.scalar_table import cast

__getattr__, __dir__ = resolver(__name__, "symgraph.gradient", "symgraph.graph")


def grad(
    cost: Variable | None,
    wrt: Any,
    consider_constant: Any = None,
    disconnected_inputs: str = "raise",
    add_names: bool = True,
    known_grads: Any = None,
    return_disconnected: str = "zero",
    null_gradients: str = "raise",
) -> Any:
    """Differentiate a cost: see `symgraph.grad`.

    cost: a number; the derivative of integers and truth values is zero.
    return_disconnected: 'zero', 'None' or 'Disconnected'. The others are those of `symgraph.grad`.

    >>> from symgraph.compat.theano.gradient import grad
    >>> x = T.dscalar("x")
    >>> grad(x**2, x).eval({x: 3.0})
    array(6.)
    """
    if isinstance(cost, Variable) and getattr(cost.type, "dtype", "float64") in DISCRETE_DTYPES:
        # The derivative of a step function, zero where it is connected.
        cost = cast(cost, "float64")
    return derive(
        cost,
        wrt,
        consider_constant=consider_constant,
        disconnected_inputs=disconnected_inputs,
        add_names=add_names,
        known_grads=known_grads,
        return_disconnected=return_disconnected.lower(),
        null_gradients=null_gradients,
    )


def Rop(f: Any, wrt: Any, eval_points: Any) -> Any:
    """Compute forward derivatives: see `symgraph.Rop`; of what does not depend on `wrt`, zeros.

    f, wrt, eval_points: those of `symgraph.Rop`.

    >>> from symgraph.compat.theano.gradient import Rop
    >>> x, y = T.dscalars("x", "y")
    >>> Rop(y**2, x, x).eval()
    array(0.)
    """
    return rop.Rop(f, wrt, eval_points, disconnected_outputs="ignore")


class numeric_grad:  # noqa: N801 - Theano's name
    """Hold the gradient of a real function by differences, as `gf`, in the form of `pt`.

    f: takes arrays and returns a number. pt: an array, or a list of them.
    eps: the step, by the dtype unless given. out_type: Theano's.

    >>> from symgraph.compat.theano.gradient import numeric_grad
    >>> numeric_grad(lambda x: x**2, np.array(3.0)).gf.round(4)
    np.float64(6.0)
    """

    def __init__(
        self, f: Callable[..., Any], pt: Any, eps: float | None = None, out_type: str | None = None
    ) -> None:
        packed = isinstance(pt, list | tuple)
        found = numeric_gradient(f, pt if packed else [pt], eps)
        self.gf: Any = found if packed else found[0]

    @staticmethod
    def abs_rel_err(a: Any, b: Any) -> tuple[Any, Any]:
        """Return the difference of two arrays, and the same relative to their size."""
        difference = np.abs(a - b)
        return difference, difference / np.maximum(np.abs(a) + np.abs(b), 1e-8)


disconnected_type = DisconnectedType()
zero_grad_, disconnected_grad_ = ZeroGrad(), DisconnectedGrad()
undefined_grad_, consider_constant_ = UndefinedGrad(), DisconnectedGrad()


def subgraph_grad(
    wrt: Sequence[Variable],
    end: Sequence[Variable],
    start: Any = None,
    cost: Variable | None = None,
    details: bool = False,
) -> tuple[Any, ...]:
    """Differentiate a part of a graph.

    wrt: variables within the part. end: variables where it ends: the walk goes no further.
    start: pairs or a dict, variables where the part starts and the derivatives by them.
    cost: a cost to derive besides. details: whether the parts of the sum are returned as well.
    Returns the derivatives by `wrt` and by `end`, two lists; of `details` also those from `start`
    and from `cost`. Raises ValueError without either of these.

    >>> from symgraph.compat.theano.gradient import subgraph_grad
    >>> x = T.dscalar("x")
    >>> y = x**2
    >>> (_, (end,)) = subgraph_grad([], [y], cost=3 * y)
    >>> end.eval()
    array(3.)
    """
    if cost is None and start is None:
        raise ValueError("`cost` or `start` must be specified.")
    targets = [*wrt, *end]
    keywords: dict[str, Any] = {"consider_constant": list(end), "disconnected_inputs": "ignore"}
    parts = []
    if start is not None:
        parts.append(grad(None, targets, known_grads=dict(start), **keywords))
    if cost is not None:
        parts.append(grad(cost, targets, **keywords))
    total = [sum(shares[1:], shares[0]) for shares in zip(*parts, strict=True)]
    found = total[: len(wrt)], total[len(wrt) :]
    if not details:
        return found
    of_start = parts[0] if start is not None else None
    of_cost = parts[-1] if cost is not None else None
    return (*found, of_start, of_cost)


def verify_grad(
    fun: Callable[..., Any],
    pt: Sequence[Any],
    n_tests: int = 2,
    rng: Any = None,
    eps: float | None = None,
    out_type: str | None = None,
    abs_tol: float | None = None,
    rel_tol: float | None = None,
    mode: Any = None,
    cast_to_output_type: bool = False,
    no_debug_ref: bool = True,
) -> None:
    """Check a symbolic gradient against differences: see `symgraph.gradient.verify_grad`.

    rng: a `numpy.random.RandomState`, which Theano needs to be given.
    eps: the step. abs_tol, rel_tol: Theano's 1e-4 for doubles unless given.
    mode: the back end, the reference unless given.
    out_type, cast_to_output_type, no_debug_ref: Theano's.
    The others are those of `symgraph.gradient.verify_grad`.
    Raises TypeError without an rng, GradientError where they differ.

    >>> from symgraph.compat.theano.gradient import verify_grad
    >>> verify_grad(T.sin, [np.array([0.5])], rng=np.random.RandomState(1))
    """
    if rng is None:
        raise TypeError(
            "rng should be a valid instance of numpy.random.RandomState: verify_grad(..., rng=...)"
        )
    chosen = "reference" if mode is None else mode
    if eps is not None:
        # Theano's step is the same for all numbers, symgraph's grows with the number moved.
        sizes = [float(np.abs(point).max()) for point in map(np.asarray, pt) if np.size(point)]
        eps = eps / max([1.0, *sizes])

    def in_floats(*inputs: Any) -> Any:
        # Of integers Theano checks that the derivative is zero.
        found = fun(*inputs)
        is_discrete = getattr(found, "dtype", None) in DISCRETE_DTYPES
        return cast(found, "float64") if is_discrete else found

    try:
        verify_natively(in_floats, pt, n_tests, rng, eps, abs_tol, rel_tol, chosen)
    except GradientError:
        if abs_tol is not None or rel_tol is not None:
            raise
        # symgraph's own tolerance is for steps of its own.
        verify_natively(in_floats, pt, n_tests, rng, eps, 1e-4, 1e-4, chosen)


# Programs catch the error as `verify_grad.E_grad`.
verify_grad.E_grad = GradientError  # type: ignore[attr-defined]
