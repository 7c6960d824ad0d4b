"""`symgraph list`: the networks there are."""

import argparse

from .catalogue import BOOK, NETWORKS

SUMMARY = "the networks that can be trained, and where they are described"


def add_options(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(options: argparse.Namespace) -> int:
    """Print each network with its source."""
    width = max(map(len, NETWORKS)) + 2
    for network in NETWORKS.values():
        print(f"{network.name:<{width}}{network.summary}")
        print(f"{'':<{width}}{network.source}")
    print(f"\nSections are those of {BOOK}.")
    print("Train one with: symgraph train NAME")
    return 0
