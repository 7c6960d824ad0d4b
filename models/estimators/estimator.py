"""What estimators of targets have in common: training and evaluating, as scikit-learn does."""

import copy
import time
import warnings
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

import symgraph.tensor as T
from symgraph import SharedVariable, Variable

from ..errors import ParameterError
from ..parts.initializers import first_state
from ..parts.optimizers import Rate, Updates, optimizer_named, rate_for
from ..training.checkpoint import Progress
from ..training.early_stopping import EarlyStopping, StoppingRule
from ..training.history import History
from ..training.loop import STEADY_EPOCHS
from ..training.task import Callback
from .built_network import EVALUATION_BATCH, BuiltNetwork, NetworkGraph, TrainingArrays, weights_in
from .ranges import check_number
from .settings import settings
from .sparse import check_fits_dense, dense
from .trainable import Trainable
from .weights import check_not_all_zero, checked_weights


@settings
class Estimator(Trainable):
    """Train a network on samples and their targets, and evaluate it: the base class.

    A subclass says what network its settings mean (`_network`).
    """

    l1: float = 0.0
    l2: float = 0.0
    optimizer: str = "sgd"
    shuffle: bool = True
    early_stopping: bool | StoppingRule = False
    validation_fraction: float = 0.125
    warm_start: bool = False

    # Whether targets (n, outputs) are taken.
    _many_outputs: ClassVar[bool] = False
    # Whether samples have weights.
    _weighted = False

    # --- what subclasses provide ---

    def _network(self, n_features: int, rng: np.random.Generator) -> NetworkGraph:
        """Return the network that the settings mean, with weights of the dtype `_dtype`."""
        raise NotImplementedError

    def _prepare_targets(self, y: Any, dtype: str, reset: bool, classes: Any) -> np.ndarray:
        """Return targets as the network takes them; with `reset`, classes are learned from them."""
        raise NotImplementedError

    def _as_table(self, X: Any, reset: bool) -> Any:
        """Return samples of any shape that is taken, as (n, features)."""
        return X

    def _weights(self, y: Any, weights: np.ndarray) -> np.ndarray:
        """Return the weights of training samples with targets y, of which the user gave
        `weights`."""
        return weights

    def _step_for(self, samples: TrainingArrays, batch_size: int) -> float:
        """Return the learning rate for standardised samples, where `learning_rate` is None."""
        raise NotImplementedError

    def _cut(self, y: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
        """Return which samples validate (bool)."""
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
        chosen = rate if isinstance(rate, SharedVariable) else None
        return BuiltNetwork(network, updates, self._made_of(), seed, progress, chosen)

    def _made_of(self) -> dict[str, Any]:
        return super()._made_of() | {"weighted": self._weighted}

    def _weight(self) -> Variable | None:
        """Return what stands for the weights of a mini-batch, where samples have any."""
        return T.vector("sample_weight", dtype=self._dtype) if self._weighted else None

    def _keep_up(self) -> None:
        if self._parts.settings.get("scale", False) != self.scale:
            raise ParameterError(
                f"scale={self.scale!r} would give the weights there are another meaning: they were "
                f"learned with scale={not self.scale!r}; fit anew, without warm_start"
            )
        super()._keep_up()

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = self._many_outputs
        tags.target_tags.single_output = True
        return tags

    def _rate(self) -> tuple[Rate, Updates]:
        """Return the learning rate of a step, and what counts the steps if it depends on their
        number."""
        if self.learning_rate is None:
            return first_state("learning_rate", (), self._dtype), []
        return self.learning_rate, []

    def _rebuild(
        self, n_features: int, classes: Sequence[Any] | None, n_outputs: int | None
    ) -> Self:
        return self.build(n_features, classes)

    def _set_classes(self, classes: Sequence[Any] | None) -> None:
        if classes is not None:
            raise ParameterError("a regression has no classes")

    @property
    def inputs(self) -> list[Variable]:
        """[x, y]: symbolic samples (batch, features) and targets (batch,); and their weights
        (batch,) where it was fitted with such."""
        return self._parts.network.inputs

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
        sample_weight: Any = None,
        validation: tuple[Any, ...] | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> Self:
        """Train on samples X (n, features) with targets y (n,) for at most `max_iter` epochs.

        A sample counts for its `sample_weight` in costs and errors; where it is 0 the sample is
        left out. With `early_stopping`, `validation`, (X, y) or (X, y, sample_weight), or else
        `validation_fraction` of the samples, decides when to stop and which weights are kept.
        `callbacks` are called with the `History` before the first epoch and after each. Ctrl-C ends
        training with the best weights kept. `history_` tells what was measured. With `warm_start`
        an earlier fit's weights, and its optimiser's state, are the first ones. Warns
        (`ConvergenceWarning`) where `max_iter` ends what has not converged.
        """
        self._check_settings()
        if self.warm_start and self.__sklearn_is_fitted__():
            self._weigh(sample_weight, validation)
            self._keep_up()
            samples = self._prepare(X, y, sample_weight, reset=False)
            self.history_ = History()
            order = self._parts.progress.rng
            self._parts.progress = Progress(self.history_, self._rule(), order)
        else:
            self._weigh(sample_weight, validation)
            samples = self._prepare(X, y, sample_weight, reset=True)
            self._build_for(samples)
        self._train(samples, validation, self.max_iter, callbacks)
        if self.tol and self.history_.stopped_by == "epochs":
            warnings.warn(
                f"{type(self).__name__}: max_iter={self.max_iter} epochs ended training before the "
                f"cost changed by less than tol={self.tol:g} in {STEADY_EPOCHS} epochs; raise "
                f"max_iter, or go on with resume(X, y, epochs={2 * self.max_iter})",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def resume(
        self,
        X: Any,
        y: Any,
        epochs: int,
        sample_weight: Any = None,
        validation: tuple[Any, ...] | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> Self:
        """Go on training where `fit` (or a loaded model) stopped, until `epochs` are completed in
        all: with the same samples, exactly as if it had not stopped.

        Settings may be changed before, as long as the weights still fit.
        """
        check_is_fitted(self)
        self._check_settings()
        check_number("epochs", epochs, 1, whole=True)
        self._weigh(sample_weight, validation)
        self._keep_up()
        samples = self._prepare(X, y, sample_weight, reset=False)
        progress = self._parts.progress
        if not self.early_stopping:
            progress.rule = None
        elif progress.rule is None:
            progress.rule = self._rule()
        self._train(samples, validation, epochs, callbacks)
        return self

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Self:
        """Make one pass over the samples in mini-batches, from the weights there are."""
        self._check_settings()
        first = not self.__sklearn_is_fitted__()
        self._weigh(sample_weight, None)
        if not first:
            self._keep_up()
        samples = self._prepare(X, y, sample_weight, reset=first, classes=classes)
        if first:
            self._build_for(samples)
        progress = self._parts.progress
        progress.rule = None
        # The weights there are may be the best of a fit rather than its last.
        progress.last = {}
        self._run(samples, None, progress.history.epochs + 1, (), by_user=False)
        return self

    def _weigh(self, sample_weight: Any, validation: tuple[Any, ...] | None) -> None:
        """Note whether samples have weights from now on."""
        told = validation is not None and len(validation) > 2
        self._weighted = sample_weight is not None or self.class_weight is not None or told

    def _build_for(self, samples: TrainingArrays) -> None:
        """Build the network for training samples, by which it standardises all others."""
        X, y = samples[:2]
        weights = weights_in(samples)
        self._rebuild(X.shape[1], getattr(self, "classes_", None), self._outputs_of(y))
        network = self._parts.network
        if network.samples is not None:
            network.samples.learn(X, weights)
        if network.targets is not None:
            network.targets.learn(y, weights)

    def _outputs_of(self, y: np.ndarray) -> int | None:
        """Return how many numbers a target has; None for one that is no vector."""
        return y.shape[1] if y.ndim == 2 else None

    def _train(
        self,
        samples: TrainingArrays,
        validation: tuple[Any, ...] | None,
        epochs: int,
        callbacks: Sequence[Callback],
    ) -> None:
        samples, held_out = self._with_validation(samples, validation)
        self._run(samples, held_out, epochs, callbacks, by_user=True)

    def _run(
        self,
        samples: TrainingArrays,
        validation: TrainingArrays | None,
        epochs: int,
        callbacks: Sequence[Callback],
        by_user: bool,
    ) -> None:
        """Train; `by_user` with a bar, and until the cost has converged, if settings say so."""
        parts = self._parts
        history = parts.progress.history
        start = time.perf_counter()
        try:
            n = len(samples[0])
            batch = n if self.batch_size is None else min(self.batch_size, n)
            if parts.rate is not None:
                step = self._step_for(self._standardised(samples), batch)
                rate = rate_for(self.optimizer, step)
                parts.rate.set_value(np.asarray(rate, parts.dtype))
                if parts.progress.last:
                    parts.progress.last["learning_rate"] = parts.rate.get_value()
            tol = float(self.tol) if by_user and parts.progress.rule is None else 0.0
            task = parts.task(samples, validation, batch, self.mode, tol)
            history.compile_seconds += time.perf_counter() - start
            self._epochs(task, epochs, callbacks, shuffle=self.shuffle, bar=by_user)
        finally:
            self.n_iter_ = history.epochs
            parts.forget_samples()

    def _standardised(self, samples: TrainingArrays) -> TrainingArrays:
        """Return the samples as the network sees them, its targets left as they are."""
        X, *others = samples
        scaling = self._parts.network.samples
        if scaling is not None:
            mean, scale = scaling.values
            X = (X - mean) / scale
        return X, *others

    def _with_validation(
        self, samples: TrainingArrays, validation: tuple[Any, ...] | None
    ) -> tuple[TrainingArrays, TrainingArrays | None]:
        if validation is not None:
            if not isinstance(validation, (tuple, list)) or len(validation) not in (2, 3):
                kind = type(validation).__name__
                raise ParameterError(
                    f"validation must be a pair (X, y), or (X, y, sample_weight), not a {kind}"
                )
            return samples, self._prepare(*validation, reset=False, training=False)
        if not self.early_stopping:
            return samples, None
        X, y = samples[:2]
        cut = np.random.default_rng(self._parts.seed)
        held_out = self._cut(y, self.validation_fraction, cut)
        if not held_out.any() or held_out.all():
            raise ParameterError(
                f"early_stopping needs samples for validation: {self.validation_fraction:g} of "
                f"n_samples={len(X)} leaves none for it or for training; give validation=(X, y)"
            )
        return tuple(v[~held_out] for v in samples), tuple(v[held_out] for v in samples)

    def _prepare(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        reset: bool,
        classes: Any = None,
        training: bool = True,
    ) -> TrainingArrays:
        """Return samples and targets as the network takes them, with their weights where they have
        any; all of scikit-learn's checks."""
        dtype = self._dtype if reset else self._parts.dtype
        X = self._as_table(X, reset)
        X, y = validate_data(
            self, X, y, reset=reset, dtype=dtype, y_numeric=False, accept_sparse="csr",
            multi_output=self._many_outputs,
        )  # fmt: skip
        check_fits_dense(X)
        X = np.ascontiguousarray(dense(X))
        targets = self._prepare_targets(y, dtype, reset, classes)
        if not self._weighted:
            return X, targets
        weights = checked_weights(sample_weight, X, dtype)
        if training:
            weights = self._weights(y, weights)
        check_not_all_zero(weights)
        if weights.all():
            return X, targets, weights
        kept = weights > 0
        return X[kept], targets[kept], weights[kept]

    def _rule(self) -> StoppingRule | None:
        if isinstance(self.early_stopping, StoppingRule):
            return copy.deepcopy(self.early_stopping)
        return EarlyStopping() if self.early_stopping else None

    # --- prediction ---

    def _output(self, X: Any, inner: str = "") -> np.ndarray:
        """Return the network's output for samples X, or an inner expression, in the model's
        dtype."""
        check_is_fitted(self)
        X = self._as_table(X, reset=False)
        X = validate_data(self, X, reset=False, dtype=self._parts.dtype, accept_sparse="csr")
        # No more of what is sparse is made dense than one call takes.
        parts = [
            self._parts.output(
                np.ascontiguousarray(dense(X[start : start + EVALUATION_BATCH])), self.mode, inner
            )
            for start in range(0, X.shape[0], EVALUATION_BATCH)
        ]
        return np.concatenate(parts)
