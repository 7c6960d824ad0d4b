"""Options of `symgraph train`: those of the settings of all models, its data, its files."""

import argparse
from functools import cache
from pathlib import Path
from typing import Any

from symgraph.compile import default_mode

from ..catalogue import specs
from ..datasets import TableForm
from ..estimators.ranges import BACK_END, SEED, Integer, LayerSizes, OneOf
from ..estimators.settings import Setting, SwitchOption, settings_of
from . import readers
from .table_options import TABLE_OPTIONS, add_table_options, form_of

# With --resume all else is as the file says.
_WITH_RESUME = ("max_iter",)


@cache
def options_of_settings() -> dict[str, dict[str, Setting]]:
    """Return, for each flag, the setting that it changes of each model that has it.

    Flags that more models have come first.
    """
    found: dict[str, dict[str, Setting]] = {}
    for spec in specs().values():
        for setting in settings_of(spec.estimator).values():
            if setting.option is not None:
                found.setdefault(setting.option.flag, {})[spec.name] = setting
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def _reading(setting: Setting) -> dict[str, Any]:
    """Return how argparse reads a setting."""
    option, range_ = setting.option, setting.range
    assert option is not None
    if isinstance(option, SwitchOption):
        return {"action": "store_const", "const": option.value, "help": option.text}
    told = {"help": setting.text}
    if range_ is BACK_END:
        return told | {"type": readers.back_end, "metavar": "NAME"}
    if isinstance(range_, OneOf):
        return told | {"choices": sorted(range_.names)}
    if range_ is SEED:
        reader: Any = readers.seed
    elif isinstance(range_, LayerSizes):
        reader = readers.sizes
    elif isinstance(range_, Integer):
        reader = readers.natural if range_.least == 0 else readers.positive_int
    else:
        reader = readers.positive_float if option.positive else readers.share
    return told | {"type": reader, "metavar": option.metavar}


def _defaults(flag: str) -> str:
    """Return a text such as `(default: mlp 20, logistic 100)`, of the models that have the
    setting."""
    by_value: dict[str, list[str]] = {}
    by_model = options_of_settings()[flag]
    for name, setting in by_model.items():
        value = specs()[name].settings.get(setting.name, setting.default)
        by_value.setdefault(_shown(setting, value), []).append(name)
    if len(by_value) == 1:
        (value,) = by_value
        models = "" if len(by_model) == len(specs()) else f"({', '.join(by_model)}) "
        return f"{models}(default: {value})"
    told = [f"{', '.join(names)} {value}" for value, names in by_value.items()]
    return f"(default: {'; '.join(told)})"


def _shown(setting: Setting, value: Any) -> str:
    """Return a default as it would be typed."""
    option = setting.option
    assert option is not None
    if isinstance(option, SwitchOption):
        return "on" if value == option.value else "off"
    if setting.range is BACK_END:
        return default_mode()
    if value is None:
        return option.if_none
    if isinstance(value, (tuple, list)):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


class _WithDefaults(argparse.HelpFormatter):
    """Show the default of each setting. It is asked for only when help is."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.dest in options_of_settings():
            return f"{action.help} {_defaults(action.dest)}".replace("%", "%%")
        return action.help


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the network, its data, its settings, and where things go."""
    parser.formatter_class = _WithDefaults
    parser.add_argument("network", choices=specs(), help="see symgraph list")
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
    for flag, by_model in options_of_settings().items():
        # Where some have several hidden layers, several sizes are read for all.
        found = [setting for setting in by_model.values() if isinstance(setting.range, LayerSizes)]
        setting = next(iter([*found, *by_model.values()]))
        parser.add_argument(flag, dest=flag, **_reading(setting))
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
    """Return what was named to learn from; ends in a message of misuse where it does not apply."""
    wanted = specs()[options.network].source_option
    for name in ("data", "text"):
        if name != wanted and getattr(options, name) is not None:
            options.misuse(f"--{name} is no option of {options.network}; it takes --{wanted}")
    source: Path | None = getattr(options, wanted)
    return source


def given_form(options: argparse.Namespace) -> TableForm:
    """Return what is said of a table; ends in a message of misuse where no data are named."""
    if options.data is None:
        for name in TABLE_OPTIONS:
            if getattr(options, name) is not None:
                options.misuse(f"--{name.replace('_', '-')} is of a table, named with --data")
    return form_of(options)


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given; ends in a message of misuse where they do not apply."""
    given = {}
    for flag, by_model in options_of_settings().items():
        value = getattr(options, flag)
        if value is None:
            continue
        if options.network not in by_model:
            options.misuse(f"{flag} is no option of {options.network}")
        setting = by_model[options.network]
        if isinstance(value, tuple) and isinstance(setting.range, Integer):
            if len(value) != 1:
                options.misuse(f"{flag}: {options.network} has one hidden layer, not {len(value)}")
            (value,) = value
        if options.resume is not None and setting.name not in _WITH_RESUME:
            options.misuse(f"{flag} cannot be changed with --resume: the file holds it")
        given[setting.name] = value
    return given
