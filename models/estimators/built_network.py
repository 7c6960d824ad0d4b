"""A network as it was built: its symbolic parts, compiled functions, and state of training."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

import symgraph.tensor as T
from symgraph import Function, SharedVariable, Variable, function, shared

from ..parts.optimizers import Updates
from ..training.checkpoint import Progress
from ..training.task import TrainingTask
from .model_parts import ModelParts
from .scaling import Scaling
from .weights import normalised

# Samples, their targets, and their weights where they have any.
TrainingArrays = tuple[np.ndarray, ...]


def weights_in(samples: TrainingArrays) -> np.ndarray | None:
    """Return the weights of the samples, where they have any."""
    return samples[2] if len(samples) > 2 else None


# Samples that are evaluated by one call: enough for full speed, few enough for the memory.
EVALUATION_BATCH = 2000


@dataclass(frozen=True)
class NetworkGraph:
    """Hold the symbolic parts of a model: x (batch, features), y (batch,), and what is made of
    them.

    `output` is what `predict` or `predict_proba` returns, `cost` what training minimises (0-d),
    `error` what validation measures (0-d). Every parameter has a name of its own. `inner` are
    other expressions of x, by name, that show how the output comes about. Where the cost is of a
    network with noise, `noisy_error` is what training measures, and `state` the streams. `weight`
    (batch,) is what samples count for, where they are weighted; `samples` and `targets` are what x
    and y are standardised by, where they are.
    """

    x: Variable
    y: Variable
    output: Variable
    cost: Variable
    error: Variable
    parameters: tuple[SharedVariable, ...]
    inner: Mapping[str, Variable] = field(default_factory=dict)
    noisy_error: Variable | None = None
    state: tuple[SharedVariable, ...] = ()
    weight: Variable | None = None
    samples: Scaling | None = None
    targets: Scaling | None = None

    @property
    def inputs(self) -> list[Variable]:
        """[x, y], and the weight where there is one."""
        return [self.x, self.y] + ([] if self.weight is None else [self.weight])

    @property
    def scalings(self) -> list[Scaling]:
        """Those there are."""
        return [scaling for scaling in (self.samples, self.targets) if scaling is not None]


class BuiltNetwork(ModelParts):
    """Hold a network and its optimiser's updates; the optimiser's own variables are its state."""

    def __init__(
        self,
        network: NetworkGraph,
        updates: Updates,
        settings: dict[str, Any],
        seed: int,
        progress: Progress,
        rate: SharedVariable | None = None,
    ) -> None:
        parameters = set(network.parameters)
        own = [variable for variable, _ in updates if variable not in parameters]
        scales = [variable for scaling in network.scalings for variable in scaling.state]
        chosen = [] if rate is None else [rate]
        state = [*own, *network.state, *scales, *chosen]
        super().__init__(network.parameters, state, settings, seed, progress)
        self.network = network
        self.updates = updates
        # The learning rate where it is chosen from the samples.
        self.rate = rate
        self._samples: tuple[SharedVariable, ...] | None = None

    def without_functions(self) -> Self:
        """Return the same network and state, with neither compiled functions nor samples."""
        other = super().without_functions()
        other._samples = None
        return other

    def task(
        self,
        samples: TrainingArrays,
        validation: TrainingArrays | None,
        batch_size: int,
        mode: str | None,
        tol: float,
    ) -> TrainingTask:
        """Return the task of training on these samples, which the native code finds in shared
        variables."""
        X, y, *weights = samples
        values = [X, y, *map(normalised, weights)]
        if self._samples is None:
            names = ("samples", "targets", "weights")
            self._samples = tuple(
                shared(value, name=name, borrow=True)
                for value, name in zip(values, names, strict=False)
            )
        for variable, value in zip(self._samples, values, strict=True):
            variable.set_value(value, borrow=True)
        if validation is not None:
            self._error(mode)
        return TrainingTask(
            self._step(mode),
            None if validation is None else lambda: self.measure(*validation, mode=mode),
            self.parameters,
            self.state,
            len(X),
            batch_size,
            float(self.settings["learning_rate"] if self.rate is None else self.rate.get_value()),
            tol,
        )

    def forget_samples(self) -> None:
        """Let go of the samples of the last training; the function that trains is kept."""
        for variable in self._samples or ():
            value = variable.get_value(borrow=True)
            variable.set_value(np.empty((0, *value.shape[1:]), value.dtype))

    def _step(self, mode: str | None) -> Function:
        network = self.network
        assert self._samples is not None
        held = self._samples
        rows = T.lvector("rows")
        error = network.error if network.noisy_error is None else network.noisy_error

        def make() -> Function:
            return function(
                [rows],
                [network.cost, error],
                updates=self.updates,
                givens={
                    given: values[rows] for given, values in zip(network.inputs, held, strict=True)
                },
                mode=mode,
                name="train",
            )

        return self.compiled("train", mode, make)

    def _error(self, mode: str | None) -> Function:
        network = self.network
        return self.compiled(
            "error",
            mode,
            lambda: function(network.inputs, network.error, mode=mode, name="error"),
        )

    def measure(
        self, X: np.ndarray, y: np.ndarray, *weights: np.ndarray, mode: str | None
    ) -> float:
        """Return the error over all samples, in big batches."""
        call = self._error(mode)
        weights = tuple(map(normalised, weights))
        total = 0.0
        for start in range(0, len(X), EVALUATION_BATCH):
            part = slice(start, start + EVALUATION_BATCH)
            total += float(call(*(v[part] for v in (X, y, *weights)))) * len(X[part])
        return total / len(X)

    def output(self, X: np.ndarray, mode: str | None, inner: str = "") -> np.ndarray:
        """Return the network's output for samples X, or one of its inner expressions."""
        network = self.network
        wanted = network.inner[inner] if inner else network.output
        name = inner or "output"
        call = self.compiled(
            name, mode, lambda: function([network.x], wanted, mode=mode, name=name)
        )
        return call(X)
