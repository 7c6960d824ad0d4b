"""The function graph of a specification, and the back end's part in compiling it."""

from symgraph.compile.backends import Backend, Executable
from symgraph.compile.segments import MixedExecutable, is_mixed
from symgraph.compile.specification import Specification
from symgraph.compile.unbundling import bundles_of
from symgraph.graph import FunctionGraph, MissingInputError, SharedVariable, ancestors


def build_graph(specification: Specification) -> FunctionGraph:
    """Return the graph of all computed variables, with the shared variables after the inputs.
    Raises MissingInputError."""
    roots = specification.roots()
    arguments = [entry.formal for entry in specification.inputs]
    known = set(arguments)
    specification.shared = [
        variable
        for variable in ancestors(roots, stop_at=known)
        if isinstance(variable, SharedVariable) and variable not in known
    ]
    arguments += specification.shared
    replaced = specification.replacements()
    specification.bundles = bundles = bundles_of(arguments, roots)
    if bundles is not None:
        arguments, roots = bundles.flat_arguments, bundles.flat_roots
        replaced = bundles.replacements(replaced)
    try:
        return FunctionGraph(arguments, roots, replaced)
    except MissingInputError as error:
        names = ", ".join(str(entry.variable) for entry in specification.inputs) or "none"
        raise MissingInputError(error.variable, f"the inputs are {names}") from None


def compile_graph(backend: Backend, graph: FunctionGraph, name: str) -> Executable:
    """Return the graph compiled: by the back end, or where it holds values other than tensors and
    the back end takes none, in segments."""
    if getattr(backend, "runs_any_type", False) or not is_mixed(graph):
        return backend.compile(graph, name)
    return MixedExecutable(graph, backend, name)
