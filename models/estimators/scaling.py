"""Standardising within a network, so that samples and targets may be of any unit."""

import numpy as np

from symgraph import SharedVariable, Variable

from ..parts.initializers import first_state


class Scaling:
    """Compute (values - mean) / scale by column, mean and standard deviation being those of the
    samples of training. Both are variables of the network, 0 and 1 until `learn` is told the
    samples.

    `shape` is that of one sample: () or (columns,).
    """

    def __init__(self, name: str, shape: tuple[int, ...], dtype: str) -> None:
        self.mean = first_state(f"{name}.mean", shape, dtype)
        self.scale = first_state(f"{name}.scale", shape, dtype)
        self.scale.set_value(np.ones(shape, dtype))

    @property
    def state(self) -> tuple[SharedVariable, SharedVariable]:
        """(mean, scale)"""
        return self.mean, self.scale

    @property
    def values(self) -> tuple[np.ndarray, np.ndarray]:
        """(mean, scale) as they are, float64."""
        mean, scale = (v.get_value().astype(np.float64) for v in self.state)
        return mean, scale

    def standard(self, values: Variable) -> Variable:
        """Return the values in standard deviations from the mean."""
        return (values - self.mean) / self.scale

    def original(self, standard: Variable) -> Variable:
        """Return what `standard` was made of."""
        return standard * self.scale + self.mean

    def learn(self, samples: np.ndarray, weights: np.ndarray | None) -> None:
        """Take over mean and standard deviation of samples (n, *shape), weighted if so told.

        A column that does not change, but for rounding, keeps its scale of 1.
        """
        mean = np.average(samples, axis=0, weights=weights).astype(np.float64)
        away = samples.astype(np.float64) - mean
        # Squares of what is very small or large would leave the range of numbers.
        most = np.abs(away).max(axis=0)
        constant = most <= 10 * np.finfo(samples.dtype).eps * np.abs(samples).max(axis=0)
        unit = np.where(constant, 1.0, most)
        deviation = unit * np.sqrt(np.average((away / unit) ** 2, axis=0, weights=weights))
        dtype = self.mean.type.dtype
        scale = np.where(constant, 1.0, deviation).astype(dtype)
        self.mean.set_value(mean.astype(dtype))
        self.scale.set_value(np.where(scale > 0, scale, 1).astype(dtype))


def standardised(scaling: Scaling | None, values: Variable) -> Variable:
    """Return the values as the network sees them."""
    return values if scaling is None else scaling.standard(values)
