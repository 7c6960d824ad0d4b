"""Where a run leaves its model and its pictures, so that it takes nothing from another run."""

import argparse
import contextlib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError, ModelFileError
from ..files import check_writable, make_folder
from .progress_reporter import say

_MODEL = "model.safetensors"


@dataclass(frozen=True)
class RunFolder:
    """Name the folder of the pictures, and the file of the model."""

    folder: Path
    file: Path


@contextmanager
def run_folder(options: argparse.Namespace, name: str) -> Iterator[RunFolder]:
    """Give the place where the run of the network `name` puts things, known to be writable before
    it begins.

    A run that goes on with a saved model stays with its file. Another takes a folder of its own,
    symgraph-NAME or one with a number behind it, unless told where to: then it needs
    `options.overwrite` to replace a model that is there. A new folder that is left empty goes.
    """
    new = options.plots is None and options.resume is None
    folder = _own_folder(f"symgraph-{name}", options.overwrite) if new else options.plots
    try:
        file = options.save or options.resume or folder / _MODEL
        folder = file.parent if folder is None else folder
        for needed in (folder, file.parent):
            make_folder(needed)
        check_writable(file, ModelFileError)
        if file.exists() and not options.overwrite and not _is_same(file, options.resume):
            raise ModelFileError(
                file,
                "is there already, from another run: add --overwrite to replace it, or name "
                "another file with --save",
            )
        yield RunFolder(folder, file)
    finally:
        if new:
            with contextlib.suppress(OSError):  # something is in it
                folder.rmdir()


def _own_folder(name: str, overwrite: bool) -> Path:
    if overwrite:
        return Path(name)
    for number in itertools.count(1):
        folder = Path(name if number == 1 else f"{name}-{number}")
        try:
            # The folder belongs to the one of several runs that makes it.
            folder.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise DataError(folder, error.strerror or str(error)) from None
        if number > 1:
            say(f"{name} is of another run, so this one goes to {folder} (--overwrite replaces it)")
        break
    return folder


def _is_same(file: Path, other: Path | None) -> bool:
    return other is not None and other.exists() and file.samefile(other)
