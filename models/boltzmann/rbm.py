"""The restricted Boltzmann machine as an estimator."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

import symgraph.tensor as T
from symgraph import Function, RandomStreams, SharedVariable, config, function, shared

from ..errors import DivergenceError, ParameterError
from ..optimizers import sgd
from ..settings import check_number
from ..training import interruptions_noted, minibatches
from .machine import Machine

_WHOLE = ("n_hidden", "batch_size", "max_iter", "k")


class RBM(TransformerMixin, BaseEstimator):
    """`n_hidden` hidden units learn the distribution of samples of binary values, or of
    probabilities, by contrastive divergence with `k` Gibbs steps: CD-k, or with `persistent`
    chains, one for each sample of a mini-batch, PCD-k. Gradient descent, no shuffling.

    The defaults are those of the book's §10.3: 500 units, PCD-15 at 0.1, batches of 20, 15 epochs.
    `dtype` is `config.floatX` if None, `mode` the back end. After `fit`:

    machine_: the symbolic parts, a `Machine`.
    pseudo_likelihood_: of each epoch, the mean over its mini-batches as they passed.
    seconds_: how long each epoch took.
    stopped_by_: "epochs" or "interrupt" (Ctrl-C, at the end of a mini-batch).
    """

    machine_: Machine
    pseudo_likelihood_: list[float]
    seconds_: list[float]
    stopped_by_: str

    def __init__(
        self,
        n_hidden: int = 500,
        learning_rate: float = 0.1,
        batch_size: int = 20,
        max_iter: int = 15,
        k: int = 15,
        persistent: bool = True,
        random_state: Any = None,
        dtype: str | None = None,
        mode: str | None = None,
    ) -> None:
        self.n_hidden = n_hidden
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.k = k
        self.persistent = persistent
        self.random_state = random_state
        self.dtype = dtype
        self.mode = mode

    def fit(self, X: Any, y: Any = None, callbacks: Sequence[Callable[["RBM"], None]] = ()) -> Self:
        """Learn from samples X (n, features) between 0 and 1; y is ignored. `callbacks` are called
        with this estimator after each epoch. Raises `ParameterError`, `DivergenceError`."""
        self._check_settings()
        X = self._samples(X, reset=True)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self.machine_ = Machine(
            X.shape[1],
            int(self.n_hidden),
            rng=np.random.default_rng(seed),
            streams=RandomStreams(seed),
            dtype=X.dtype.name,
        )
        self._functions: dict[str, Function] = {}
        self.pseudo_likelihood_, self.seconds_ = [], []
        self.stopped_by_ = "epochs"
        batch = min(int(self.batch_size), len(X))
        step = self._step(X, batch, seed)
        with interruptions_noted() as interrupted:
            for _ in range(int(self.max_iter)):
                start = time.perf_counter()
                measured = []
                for rows in minibatches(len(X), batch, None):
                    if interrupted.is_set():
                        self.stopped_by_ = "interrupt"
                        return self
                    measured.append(float(step(rows)) * len(rows))
                self._check_weights()
                self.pseudo_likelihood_.append(sum(measured) / len(X))
                self.seconds_.append(time.perf_counter() - start)
                for callback in callbacks:
                    callback(self)
        return self

    def _step(self, X: np.ndarray, batch: int, seed: int) -> Function:
        """One step of CD-k or PCD-k on the samples of these rows; gives their pseudo-likelihood,
        each time estimated from the next bit of a drawn order: neighbours are alike."""
        machine, rows = self.machine_, T.lvector("rows")
        v = shared(X, name="samples", borrow=True)[rows]
        order = np.random.default_rng(seed).permutation(machine.n_visible)
        place = shared(np.int64(0), name="place")
        chains: SharedVariable | None = None
        if self.persistent:
            chains = shared(np.zeros((batch, machine.n_hidden), X.dtype), name="chains")
        start = machine.draw(machine.hidden_given(v)) if chains is None else chains
        chain = machine.chain(start, int(self.k))
        cost = machine.contrast(v, chain.visible)
        updates = dict(chain.updates)
        updates.update(sgd(cost, machine.params, float(self.learning_rate)))
        updates[place] = (place + 1) % machine.n_visible
        if chains is not None:
            updates[chains] = chain.hidden
        measured = machine.pseudo_likelihood(v, T.constant(order)[place])
        return function([rows], measured, updates=updates, mode=self.mode, name="train")

    def transform(self, X: Any) -> np.ndarray:
        """The probability of each hidden unit given samples X: (n, n_hidden)."""
        X = self._known(X)
        return self._call("transform", self.machine_.hidden_given, X)

    def free_energy(self, X: Any) -> np.ndarray:
        """F of each sample: (n,); p(x) ∝ exp(-F(x))."""
        X = self._known(X)
        return self._call("free_energy", self.machine_.free_energy, X)

    def score(self, X: Any, y: Any = None) -> float:
        """The pseudo-likelihood of samples X, mean over them, exact: from every bit in turn."""
        X = self._known(X)
        if "score" not in self._functions:
            v, bit = T.matrix("v", dtype=self.machine_.dtype), T.lscalar("bit")
            self._functions["score"] = function(
                [v, bit], self.machine_.pseudo_likelihood(v, bit), mode=self.mode, name="score"
            )
        call = self._functions["score"]
        return float(np.mean([call(X, bit) for bit in range(self.machine_.n_visible)]))

    def sample(self, X: Any, n_steps: int = 1000) -> np.ndarray:
        """The probabilities of the visible units at the end of a Gibbs chain of `n_steps` from
        each of samples X: (n, features). Another call draws other states."""
        X = self._known(X)
        check_number("n_steps", n_steps, 1, whole=True)
        if "sample" not in self._functions:
            machine = self.machine_
            v, steps = T.matrix("v", dtype=machine.dtype), T.lscalar("steps")
            chain = machine.chain(machine.draw(machine.hidden_given(v)), steps)
            self._functions["sample"] = function(
                [v, steps], chain.mean, updates=chain.updates, mode=self.mode, name="sample"
            )
        return self._functions["sample"](X, int(n_steps))

    def _call(self, name: str, expression: Callable[[Any], Any], X: np.ndarray) -> np.ndarray:
        if name not in self._functions:
            v = T.matrix("v", dtype=self.machine_.dtype)
            self._functions[name] = function([v], expression(v), mode=self.mode, name=name)
        return self._functions[name](X)

    def _known(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "machine_")
        return self._samples(X, reset=False)

    def _samples(self, X: Any, reset: bool) -> np.ndarray:
        dtype = (self.dtype or config.floatX) if reset else self.machine_.dtype
        X = np.ascontiguousarray(validate_data(self, X, reset=reset, dtype=dtype))
        if X.min() < 0 or X.max() > 1:
            raise ParameterError(
                f"samples must lie between 0 and 1, as states or probabilities of binary units; "
                f"these reach from {X.min():g} to {X.max():g}"
            )
        return X

    def _check_settings(self) -> None:
        for name in _WHOLE:
            check_number(name, getattr(self, name), 1, whole=True)
        check_number("learning_rate", self.learning_rate, 0.0, whole=False)
        dtype = self.dtype or config.floatX
        if dtype not in ("float32", "float64"):
            raise ParameterError(f"dtype must be float32 or float64, not {dtype!r}")

    def _check_weights(self) -> None:
        for p in self.machine_.params:
            if not np.isfinite(p.get_value(borrow=True)).all():
                raise DivergenceError(
                    f"the weights {p.name} became infinite or NaN in epoch "
                    f"{len(self.seconds_) + 1}: the learning rate {self.learning_rate:g} is too "
                    "large for these samples"
                )

    def __getstate__(self) -> dict[str, Any]:
        """Compiled functions are left out; they are made again when needed."""
        state = dict(super().__getstate__())
        if "_functions" in state:
            state["_functions"] = {}
        return state
