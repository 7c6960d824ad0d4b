"""The restricted Boltzmann machine as an estimator."""

import time
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import validate_data

from symgraph import RandomStreams

from ..catalogue import ModelSpec
from ..datasets import load_data
from ..errors import ParameterError
from ..estimators.protocol import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from ..estimators.ranges import FLAG, Integer, check_number
from ..estimators.settings import Option, SwitchOption, setting, settings
from ..estimators.sparse import check_fits_dense, dense
from ..estimators.trainable import Trainable
from ..reports.boltzmann import BoltzmannReport
from ..training.checkpoint import Progress
from ..training.task import Callback, TrainingTask
from .compiled_steps import RBMParts
from .machine import Machine


@settings
class RBM(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Trainable):
    """Learn the distribution of binary samples by a restricted Boltzmann machine.

    Samples are (n, features), of binary values or of probabilities. The machine learns by
    contrastive divergence with `k` Gibbs steps: CD-k, or with persistent chains, one for each
    sample of a mini-batch, PCD-k (the book, §10.1 to §10.3; `Machine` has the formulas). Gradient
    descent, no shuffling. With `scale`, columns are brought between 0 and 1 where the samples of
    training reach beyond, and later samples are taken to end where those did; without it such
    samples are refused.

    The defaults are those of the book's §10.3: 500 units, PCD-15 at 0.1, batches of 20, 15 epochs.
    After `fit`:

    machine_: the symbolic parts, a `Machine`.
    history_: its `cost` is minus the pseudo-likelihood.
    pseudo_likelihood_: of each epoch, the mean over its mini-batches as they passed.

    Raises `ParameterError` for settings or samples out of range, `DivergenceError` where the cost
    becomes infinite.

    >>> X = [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]] * 10
    >>> model = RBM(2, max_iter=50, k=1, random_state=0).fit(X)
    >>> model.transform(X).shape
    (20, 2)
    >>> seen, unseen = model.free_energy([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0]])
    >>> bool(seen < unseen)
    True
    """

    _first: ClassVar = ("n_hidden", "learning_rate", "batch_size", "max_iter", "k", "persistent")

    n_hidden: int = setting(
        "units of the hidden layers",
        Integer(),
        default=500,
        option=Option("--hidden", "N,N..."),
        kw_only=False,
    )
    learning_rate: float = 0.1
    # Persistent chains are as many as the samples of a mini-batch: the parts are made for them.
    batch_size: int = setting(
        "samples of a mini-batch",
        Integer(),
        default=20,
        option=Option("--batch-size", "N"),
    )
    max_iter: int = 15
    k: int = setting(
        "Gibbs steps of learning",
        Integer(),
        default=15,
        option=Option("--k", "N"),
    )
    persistent: bool = setting(
        "chains go on from step to step, instead of beginning at the samples",
        FLAG,
        default=True,
        option=SwitchOption("--cd", False, "chains that begin at the samples instead of going on"),
    )
    scale: bool = setting(
        "bring samples between 0 and 1",
        FLAG,
        default=True,
    )

    # --- parts ---

    def build(self, n_features: int) -> Self:
        """Make a machine with first weights for samples of `n_features`, untrained."""
        self._check_settings()
        check_number("n_features", n_features, 1, whole=True)
        self.n_features_in_ = int(n_features)
        self._begin()
        return self

    def _rebuild(
        self, n_features: int, classes: Sequence[Any] | None, n_outputs: int | None
    ) -> Self:
        return self.build(n_features)

    def _make(self, rng: np.random.Generator, seed: int, progress: Progress) -> RBMParts:
        machine = Machine(
            self.n_features_in_,
            int(self.n_hidden),
            rng=rng,
            streams=RandomStreams(seed),
            dtype=self._dtype,
        )
        return RBMParts(machine, self._made_of(), seed, progress)

    @property
    def machine_(self) -> Machine:
        """The symbolic parts."""
        return self._parts.machine

    @property
    def pseudo_likelihood_(self) -> list[float]:
        """Of each epoch, the mean over its mini-batches as they passed."""
        return [-cost for cost in self.history_.cost]

    # --- training ---

    def fit(self, X: Any, y: Any = None, callbacks: Sequence[Callback] = ()) -> Self:
        """Learn from samples X (n, features); y is ignored. `callbacks` are called
        with the `History` before the first epoch and after each. Ctrl-C ends training with the
        weights of the last whole epoch. Raises `ParameterError`, `DivergenceError`."""
        self._check_settings()
        X = self._table(X, reset=True)
        self._build_for(X)
        return self._train(self._in_range(X), int(self.max_iter), callbacks)

    def resume(self, X: Any, epochs: int, callbacks: Sequence[Callback] = ()) -> Self:
        """Go on training where `fit` (or a loaded machine) stopped, until `epochs` are completed
        in all: with the same samples, exactly as if it had not stopped."""
        self._check_settings()
        check_number("epochs", epochs, 1, whole=True)
        self._keep_up()
        return self._train(self._samples(X), int(epochs), callbacks)

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Make one pass over samples X in mini-batches, from the weights there are; y is
        ignored."""
        self._check_settings()
        first = not self.__sklearn_is_fitted__()
        if not first:
            self._keep_up()
        X = self._table(X, reset=first)
        if first:
            self._build_for(X)
        X = self._in_range(X)
        return self._train(X, self._parts.progress.history.epochs + 1, (), bar=False)

    def _train(
        self, X: np.ndarray, epochs: int, callbacks: Sequence[Callback], bar: bool = True
    ) -> Self:
        start = time.perf_counter()
        parts: RBMParts = self._parts
        task = TrainingTask(
            parts.step(X, self.mode),
            None,
            parts.parameters,
            parts.state,
            len(X),
            int(self.batch_size),
            float(self.learning_rate),
        )
        parts.progress.history.compile_seconds += time.perf_counter() - start
        try:
            self._epochs(task, epochs, callbacks, shuffle=False, bar=bar)
        finally:
            parts.forget_samples()
            self.n_iter_ = self.history_.epochs
        return self

    # --- use ---

    def transform(self, X: Any) -> np.ndarray:
        """Return the probability of each hidden unit given samples X: (n, n_hidden)."""
        return self._of_visible("transform", X)

    def free_energy(self, X: Any) -> np.ndarray:
        """Return F of each sample: (n,); p(x) ∝ exp(-F(x))."""
        return self._of_visible("free_energy", X)

    def _of_visible(self, name: str, X: Any) -> np.ndarray:
        parts: RBMParts = self._parts
        machine = parts.machine
        expressions = {"transform": machine.hidden_given, "free_energy": machine.free_energy}
        X = self._samples(X)
        return parts.of_visible(name, expressions[name], self.mode)(X)

    def score(self, X: Any, y: Any = None) -> float:
        """Return the pseudo-likelihood of samples X, mean over them, exact: from every bit in
        turn."""
        call = self._parts.pseudo_likelihood(self.mode)
        X = self._samples(X)
        return float(np.mean([call(X, bit) for bit in range(X.shape[1])]))

    def sample(self, X: Any, n_steps: int = 1000, random_state: Any = None) -> np.ndarray:
        """Return the probabilities of the visible units at the end of a Gibbs chain of `n_steps`
        from each of samples X, in their units: (n, features). The same `random_state` draws the
        same states; None draws others each time."""
        parts: RBMParts = self._parts
        X = self._samples(X)
        check_number("n_steps", n_steps, 1, whole=True)
        call = parts.dream(self.mode)
        parts.dreams.seed(int(check_random_state(random_state).randint(2**31 - 1)))
        seen = call(X, int(n_steps))
        if parts.scaling is None:
            return seen
        low, extent = parts.scaling.values
        return (seen * extent + low).astype(seen.dtype)

    def _build_for(self, X: np.ndarray) -> None:
        """Build the machine for training samples, which say where columns begin and end."""
        if not self.scale:
            _check_range(X)
        self.build(X.shape[1])
        scaling = self._parts.scaling
        if scaling is None or _lies_in_range(X):
            return
        low, high = X.min(axis=0), X.max(axis=0)
        scaling.mean.set_value(low)
        scaling.scale.set_value(np.where(high > low, high - low, 1).astype(X.dtype))

    def _samples(self, X: Any) -> np.ndarray:
        """Return samples for the machine as it was built."""
        return self._in_range(self._table(X, reset=False))

    def _table(self, X: Any, reset: bool) -> np.ndarray:
        dtype = self._dtype if reset else self._parts.dtype
        X = validate_data(self, X, reset=reset, dtype=dtype, accept_sparse="csr")
        check_fits_dense(X)
        return np.ascontiguousarray(dense(X))

    def _in_range(self, X: np.ndarray) -> np.ndarray:
        """Return the samples as the machine sees them, between 0 and 1."""
        scaling = self._parts.scaling
        if scaling is None:
            _check_range(X)
            return X
        low, extent = (v.get_value(borrow=True) for v in scaling.state)
        if not low.any() and (extent == 1).all():
            _check_range(X)
            return X
        return np.clip((X - low) / extent, 0, 1)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @property
    def _n_features_out(self) -> int:
        return self._parts.machine.n_hidden


def _lies_in_range(X: np.ndarray) -> bool:
    return bool(X.min() >= 0 and X.max() <= 1)


def _check_range(X: np.ndarray) -> None:
    if not _lies_in_range(X):
        raise ParameterError(
            f"samples must lie between 0 and 1, as states or probabilities of binary units; "
            f"these reach from {X.min():g} to {X.max():g}"
        )


SPEC = ModelSpec(
    estimator=RBM,
    name="rbm",
    summary="restricted Boltzmann machine 784-500: PCD-15, or CD-k; filters, Gibbs samples",
    source="sections 10.1 to 10.3",
    load=load_data,
    report=BoltzmannReport(),
)
