"""What the estimators have in common: building, training, evaluating, as scikit-learn does."""

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

import symgraph.tensor as T
from symgraph import Function, SharedVariable, Variable, config, function, shared

from .early_stopping import EarlyStopping, NoImprovement
from .errors import ParameterError
from .history import History
from .optimizers import Updates
from .persistence import save
from .progress_bar import progress_bar
from .training import Callback, Progress, Task, train

# Samples that are evaluated by one call: enough for full speed, few enough for the memory.
EVALUATION_BATCH = 2000


@dataclass(frozen=True)
class Network:
    """The symbolic parts of a model: x (batch, features), y (batch,), and what is made of them.

    `output` is what `predict` or `predict_proba` returns, `cost` what training minimises (0-d),
    `error` what validation measures (0-d). Every parameter has a name of its own.
    """

    x: Variable
    y: Variable
    output: Variable
    cost: Variable
    error: Variable
    parameters: tuple[SharedVariable, ...]


class Estimator(BaseEstimator):
    """Base class. A subclass has its settings as arguments of `__init__` and attributes, and says
    what network they mean (`_network`) and what its optimiser does (`_optimizer`)."""

    # Set by `build`; the settings are set by the subclasses' `__init__`.
    _built: "_Built | None"

    # --- what subclasses provide ---

    def _network(self, n_features: int, rng: np.random.Generator) -> Network:
        raise NotImplementedError

    def _optimizer(self, network: Network) -> Updates:
        raise NotImplementedError

    def _prepare_targets(self, y: Any, reset: bool, classes: Any = None) -> np.ndarray:
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
        if isinstance(n_features, bool) or n_features != int(n_features) or n_features < 1:
            raise ParameterError(f"n_features must be a whole number from 1, not {n_features!r}")
        self._set_classes(classes)
        self.n_features_in_ = int(n_features)
        # One number decides everything that is random: weights, validation samples, order.
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        weights, order = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
        self._built = _Built(self, self._network(self.n_features_in_, weights), seed, order)
        self.history_ = self._built.progress.history
        return self

    def _set_classes(self, classes: Sequence[Any] | None) -> None:
        if classes is not None:
            raise ParameterError("a regression has no classes")

    @property
    def _parts(self) -> "_Built":
        check_is_fitted(self, "_built")
        assert self._built is not None
        return self._built

    def __sklearn_is_fitted__(self) -> bool:
        return getattr(self, "_built", None) is not None

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
    def parameters(self) -> list[SharedVariable]:
        """The weights, in the order of the layers."""
        return list(self._parts.network.parameters)

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
        `history_` tells what was measured. With `warm_start` an earlier fit's weights are the
        first ones.
        """
        self._check_settings()
        fitted = self.__sklearn_is_fitted__()
        X, y = self._prepare(X, y, reset=not (self.warm_start and fitted))
        if self.warm_start and fitted:
            self._parts.start_again(self)
        else:
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
        all: with the same samples, exactly as if it had not stopped."""
        check_is_fitted(self)
        X, y = self._prepare(X, y, reset=False)
        self._train(X, y, validation, epochs, callbacks)
        return self

    def _partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """One pass over the samples in mini-batches, from the weights there are."""
        self._check_settings()
        first = not self.__sklearn_is_fitted__()
        X, y = self._prepare(X, y, reset=first, classes=classes)
        if first:
            self.build(X.shape[1], getattr(self, "classes_", None))
        parts = self._parts
        progress = parts.progress
        progress.rule = None
        task = parts.task(X, y, None, self._batch(len(X)))
        train(task, progress, progress.history.epochs + 1, shuffle=self.shuffle)
        return self

    def _train(
        self,
        X: np.ndarray,
        y: np.ndarray,
        validation: tuple[Any, Any] | None,
        epochs: int,
        callbacks: Sequence[Callback],
    ) -> None:
        parts = self._parts
        X, y, held_out = self._with_validation(X, y, validation)
        start = time.perf_counter()
        task = parts.task(X, y, held_out, self._batch(len(X)))
        parts.progress.history.compile_seconds += time.perf_counter() - start
        name = type(self).__name__
        with progress_bar(epochs, name, enabled=self.progress) as bar:
            train(task, parts.progress, epochs, shuffle=self.shuffle, callbacks=[bar, *callbacks])
        self.n_iter_ = parts.progress.history.epochs

    def _with_validation(
        self, X: np.ndarray, y: np.ndarray, validation: tuple[Any, Any] | None
    ) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray] | None]:
        if validation is not None:
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
        X, y = validate_data(self, X, y, reset=reset, dtype=self._dtype, y_numeric=False)
        return np.ascontiguousarray(X), self._prepare_targets(y, reset, classes)

    @property
    def _dtype(self) -> str:
        return self.dtype or config.floatX

    def _batch(self, n_samples: int) -> int:
        return min(self.batch_size, n_samples)

    def _rule(self) -> EarlyStopping | NoImprovement | None:
        if isinstance(self.early_stopping, EarlyStopping | NoImprovement):
            return copy.deepcopy(self.early_stopping)
        return EarlyStopping() if self.early_stopping else None

    def _check_settings(self) -> None:
        """Raise `ParameterError` naming the setting that is out of range."""
        for name, least, whole in (
            ("learning_rate", 0.0, False),
            ("l1", 0.0, False),
            ("l2", 0.0, False),
            ("batch_size", 1, True),
            ("max_iter", 1, True),
        ):
            value = getattr(self, name)
            number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or value < least or (whole and value % 1):
                kind = "a whole number" if whole else "a finite number"
                raise ParameterError(f"{name} must be {kind} from {least:g}, not {value!r}")
        if not 0 < self.validation_fraction < 1:
            raise ParameterError(
                f"validation_fraction must lie between 0 and 1, not {self.validation_fraction!r}"
            )
        if self._dtype not in ("float32", "float64"):
            raise ParameterError(f"dtype must be float32 or float64, not {self.dtype!r}")

    # --- prediction ---

    def _output(self, X: Any) -> np.ndarray:
        """The network's output for samples X, in the model's dtype."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=self._dtype)
        return self._parts.output(np.ascontiguousarray(X))

    def save(self, path: str | Path) -> None:
        """Write weights, settings and where training stands to a safetensors file, atomically."""
        save(self, path)

    def __getstate__(self) -> dict[str, Any]:
        """Compiled functions are left out; they are made again when needed."""
        state = super().__getstate__()
        if state.get("_built") is not None:
            state["_built"] = state["_built"].without_functions()
        return state


class _Built:
    """A built network, its optimiser, its compiled functions and where its training stands."""

    def __init__(
        self, estimator: Estimator, network: Network, seed: int, order: np.random.Generator
    ) -> None:
        self.network = network
        self.updates = estimator._optimizer(network)
        parameters = set(network.parameters)
        self.state = [variable for variable, _ in self.updates if variable not in parameters]
        self.mode = estimator.mode
        self.learning_rate = float(estimator.learning_rate)
        self.seed = seed
        self.progress = Progress(History(), estimator._rule(), order)
        self._functions: dict[str, Function] = {}
        self._samples: tuple[SharedVariable, SharedVariable] | None = None

    def start_again(self, estimator: Estimator) -> None:
        """Another fit from the weights there are, and the optimiser's state behind the last."""
        old = self.progress
        history = History()
        estimator.history_ = history
        self.progress = Progress(history, estimator._rule(), old.rng)

    def without_functions(self) -> "_Built":
        other = copy.copy(self)
        other._functions = {}
        other._samples = None
        return other

    def _compiled(self, name: str, make: Callable[[], Function]) -> Function:
        if name not in self._functions:
            self._functions[name] = make()
        return self._functions[name]

    def task(
        self,
        X: np.ndarray,
        y: np.ndarray,
        validation: tuple[np.ndarray, np.ndarray] | None,
        batch_size: int,
    ) -> Task:
        """Training on these samples, which the native code finds in shared variables."""
        if self._samples is None:
            self._samples = (shared(X, name="samples", borrow=True), shared(y, name="targets"))
        for variable, value in zip(self._samples, (X, y), strict=True):
            variable.set_value(value, borrow=True)
        return Task(
            self._step(),
            None if validation is None else lambda: self.measure(*validation),
            self.network.parameters,
            self.state,
            len(X),
            batch_size,
            self.learning_rate,
        )

    def _step(self) -> Function:
        network = self.network
        assert self._samples is not None
        samples, targets = self._samples
        rows = T.lvector("rows")

        def make() -> Function:
            return function(
                [rows],
                [network.cost, network.error],
                updates=self.updates,
                givens={network.x: samples[rows], network.y: targets[rows]},
                mode=self.mode,
                name="train",
            )

        return self._compiled("train", make)

    def measure(self, X: np.ndarray, y: np.ndarray) -> float:
        """The error over all samples, in big batches."""
        network = self.network
        call = self._compiled(
            "error",
            lambda: function([network.x, network.y], network.error, mode=self.mode, name="error"),
        )
        total = 0.0
        for start in range(0, len(X), EVALUATION_BATCH):
            part = slice(start, start + EVALUATION_BATCH)
            total += float(call(X[part], y[part])) * len(X[part])
        return total / len(X)

    def output(self, X: np.ndarray) -> np.ndarray:
        network = self.network
        call = self._compiled(
            "output", lambda: function([network.x], network.output, mode=self.mode, name="output")
        )
        starts = range(0, len(X), EVALUATION_BATCH)
        return np.concatenate([call(X[start : start + EVALUATION_BATCH]) for start in starts])
