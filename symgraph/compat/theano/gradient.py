"""`theano.gradient`."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symgraph.compat.theano.lookup import resolver
from symgraph.gradient import GradientError
from symgraph.gradient import numeric_grad as numeric_gradient
from symgraph.gradient import verify_grad as verify_natively
from symgraph.gradient.transformations import DisconnectedGrad, UndefinedGrad, ZeroGrad

__getattr__, __dir__ = resolver(__name__, "symgraph.gradient", "symgraph.graph")


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


zero_grad_, disconnected_grad_ = ZeroGrad(), DisconnectedGrad()
undefined_grad_, consider_constant_ = UndefinedGrad(), DisconnectedGrad()


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
    mode: the back end, the reference unless given. out_type, cast_to_output_type, no_debug_ref:
        Theano's. The others are those of `symgraph.gradient.verify_grad`.
    Raises TypeError without an rng, GradientError where they differ.

    >>> from symgraph.compat.theano.gradient import verify_grad
    >>> verify_grad(T.sin, [np.array([0.5])], rng=np.random.RandomState(1))
    """
    if rng is None:
        raise TypeError(
            "rng should be a valid instance of numpy.random.RandomState: verify_grad(..., rng=...)"
        )
    chosen = "reference" if mode is None else mode
    verify_natively(fun, pt, n_tests, rng, eps, abs_tol, rel_tol, chosen)


# Programs catch the error as `verify_grad.E_grad`.
verify_grad.E_grad = GradientError  # type: ignore[attr-defined]
