"""The base classes of scikit-learn's protocol, with types: its own package has none."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:

    class BaseEstimator:
        """Read and change settings."""

        @classmethod
        def _get_param_names(cls) -> list[str]: ...
        def get_params(self, deep: bool = True) -> dict[str, Any]: ...
        def set_params(self, **params: Any) -> Self: ...
        def __getstate__(self) -> dict[str, Any]: ...
        def __setstate__(self, state: dict[str, Any]) -> None: ...
        def __sklearn_tags__(self) -> Any: ...

    class ClassifierMixin:
        """Mark classifiers, which are scored by their accuracy."""

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float: ...

    class RegressorMixin:
        """Mark regressions, which are scored by R², the share of the variance explained."""

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float: ...

    class TransformerMixin:
        """Fit and transform at once."""

        def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> np.ndarray: ...

    class ClassNamePrefixFeaturesOutMixin:
        """Name the features that a transformer makes."""

        def get_feature_names_out(self, input_features: Any = None) -> np.ndarray: ...
else:
    from sklearn.base import (
        BaseEstimator,
        ClassifierMixin,
        ClassNamePrefixFeaturesOutMixin,
        RegressorMixin,
        TransformerMixin,
    )

__all__ = [
    "BaseEstimator",
    "ClassNamePrefixFeaturesOutMixin",
    "ClassifierMixin",
    "RegressorMixin",
    "TransformerMixin",
]
