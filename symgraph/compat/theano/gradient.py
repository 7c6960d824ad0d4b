"""`theano.gradient`."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import signature
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from symgraph import tensor as native
from symgraph.compat.theano.compile.function import used_variables
from symgraph.compat.theano.lookup import resolver
from symgraph.gradient import DisconnectedType, GradientError, rop
from symgraph.gradient import grad as derive
from symgraph.gradient import hessian as natively_hessian
from symgraph.gradient import jacobian as natively_jacobian
from symgraph.gradient import numeric_grad as numeric_gradient
from symgraph.gradient import verify_grad as verify_natively
from symgraph.gradient.cotangents import is_discrete
from symgraph.gradient.transformations import DisconnectedGrad, UndefinedGrad, ZeroGrad
from symgraph.graph import TensorType, Variable, ancestors, toposort
from symgraph.ops.elemwise import Elemwise

__getattr__, __dir__ = resolver(__name__, "symgraph.gradient", "symgraph.graph")


# By derivative, the cost whose it is.
_DERIVED_FROM: "WeakKeyDictionary[Variable, Variable]" = WeakKeyDictionary()


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

    cost: also a scalar of integers, by which everything that it depends on has zeros of floatX.
    known_grads: derivatives of fewer axes than their variable hold for all its elements.
    return_disconnected: 'zero', 'None' or 'Disconnected'. The others are those of `symgraph.grad`.

    >>> from symgraph.compat.theano.gradient import grad
    >>> x = T.dscalar("x")
    >>> grad(x**2, x).eval({x: 3.0})
    array(6.)
    >>> grad(T.argmax(T.stack([x, x])), x).eval()
    array(0.)
    """
    _used(wrt)
    known = known_grads.items() if isinstance(known_grads, Mapping) else known_grads or ()
    known_grads = {variable: _spread(derivative, variable) for variable, derivative in known}
    if isinstance(cost, Variable) and is_discrete(cost) and cost not in known_grads:
        return _of_integers(cost, wrt, consider_constant, disconnected_inputs, return_disconnected)
    found = derive(
        None if cost in known_grads else cost,
        wrt,
        consider_constant=consider_constant,
        disconnected_inputs=disconnected_inputs,
        add_names=add_names,
        known_grads=known_grads or None,
        return_disconnected=return_disconnected.lower(),
        null_gradients=null_gradients,
    )
    several = isinstance(found, list | tuple)
    pairs = zip(found, wrt, strict=True) if several else [(found, wrt)]
    results = [_with_pattern(derivative, variable) for derivative, variable in pairs]
    if cost is not None:
        _DERIVED_FROM.update({v: cost for v in results if isinstance(v, Variable)})
    return type(found)(results) if several else results[0]


def _with_pattern(found: Any, variable: Variable) -> Any:
    """Return a derivative whose type knows the same extents to be 1 as that of the variable."""
    if not isinstance(getattr(found, "type", None), TensorType):
        return found
    pattern = variable.type.broadcastable
    if found.type.broadcastable == pattern:
        return found
    made = native.patternbroadcast(found, pattern)
    made.name = found.name
    return made


def _spread(derivative: Any, variable: Variable) -> Any:
    """Return a derivative, with the axes of its variable if it has fewer."""
    ndim, own = getattr(variable, "ndim", None), getattr(derivative, "ndim", None)
    if ndim is None or own is None or own >= ndim:
        return derivative
    return native.zeros_like(variable, derivative.dtype) + derivative


def _of_integers(
    cost: Variable,
    wrt: Any,
    consider_constant: Any,
    disconnected_inputs: str,
    return_disconnected: str,
) -> Any:
    """Return the derivatives of a cost of integers: zeros by all that it depends on."""
    if cost.type.ndim:
        raise TypeError(f"cost must be a scalar, not {cost} ({cost.type})")
    constants = set(consider_constant or ())
    held = set(ancestors([cost], constants)) - constants
    found = []
    for variable in wrt if isinstance(wrt, list | tuple) else [wrt]:
        if variable is cost:
            found.append(native.ones_like(cost, "floatX"))
            continue
        if variable in held:
            dtype = "floatX" if is_discrete(variable) else None
            found.append(native.zeros_like(variable, dtype))
            continue
        found.append(
            derive(
                native.cast(cost, "floatX"),
                variable,
                disconnected_inputs=disconnected_inputs,
                return_disconnected=return_disconnected.lower(),
            )
        )
    return type(wrt)(found) if isinstance(wrt, list | tuple) else found[0]


