"""`symgraph list`: the networks there are."""

import argparse

from ..catalogue import BOOK, descriptions

SUMMARY = "the networks that can be trained, and where they are described"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add nothing: it takes no options."""


def run(options: argparse.Namespace) -> int:
    """Print each network with its source."""
    found = descriptions()
    width = max(len(model.name) for model in found) + 2
    for model in found:
        print(f"{model.name:<{width}}{model.summary}")
        print(f"{'':<{width}}{model.source}")
    print(f"\nSections are those of {BOOK}.")
    print("Train one with: symgraph train NAME")
    return 0
