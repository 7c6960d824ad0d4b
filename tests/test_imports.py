"""Who may import whom, read from the sources; and what `import symgraph` brings along."""

import ast
import importlib
import os
import subprocess
import sys
import tomllib

import networkx as nx
import pytest
from support.rooms import BACKENDS, LANGUAGE, LLVM, LOWER
from support.source_imports import (
    IMPORTS,
    MODULES,
    ROOT,
    SOURCES,
    TREES,
    Import,
    import_graph,
    imported,
    is_ours,
    room,
    rooms_of,
)

# What stands in for a module until it is used: no part of the language, and for models too.
LAZY = "symgraph.graph.lazy_import"
OF_LANGUAGE = [name for name in MODULES if room(name) not in ("backends", "models")]
OF_BACKENDS = [name for name in MODULES if room(name) == "backends"]
OF_MODELS = [name for name in MODULES if room(name) == "models"]


def test_all_rooms_are_found():
    assert {room(name) for name in OF_LANGUAGE} == LANGUAGE.keys()
    assert len(OF_LANGUAGE) > 40
    assert {"symgraph.backends.llvm", "symgraph.backends.reference"} <= set(OF_BACKENDS)
    assert "symgraph.models.parts.layers" in OF_MODELS


def test_all_kinds_of_imports_are_found():
    """For type checkers, late by a name, late by a name that is known to lie beside."""
    found = {(i.target, i.for_types, i.is_lazy) for name in MODULES for i in IMPORTS[name]}
    assert ("symgraph.graph.variable", False, False) in found
    assert ("symgraph.lower", True, False) in found
    assert ("symgraph.backends.llvm.vecmath", True, False) in found
    assert ("symgraph.backends.llvm.vecmath", False, True) in found
    assert ("symgraph.lower.rules.sorting", False, True) in found


@pytest.mark.parametrize("module", OF_LANGUAGE)
def test_a_room_of_the_language_imports_only_those_below_it(module):
    here = room(module)
    allowed = LANGUAGE[here] | {here}
    found = {room(i.target) for i in IMPORTS[module] if is_ours(i.target)}
    assert found <= allowed


@pytest.mark.parametrize(
    ("package", "table"), [("symgraph.lower", LOWER), ("symgraph.backends.llvm", LLVM)]
)
def test_the_rooms_inside_a_room_import_only_those_below_them(package, table):
    rooms = rooms_of(package)
    assert set(rooms) == table.keys()
    assert [(name, other) for name, other in rooms.edges if other not in table[name]] == []


@pytest.mark.parametrize("table", [LANGUAGE, LOWER, LLVM])
def test_rooms_are_in_an_order(table):
    assert list(nx.simple_cycles(nx.DiGraph(table))) == []


@pytest.mark.parametrize("module", OF_BACKENDS)
def test_back_ends_know_the_language_no_models_and_the_back_ends_that_the_table_names(module):
    own = ".".join(module.split(".")[1:3])
    admitted = {own, *BACKENDS.get(own, ())}
    for name in (i.target for i in IMPORTS[module] if is_ours(i.target)):
        assert room(name) != "models"
        assert room(name) != "backends" or ".".join(name.split(".")[1:3]) in admitted


def public_names(module: str) -> list[str]:
    return importlib.import_module(module).__all__


@pytest.mark.parametrize("module", OF_MODELS)
def test_models_use_the_public_face_alone(module):
    rooms = {"symgraph", *(f"symgraph.{name}" for name in public_names("symgraph"))}
    for statement in ast.walk(TREES[module]):
        for name in filter(is_ours, imported(statement, module)):
            assert name in rooms or name == LAZY or room(name) == "models"
            if isinstance(statement, ast.ImportFrom) and name in rooms:
                names = {alias.name for alias in statement.names}
                assert names <= {*public_names(name), "tensor"}


def test_no_module_imports_itself_in_a_circle():
    """Neither when it runs, nor for type checkers, nor late."""
    assert list(nx.simple_cycles(import_graph())) == []


def has_reason(module: str, found: Import) -> bool:
    """Whether a comment stands above an import or in its line."""
    lines = SOURCES[module].splitlines()
    return "#" in lines[found.line - 1] or lines[found.line - 2].lstrip().startswith("#")


def test_imports_in_functions_are_of_other_libraries_and_tell_why():
    """One of ours would hide a circle, or do on each call what should be done once."""
    for module in MODULES:
        inside = [i for i in IMPORTS[module] if i.in_function and not i.is_lazy]
        targets = {i.target.partition(".")[0] for i in inside}
        assert not targets & {"symgraph", *sys.stdlib_module_names}, module
        assert [i for i in inside if not has_reason(module, i)] == [], module


def test_type_checkers_see_what_is_imported_late():
    """A `LazyModule` between our own files would hide from them what is taken from it; that of a
    room for its own rules, which it finds by name, does not cross a border."""
    for module in MODULES:
        typed = {i.target for i in IMPORTS[module] if i.for_types}
        late = {i.target for i in IMPORTS[module] if i.is_lazy and is_ours(i.target)}
        assert {name for name in late if not name.startswith(f"{module}.")} <= typed, module


@pytest.mark.parametrize("module", OF_LANGUAGE)
def test_the_language_imports_nothing_foreign_but_numpy(module):
    """Other libraries are imported when first used, through LazyModule."""
    known = {*sys.stdlib_module_names, "numpy", "symgraph"}
    found = {i.target.partition(".")[0] for i in IMPORTS[module] if not i.is_lazy}
    assert found <= known


@pytest.mark.parametrize("face", ["symgraph", "symgraph.tensor", "symgraph.gradient"])
def test_importing_the_language_imports_no_large_library(face):
    large = ["scipy", "networkx", "sklearn", "matplotlib", "tqdm", "PIL"]
    large += ["numpy.random", "numpy.fft"]
    program = f"import sys, {face}\nprint([name for name in {large} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (run.stdout.strip(), run.stderr) == ("[]", "")


@pytest.mark.parametrize(("mode", "libraries"), [("reference", []), ("llvm", ["llvmlite"])])
def test_of_back_ends_the_one_that_is_set_is_imported_alone(mode, libraries):
    program = (
        "import sys, symgraph\n"
        "print({n.split('.')[2] for n in sys.modules if n.startswith('symgraph.backends.')})\n"
        "print([n for n in ('llvmlite', 'pyopencl') if n in sys.modules])\n"
    )
    environment = os.environ | {"SYMGRAPH_FLAGS": f"mode={mode}"}
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    assert (run.stdout, run.stderr) == (f"{ {mode} }\n{libraries}\n", "")


def test_a_back_end_that_cannot_be_imported_is_told_when_it_is_used():
    program = (
        "import sys\n"
        "sys.modules['llvmlite'] = None\n"
        "import symgraph as sg, symgraph.tensor as T\n"
        "x = T.dscalar()\n"
        "assert sg.function([x], x + 1, mode='reference')(1) == 2\n"
        "sg.function([x], x + 1)\n"
    )
    environment = os.environ | {"SYMGRAPH_FLAGS": "mode=llvm"}
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    assert run.returncode == 1
    assert "ModuleNotFoundError: import of llvmlite halted" in run.stderr


def test_the_wheel_holds_every_package():
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = [n for n, path in MODULES.items() if path.name == "__init__.py"]
    assert sorted(configuration["tool"]["setuptools"]["packages"]) == sorted(
        [*packages, *([] if "symgraph" in packages else ["symgraph"])]
    )
