"""The character-level language model as an estimator."""

import time
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils import check_random_state

from symgraph import SharedVariable, Variable

from ..errors import ParameterError
from ..optimizers import OPTIMIZERS, Updates, optimizer_named
from ..recurrent import CELLS
from ..settings import OF_TRAINING, check_number
from ..trainable import Trainable
from ..training import Callback, Progress, TrainingTask
from .alphabet import Alphabet
from .compiled_steps import CharParts, bits, windows
from .network import CharNetwork

# Name, least value, whether it must be whole.
_NUMBERS = (
    ("embedding", 0, True),
    ("sequence_length", 1, True),
    ("batch_size", 1, True),
    ("learning_rate", 0.0, False),
    ("clip", 0.0, False),
    ("max_iter", 1, True),
)


class CharRNN(Trainable):
    """Recurrent layers that read a text character by character and learn what comes next; then
    they write texts of their own.

    `cell` is "rnn", "lstm" or "gru"; `hidden_layer_sizes` are the layers' from the bottom;
    `embedding` numbers, if any, are learned for each character. The text is cut into `batch_size`
    parts that are read side by side, `sequence_length` characters a step: states are carried on
    from step to step, gradients are not, and every element of theirs, summed over the characters
    of a sequence, is brought into ±`clip`. What does not fill a step at the end is left out.

    The defaults are those of the book's §6.1.3: 100 simple units, 25 characters, one part, Adagrad
    at 0.1, gradients within ±5. `dtype` is `config.floatX` if None, `mode` the back end. After
    `fit`:

    alphabet_: the characters it knows.
    history_: `cost` in nats a character, `errors` in bits a character.
    """

    # A step needs the states of so many parts.
    _of_training = OF_TRAINING - {"batch_size"}
    alphabet_: Alphabet

    def __init__(
        self,
        cell: str = "rnn",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        embedding: int = 0,
        sequence_length: int = 25,
        batch_size: int = 1,
        learning_rate: float = 0.1,
        optimizer: str = "adagrad",
        clip: float = 5.0,
        max_iter: int = 10,
        random_state: Any = None,
        dtype: str | None = None,
        mode: str | None = None,
        progress: bool | None = None,
    ) -> None:
        self.cell = cell
        self.hidden_layer_sizes = hidden_layer_sizes
        self.embedding = embedding
        self.sequence_length = sequence_length
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.clip = clip
        self.max_iter = max_iter
        self.random_state = random_state
        self.dtype = dtype
        self.mode = mode
        self.progress = progress

    # --- parts ---

    def build(self, text: str) -> Self:
        """Make the network with first weights for the characters of a text, untrained."""
        self._check_settings()
        self.alphabet_ = Alphabet([text])
        self._begin()
        return self

    def _rebuild(
        self, n_features: int, classes: Sequence[Any] | None, n_outputs: int | None
    ) -> Self:
        assert classes is not None
        return self.build("".join(classes))

    @property
    def n_features_in_(self) -> int:
        """How many characters it knows."""
        return len(self.alphabet_)

    @property
    def classes_(self) -> np.ndarray:
        """The characters it knows, in their order."""
        return np.array(list(self.alphabet_.characters))

    def _make(self, rng: np.random.Generator, seed: int, progress: Progress) -> CharParts:
        sizes = [int(size) for size in np.atleast_1d(self.hidden_layer_sizes)]
        network = CharNetwork(
            len(self.alphabet_), self.cell, sizes, int(self.embedding), rng=rng, dtype=self._dtype
        )
        return CharParts(network, self._updates, self._made_of(), seed, progress)

    def _updates(self, cost: Variable, parameters: Sequence[SharedVariable]) -> Updates:
        optimizer = optimizer_named(self.optimizer)
        return optimizer(
            cost * int(self.sequence_length),
            parameters,
            learning_rate=self.learning_rate,
            clip=self.clip,
        )

    # --- training ---

    def fit(
        self, text: str, validation: str | None = None, callbacks: Sequence[Callback] = ()
    ) -> Self:
        """Learn from a text for `max_iter` epochs. `validation` is a text that is only measured,
        after each epoch. `callbacks` are called with the `History` before the first epoch and
        after each. Raises `ParameterError` where a text is too short, `DivergenceError`."""
        self._check_settings()
        self._steps_of(_as_text(text))
        self.build(text + _as_text(validation or ""))
        return self._train(text, validation, int(self.max_iter), callbacks)

    def resume(
        self,
        text: str,
        epochs: int,
        validation: str | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> Self:
        """Go on training where `fit` (or a loaded model) stopped, until `epochs` are completed in
        all: with the same text, exactly as if it had not stopped. Raises `ParameterError` for
        characters that were not in the first text."""
        self._check_settings()
        check_number("epochs", epochs, 1, whole=True)
        self._keep_up()
        return self._train(text, validation, int(epochs), callbacks)

    def _train(
        self, text: str, validation: str | None, epochs: int, callbacks: Sequence[Callback]
    ) -> Self:
        start = time.perf_counter()
        parts, steps = self._parts, self._steps_of(_as_text(text))
        codes = self.alphabet_.encode(text)
        held_out = self.alphabet_.encode(_as_text(validation)) if validation else None
        step = parts.step(windows(codes, steps, self.batch_size, self.sequence_length), self.mode)
        if held_out is not None:
            _check_length(held_out, 2)
            parts.measure(held_out[:2], self.mode)
        task = TrainingTask(
            step,
            None if held_out is None else lambda: bits(parts.measure(held_out, self.mode)),
            parts.parameters,
            parts.state,
            steps,
            1,
            float(self.learning_rate),
        )
        parts.progress.history.compile_seconds += time.perf_counter() - start
        try:
            self._epochs(task, epochs, callbacks, shuffle=False, bar=True)
        finally:
            parts.forget_text()
            self.n_iter_ = self.history_.epochs
        return self

    def _steps_of(self, text: str) -> int:
        """How many steps a text makes."""
        at_once = int(self.batch_size) * int(self.sequence_length)
        _check_length(text, at_once + 1)
        return (len(text) - 1) // at_once

    # --- use ---

    def sample(
        self,
        length: int,
        start: str | None = None,
        temperature: float = 1.0,
        random_state: Any = None,
    ) -> str:
        """Write `length` characters that follow `start`, which is a line's end unless given.

        Below 1, `temperature` makes likely characters likelier; at 0 the likeliest is always
        taken. The same `random_state` writes the same; None writes something else each time.
        Raises `ParameterError`, also for characters of `start` that the model does not know.
        """
        parts = self._parts
        check_number("length", length, 0, whole=True)
        check_number("temperature", temperature, 0.0, whole=False)
        known = self.alphabet_.characters
        before = start or ("\n" if "\n" in known else known[0])
        call = parts.write(self.mode)
        parts.streams.seed(int(check_random_state(random_state).randint(2**31 - 1)))
        warmth = np.asarray(temperature, parts.dtype)
        chosen = call(self.alphabet_.encode(before), int(length), warmth)
        return self.alphabet_.decode(chosen)

    def score(self, text: str, y: Any = None) -> float:
        """The mean over a text of log p(character | those before it), in nats; the first, which
        nothing is before, is left out. y is ignored."""
        parts = self._parts
        codes = self.alphabet_.encode(_as_text(text))
        _check_length(codes, 2)
        return -parts.measure(codes, self.mode)

    def _check_settings(self) -> None:
        for name, least, whole in _NUMBERS:
            check_number(name, getattr(self, name), least, whole)
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=object))
        if not len(sizes):
            raise ParameterError("hidden_layer_sizes must name at least one layer")
        for size in sizes:
            check_number("hidden_layer_sizes", size, 1, whole=True)
        for name, table in (("cell", CELLS), ("optimizer", OPTIMIZERS)):
            if getattr(self, name) not in table:
                raise ParameterError(
                    f"no {name} is called {getattr(self, name)!r}; there are {', '.join(table)}"
                )
        if self._dtype not in ("float32", "float64"):
            raise ParameterError(f"dtype must be float32 or float64, not {self._dtype!r}")


def _as_text(text: Any) -> str:
    if not isinstance(text, str):
        raise ParameterError(f"a text must be a str, not a {type(text).__name__}")
    return text


def _check_length(text: str | np.ndarray, least: int) -> None:
    if len(text) < least:
        raise ParameterError(
            f"the text is too short: it has {len(text)} characters, at least {least} are needed"
        )