def Rop(
    f: Any,
    wrt: Any,
    eval_points: Any,
    disconnected_outputs: str = "raise",
    return_disconnected: str = "zero",
) -> Any:
    """Compute forward derivatives: see `symgraph.Rop`.

    f, wrt, eval_points, disconnected_outputs: those of `symgraph.Rop`; what holds integers, and
        what an operation's `R_op` returned None for, counts as disconnected. Functions of elements,
        and derivatives from which `wrt` has vanished, have zeros.
    return_disconnected: 'zero', 'None' or 'Disconnected'.
    Raises DisconnectedInputError, ValueError for what are no variables.

    >>> from symgraph.compat.theano.gradient import Rop
    >>> x, y = T.dscalars("x", "y")
    >>> Rop(y**2, x, x, disconnected_outputs="ignore").eval()
    array(0.)
    """
    outputs = list(f) if isinstance(f, list | tuple) else [f]
    variables = list(wrt) if isinstance(wrt, list | tuple) else [wrt]
    for given in (*outputs, *variables):
        if not isinstance(given, Variable):
            raise ValueError(f"Rop takes variables, not {given!r}")
    points = list(eval_points) if isinstance(eval_points, list | tuple) else [eval_points]
    moved = _moved(outputs, variables)
    going = [output for output in outputs if output in moved]
    tangents = iter(rop.Rop(going, variables, points, disconnected_outputs="ignore"))
    found = []
    for output in outputs:
        if output in moved:
            found.append(next(tangents))
            continue
        action = "ignore" if _has_lost(output, variables) else disconnected_outputs
        kind = return_disconnected.lower()
        found.append(rop.Rop(disconnected_grad_(output), variables, points, action, kind))
    return type(f)(found) if isinstance(f, list | tuple) else found[0]


def _has_lost(output: Variable, variables: Sequence[Variable]) -> bool:
    """Return whether an expression of derivatives holds none of the variables of their costs."""
    held = ancestors([output])
    costs = [_DERIVED_FROM[v] for v in held if v in _DERIVED_FROM]
    wanted = set(variables)
    return wanted.isdisjoint(held) and not wanted.isdisjoint(ancestors(costs))


def _used(wrt: Any) -> None:
    """Note that expressions were made of variables, though these may have vanished from them."""
    used_variables.update(wrt if isinstance(wrt, list | tuple) else [wrt])


def _using(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of an expression and of `wrt`, which notes that these are used."""
    form = signature(function)

    @wraps(function)
    def derivative(*arguments: Any, **keywords: Any) -> Any:
        _used(form.bind(*arguments, **keywords).arguments["wrt"])
        return function(*arguments, **keywords)

    return derivative


jacobian, hessian = _using(natively_jacobian), _using(natively_hessian)


def _moved(outputs: Sequence[Variable], variables: Sequence[Variable]) -> set[Variable]:
    """Return the variables that have a tangent in Theano, zero or not, as the `R_op`s tell."""
    moved = set(variables)
    for node in toposort(outputs, set(variables)):
        # Of functions of elements alone Theano takes what does not move as moving by zero.
        if not isinstance(node.op, Elemwise) and not any(v in moved for v in node.inputs):
            continue
        results = list(node.outputs)
        if hasattr(node.op, "R_op"):
            points = [v.type() if v in moved else None for v in node.inputs]
            found = node.op.R_op(list(node.inputs), points)
            results = [v for v, t in zip(results, found, strict=True) if t is not None]
        moved.update(v for v in results if not is_discrete(v) and v not in variables)
    return moved


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

    # The steps by dtype.
    type_eps: ClassVar = {
        kind: step
        for dtype, step in (("float64", 1e-7), ("float32", 3e-4), ("float16", 1e-1))
        for kind in (dtype, np.dtype(dtype))
    }

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

    def smooth(*variables: Variable) -> list[Variable]:
        # Integers are constant where they do not jump.
        found = fun(*variables)
        listed = found if isinstance(found, list | tuple) else [found]
        return [native.cast(v, "floatX") if is_discrete(v) else v for v in listed]

    try:
        verify_natively(smooth, pt, n_tests, rng, eps, abs_tol, rel_tol, chosen)
    except GradientError:
        if abs_tol is not None or rel_tol is not None:
            raise
        # symgraph's own tolerance is for steps of its own.
        verify_natively(smooth, pt, n_tests, rng, eps, 1e-4, 1e-4, chosen)


# Programs catch the error as `verify_grad.E_grad`.
verify_grad.E_grad = GradientError  # type: ignore[attr-defined]
