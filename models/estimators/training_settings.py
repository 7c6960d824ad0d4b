"""The settings that models share, each declared once, in the order of the constructors."""

from typing import Any

from ..parts.optimizers import OPTIMIZERS
from ..training.early_stopping import StoppingRule
from .protocol import BaseEstimator
from .ranges import BACK_END, FLAG, SEED, Described, Fraction, Integer, OneOf, Real, Stopping
from .settings import Option, setting, settings


@settings
class TrainingSettings(BaseEstimator):
    """Hold the settings that say how a model is trained.

    Those that not every model has (`init=False`) keep their values here where a subclass gives
    them no default of its own.
    """

    learning_rate: float | None = setting(
        "step size of the optimiser",
        Real(),
        default=0.01,
        option=Option("--learning-rate", "R", positive=True),
    )
    batch_size: int | None = setting(
        "samples of a mini-batch",
        Integer(),
        default=50,
        option=Option("--batch-size", "N"),
        of_training=True,
    )
    max_iter: int = setting(
        "passes over the data, at most",
        Integer(),
        default=1000,
        option=Option("--epochs", "N"),
        of_training=True,
    )
    l1: float = setting(
        "factor of the sum of absolute weights",
        Real(),
        default=0.0,
        option=Option("--l1", "A"),
        init=False,
    )
    l2: float = setting(
        "factor of the sum of squared weights",
        Real(),
        default=0.0,
        option=Option("--l2", "A"),
        init=False,
    )
    optimizer: str = setting(
        "how weights follow the gradient",
        OneOf("optimizer", OPTIMIZERS),
        default="sgd",
        option=Option("--optimizer"),
        init=False,
    )
    shuffle: bool = setting(
        "draw the order of samples anew",
        FLAG,
        default=True,
        of_training=True,
        init=False,
    )
    scale: bool = setting(
        "standardise samples, and targets that are numbers, within the model",
        FLAG,
        default=False,
        init=False,
    )
    tol: float = setting(
        "least change of the cost in 10 epochs that counts as progress; 0: train for all epochs",
        Real(),
        default=0.0,
        of_training=True,
        init=False,
    )
    class_weight: Any = setting(
        "what samples of each class count for",
        Described("None, 'balanced', or a dict from label to weight"),
        default=None,
        of_training=True,
        init=False,
    )
    early_stopping: bool | StoppingRule = setting(
        "stop where the validation error falls no more",
        Stopping(),
        default=False,
        of_training=True,
        init=False,
    )
    validation_fraction: float = setting(
        "share of the samples that validate",
        Fraction(),
        default=0.125,
        of_training=True,
        init=False,
    )
    warm_start: bool = setting(
        "begin a fit with the weights of the one before",
        FLAG,
        default=False,
        of_training=True,
        init=False,
    )

    random_state: Any = setting(
        "seed of all that is random",
        SEED,
        default=None,
        option=Option("--seed", "N", if_none="0"),
        of_training=True,
    )
    dtype: str | None = setting(
        "dtype of the weights",
        Described("float32 or float64, or None: config.floatX"),
        default=None,
    )
    mode: str | None = setting(
        "the back end or device that computes (see symgraph info)",
        BACK_END,
        default=None,
        option=Option("--backend"),
        of_training=True,
    )
    progress: bool | None = setting(
        "draw a bar that follows the epochs",
        Described("True, False, or None: in a terminal or notebook"),
        default=None,
        of_training=True,
    )
