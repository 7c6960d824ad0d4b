"""Who may import whom, read from the sources; and what `import symgraph` brings along."""

import ast
import importlib
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = {"symgraph": "symgraph", "backends": "symgraph.backends", "models": "symgraph.models"}

# For each room of the language the rooms that it may import, besides itself.
BASE = {"graph", "ops"}
MAY_IMPORT = {
    "graph": set(),
    "ops": {"graph"},
    "debug": BASE,
    "rewrite": BASE,
    "lower": BASE,
    "compile": BASE | {"debug", "rewrite"},
    # `verify_grad` runs functions; Jacobians go over many rows at once.
    "gradient": BASE | {"compile", "loops"},
    # `T.grad` and its like are part of what users write.
    "tensor": BASE | {"gradient"},
    # Updates of shared variables come back from loops in the form that functions take.
    "loops": BASE | {"compile"},
    "compat": BASE | {"tensor", "debug", "compile", "gradient"},
    # The public face.
    "": BASE | {"tensor", "debug", "compile", "gradient", "loops"},
}
# What stands in for a module until it is used: no part of the language, and for models too.
LAZY = "symgraph.graph.lazy_import"


def module_names() -> dict[str, Path]:
    """Every module of the package, by the name under which it is imported."""
    names = {}
    for folder, package in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            names[".".join([package, *parts])] = path
    return names


MODULES = module_names()
TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def statements(node: ast.AST, inside: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """The import statements that run, each with whether it stands in a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, inside
        elif is_type_checking(child):
            for other in child.orelse:
                yield from statements(other, inside)
        else:
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from statements(child, inside or function)


def imported(statement: ast.AST, module: str) -> list[str]:
    """The modules that a statement in `module` imports."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    assert isinstance(statement, ast.ImportFrom)
    source = statement.module or ""
    if statement.level:
        depth = statement.level - (MODULES[module].name == "__init__.py")
        parents = module.split(".")[: len(module.split(".")) - depth]
        source = ".".join([*parents, *source.split(".")]).rstrip(".")
    names = [f"{source}.{alias.name}" for alias in statement.names]
    return [name if name in MODULES else source for name in names]


IMPORTS = {
    name: [target for statement, _ in statements(tree) for target in imported(statement, name)]
    for name, tree in TREES.items()
}


def room(module: str) -> str:
    """The room of a module of the language; empty for the public face."""
    return module.removeprefix("symgraph").removeprefix(".").partition(".")[0]


def is_ours(module: str) -> bool:
    return module.partition(".")[0] == "symgraph"


LANGUAGE = [name for name in MODULES if room(name) not in ("backends", "models")]
BACKENDS = [name for name in MODULES if room(name) == "backends"]
MODELS = [name for name in MODULES if room(name) == "models"]


def test_all_rooms_are_found():
    assert {room(name) for name in LANGUAGE} <= set(MAY_IMPORT)
    assert len(LANGUAGE) > 40
    assert {"symgraph.backends.llvm", "symgraph.backends.reference"} <= set(BACKENDS)
    assert "symgraph.models.parts.layers" in MODELS
    assert "symgraph.graph.variable" in IMPORTS["symgraph.graph.types"]


@pytest.mark.parametrize("module", LANGUAGE)
def test_a_room_of_the_language_imports_only_those_below_it(module):
    here = room(module)
    allowed = MAY_IMPORT[here] | {here}
    found = {room(name) for name in IMPORTS[module] if is_ours(name)}
    assert found <= allowed | ({""} if here == "" else set())


@pytest.mark.parametrize("module", BACKENDS)
def test_back_ends_know_the_language_but_no_models_and_no_other_back_end(module):
    own = ".".join(module.split(".")[:3])
    for name in filter(is_ours, IMPORTS[module]):
        assert room(name) != "models"
        assert room(name) != "backends" or name == own or name.startswith(f"{own}.")


def public_names(module: str) -> list[str]:
    return importlib.import_module(module).__all__


@pytest.mark.parametrize("module", MODELS)
def test_models_use_the_public_face_alone(module):
    rooms = {"symgraph", *(f"symgraph.{name}" for name in public_names("symgraph"))}
    for statement, _ in statements(TREES[module]):
        for name in filter(is_ours, imported(statement, module)):
            assert name in rooms or name == LAZY or room(name) == "models"
            if isinstance(statement, ast.ImportFrom) and name in rooms:
                names = {alias.name for alias in statement.names}
                assert names <= {*public_names(name), "tensor"}


@pytest.mark.parametrize("module", MODULES)
def test_no_import_of_ours_stands_in_a_function(module):
    """That would hide a circle, or do on each call what should be done once."""
    inside = [
        name
        for statement, function in statements(TREES[module])
        if function
        for name in imported(statement, module)
        if is_ours(name)
    ]
    assert inside == []


def test_no_module_imports_itself_in_a_circle():
    targets = {name: {t for t in IMPORTS[name] if t in MODULES and t != name} for name in MODULES}
    # `static_order` raises CycleError, which names the circle.
    assert len(list(TopologicalSorter(targets).static_order())) == len(MODULES)


@pytest.mark.parametrize("module", LANGUAGE)
def test_the_language_imports_nothing_foreign_but_numpy(module):
    """Other libraries are imported when first used, through LazyModule."""
    known = {*sys.stdlib_module_names, "numpy", "symgraph"}
    assert {name.partition(".")[0] for name in IMPORTS[module]} <= known


@pytest.mark.parametrize("face", ["symgraph", "symgraph.tensor", "symgraph.gradient"])
def test_importing_the_language_imports_no_large_library(face):
    large = ["scipy", "networkx", "sklearn", "matplotlib", "tqdm", "PIL"]
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
