"""The imports of the package's modules, read from their sources: all of them, those for type
checkers, those inside functions and those by `LazyModule` included."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).parent.parent.parent
FOLDERS = {"symgraph": "symgraph", "backends": "symgraph.backends", "models": "symgraph.models"}


def _module_names() -> dict[str, Path]:
    """Every module of the package, by the name under which it is imported."""
    names = {}
    for folder, package in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            names[".".join([package, *parts])] = path
    return names


MODULES = _module_names()
SOURCES = {name: path.read_text() for name, path in MODULES.items()}
TREES = {name: ast.parse(source) for name, source in SOURCES.items()}


@dataclass(frozen=True)
class Import:
    """A module that a line of another one imports."""

    target: str
    line: int
    in_function: bool = False
    for_types: bool = False
    is_lazy: bool = False


def imports_of(module: str) -> list[Import]:
    """The imports of a module, in the order of its lines."""
    return list(_imports(TREES[module], module))


def _imports(
    node: ast.AST, module: str, in_function: bool = False, for_types: bool = False
) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        for target in imported(child, module):
            yield Import(target, child.lineno, in_function, for_types)
        for target in _imported_late(child, module):
            yield Import(target, child.lineno, in_function, for_types, is_lazy=True)
        if _is_for_types(child):
            for part, types in ((child.body, True), (child.orelse, for_types)):
                block = ast.Module(part, [])
                yield from _imports(block, module, in_function, types)
        else:
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, module, in_function or function, for_types)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def imported(statement: ast.AST, module: str) -> list[str]:
    """The modules that a statement in `module` imports."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if not isinstance(statement, ast.ImportFrom):
        return []
    source = statement.module or ""
    if statement.level:
        depth = statement.level - (MODULES[module].name == "__init__.py")
        parents = module.split(".")[: len(module.split(".")) - depth]
        source = ".".join([*parents, *source.split(".")]).rstrip(".")
    names = [f"{source}.{alias.name}" for alias in statement.names]
    return [name if name in MODULES else source for name in names]


def _imported_late(node: ast.AST, module: str) -> list[str]:
    """The module that `LazyModule(name)` stands for; those beside `module` where the name is only
    known to lie there."""
    is_lazy = isinstance(node, ast.Call) and ast.unparse(node.func) == "LazyModule"
    if not is_lazy:
        return []
    (name,) = node.args
    if isinstance(name, ast.Constant):
        return [name.value]
    assert ast.unparse(name).startswith("f'{__name__}."), f"{module}: {ast.unparse(node)}"
    return [other for other in MODULES if other.startswith(f"{module}.")]


IMPORTS = {module: imports_of(module) for module in MODULES}


def import_graph() -> nx.DiGraph:
    """An edge from each of our modules to each that it imports."""
    graph = nx.DiGraph()
    graph.add_nodes_from(MODULES)
    for module, found in IMPORTS.items():
        graph.add_edges_from(
            (module, i.target) for i in found if i.target in MODULES and i.target != module
        )
    return graph


def room(module: str, package: str = "symgraph") -> str:
    """The room of a module inside a package; empty for the package itself."""
    return module.removeprefix(package).removeprefix(".").partition(".")[0]


def rooms_of(package: str) -> nx.DiGraph:
    """An edge from each room of a package to each other one that it imports."""
    inside = [name for name in MODULES if name.startswith(f"{package}.")]
    graph = nx.DiGraph()
    graph.add_nodes_from(room(name, package) for name in inside)
    for start, end in import_graph().subgraph(inside).edges:
        if room(start, package) != room(end, package):
            graph.add_edge(room(start, package), room(end, package))
    return graph


def is_ours(module: str) -> bool:
    return module.partition(".")[0] == "symgraph"
