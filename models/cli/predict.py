"""`symgraph predict`: what a saved network says of a user's own pictures."""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from .. import plots
from ..datasets import load_image
from ..datasets.images import FRAME
from ..errors import DataError, ModelFileError
from ..estimators.persistence import load

SUMMARY = "what a trained network says of your own pictures"

# Runners-up below this probability are not worth a word.
_LEAST_WORTH_TELLING = 0.001
_RUNNERS_UP = 2


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the model, the pictures, and where to draw the answers."""
    parser.add_argument("model", metavar="FILE", type=Path, help="saved by symgraph train")
    parser.add_argument(
        "images",
        metavar="IMAGE",
        type=Path,
        nargs="+",
        help="a picture of one digit: any size and format, dark on light or light on dark",
    )
    parser.add_argument(
        "--plots",
        metavar="DIR",
        type=Path,
        help="draw each picture with its probabilities into this folder",
    )


def run(options: argparse.Namespace) -> int:
    """Print a line for each picture; 1 when one of them could not be read."""
    model = load(options.model)
    _check_takes_pictures(model, options.model)
    code = 0
    drawn: Counter[str] = Counter()
    for path in options.images:
        try:
            image = load_image(path)
        except DataError as error:
            # The other pictures are still answered.
            print(f"symgraph: {error}", file=sys.stderr)
            code = 1
            continue
        probabilities = model.predict_proba(image[np.newaxis, :])[0]
        answer = describe(probabilities, model.classes_)
        print(f"{path}: {answer}", flush=True)
        if options.plots is not None:
            figure = plots.prediction(
                image,
                (FRAME, FRAME),
                probabilities,
                model.classes_,
                title=f"{path.name}: {answer}",
            )
            drawn[path.stem] += 1
            number = f"-{drawn[path.stem]}" if drawn[path.stem] > 1 else ""
            name = f"{path.stem}-prediction{number}.png"
            print(f"  drawn in {plots.save(figure, options.plots / name)}")
    return code


def describe(probabilities: np.ndarray, classes: np.ndarray) -> str:
    """Return the answer and its probability, then what else was likely: `7 (93.1 %), 9 (6.0 %)`."""
    order = np.argsort(-probabilities, kind="stable")
    told = [k for k in order[1 : 1 + _RUNNERS_UP] if probabilities[k] >= _LEAST_WORTH_TELLING]
    parts = [f"{classes[k]} ({100 * probabilities[k]:.1f} %)" for k in (order[0], *told)]
    return ", ".join(parts)


def _check_takes_pictures(model: Any, path: Path) -> None:
    pixels = FRAME * FRAME
    if not hasattr(model, "predict_proba"):
        raise ModelFileError(path, f"a {type(model).__name__} does not read pictures")
    if model.n_features_in_ != pixels:
        raise ModelFileError(
            path,
            f"this model takes {model.n_features_in_} features, not pictures of {pixels} pixels",
        )
