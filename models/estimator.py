"""What the estimators have in common: building, training, evaluating, as scikit-learn does."""

import copy
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from symgraph import SharedVariable, Variable, config

from .built import BuiltNetwork, Network
from .early_stopping import EarlyStopping, StoppingRule
from .errors import ParameterError
from .history import History
from .optimizers import Updates, optimizer_named
from .persistence import save
from .progress_bar import progress_bar
from .settings import OF_TRAINING, check_number, check_settings, plain
from .training import Callback, Progress, train


class Estimator(BaseEstimator):
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
        # One number decides everything that is random: weights, validation samples, order.
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        weights, order = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
        network = self._network(self.n_features_in_, weights)
        self._built = self._around(network, seed, Progress(History(), self._rule(), order))
        self.history_ = self._built.progress.history
        return self

    def _around(self, network: Network, seed: int, progress: Progress) -> BuiltNetwork:
        optimizer = optimizer_named(self.optimizer)
        updates = optimizer(network.cost, network.parameters, learning_rate=self.learning_rate)
        return BuiltNetwork(network, updates, self._compiled_settings(), seed, progress)

    def _compiled_settings(self) -> dict[str, Any]:
        """Those that the network and its updates are made of."""
        settings = self.get_params(deep=False)
        made_of = {name: plain(settings[name]) for name in settings if name not in OF_TRAINING}
        return made_of | {"dtype": self._dtype}

    def _keep_up(self) -> None:
        """Make the network anew, around the weights there are, where its settings changed."""
        old = self._parts
        settings = self._compiled_settings()
        if self.dtype is None:
            # What `config.floatX` is by now does not concern a model that was built.
            settings["dtype"] = old.dtype
        if settings == old.settings:
            return
        with config.change_flags(floatX=settings["dtype"]):
            network = self._network(self.n_features_in_, np.random.default_rng())
            new = self._around(network, old.seed, old.progress)
        new.adopt(old)
        self._built = new

    def _set_classes(self, classes: Sequence[Any] | None) -> None:
        if classes is not None:
            raise ParameterError("a regression has no classes")

    @property
    def _parts(self) -> BuiltNetwork:
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
        self._run(X, y, None, progress.history.epochs + 1, ())
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
        with progress_bar(epochs, type(self).__name__, enabled=self.progress) as bar:
            self._run(X, y, held_out, epochs, [bar, *callbacks])

    def _run(
        self,
        X: np.ndarray,
        y: np.ndarray,
        validation: tuple[np.ndarray, np.ndarray] | None,
        epochs: int,
        callbacks: Sequence[Callback],
    ) -> None:
        parts = self._parts
        history = parts.progress.history
        start = time.perf_counter()
        try:
            batch = min(self.batch_size, len(X))
            task = parts.task(X, y, validation, batch, self.mode)
            history.compile_seconds += time.perf_counter() - start
            train(task, parts.progress, epochs, shuffle=self.shuffle, callbacks=callbacks)
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

    @property
    def _dtype(self) -> str:
        """What a network built now would have; one that is there keeps its own."""
        try:
            return config.floatX if self.dtype is None else np.dtype(self.dtype).name
        except TypeError:
            # No dtype at all: `check_settings` tells.
            return repr(self.dtype)

    def _rule(self) -> StoppingRule | None:
        if isinstance(self.early_stopping, StoppingRule):
            return copy.deepcopy(self.early_stopping)
        return EarlyStopping() if self.early_stopping else None

    def _check_settings(self) -> None:
        check_settings(self.get_params(deep=False), self._dtype)

    # --- prediction ---

    def _output(self, X: Any) -> np.ndarray:
        """The network's output for samples X, in the model's dtype."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=self._parts.dtype)
        return self._parts.output(np.ascontiguousarray(X), self.mode)

    def save(self, path: str | Path) -> None:
        """Write weights, settings and where training stands to a safetensors file, atomically."""
        save(self, path)

    def __getstate__(self) -> dict[str, Any]:
        """Compiled functions are left out; they are made again when needed."""
        state = super().__getstate__()
        if state.get("_built") is not None:
            state["_built"] = state["_built"].without_functions()
        return state
