"""scikit-learn's own checks pass with the default settings of every estimator of tables."""

from sklearn.utils.estimator_checks import parametrize_with_checks
from symgraph.models import (
    RBM,
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
)


@parametrize_with_checks(
    [LinearRegression(), LogisticRegression(), MLPClassifier(), MLPRegressor(), RBM()]
)
def test_protocol(estimator, check):
    check(estimator)
