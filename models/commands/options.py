"""Options of `symgraph train`: their types, which tell a bad value before anything is done."""

import argparse
import math
from pathlib import Path
from typing import Any

from symgraph.compile import available

from ..activations import ACTIVATIONS
from ..optimizers import OPTIMIZERS
from .catalogue import NETWORKS


def positive_int(text: str) -> int:
    """A whole number from 1."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return value


def seed(text: str) -> int:
    """A whole number that starts a generator: 0 .. 2**32 - 1."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to 4294967295")
    return value


def _real(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    return value if math.isfinite(value) else math.nan


def positive_float(text: str) -> float:
    """A finite number above 0."""
    value = _real(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value


def share(text: str) -> float:
    """A finite number from 0."""
    value = _real(text)
    if not value >= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0")
    return value


def sizes(text: str) -> tuple[int, ...]:
    """Such as `500` or `300,100`."""
    return tuple(positive_int(part) for part in text.split(","))


# Options that change a setting: flag, the setting, and how argparse reads it.
SETTINGS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "--epochs",
        "max_iter",
        {"type": positive_int, "metavar": "N", "help": "passes over the data, at most"},
    ),
    ("--seed", "random_state", {"type": seed, "metavar": "N", "help": "of all that is random"}),
    (
        "--learning-rate",
        "learning_rate",
        {"type": positive_float, "metavar": "R", "help": "of the optimiser"},
    ),
    (
        "--batch-size",
        "batch_size",
        {"type": positive_int, "metavar": "N", "help": "samples of a mini-batch"},
    ),
    (
        "--optimizer",
        "optimizer",
        {"choices": sorted(OPTIMIZERS), "help": "how weights follow the gradient"},
    ),
    ("--l1", "l1", {"type": share, "metavar": "A", "help": "times the sum of absolute weights"}),
    ("--l2", "l2", {"type": share, "metavar": "A", "help": "times the sum of squared weights"}),
    (
        "--hidden",
        "hidden_layer_sizes",
        {"type": sizes, "metavar": "N,N...", "help": "units of the hidden layers (mlp)"},
    ),
    (
        "--activation",
        "activation",
        {"choices": sorted(ACTIVATIONS), "help": "of the hidden units (mlp)"},
    ),
    (
        "--backend",
        "mode",
        {"choices": available(), "help": "what compiles (see symgraph info)"},
    ),
)
# With --resume all else is as the file says.
_WITH_RESUME = ("max_iter",)
_OWN = {name for network in NETWORKS.values() for name in network.own_options}


def add_options(parser: argparse.ArgumentParser) -> None:
    """The network, its data, its settings, and where things go."""
    parser.add_argument("network", choices=NETWORKS, help="see symgraph list")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="PATH",
        help="a folder of MNIST files, mnist.pkl.gz, a .npz or a CSV table with the label (for "
        "linear: the target) first; the 5,000 digits (linear: the book's startups) otherwise",
    )
    for flag, setting, reading in SETTINGS:
        parser.add_argument(flag, dest=setting, **reading)
    parser.add_argument(
        "--save", type=Path, metavar="FILE", help="the model (default: DIR/model.safetensors)"
    )
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="the pictures (default: ./symgraph-NETWORK)"
    )
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="go on training a saved model, same data"
    )
    parser.set_defaults(misuse=parser.error)


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given; ends in a message of misuse where they do not apply."""
    network = NETWORKS[options.network]
    given = {}
    for flag, setting, _ in SETTINGS:
        value = getattr(options, setting)
        if value is None:
            continue
        if setting in _OWN and setting not in network.own_options:
            options.misuse(f"{flag} is no option of {network.name}")
        if options.resume is not None and setting not in _WITH_RESUME:
            options.misuse(f"{flag} cannot be changed with --resume: the file holds it")
        given[setting] = value
    return given
