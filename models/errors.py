"""What `symgraph.models` raises when a file, an image or a training run is at fault."""

from pathlib import Path


class ModelsError(ValueError):
    """Base of this package's errors; the command line prints its message on one line."""


class DataError(ModelsError):
    """A data file or image cannot be used; the message names the file and the reason."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = Path(path)
        self.reason = reason

    def __reduce__(self) -> tuple:
        return type(self), (self.path, self.reason)


class ModelFileError(DataError):
    """A saved model is damaged, or holds another architecture than the one asked for."""


class ParameterError(ModelsError):
    """An estimator was given a parameter outside its range."""


class DivergenceError(ModelsError, ArithmeticError):
    """The cost became infinite or NaN while training."""
