"""Options that say what a table is, where it is not as it seems."""

import argparse

from ..datasets import TableForm
from .readers import separator

# Options that say what a table is, as attributes.
TABLE_OPTIONS = ("label_column", "separator", "header")


def add_table_options(parser: argparse.ArgumentParser) -> None:
    """Add what a table is, where it is not as it seems."""
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
    """Return what the options say of a table."""
    return TableForm(options.separator, options.header, options.label_column)
