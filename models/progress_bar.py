"""A bar on the terminal that follows the epochs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from symgraph.graph.lazy import LazyModule

from .history import History
from .training import Callback

_tqdm = LazyModule("tqdm")

# Short enough for a terminal of 80 columns.
_FORMAT = "{desc} {bar} {n_fmt}/{total_fmt} epochs, {elapsed}{postfix}"


@contextmanager
def progress_bar(epochs: int, name: str, enabled: bool | None) -> Iterator[Callback]:
    """A callback that draws a bar on standard error; `enabled` None means on terminals only."""
    if not (sys.stderr.isatty() if enabled is None else enabled):
        yield lambda history: None
        return
    with _tqdm.tqdm(total=epochs, desc=name, bar_format=_FORMAT, leave=False) as bar:

        def draw(history: History) -> None:
            bar.set_postfix_str(_numbers(history), refresh=False)
            bar.update(history.epochs - bar.n)

        yield draw


def _numbers(history: History) -> str:
    """The last epoch's: `cost 0.353, errors 0.073 / 0.098` (training / validation)."""
    if not history.cost:
        return ""
    errors = " / ".join(f"{told[-1]:.3g}" for told in history.errors.values() if told)
    return f"cost {history.cost[-1]:.3g}" + (f", errors {errors}" if errors else "")
