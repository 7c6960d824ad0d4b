"""A network as it was built: its symbolic parts, compiled functions, and state of training."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import symgraph.tensor as T
from symgraph import Function, SharedVariable, Variable, config, function, shared

from .errors import ParameterError
from .optimizers import Updates
from .training import Progress, Task, Values

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


class BuiltNetwork:
    """A network and its optimiser's updates, with the functions that were compiled of them.

    `settings` are those that the network and the updates were made of, `seed` decides everything
    that is random, `progress` is where training stands.
    """

    def __init__(
        self,
        network: Network,
        updates: Updates,
        settings: dict[str, Any],
        seed: int,
        progress: Progress,
    ) -> None:
        self.network = network
        self.updates = updates
        parameters = set(network.parameters)
        # The optimiser's own.
        self.state = [variable for variable, _ in updates if variable not in parameters]
        self.settings = settings
        self.seed = seed
        self.progress = progress
        self._functions: dict[tuple[str, str], Function] = {}
        self._samples: tuple[SharedVariable, SharedVariable] | None = None

    @property
    def dtype(self) -> str:
        """That of the samples and the weights."""
        return self.network.x.type.dtype

    def without_functions(self) -> "BuiltNetwork":
        """The same network and state, with neither compiled functions nor samples."""
        other = copy.copy(self)
        other._functions = {}
        other._samples = None
        return other

    def adopt(self, old: "BuiltNetwork") -> None:
        """Go on from the weights and the state of training of `old`.

        The optimiser's state is kept where there is one of the same name and shape. Raises
        `ParameterError` where the old weights do not fit this network.
        """
        weights = _values(old.network.parameters)
        for variable in self.network.parameters:
            name, shape = str(variable.name), variable.get_value(borrow=True).shape
            if name not in weights or weights[name].shape != shape:
                self._refuse(old, f"there are no weights {name} of shape {shape}")
        if len(weights) > len(self.network.parameters):
            self._refuse(old, "some of the weights have no place any more")
        everything = [*self.network.parameters, *self.state]
        progress = old.progress.copy()
        # Others hold the history.
        progress.history = old.progress.history
        progress.best = _fitted(progress.best, self.network.parameters)
        if progress.last:
            progress.last = _values(everything) | _fitted(progress.last, everything)
        current = weights | _values(old.state)
        for name, value in _fitted(current, everything).items():
            next(v for v in everything if v.name == name).set_value(value)
        self.progress = progress

    def _refuse(self, old: "BuiltNetwork", reason: str) -> None:
        changed = [name for name, value in self.settings.items() if value != old.settings[name]]
        raise ParameterError(
            f"{', '.join(changed)} changed since the model was built, and its weights do not fit "
            f"({reason}); fit it anew, without warm_start"
        )

    # --- functions ---

    def _compiled(self, name: str, mode: str | None, make: Callable[[], Function]) -> Function:
        key = (name, mode or config.mode)
        if key not in self._functions:
            self._functions[key] = make()
        return self._functions[key]

    def task(
        self,
        X: np.ndarray,
        y: np.ndarray,
        validation: tuple[np.ndarray, np.ndarray] | None,
        batch_size: int,
        mode: str | None,
    ) -> Task:
        """Training on these samples, which the native code finds in shared variables."""
        if self._samples is None:
            self._samples = (shared(X, name="samples", borrow=True), shared(y, name="targets"))
        for variable, value in zip(self._samples, (X, y), strict=True):
            variable.set_value(value, borrow=True)
        if validation is not None:
            self._error(mode)
        return Task(
            self._step(mode),
            None if validation is None else lambda: self.measure(*validation, mode),
            self.network.parameters,
            self.state,
            len(X),
            batch_size,
            float(self.settings["learning_rate"]),
        )

    def forget_samples(self) -> None:
        """Let go of the samples of the last training; the function that trains is kept."""
        for variable in self._samples or ():
            value = variable.get_value(borrow=True)
            variable.set_value(np.empty((0, *value.shape[1:]), value.dtype))

    def _step(self, mode: str | None) -> Function:
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
                mode=mode,
                name="train",
            )

        return self._compiled("train", mode, make)

    def _error(self, mode: str | None) -> Function:
        network = self.network
        return self._compiled(
            "error",
            mode,
            lambda: function([network.x, network.y], network.error, mode=mode, name="error"),
        )

    def measure(self, X: np.ndarray, y: np.ndarray, mode: str | None) -> float:
        """The error over all samples, in big batches."""
        call = self._error(mode)
        total = 0.0
        for start in range(0, len(X), EVALUATION_BATCH):
            part = slice(start, start + EVALUATION_BATCH)
            total += float(call(X[part], y[part])) * len(X[part])
        return total / len(X)

    def output(self, X: np.ndarray, mode: str | None) -> np.ndarray:
        """The network's output for samples X, in big batches."""
        network = self.network
        call = self._compiled(
            "output", mode, lambda: function([network.x], network.output, mode=mode, name="output")
        )
        starts = range(0, len(X), EVALUATION_BATCH)
        return np.concatenate([call(X[start : start + EVALUATION_BATCH]) for start in starts])


def _values(variables: Any) -> Values:
    return {str(v.name): v.get_value() for v in variables}


def _fitted(values: Values, variables: Any) -> Values:
    """Those of the values that have a variable of their name and shape, in its dtype."""
    fitted = {}
    for variable in variables:
        name, own = str(variable.name), variable.get_value(borrow=True)
        if name in values and values[name].shape == own.shape:
            fitted[name] = values[name].astype(own.dtype)
    return fitted
