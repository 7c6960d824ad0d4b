"""What regressions have in common: targets that are numbers, one or several a sample."""

from typing import Any, ClassVar, Self

import numpy as np

import symgraph.tensor as T
from symgraph import Variable

from ..datasets.split import cut_mask
from ..errors import ParameterError
from ..parts.costs import half_squared_error, mean_squared_error, regularised
from .built_network import NetworkGraph
from .estimator import Estimator
from .protocol import RegressorMixin
from .ranges import check_number
from .scaling import Scaling, standardised


class Regression(RegressorMixin, Estimator):
    """Learn to predict numbers: the base class of regressions.

    Targets are (n,) or (n, outputs), as are predictions.
    """

    _many_outputs: ClassVar[bool] = True
    # None where targets are (n,).
    _n_outputs: int | None = None

    def build(self, n_features: int, classes: Any = None, n_outputs: int | None = None) -> Self:
        """Make the symbolic parts with first weights for inputs of `n_features`, untrained; with
        `n_outputs` targets are (n, n_outputs). There are no `classes`."""
        if n_outputs is not None:
            check_number("n_outputs", n_outputs, 1, whole=True)
        self._n_outputs = n_outputs
        return super().build(n_features, classes)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Make one pass over samples X (n, features) with targets y (n,) or (n, outputs), from the
        weights there are. Where samples are standardised, the first call says by what."""
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any) -> np.ndarray:
        """Return the predictions for samples X: shape (n,), or (n, outputs)."""
        return self._output(X)

    def _rebuild(self, n_features: int, classes: Any, n_outputs: int | None) -> Self:
        return self.build(n_features, classes, n_outputs)

    def _variables(self) -> tuple[Variable, Variable]:
        """Return x and y."""
        x = T.matrix("x", dtype=self._dtype)
        if self._n_outputs is None:
            return x, T.vector("y", dtype=self._dtype)
        return x, T.matrix("y", dtype=self._dtype)

    def _shape_of_target(self) -> tuple[int, ...]:
        return () if self._n_outputs is None else (self._n_outputs,)

    def _scalings(self, n_features: int) -> tuple[Scaling | None, Scaling | None]:
        """Return the scalings of samples and targets, where `scale` asks for them."""
        if not self.scale:
            return None, None
        return (
            Scaling("samples", (n_features,), self._dtype),
            Scaling("targets", self._shape_of_target(), self._dtype),
        )

    def _of_prediction(
        self,
        x: Variable,
        y: Variable,
        h: Variable,
        scalings: tuple[Scaling | None, Scaling | None],
        parameters: tuple[Any, ...],
        weights: list[Any],
    ) -> NetworkGraph:
        """Return the network that predicts h, of targets as its last scaling standardises them."""
        weight = self._weight()
        samples, targets = scalings
        cost = half_squared_error(h, standardised(targets, y), weight)
        output = h if targets is None else targets.original(h)
        return NetworkGraph(
            x,
            y,
            output,
            regularised(cost, weights, self.l1, self.l2),
            mean_squared_error(output, y, weight),
            parameters,
            weight=weight,
            samples=samples,
            targets=targets,
        )

    def _prepare_targets(self, y: Any, dtype: str, reset: bool, classes: Any) -> np.ndarray:
        targets = np.ascontiguousarray(y, dtype=dtype)
        if not reset and self._outputs_of(targets) != self._n_outputs:
            told = "(n,)" if self._n_outputs is None else f"(n, {self._n_outputs})"
            raise ParameterError(f"targets are of shape {targets.shape}; this model learned {told}")
        return targets

    def _cut(self, y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
        return cut_mask(np.zeros(len(y), np.int64), round(share * len(y)), rng)
