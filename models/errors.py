"""What `symgraph.models` raises when a file, an image or a training run is at fault."""

from pathlib import Path


class ModelsError(ValueError):
    """Say what is at fault: the base of this package's errors; the command line prints its message
    on one line."""


_MOST_CHARACTERS = 500


class DataError(ModelsError):
    """Say that a data file or image cannot be used; the message names the file and the reason.

    Of what a file holds, the reason may quote anything: it is cut where it grows long, and shows
    what a terminal would obey.
    """

    def __init__(self, path: str | Path, reason: str) -> None:
        reason = "".join(c if c.isprintable() else repr(c)[1:-1] for c in reason)
        if len(reason) > _MOST_CHARACTERS:
            reason = f"{reason[:_MOST_CHARACTERS]}..."
        super().__init__(f"{path}: {reason}")
        self.path = Path(path)
        self.reason = reason

    def __reduce__(self) -> tuple:
        return type(self), (self.path, self.reason)


class ModelFileError(DataError):
    """Say that a model cannot be read from a file, or written to it: it is missing, damaged,
    forged, of another kind, or not to be had from the system."""


class ParameterError(ModelsError):
    """Say that an estimator was given a parameter outside its range."""


class DivergenceError(ModelsError, ArithmeticError):
    """Say that the cost became infinite or NaN while training."""
