"""A bar on the terminal that follows the epochs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from symgraph.graph.lazy import LazyModule

from .history import History
from .training import Callback

_tqdm = LazyModule("tqdm")


@contextmanager
def progress_bar(epochs: int, name: str, enabled: bool | None) -> Iterator[Callback]:
    """A callback that draws a bar on standard error; `enabled` None means on terminals only."""
    if not (sys.stderr.isatty() if enabled is None else enabled):
        yield lambda history: None
        return
    with _tqdm.tqdm(total=epochs, desc=name, unit="epoch", leave=False) as bar:

        def draw(history: History) -> None:
            shown = {"cost": history.cost[-1]} if history.cost else {}
            shown |= {
                f"{kind} error": errors[-1] for kind, errors in history.errors.items() if errors
            }
            bar.set_postfix({key: f"{value:.4g}" for key, value in shown.items()}, refresh=False)
            bar.update(history.epochs - bar.n)

        yield draw
