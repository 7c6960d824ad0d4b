"""The worked changes of `docs/how-to-add.md`, each applied to a copy of the tree, with its test."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "how-to-add.md").read_text()
BLOCK = re.compile(
    r"^`(?P<file>[^`]+)`, (?:a new file|(?P<side>after|before) the line `(?P<line>[^`]+)`):\n\n"
    r"```\w+\n(?P<text>.*?)```$",
    re.MULTILINE | re.DOTALL,
)
# Of each change the files that it touches, beside its test.
FILES = {
    "An elementwise function": 2,
    "An operation with a lowering": 3,
    "A rewrite rule": 1,
    "A network": 2,
    "A back end": 2,
}


class Edit(NamedTuple):
    """A block of the page: a new file, or text to put beside a line of one."""

    file: str
    text: str
    side: str | None
    line: str | None

    def apply(self, root: Path) -> None:
        path = root / self.file
        if self.line is None:
            assert not path.exists(), f"{path} is there already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text)
            return
        old = path.read_text()
        line = f"{self.line}\n"
        assert old.count(line) == 1, f"{self.line} is not once in {self.file}"
        both = (line, self.text) if self.side == "after" else (self.text, line)
        path.write_text(old.replace(line, "".join(both)))


def changes() -> dict[str, list[Edit]]:
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    return {
        section.partition("\n")[0]: [
            Edit(m["file"], m["text"], m["side"], m["line"]) for m in BLOCK.finditer(section)
        ]
        for section in sections
    }


CHANGES = changes()


def test_every_block_of_code_is_part_of_a_change():
    assert list(CHANGES) == list(FILES)
    assert sum(map(len, CHANGES.values())) == len(re.findall(r"^```\w+$", PAGE, re.MULTILINE))


@pytest.mark.parametrize("name", CHANGES)
def test_it_touches_few_files(name):
    files = {edit.file for edit in CHANGES[name] if not Path(edit.file).name.startswith("test_")}
    assert len(files) == FILES[name]


@pytest.mark.parametrize("name", CHANGES)
def test_the_change_works_as_it_is_written(name, tmp_path):
    for folder in ("symgraph", "backends", "models", "tests"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for edit in CHANGES[name]:
        edit.apply(tmp_path)
    # As in a wheel.
    for folder in ("backends", "models"):
        (tmp_path / "symgraph" / folder).symlink_to(tmp_path / folder)
    paths = [tmp_path, tmp_path / "tests"]
    for project in tmp_path.glob("*/pyproject.toml"):
        install(project)
        paths.append(project.parent)
    tests = [edit.file for edit in CHANGES[name] if Path(edit.file).name.startswith("test_")]
    options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        capture_output=True, text=True, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed in", done.stdout, re.MULTILINE)


def install(project: Path) -> None:
    """Write beside a project what an installer writes of it: its name and its entry points."""
    told = tomllib.loads(project.read_text())["project"]
    folder = project.parent / f"{told['name']}-{told['version']}.dist-info"
    folder.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {told['name']}\nVersion: {told['version']}\n"
    (folder / "METADATA").write_text(metadata)
    lines = []
    for group, entries in told["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in entries.items())]
    (folder / "entry_points.txt").write_text("\n".join(lines))
