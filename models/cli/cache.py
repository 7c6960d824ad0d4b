"""`symgraph cache`: the machine code that is kept on disk."""

import argparse
from typing import Any

from symgraph.compile import get_backend

SUMMARY = "the compiled code that is kept on disk: where, how much, and to remove it"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what can be done with it."""
    parser.add_argument("--clear", action="store_true", help="remove all of it")


def run(options: argparse.Namespace) -> int:
    """Remove what is kept if asked to; tell what there is."""
    backend: Any = get_backend("llvm")
    store = backend.object_cache()
    if options.clear and store is not None:
        removed = store.clear()
        print(f"removed {removed.entries} functions, {removed.size / 2**20:.1f} MB")
    print(backend.info()["kept code"])
    return 0
