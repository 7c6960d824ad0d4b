"""What every model has in common that is trained step by step: parts, files, resuming."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from symgraph import SharedVariable, config

from ..errors import ParameterError
from ..training.checkpoint import Progress
from ..training.history import History
from ..training.loop import train
from ..training.progress_bar import progress_bar
from ..training.task import Callback, TrainingTask
from .model_parts import ModelParts
from .persistence import save
from .settings import plain, settings_of
from .training_settings import TrainingSettings


class Trainable(TrainingSettings):
    """Hold the parts of a model, its files and where its training stands: the base class.

    A subclass declares its settings and says what parts they mean (`_make`).
    """

    history_: History
    n_features_in_: int
    n_iter_: int

    # --- what subclasses provide ---

    def _make(self, rng: np.random.Generator, seed: int, progress: Progress) -> ModelParts:
        """Return the parts that the settings mean, with first weights of the dtype `_dtype`."""
        raise NotImplementedError

    def _rebuild(
        self, n_features: int, classes: Sequence[Any] | None, n_outputs: int | None
    ) -> Self:
        """Build anew, untrained, from what a file tells."""
        raise NotImplementedError

    # --- parts ---

    def _begin(self, rule: Any = None) -> None:
        """Make the parts, untrained; `rule` says when training stops early."""
        # One number decides everything that is random: weights, validation samples, order.
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        weights, order = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
        parts = self._make(weights, seed, Progress(History(), rule, order))
        self._built: ModelParts | None = parts
        self.history_ = parts.progress.history

    def _made_of(self) -> dict[str, Any]:
        """Return the settings that the parts are made of."""
        of_training = {n for n, found in settings_of(type(self)).items() if found.of_training}
        values = self.get_params(deep=False).items()
        made_of = {name: plain(value) for name, value in values if name not in of_training}
        return made_of | {"dtype": self._dtype}

    def _check_settings(self) -> None:
        """Raise `ParameterError` naming the setting that is out of range."""
        for name, found in settings_of(type(self)).items():
            found.check(getattr(self, name))
        if self._dtype not in ("float32", "float64"):
            given = self._dtype if self.dtype is None else self.dtype
            raise ParameterError(f"dtype must be float32 or float64, not {given!r}")

    def _keep_up(self) -> None:
        """Make the parts anew, around the weights there are, where their settings changed."""
        old = self._parts
        made_of = self._made_of()
        if self.dtype is None:
            # What `config.floatX` is by now does not concern a model that was built.
            made_of["dtype"] = old.dtype
        if made_of == old.settings:
            return
        with config.change_flags(floatX=made_of["dtype"]):
            new = self._make(np.random.default_rng(), old.seed, old.progress)
        new.adopt(old)
        self._built = new

    @property
    def _parts(self) -> Any:
        check_is_fitted(self, "_built")
        assert self._built is not None
        return self._built

    def __sklearn_is_fitted__(self) -> bool:
        return getattr(self, "_built", None) is not None

    @property
    def parameters(self) -> list[SharedVariable]:
        """The weights, in the order of the layers."""
        return list(self._parts.parameters)

    @property
    def _dtype(self) -> str:
        """What parts built now would have; those that are there keep their own."""
        try:
            return config.floatX if self.dtype is None else np.dtype(self.dtype).name
        except TypeError:
            # No dtype at all: the check of the settings tells.
            return repr(self.dtype)

    # --- training ---

    def _epochs(
        self,
        task: TrainingTask,
        epochs: int,
        callbacks: Sequence[Callback],
        *,
        shuffle: bool,
        bar: bool,
    ) -> None:
        """Train until `epochs` are completed in all; with `bar`, as `progress` asks for one."""
        enabled = self.progress if bar else False
        with progress_bar(epochs, type(self).__name__, enabled) as draw:
            train(task, self._parts.progress, epochs, shuffle=shuffle, callbacks=[draw, *callbacks])

    # --- files ---

    def save(self, path: str | Path) -> None:
        """Write weights, settings and where training stands to a safetensors file, atomically."""
        save(self, path)

    def __getstate__(self) -> dict[str, Any]:
        """Leave compiled functions out; they are made again when needed."""
        state = dict(super().__getstate__())
        if state.get("_built") is not None:
            state["_built"] = state["_built"].without_functions()
        return state
