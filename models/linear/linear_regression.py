"""Linear regression by gradient descent (the Theano book, §2.5)."""

from pathlib import Path

import numpy as np

import symgraph.tensor as T

from ..catalogue import ModelSpec
from ..datasets import DataSet, TableForm, load_target_table, load_valuation
from ..estimators.built_network import NetworkGraph, TrainingArrays, weights_in
from ..estimators.regression import Regression
from ..estimators.scaling import standardised
from ..estimators.settings import settings
from ..parts.initializers import first_weights, zeros
from ..reports.supervised import SupervisedReport
from ..training.step_size import safe_step


@settings
class LinearRegression(Regression):
    """Fit h = theta0 + x · theta to numbers by gradient descent.

    Minimises J = mean((h - y)² / 2) + l1 Σ|theta| + l2 Σ theta² (the Theano book, §2.5). Samples
    are (n, features), targets (n,) or (n, outputs).

    By default samples and targets are standardised within the model (`scale`), all samples are in
    a step (`batch_size` None), the step is chosen from them (`learning_rate` None), and training
    ends where the cost has converged to `tol`. The book's literal procedure, from zero, one sample
    at a time, on samples scaled to about 1: `learning_rate=0.1, batch_size=1, optimizer="sgd",
    scale=False, tol=0`. With `scale`, l1 and l2 weigh the theta of standardised samples.

    Raises `ParameterError` for settings out of range, and `DivergenceError` where a learning rate
    is so large that the cost grows beyond all bounds.

    >>> model = LinearRegression().fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> round(model.intercept_, 3), model.coef_.round(3).tolist()
    (1.0, [2.0])
    """

    learning_rate: float | None = None
    batch_size: int | None = None
    optimizer: str = "accelerated"
    shuffle: bool = False
    scale: bool = True
    tol: float = 1e-6

    @property
    def coef_(self) -> np.ndarray:
        """What a unit of each feature adds to h: (features,), or (outputs, features)."""
        return self._affine()[0].T

    @property
    def intercept_(self) -> float | np.ndarray:
        """h where every feature is 0: a number, or (outputs,)."""
        intercept = self._affine()[1]
        return float(intercept) if intercept.ndim == 0 else intercept

    def _affine(self) -> tuple[np.ndarray, np.ndarray]:
        """Return theta and theta0 in the units of samples and targets."""
        theta, theta0 = (parameter.get_value() for parameter in self.parameters)
        network = self._parts.network
        if network.samples is None:
            return theta, theta0
        (mean, scale), (y_mean, y_scale) = network.samples.values, network.targets.values
        theta = (theta.T / scale).T * y_scale
        return theta, theta0 * y_scale + y_mean - mean @ theta

    def _network(self, n_features: int, rng: np.random.Generator) -> NetworkGraph:
        x, y = self._variables()
        scalings = self._scalings(n_features)
        outputs = self._shape_of_target()
        theta = first_weights("theta", zeros, rng, (n_features, *outputs), self._dtype)
        theta0 = first_weights("theta0", zeros, rng, outputs, self._dtype)
        h = theta0 + T.dot(standardised(scalings[0], x), theta)
        return self._of_prediction(x, y, h, scalings, (theta, theta0), [theta])

    def _step_for(self, samples: TrainingArrays, batch_size: int) -> float:
        # The cost is a mean over outputs, too.
        curvature = 1.0 / (self._n_outputs or 1)
        return safe_step(
            samples[0], weights_in(samples), batch_size, curvature=curvature, l2=float(self.l2)
        )


def _valuation_or_table(source: Path | None, seed: int, /, *, form: TableForm) -> DataSet:
    """Return the book's startups, or a table of real targets."""
    if source is None:
        return load_valuation(dtype="float32")
    return load_target_table(source, seed, form=form)


SPEC = ModelSpec(
    estimator=LinearRegression,
    name="linear",
    summary="linear regression: the price of a startup from an expert's score",
    source="section 2.5",
    load=_valuation_or_table,
    report=SupervisedReport(),
    defaults_for_tables=True,
    settings={
        "max_iter": 100,
        "learning_rate": 0.1,
        "batch_size": 1,
        # Samples as they are, plain descent, for all the epochs there are.
        "optimizer": "sgd",
        "scale": False,
        "tol": 0.0,
    },
)
