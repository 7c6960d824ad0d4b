"""`symgraph list`: the networks there are."""

import argparse

from ..catalogue import BOOK, specs

SUMMARY = "the networks that can be trained, and where they are described"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add nothing: it takes no options."""


def run(options: argparse.Namespace) -> int:
    """Print each network with its source."""
    found = specs()
    width = max(map(len, found)) + 2
    for spec in found.values():
        print(f"{spec.name:<{width}}{spec.summary}")
        print(f"{'':<{width}}{spec.source}")
    print(f"\nSections are those of {BOOK}.")
    print("Train one with: symgraph train NAME")
    return 0
