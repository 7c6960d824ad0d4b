"""Options of `symgraph train`: their types, which tell a bad value before anything is done."""

import argparse
import math
from pathlib import Path
from typing import Any

import symgraph.models

from symgraph import config
from symgraph.compile import available

from ..activations import ACTIVATIONS
from ..datasets import TableForm
from ..optimizers import OPTIMIZERS
from ..recurrent import CELLS
from .catalogue import NETWORKS


def _whole(text: str, least: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least}")
    return value


def positive_int(text: str) -> int:
    """A whole number from 1."""
    return _whole(text, 1)


def natural(text: str) -> int:
    """A whole number from 0."""
    return _whole(text, 0)


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
        {"type": sizes, "metavar": "N,N...", "help": "units of the hidden layers"},
    ),
    (
        "--activation",
        "activation",
        {"choices": sorted(ACTIVATIONS), "help": "of the hidden units (mlp)"},
    ),
    ("--cell", "cell", {"choices": CELLS, "help": "kind of recurrent layers (char-rnn)"}),
    (
        "--embedding",
        "embedding",
        {
            "type": natural,
            "metavar": "N",
            "help": "numbers learned for each character; 0: none (char-rnn)",
        },
    ),
    (
        "--sequence-length",
        "sequence_length",
        {"type": positive_int, "metavar": "N", "help": "characters of a step (char-rnn)"},
    ),
    (
        "--clip",
        "clip",
        {"type": positive_float, "metavar": "G", "help": "bound of gradients (char-rnn)"},
    ),
    (
        "--dropout",
        "dropout",
        {"type": share, "metavar": "P", "help": "share left out while learning (lstm, lenet-book)"},
    ),
    ("--k", "k", {"type": positive_int, "metavar": "N", "help": "Gibbs steps of learning (rbm)"}),
    (
        "--cd",
        "persistent",
        {
            "action": "store_const",
            "const": False,
            "help": "chains that begin at the samples instead of going on (rbm)",
        },
    ),
    (
        "--backend",
        "mode",
        {"choices": available(), "help": "what compiles (see symgraph info)"},
    ),
)
# A network with one hidden layer has this setting instead.
_ONE_LAYER = {"hidden_layer_sizes": "n_hidden"}
# With --resume all else is as the file says.
_WITH_RESUME = ("max_iter",)


# Options that say what a table is, as attributes.
TABLE_OPTIONS = ("label_column", "separator", "header")
_SEPARATORS = {"tab": "\t", "\\t": "\t", "space": "", " ": "", "comma": ",", "semicolon": ";"}


def separator(text: str) -> str:
    """One character, or the name of one; "" stands for white space."""
    found = _SEPARATORS.get(text, text)
    if found and (len(found) > 1 or found.isalnum() or found in '"\n\r.+-'):
        raise argparse.ArgumentTypeError(f"{text!r} is no separator such as ',', ';', tab or space")
    return found


def add_table_options(parser: argparse.ArgumentParser) -> None:
    """What a table is, where it is not as it seems."""
    parser.add_argument(
        "--label-column",
        metavar="COLUMN",
        help="of a table: where the label or target is: a name, a number from 1, first or last",
    )
    parser.add_argument(
        "--separator",
        metavar="C",
        type=separator,
        help="of a table: what is between its columns: a character, tab or space",
    )
    parser.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="of a table: whether its first line names the columns",
    )


def form_of(options: argparse.Namespace) -> TableForm:
    """What the options say of a table."""
    return TableForm(options.separator, options.header, options.label_column)


def _defaults(setting: str) -> str:
    """Such as `(default: mlp 20, logistic 100)`, of the networks that have the setting."""
    by_value: dict[str, list[str]] = {}
    for network in NETWORKS.values():
        estimator = getattr(symgraph.models, network.estimator)()
        values = estimator.get_params(deep=False) | network.settings()
        known = setting if setting in values else _ONE_LAYER.get(setting, setting)
        if known in values:
            by_value.setdefault(_shown(setting, values[known]), []).append(network.name)
    if len(by_value) == 1:
        return f"(default: {next(iter(by_value))})"
    told = [f"{', '.join(names)} {value}" for value, names in by_value.items()]
    return f"(default: {'; '.join(told)})"


def _shown(setting: str, value: Any) -> str:
    """A default as it would be typed."""
    if setting == "random_state":
        return "0"
    if setting == "mode":
        return str(config.mode)
    if setting == "persistent":
        return "off"
    if value is None:
        return "of its form" if setting == "hidden_layer_sizes" else "chosen from the data"
    if isinstance(value, (tuple, list)):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


class _WithDefaults(argparse.HelpFormatter):
    """Shows the default of each setting. It is asked for only when help is."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if any(action.dest == setting for _, setting, _ in SETTINGS):
            return f"{action.help} {_defaults(action.dest)}".replace("%", "%%")
        return action.help


def add_options(parser: argparse.ArgumentParser) -> None:
    """The network, its data, its settings, and where things go."""
    parser.formatter_class = _WithDefaults
    parser.add_argument("network", choices=NETWORKS, help="see symgraph list")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="PATH",
        help="a folder of MNIST files, mnist.pkl.gz, a .npz or a table such as CSV, with a label "
        "(for linear: a target) in each line; the 5,000 digits (linear: the book's startups) "
        "otherwise",
    )
    add_table_options(parser)
    parser.add_argument(
        "--text",
        type=Path,
        metavar="FILE",
        help="what char-rnn learns, in UTF-8; the help on Python that comes with it otherwise",
    )
    for flag, setting, reading in SETTINGS:
        parser.add_argument(flag, dest=setting, **reading)
    parser.add_argument(
        "--save", type=Path, metavar="FILE", help="the model (default: DIR/model.safetensors)"
    )
    parser.add_argument(
        "--plots",
        type=Path,
        metavar="DIR",
        help="the pictures (default: ./symgraph-NETWORK, or "
        "one with a number where another run has that)",
    )
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="FILE",
        help="go on training a saved model, same data; it is saved there again unless --save is "
        "given",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace another run's model and pictures"
    )
    parser.set_defaults(misuse=parser.error)


def given_source(options: argparse.Namespace) -> Path | None:
    """What was named to learn from; ends in a message of misuse where it does not apply."""
    wanted = NETWORKS[options.network].source_option
    for name in ("data", "text"):
        if name != wanted and getattr(options, name) is not None:
            options.misuse(f"--{name} is no option of {options.network}; it takes --{wanted}")
    source: Path | None = getattr(options, wanted)
    return source


def given_form(options: argparse.Namespace) -> TableForm:
    """What is said of a table; ends in a message of misuse where no data are named."""
    if options.data is None:
        for name in TABLE_OPTIONS:
            if getattr(options, name) is not None:
                options.misuse(f"--{name.replace('_', '-')} is of a table, named with --data")
    return form_of(options)


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given; ends in a message of misuse where they do not apply."""
    network = NETWORKS[options.network]
    known = getattr(symgraph.models, network.estimator)._get_param_names()
    given = {}
    for flag, setting, _ in SETTINGS:
        value = getattr(options, setting)
        if value is None:
            continue
        if setting not in known and (one := _ONE_LAYER.get(setting, setting)) in known:
            if len(value) != 1:
                options.misuse(f"{flag}: {network.name} has one hidden layer, not {len(value)}")
            setting, (value,) = one, value
        if setting not in known:
            options.misuse(f"{flag} is no option of {network.name}")
        if options.resume is not None and setting not in _WITH_RESUME:
            options.misuse(f"{flag} cannot be changed with --resume: the file holds it")
        given[setting] = value
    return given
