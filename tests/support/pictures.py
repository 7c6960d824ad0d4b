"""What was drawn into a folder."""

from pathlib import Path

from PIL import Image


def pictures(folder: Path) -> set[str]:
    """The names of the pictures in `folder`, all of which are sound."""
    found = set()
    for path in folder.glob("*.png"):
        with Image.open(path) as picture:
            picture.load()
        found.add(path.name)
    return found
