"""Logistic (softmax) regression (the Theano book, §3.4 and §15.1.3)."""

import numpy as np

import symgraph.tensor as T

from ..catalogue import ModelSpec
from ..datasets import load_data
from ..estimators.built_network import NetworkGraph, TrainingArrays, weights_in
from ..estimators.classifier import Classifier
from ..estimators.scaling import standardised
from ..estimators.settings import settings
from ..parts.initializers import zeros
from ..parts.layers import Dense
from ..reports.supervised import SupervisedReport
from ..training.early_stopping import NoImprovement
from ..training.step_size import safe_step


@settings
class LogisticRegression(Classifier):
    """Tell classes apart by softmax(x · W + b).

    Minimises the negative log-likelihood + l1 Σ|W| + l2 ΣW² (the Theano book, §3.4 and §15.1.3).
    Samples are (n, features), labels (n,) of any kind.

    By default samples are standardised within the model (`scale`; l1 and l2 weigh the W of
    standardised samples), all samples are in a step (`batch_size` None), the step is chosen from
    them (`learning_rate` None), and training ends where the cost has converged to `tol`. The book's
    literal procedure for MNIST (§3.4): `learning_rate=0.5, batch_size=100, optimizer="sgd",
    scale=False, tol=0`.

    Raises `ParameterError` for settings out of range, `DivergenceError` where the cost becomes
    infinite.

    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
    >>> model = LogisticRegression().fit(X, y)
    >>> model.predict([[0.5], [2.5]]).tolist()
    ['low', 'high']
    >>> model.predict_proba([[1.5]]).round(2).tolist()
    [[0.5, 0.5]]
    """

    learning_rate: float | None = None
    batch_size: int | None = None
    l2: float = 0.001
    optimizer: str = "accelerated"
    scale: bool = True
    tol: float = 1e-6

    def _network(self, n_features: int, rng: np.random.Generator) -> NetworkGraph:
        x, y = T.matrix("x", dtype=self._dtype), T.lvector("y")
        layer = Dense(
            n_features, len(self.classes_), rng=rng, init=zeros, dtype=self._dtype, name="output"
        )
        scaling = self._scaling(n_features)
        scores = layer.linear(standardised(scaling, x))
        return self._of_scores(x, y, scores, [layer], scaling)

    @property
    def coef_(self) -> np.ndarray:
        """What a unit of each feature adds to the scores: (classes, features); of two classes
        (1, features), to the score of the second less that of the first."""
        return self._affine()[0]

    @property
    def intercept_(self) -> np.ndarray:
        """The scores where every feature is 0: (classes,), or (1,)."""
        return self._affine()[1]

    def _affine(self) -> tuple[np.ndarray, np.ndarray]:
        weights, bias = (parameter.get_value() for parameter in self.parameters)
        scaling = self._parts.network.samples
        if scaling is not None:
            mean, scale = scaling.values
            weights = weights / scale[:, None]
            bias = bias - mean @ weights
        if len(self.classes_) == 2:
            weights, bias = weights[:, 1:] - weights[:, :1], bias[1:] - bias[:1]
        return weights.T, bias

    def _step_for(self, samples: TrainingArrays, batch_size: int) -> float:
        # diag(p) - p pᵀ has no eigenvalue above 1/2.
        return safe_step(
            samples[0], weights_in(samples), batch_size, curvature=0.5, l2=float(self.l2)
        )


SPEC = ModelSpec(
    estimator=LogisticRegression,
    name="logistic",
    summary="softmax regression 784-10: L2 0.001, learning rate 0.5, batches of 100",
    source="sections 3.4 (digits), 3.2 (points in the plane) and 15.1.3",
    load=load_data,
    report=SupervisedReport(),
    defaults_for_tables=True,
    settings={
        "early_stopping": NoImprovement(3000),
        # The book's 10 epochs of 55,000 digits are as many mini-batches as 157 of 3,500.
        "max_iter": 157,
        "learning_rate": 0.5,
        "batch_size": 100,
        # Samples as they are, plain descent, for all the epochs there are.
        "optimizer": "sgd",
        "scale": False,
        "tol": 0.0,
    },
)
