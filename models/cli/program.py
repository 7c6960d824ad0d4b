"""The command line: `symgraph train`, `predict`, `sample`, `list`, `info` and `cache`.

Exit codes: 0 success; 1 data, a model file or training is at fault; 2 the command was misused;
130 interrupted. Mistakes are told in one line on standard error, never by a traceback.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import symgraph

from ..errors import ModelsError
from ..suggestions import did_you_mean
from . import cache, info, listing, predict, sample, train

FAILURE, MISUSE, INTERRUPTED = 1, 2, 130

_COMMANDS = {
    "train": train,
    "predict": predict,
    "sample": sample,
    "list": listing,
    "info": info,
    "cache": cache,
}


class _Parser(argparse.ArgumentParser):
    """Tell a mistake in one line, and what may have been meant."""

    # Adds the options when they are first asked for: those of `train` import all models.
    fill: Callable[[argparse.ArgumentParser], None] | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self.fill is not None:
            fill, self.fill = self.fill, None
            fill(self)
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:
            flag = next((word for word in unknown if word.startswith("-")), unknown[0])
            meant = did_you_mean(flag.split("=")[0], self._option_string_actions)
            self.error(f"unrecognized arguments: {' '.join(unknown)}{meant}")
        return known, unknown

    def error(self, message: str) -> NoReturn:
        # In argparse's words: the choices may be quoted or not.
        if found := re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)$", message):
            message += did_you_mean(found[1], re.findall(r"[\w.-]+", found[2]))
        self.exit(MISUSE, f"{self.prog}: {message} ({self.prog} --help shows how)\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    main_parser = _Parser(
        prog="symgraph",
        description="Train the networks of the books, compiled by symgraph, and use them.",
        epilog="Start with: symgraph train mlp",
    )
    version = f"symgraph {symgraph.__version__}"
    main_parser.add_argument("--version", action="version", version=version)
    commands = main_parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    for name, command in _COMMANDS.items():
        summary = command.SUMMARY
        sub_parser = commands.add_parser(name, help=summary, description=f"{summary}.")
        sub_parser.fill = command.add_options
        sub_parser.set_defaults(run=command.run)
    return main_parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. `arguments` default to the process's own."""
    options = parser().parse_args(arguments)
    try:
        code = options.run(options)
        sys.stdout.flush()
        return code
    except ModelsError as error:
        return _tell(error)
    except MemoryError as error:
        return _tell(f"not enough memory ({error})")
    except KeyboardInterrupt:
        print("symgraph: interrupted", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        # Whoever read the output has left, or the disk it went to is full; nothing may be written
        # there while Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE if isinstance(error, BrokenPipeError) else _tell(error)


def _tell(error: object) -> int:
    print("symgraph:", " ".join(str(error).split()), file=sys.stderr)
    return FAILURE
