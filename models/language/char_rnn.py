"""The character-level language model as an estimator."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils import check_random_state

from symgraph import SharedVariable, Variable

from ..catalogue import ModelSpec
from ..datasets import TableForm, Text, load_text
from ..errors import ParameterError
from ..estimators.ranges import Integer, LayerSizes, OneOf, Real, check_number
from ..estimators.settings import Option, setting, settings
from ..estimators.trainable import Trainable
from ..parts.optimizers import Updates, optimizer_named
from ..recurrent import CELLS
from ..reports.language import LanguageReport
from ..training.checkpoint import Progress
from ..training.task import Callback, TrainingTask
from .alphabet import Alphabet
from .compiled_steps import CharParts, bits, windows
from .network import CharNetwork


@settings
class CharRNN(Trainable):
    """Learn what comes next in a text, character by character, and write texts.

    The text is cut into `batch_size` parts that are read side by side, `sequence_length` characters
    a step: states are carried on from step to step, gradients are not, and every element of theirs,
    summed over the characters of a sequence, is brought into ±`clip`. What does not fill a step at
    the end is left out. Minimises the negative log-likelihood of each character (the book, §6.1.3;
    A. Karpathy, "The unreasonable effectiveness of recurrent networks").

    The defaults are those of the book: 100 simple units, 25 characters, one part, Adagrad at 0.1,
    gradients within ±5. After `fit`:

    alphabet_: the characters it knows.
    history_: `cost` in nats a character, `errors` in bits a character.

    Raises `ParameterError` for settings out of range and for texts that are too short,
    `DivergenceError` where the cost becomes infinite.

    >>> model = CharRNN("gru", (10,), sequence_length=5, max_iter=30, random_state=0)
    >>> model = model.fit("abcabcabcabcabcabcabcabcabcabc")
    >>> model.sample(6, start="a", temperature=0.0)
    'bcabca'
    """

    _first: ClassVar = (
        *("cell", "hidden_layer_sizes", "embedding", "sequence_length", "batch_size"),
        *("learning_rate", "optimizer", "clip", "max_iter"),
    )

    cell: str = setting(
        "kind of recurrent layers",
        OneOf("cell", CELLS),
        default="rnn",
        option=Option("--cell"),
        kw_only=False,
    )
    hidden_layer_sizes: int | Sequence[int] = setting(
        "units of the hidden layers",
        LayerSizes(empty=False),
        default=(100,),
        option=Option("--hidden", "N,N..."),
        kw_only=False,
    )
    embedding: int = setting(
        "numbers learned for each character; 0: none",
        Integer(0),
        default=0,
        option=Option("--embedding", "N"),
        kw_only=False,
    )
    sequence_length: int = setting(
        "characters of a step",
        Integer(),
        default=25,
        option=Option("--sequence-length", "N"),
        kw_only=False,
    )
    # A step needs the states of so many parts of the text.
    batch_size: int = setting(
        "parts of the text that are read side by side",
        Integer(),
        default=1,
        option=Option("--batch-size", "N"),
    )
    learning_rate: float = 0.1
    optimizer: str = "adagrad"
    clip: float = setting(
        "bound of the elements of gradients",
        Real(),
        default=5.0,
        option=Option("--clip", "G", positive=True),
        kw_only=False,
    )
    max_iter: int = 10

    # --- parts ---

    def build(self, text: str) -> Self:
        """Make the network with first weights for the characters of a text, untrained."""
        self._check_settings()
        self.alphabet_: Alphabet = Alphabet([text])
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
        """Return how many steps a text makes."""
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
        """Return the mean over a text of log p(character | those before it), in nats; the first,
        which nothing is before, is left out. y is ignored."""
        parts = self._parts
        codes = self.alphabet_.encode(_as_text(text))
        _check_length(codes, 2)
        return -parts.measure(codes, self.mode)


def _as_text(text: Any) -> str:
    if not isinstance(text, str):
        raise ParameterError(f"a text must be a str, not a {type(text).__name__}")
    return text


def _check_length(text: str | np.ndarray, least: int) -> None:
    if len(text) < least:
        raise ParameterError(
            f"the text is too short: it has {len(text)} characters, at least {least} are needed"
        )


def _text(source: Path | None, seed: int, /, *, form: TableForm) -> Text:
    """Return the text of a file, or the one that is always there; neither is cut by chance."""
    return load_text(source)


SPEC = ModelSpec(
    estimator=CharRNN,
    name="char-rnn",
    summary="language model over characters: 100 simple units, or LSTM, GRU; it writes texts",
    source='section 6.1.3; A. Karpathy, "The unreasonable effectiveness of recurrent networks"',
    load=_text,
    report=LanguageReport(),
    source_option="text",
    unnamed="no --text is given: it learns the help on Python that comes with it",
)
