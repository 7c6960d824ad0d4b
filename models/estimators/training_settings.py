"""The settings that models share, each declared once, in the order of the constructors."""

from typing import Any

from sklearn.base import BaseEstimator

from ..parts.optimizers import OPTIMIZERS
from ..training.early_stopping import StoppingRule
from .ranges import BACK_END, FLAG, SEED, Choice, Described, Fraction, Real, Rule, Whole
from .settings import Option, setting, settings


@settings
class TrainingSettings(BaseEstimator):
    """Hold the settings that say how a model is trained.

    Those that not every model has (`init=False`) keep their values here where a subclass gives
    them no default of its own.
    """

    learning_rate: float | None = setting(
        0.01,
        "step size of the optimiser",
        Real(),
        option=Option("--learning-rate", "R", positive=True),
    )
    batch_size: int | None = setting(
        50,
        "samples of a mini-batch",
        Whole(),
        option=Option("--batch-size", "N"),
        of_training=True,
    )
    max_iter: int = setting(
        1000,
        "passes over the data, at most",
        Whole(),
        option=Option("--epochs", "N"),
        of_training=True,
    )
    l1: float = setting(
        0.0, "factor of the sum of absolute weights", Real(), option=Option("--l1", "A"), init=False
    )
    l2: float = setting(
        0.0, "factor of the sum of squared weights", Real(), option=Option("--l2", "A"), init=False
    )
    optimizer: str = setting(
        "sgd",
        "how weights follow the gradient",
        Choice("optimizer", OPTIMIZERS),
        option=Option("--optimizer"),
        init=False,
    )
    shuffle: bool = setting(
        True, "draw the order of samples anew", FLAG, of_training=True, init=False
    )
    scale: bool = setting(
        False,
        "standardise samples, and targets that are numbers, within the model",
        FLAG,
        init=False,
    )
    tol: float = setting(
        0.0,
        "least change of the cost in 10 epochs that counts as progress; 0: train for all epochs",
        Real(),
        of_training=True,
        init=False,
    )
    class_weight: Any = setting(
        None,
        "what samples of each class count for",
        Described("None, 'balanced', or a dict from label to weight"),
        of_training=True,
        init=False,
    )
    early_stopping: bool | StoppingRule = setting(
        False, "stop where the validation error falls no more", Rule(), of_training=True, init=False
    )
    validation_fraction: float = setting(
        0.125, "share of the samples that validate", Fraction(), of_training=True, init=False
    )
    warm_start: bool = setting(
        False, "begin a fit with the weights of the one before", FLAG, of_training=True, init=False
    )

    random_state: Any = setting(
        None,
        "seed of all that is random",
        SEED,
        option=Option("--seed", "N", if_none="0"),
        of_training=True,
    )
    dtype: str | None = setting(
        None, "dtype of the weights", Described("float32 or float64, or None: config.floatX")
    )
    mode: str | None = setting(
        None,
        "what compiles (see symgraph info)",
        BACK_END,
        option=Option("--backend"),
        of_training=True,
    )
    progress: bool | None = setting(
        None,
        "draw a bar that follows the epochs",
        Described("True, False, or None: in a terminal or notebook"),
        of_training=True,
    )
