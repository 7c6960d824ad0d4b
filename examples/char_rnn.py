"""A recurrent network learns a text character by character and writes one of its own, as in the
book's section 6.1.3.

Two layers of 100 LSTM cells read 50 characters a step in 16 places of the text at once; Adam. The
text is a file of yours, or the help on Python that comes with it.

    python examples/char_rnn.py [FILE [EPOCHS]]
"""

import sys

from symgraph.models import CharRNN, History
from symgraph.models.datasets import load_text


def main(path: str | None = None, epochs: int = 10) -> CharRNN:
    """Learn, and write from time to time."""
    text = load_text(path)
    print(text.describe())
    model = CharRNN(
        cell="lstm",
        hidden_layer_sizes=(100, 100),
        sequence_length=50,
        batch_size=16,
        optimizer="adam",
        learning_rate=0.003,
        max_iter=epochs,
        random_state=0,
        dtype="float32",
    )

    def tell(history: History) -> None:
        """Called before the first epoch and after each."""
        if history.epochs:
            bits, seconds = history.errors["validation"][-1], history.seconds[-1]
            print(f"epoch {history.epochs}: {bits:.2f} bits a character, {seconds:.1f} s")
            print(model.sample(150, temperature=0.7, random_state=history.epochs))

    model.fit(text.train, validation=text.validation, callbacks=[tell])

    for temperature in (0.2, 1.0):
        print(f"\nAt temperature {temperature}:")
        print(model.sample(500, temperature=temperature, random_state=0))
    return model


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*given[:1], *map(int, given[1:2]))
