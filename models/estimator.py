"""What estimators of targets have in common: training and evaluating, as scikit-learn does."""

import copy
import time
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from symgraph import Variable

from .built import BuiltNetwork, Network
from .early_stopping import EarlyStopping, StoppingRule
from .errors import ParameterError
from .history import History
from .optimizers import Rate, Updates, optimizer_named
from .settings import check_number, check_settings
from .trainable import Trainable
from .training import Callback, Progress


class Estimator(Trainable):
    """Base class. A subclass has its settings as arguments of `__init__` and attributes, and says
    what network they mean (`_network`)."""

    # Set by `build`; the settings are set by the subclasses' `__init__`.
    _built: BuiltNetwork | None

    # --- what subclasses provide ---

    def _network(self, n_features: int, rng: np.random.Generator) -> Network:
        """The network that the settings mean, with weights of the dtype `_dtype`."""
        raise NotImplementedError

    def _prepare_targets(self, y: Any, dtype: str, reset: bool, classes: Any) -> np.ndarray:
        """Targets as the network takes them; with `reset`, classes are learned from them."""
        raise NotImplementedError

    def _cut(self, y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
        """Which samples validate (bool)."""
        raise NotImplementedError

    # --- symbolic parts ---

    def build(self, n_features: int, classes: Sequence[Any] | None = None) -> Self:
        """Make the symbolic parts with first weights for inputs of `n_features`, untrained.

        A classifier needs to be told its `classes`.
        """
        self._check_settings()
        check_number("n_features", n_features, 1, whole=True)
        self._set_classes(classes)
        self.n_features_in_ = int(n_features)
        self._begin(self._rule())
        return self

    def _make(self, rng: np.random.Generator, seed: int, progress: Progress) -> BuiltNetwork:
        network = self._network(self.n_features_in_, rng)
        rate, counted = self._rate()
        optimizer = optimizer_named(self.optimizer)
        updates = optimizer(network.cost, network.parameters, learning_rate=rate) + counted
        return BuiltNetwork(network, updates, self._made_of(), seed, progress)

    def _rate(self) -> tuple[Rate, Updates]:
        """The learning rate of a step, and what counts the steps if it depends on their number."""
        return self.learning_rate, []

    def _rebuild(self, n_features: int, classes: Sequence[Any] | None) -> Self:
        return self.build(n_features, classes)

    def _set_classes(self, classes: Sequence[Any] | None) -> None:
        if classes is not None:
            raise ParameterError("a regression has no classes")

    @property
    def inputs(self) -> list[Variable]:
        """[x, y]: symbolic samples (batch, features) and targets (batch,)."""
        network = self._parts.network
        return [network.x, network.y]

    @property
    def outputs(self) -> Variable:
        """The prediction (batch,) of a regression, the probabilities (batch, classes) otherwise."""
        return self._parts.network.output

    @property
    def cost(self) -> Variable:
        """What training minimises, of `inputs`; 0-d."""
        return self._parts.network.cost

    @property
    def error(self) -> Variable:
        """The share of wrong answers, or the mean squared error, of `inputs`; 0-d."""
        return self._parts.network.error

    @property
    def updates(self) -> Updates:
        """One step of the optimiser."""
        return list(self._parts.updates)

    # --- training ---

    def fit(
        self,
        X: Any,
        y: Any,
        validation: tuple[Any, Any] | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> Self:
        """Train on samples X (n, features) with targets y (n,) for at most `max_iter` epochs.

        With `early_stopping`, `validation` (or else `validation_fraction` of the samples) decides
        when to stop and which weights are kept. `callbacks` are called with the `History` before
        the first epoch and after each. Ctrl-C ends training with the best weights kept.
        `history_` tells what was measured. With `warm_start` an earlier fit's weights, and its
        optimiser's state, are the first ones.
        """
        self._check_settings()
        if self.warm_start and self.__sklearn_is_fitted__():
            self._keep_up()
            X, y = self._prepare(X, y, reset=False)
            self.history_ = History()
            order = self._parts.progress.rng
            self._parts.progress = Progress(self.history_, self._rule(), order)
        else:
            X, y = self._prepare(X, y, reset=True)
            self.build(X.shape[1], getattr(self, "classes_", None))
        self._train(X, y, validation, self.max_iter, callbacks)
        return self

    def resume(
        self,
        X: Any,
        y: Any,
        epochs: int,
        validation: tuple[Any, Any] | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> Self:
        """Go on training where `fit` (or a loaded model) stopped, until `epochs` are completed in
        all: with the same samples, exactly as if it had not stopped.

        Settings may be changed before, as long as the weights still fit.
        """
        check_is_fitted(self)
        self._check_settings()
        check_number("epochs", epochs, 1, whole=True)
        self._keep_up()
        X, y = self._prepare(X, y, reset=False)
        progress = self._parts.progress
        if not self.early_stopping:
            progress.rule = None
        elif progress.rule is None:
            progress.rule = self._rule()
        self._train(X, y, validation, epochs, callbacks)
        return self

    def _partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """One pass over the samples in mini-batches, from the weights there are."""
        self._check_settings()
        first = not self.__sklearn_is_fitted__()
        if not first:
            self._keep_up()
        X, y = self._prepare(X, y, reset=first, classes=classes)
        if first:
            self.build(X.shape[1], getattr(self, "classes_", None))
        progress = self._parts.progress
        progress.rule = None
        # The weights there are may be the best of a fit rather than its last.
        progress.last = {}
        self._run(X, y, None, progress.history.epochs + 1, (), bar=False)
        return self

    def _train(
        self,
        X: np.ndarray,
        y: np.ndarray,
        validation: tuple[Any, Any] | None,
        epochs: int,
        callbacks: Sequence[Callback],
    ) -> None:
        X, y, held_out = self._with_validation(X, y, validation)
        self._run(X, y, held_out, epochs, callbacks, bar=True)

    def _run(
        self,
        X: np.ndarray,
        y: np.ndarray,
        validation: tuple[np.ndarray, np.ndarray] | None,
        epochs: int,
        callbacks: Sequence[Callback],
        bar: bool,
    ) -> None:
        parts = self._parts
        history = parts.progress.history
        start = time.perf_counter()
        try:
            batch = min(self.batch_size, len(X))
            task = parts.task(X, y, validation, batch, self.mode)
            history.compile_seconds += time.perf_counter() - start
            self._epochs(task, epochs, callbacks, shuffle=self.shuffle, bar=bar)
        finally:
            self.n_iter_ = history.epochs
            parts.forget_samples()

    def _with_validation(
        self, X: np.ndarray, y: np.ndarray, validation: tuple[Any, Any] | None
    ) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray] | None]:
        if validation is not None:
            if not isinstance(validation, (tuple, list)) or len(validation) != 2:
                kind = type(validation).__name__
                raise ParameterError(f"validation must be a pair (X, y), not a {kind}")
            return X, y, self._prepare(*validation, reset=False)
        if not self.early_stopping:
            return X, y, None
        cut = np.random.default_rng(self._parts.seed)
        held_out = self._cut(y, self.validation_fraction, cut)
        if not held_out.any() or held_out.all():
            raise ParameterError(
                f"early_stopping needs samples for validation: {self.validation_fraction:g} of "
                f"n_samples={len(X)} leaves none for it or for training; give validation=(X, y)"
            )
        return X[~held_out], y[~held_out], (X[held_out], y[held_out])

    def _prepare(
        self, X: Any, y: Any, reset: bool, classes: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Samples and targets as the network takes them; all of scikit-learn's checks."""
        dtype = self._dtype if reset else self._parts.dtype
        X, y = validate_data(self, X, y, reset=reset, dtype=dtype, y_numeric=False)
        return np.ascontiguousarray(X), self._prepare_targets(y, dtype, reset, classes)

    def _rule(self) -> StoppingRule | None:
        if isinstance(self.early_stopping, StoppingRule):
            return copy.deepcopy(self.early_stopping)
        return EarlyStopping() if self.early_stopping else None

    def _check_settings(self) -> None:
        check_settings(self.get_params(deep=False), self._dtype)

    # --- prediction ---

    def _output(self, X: Any, inner: str = "") -> np.ndarray:
        """The network's output for samples X, or an inner expression, in the model's dtype."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=self._parts.dtype)
        return self._parts.output(np.ascontiguousarray(X), self.mode, inner)
