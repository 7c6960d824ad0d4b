"""Weights of samples: what one counts for in the cost and in the errors."""

from typing import Any

import numpy as np
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.class_weight import compute_sample_weight

from ..errors import ParameterError


def checked_weights(sample_weight: Any, samples: np.ndarray, dtype: str) -> np.ndarray:
    """Return weights (n,) of the samples: 1 each for None, a number for all, or one for each."""
    if sample_weight is None or np.isscalar(sample_weight):
        sample_weight = np.full(len(samples), 1.0 if sample_weight is None else sample_weight)
    weights = check_array(
        sample_weight, ensure_2d=False, dtype=dtype, input_name="sample_weight", copy=True
    )
    if weights.ndim != 1:
        raise ParameterError(f"sample_weight must be of shape (n,), not {weights.shape}")
    check_consistent_length(samples, weights)
    if weights.min() < 0:
        raise ParameterError(f"sample_weight must be from 0, not {weights.min():g}")
    return weights


def check_not_all_zero(weights: np.ndarray) -> None:
    """Raise `ParameterError` where no sample is left."""
    if not weights.any():
        raise ParameterError("the weights of all samples are zero: none is left to learn from")


def class_weights(class_weight: Any, y: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the weights (n,) of labels y: "balanced" (n / (classes · samples of the class)) or a
    dict from label to weight, 1 where it names none."""
    if isinstance(class_weight, dict):
        unknown = [label for label in class_weight if label not in known.tolist()]
        if unknown:
            raise ParameterError(
                f"class_weight names the label {unknown[0]!r}; the classes are {known!r}"
            )
        return np.array([float(class_weight.get(label, 1.0)) for label in y.tolist()])
    if class_weight != "balanced":
        raise ParameterError(
            f"class_weight must be None, 'balanced' or a dict from label to weight, "
            f"not {class_weight!r}"
        )
    return compute_sample_weight(class_weight, y)


def normalised(weights: np.ndarray) -> np.ndarray:
    """Return the same in a mean of 1, so that mini-batches add up to the weighted mean."""
    return weights / weights.mean(dtype=np.float64).astype(weights.dtype)
