"""Every public name of `symgraph.models` is documented by an example, which runs."""

import doctest
import importlib
import inspect

import pytest
import symgraph.models
from symgraph.models.catalogue import MODELS

PACKAGE = "symgraph.models"
# Modules that are public as a whole; of packages, what they export.
MODULES = [
    *("activations", "costs", "initializers", "layers", "noise", "optimizers"),
    *("training.early_stopping", "training.history"),
]
PACKAGES = ["boltzmann", "convolutional", "datasets", "language", "plots", "recurrent"]


def public(module):
    """The functions and classes that a module defines for others."""
    return [
        value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
    ]


def documented():
    """All that must have an example, each once, by its full name."""
    found = [getattr(symgraph.models, name) for name in symgraph.models.__all__]
    for name in MODULES:
        parts = name if "." in name else f"parts.{name}"
        found += public(importlib.import_module(f"{PACKAGE}.{parts}"))
    for name in PACKAGES:
        package = importlib.import_module(f"{PACKAGE}.{name}")
        exported = [getattr(package, key) for key in package.__all__]
        found += [value for value in exported if callable(value)]
    return {f"{value.__module__}.{value.__qualname__}": value for value in found}


DOCUMENTED = documented()


def test_all_models_are_among_them():
    assert set(MODELS) <= {name.rpartition(".")[2] for name in DOCUMENTED}
    assert len(DOCUMENTED) > 60


@pytest.mark.parametrize("name", DOCUMENTED)
def test_an_example_of_each_runs(name):
    value = DOCUMENTED[name]
    module = inspect.getmodule(value)
    tests = doctest.DocTestFinder(recurse=False).find(value, name, module)
    assert [test for test in tests if test.examples], f"{name} has no example"
    for test in tests:
        failures: list[str] = []
        doctest.DocTestRunner().run(test, out=failures.append)
        assert not failures, "".join(failures)


# Words that begin no sentence of what a function does, or a class.
NO_VERBS = {
    *("A", "An", "The", "All", "Those", "These", "Of", "What", "Which", "Whether", "How"),
    *("Where", "Such", "One", "Both", "Each", "It", "Its"),
}


def parts_of(value):
    """A function or class itself, and the public methods of a class."""
    yield value
    if inspect.isclass(value):
        own = vars(value).items()
        yield from (v for n, v in own if inspect.isfunction(v) and not n.startswith("_"))


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_first_line_says_what_it_does(name):
    for part in parts_of(DOCUMENTED[name]):
        if part.__doc__ is None:
            # A method says what that of its base class does.
            assert part is not DOCUMENTED[name]
            continue
        first = part.__doc__.strip().splitlines()[0]
        assert first.split()[0] not in NO_VERBS, f"{part.__qualname__}: {first}"
        assert len(first) < 100
