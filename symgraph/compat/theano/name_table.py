"""The table of Theano's public names, for the documentation: where each lives here, or why not.

`python -m symgraph.compat.theano.name_table` prints it.
"""

from collections.abc import Iterator
from importlib import import_module

from symgraph.compat.theano.absent import ABSENT_MODULES, reason_for
from symgraph.compat.theano.lookup import PACKAGE, place_of
from symgraph.compat.theano.public_names import kind_of, public_modules, public_names

_HEAD = """# The names of Theano 1.0

Where each public name of Theano 1.0 lives in symgraph, or why it is not there and what to use
instead. `python -m symgraph.compat.theano script.py` gives programs all of them under Theano's
names. What lives in `symgraph.compat.theano` has Theano's arguments or values, and the rest is
symgraph's own. This page is made by `python -m symgraph.compat.theano.name_table`.
"""


def name_table() -> str:
    """Return the table as a page of Markdown: for each module its names by where they live.

    >>> from symgraph.compat.theano.name_table import name_table
    >>> "## theano.tensor.sort" in name_table()
    True
    """
    parts = [_HEAD, _summary()]
    for module in public_modules():
        parts.append(f"## {module}\n")
        parts.extend(_rows(module))
    return "\n".join(parts)


def found_and_missing(module: str) -> tuple[dict[str, str], list[str]]:
    """Return where the names of one of Theano's modules live, and those that are not there.

    module: its name in Theano.

    >>> from symgraph.compat.theano.name_table import found_and_missing
    >>> found_and_missing("theano.ifelse")[0]["ifelse"]
    'symgraph.loops'
    """
    here = PACKAGE + module.removeprefix("theano")
    found: dict[str, str] = {}
    missing: list[str] = []
    for name in public_names(module):
        place = None if module in ABSENT_MODULES else _place(here, module, name)
        if place is None:
            missing.append(name)
        else:
            found[name] = place
    return found, missing


def _place(here: str, module: str, name: str) -> str | None:
    if kind_of(module, name) == "module":
        if f"{module}.{name}" in ABSENT_MODULES:
            return None
        try:
            return import_module(f"{here}.{name}").__name__
        except ModuleNotFoundError:
            return None
    return place_of(here, name)


def _rows(module: str) -> Iterator[str]:
    found, missing = found_and_missing(module)
    if module in ABSENT_MODULES:
        yield f"Absent: {ABSENT_MODULES[module]}.\n"
        return
    places: dict[str, list[str]] = {}
    for name, place in found.items():
        places.setdefault(place, []).append(name)
    reasons: dict[str, list[str]] = {}
    for name in missing:
        reasons.setdefault(reason_for(module, name), []).append(name)
    for place, names in sorted(places.items()):
        yield f"- **{place}**: {_listed(names)}"
    for reason, names in reasons.items():
        yield f"- *absent, {reason}*: {_listed(names)}"
    yield ""


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _summary() -> str:
    there = away = 0
    for module in public_modules():
        found, missing = found_and_missing(module)
        there, away = there + len(found), away + len(missing)
    return f"Of {there + away} names in {len(public_modules())} modules {there} are there.\n"


if __name__ == "__main__":
    print(name_table(), end="")
