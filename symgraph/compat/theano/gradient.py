"""`theano.gradient`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from symgraph.compat.theano.compile.function import used_variables
from symgraph.compat.theano.lookup import resolver
from symgraph.gradient import DisconnectedType, GradientError, rop
from symgraph.gradient import grad as derive
from symgraph.gradient import numeric_grad as numeric_gradient
from symgraph.gradient import verify_grad as verify_natively
from symgraph.gradient.transformations import DisconnectedGrad, UndefinedGrad, ZeroGrad
from symgraph.graph import DISCRETE_DTYPES, Variable, ancestors, config
from symgraph.tensor import constant, zeros_like

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

    cost: a scalar, of integers too: by what it depends on, its derivative is zero.
    known_grads: derivatives of fewer axes than their variable hold for all its elements.
    return_disconnected: 'zero', 'None' or 'Disconnected'. The others are those of `symgraph.grad`.

    >>> from symgraph.compat.theano.gradient import grad
    >>> x = T.dscalar("x")
    >>> grad(x**2, x).eval({x: 3.0})
    array(6.)
    >>> grad(T.cast(x**2, "int64"), x).eval()
    array(0.)
    """
    known = known_grads.items() if isinstance(known_grads, Mapping) else known_grads or ()
    known_grads = {variable: _spread(derivative, variable) for variable, derivative in known}
    if isinstance(cost, Variable) and getattr(cost.type, "dtype", None) in DISCRETE_DTYPES:
        if cost.type.ndim:
            raise TypeError(f"cost must be a scalar, but {cost} has {cost.type.ndim} dimensions")
        # What is known of the cost is so for Theano, too, whatever its dtype.
        wanted = wrt if isinstance(wrt, list | tuple) else [wrt]
        before = set(ancestors([cost], set(consider_constant or ())))
        if cost not in known_grads and set(wanted) <= before:
            # Zeros, also behind comparisons, by which symgraph knows of no derivative.
            disconnected_inputs = "ignore"
        known_grads.setdefault(cost, constant(1.0, config.floatX))
        used_variables.add(cost)
        cost = None
    return derive(
        cost,
        wrt,
        consider_constant=consider_constant,
        disconnected_inputs=disconnected_inputs,
        add_names=add_names,
        known_grads=known_grads or None,
        return_disconnected=return_disconnected.lower(),
        null_gradients=null_gradients,
    )


def _spread(derivative: Any, variable: Variable) -> Any:
    """Return a derivative, with the axes of its variable if it has fewer."""
    ndim, own = getattr(variable, "ndim", None), getattr(derivative, "ndim", None)
    if ndim is None or own is None or own >= ndim:
        return derivative
    return zeros_like(variable, derivative.dtype) + derivative


def Rop(
    f: Any,
    wrt: Any,
    eval_points: Any,
    disconnected_outputs: str = "raise",
    return_disconnected: str = "zero",
) -> Any:
    """Compute forward derivatives: see `symgraph.Rop`; of what does not depend on `wrt`, zeros.

    f, wrt, eval_points: those of `symgraph.Rop`.
    disconnected_outputs: what to do for an output that nothing computes and that is not in `wrt`:
        'raise', 'warn' or 'ignore'.
    return_disconnected: 'zero', 'None' or 'Disconnected'.

    >>> from symgraph.compat.theano.gradient import Rop
    >>> x, y = T.dscalars("x", "y")
    >>> Rop(y**2, x, x).eval()
    array(0.)
    """
    outputs = f if isinstance(f, list | tuple) else [f]
    variables = wrt if isinstance(wrt, list | tuple) else [wrt]
    known = {id(variable) for variable in variables}
    if all(getattr(v, "owner", None) is not None or id(v) in known for v in outputs):
        disconnected_outputs = "ignore"
    return rop.Rop(f, wrt, eval_points, disconnected_outputs, return_disconnected.lower())


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
    try:
        verify_natively(fun, pt, n_tests, rng, eps, abs_tol, rel_tol, chosen)
    except GradientError:
        if abs_tol is not None or rel_tol is not None:
            raise
        # symgraph's own tolerance is for steps of its own.
        verify_natively(fun, pt, n_tests, rng, eps, 1e-4, 1e-4, chosen)


# Programs catch the error as `verify_grad.E_grad`.
verify_grad.E_grad = GradientError  # type: ignore[attr-defined]
