"""The step of gradient descent on linear models, from the samples."""

import numpy as np

_ITERATIONS = 50
# What so many iterations may leave of the greatest eigenvalue where others are close to it.
_MARGIN = 1.1


def safe_step(
    samples: np.ndarray,
    weights: np.ndarray | None,
    batch_size: int,
    *,
    curvature: float,
    l2: float,
) -> float:
    """Return a learning rate at which descent does not diverge, where the cost is the weighted mean
    over samples (n, features) of a function of x · W + b whose second derivative is at most
    `curvature`, plus l2 ΣW².

    With all samples in a step it is 1 / L, L being the greatest eigenvalue of the Hessian; with
    mini-batches 1 / (2 L'), L' being the expected smoothness of R. Gower et al., "SGD: general
    analysis and improved rates", ICML 2019, proposition 3.8.
    """
    n = len(samples)
    shares = np.ones(n) if weights is None else weights / weights.mean()
    smoothness = _greatest_eigenvalue(samples, shares)
    step = 1.0
    if batch_size < n:
        single = float((shares * (1 + np.einsum("ij,ij->i", samples, samples))).max())
        whole, one = n * (batch_size - 1), n - batch_size
        smoothness = (whole * smoothness + one * single) / (batch_size * (n - 1))
        step = 0.5
    return step / (curvature * smoothness + 2 * l2)


def _greatest_eigenvalue(samples: np.ndarray, shares: np.ndarray) -> float:
    """Return that of Σ shares x xᵀ / n, where x has a 1 behind its features: by power iteration,
    rounded up."""
    n, width = samples.shape
    direction = np.random.default_rng(0).normal(size=width + 1)
    value = 1.0
    for _ in range(_ITERATIONS):
        direction /= np.linalg.norm(direction)
        image = shares * (samples @ direction[:-1] + direction[-1]) / n
        direction = np.append(image @ samples, image.sum())
        value = float(np.linalg.norm(direction))
        if not value:
            return 1.0
    return _MARGIN * value
