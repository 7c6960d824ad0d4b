"""`symgraph sample`: what a trained model makes up: a text, or pictures of digits."""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from .. import plots
from ..datasets import load_data
from ..datasets.images import FRAME
from ..errors import ModelFileError
from ..estimators.persistence import load
from ..reports.boltzmann import dreams
from .readers import positive_int, seed, share
from .table_options import TABLE_OPTIONS, add_table_options, form_of

SUMMARY = "let a trained model make something up: char-rnn writes, rbm dreams of digits"

_CHARACTERS, _GIBBS_STEPS, _CHAINS = 1000, 1000, 18


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the model, how much, from where, and how freely."""
    parser.add_argument("model", metavar="FILE", type=Path, help="saved by symgraph train")
    parser.add_argument(
        "--length",
        metavar="N",
        type=positive_int,
        default=_CHARACTERS,
        help=f"characters to write (char-rnn), Gibbs steps (rbm); {_CHARACTERS:,} unless given",
    )
    parser.add_argument("--start", metavar="TEXT", help="what the text goes on from (char-rnn)")
    parser.add_argument(
        "--temperature",
        metavar="T",
        type=share,
        help="1: characters as likely as the model finds them; less: surer; 0: always the "
        "likeliest (char-rnn)",
    )
    parser.add_argument("--seed", metavar="N", type=seed, help="the same makes the same up again")
    parser.add_argument(
        "--data",
        metavar="PATH",
        type=Path,
        help="where the digits are from that dreams begin with (rbm); as for symgraph train",
    )
    add_table_options(parser)
    parser.add_argument(
        "--plots", metavar="DIR", type=Path, help="the picture (rbm; default: beside the model)"
    )
    parser.set_defaults(misuse=parser.error)


def run(options: argparse.Namespace) -> int:
    """Print the text, or where the picture is."""
    model = load(options.model)
    if not hasattr(model, "sample"):
        kind = type(model).__name__
        raise ModelFileError(options.model, f"a {kind} makes nothing up; symgraph predict asks it")
    make = _write if hasattr(model, "alphabet_") else _dream
    make(model, options)
    return 0


def _refuse(options: argparse.Namespace, model: Any, *names: str) -> None:
    for name in names:
        if getattr(options, name) is not None:
            kind = type(model).__name__
            options.misuse(f"--{name.replace('_', '-')} is no option for a {kind}")


def _write(model: Any, options: argparse.Namespace) -> None:
    _refuse(options, model, "data", "plots", *TABLE_OPTIONS)
    start = options.start or ""
    temperature = 1.0 if options.temperature is None else options.temperature
    text = model.sample(options.length, start, temperature, options.seed)
    # A pipe takes what a terminal may not be able to show.
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    print(start + text)


def _dream(model: Any, options: argparse.Namespace) -> None:
    _refuse(options, model, "start", "temperature")
    if model.n_features_in_ != FRAME * FRAME:
        raise ModelFileError(
            options.model, f"it learned {model.n_features_in_} features, not pictures of digits"
        )
    data = load_data(options.data, form=form_of(options))
    drawn = int(np.random.SeedSequence().generate_state(1)[0])
    chosen = drawn if options.seed is None else options.seed
    figure = dreams(model, data, _CHAINS, options.length, chosen)
    folder = options.plots or options.model.parent
    print(f"drawn: {plots.save(figure, folder / 'samples.png')}")
