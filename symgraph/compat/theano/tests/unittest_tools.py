"""`theano.tests.unittest_tools`: helpers of programs' tests."""

from typing import Any

import numpy as np

from symgraph.compat.theano.configdefaults import config
from symgraph.compat.theano.gradient import verify_grad as verify
from symgraph.compat.theano.lookup import resolver
from symgraph.compat.theano.tensor.basic import _allclose

__getattr__, __dir__ = resolver(__name__)


class WrongValue(Exception):
    """Raised where a value is not the one expected.

    expected_val, val, rtol, atol: the two, and the tolerances.
    """

    def __init__(self, expected_val: Any, val: Any, rtol: float, atol: float) -> None:
        super().__init__(f"expected {expected_val}, got {val} (rtol={rtol}, atol={atol})")
        self.val1, self.val2, self.rtol, self.atol = expected_val, val, rtol, atol


def fetch_seed(pseed: Any = None) -> int | None:
    """Return the seed for tests: the given one, or that of the flag `unittests.rseed`.

    pseed: an integer. Returns None for 'random'.

    >>> from symgraph.compat.theano.tests.unittest_tools import fetch_seed
    >>> fetch_seed()
    666
    """
    seed = pseed or config.unittests.rseed
    return None if seed == "random" else int(seed)


def seed_rng(pseed: Any = None) -> int | None:
    """Seed NumPy's global generator with `fetch_seed(pseed)`, and return the seed.

    >>> from symgraph.compat.theano.tests.unittest_tools import seed_rng
    >>> seed_rng(3)
    3
    """
    seed = fetch_seed(pseed)
    np.random.seed(seed)
    return seed


def verify_grad(op: Any, pt: Any, n_tests: int = 2, rng: Any = None, *args: Any, **kw: Any) -> None:
    """Check a gradient: see `theano.gradient.verify_grad`; an rng is made of the tests' seed.

    >>> from symgraph.compat.theano.tests.unittest_tools import verify_grad
    >>> verify_grad(T.sin, [np.array([0.5])])
    """
    if rng is None:
        seed_rng()
        rng = np.random
    verify(op, pt, n_tests, rng, *args, **kw)


verify_grad.E_grad = verify.E_grad  # type: ignore[attr-defined]


def assert_allclose(
    expected: Any, value: Any, rtol: float | None = None, atol: float | None = None
) -> None:
    """Raise WrongValue where two arrays are not equal but for rounding.

    expected, value: arrays. rtol, atol: tolerances, those of the less precise dtype unless given.

    >>> from symgraph.compat.theano.tests.unittest_tools import assert_allclose
    >>> assert_allclose(np.ones(2), np.ones(2) + 1e-12)
    """
    if not _allclose(expected, value, rtol, atol):
        raise WrongValue(expected, value, rtol or 0.0, atol or 0.0)
