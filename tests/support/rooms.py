"""Who may import whom: the rooms of the package, and those inside lowering and the LLVM back end.

Each table has for a room those that it may import, besides itself; a room comes behind these.
"""

import networkx as nx

BASE = {"graph", "ops"}
LANGUAGE: dict[str, set[str]] = {
    "graph": set(),
    "ops": {"graph"},
    "debug": BASE,
    "rewrite": BASE,
    "lower": BASE,
    # Of lowering the description of the memory that a call takes, for type checkers alone.
    "compile": BASE | {"debug", "rewrite", "lower"},
    # Updates of shared variables come back from loops in the form that functions take.
    "loops": BASE | {"compile"},
    # `verify_grad` runs functions; Jacobians go over many rows at once.
    "gradient": BASE | {"compile", "loops"},
    # `T.grad` and its like are part of what users write; some functions are loops.
    "tensor": BASE | {"gradient", "loops"},
    "typed_list": BASE,
    # What users write with sparse matrices; `shared` and `verify_grad` serve these too.
    "sparse": BASE | {"tensor"},
    "compat": BASE | {"tensor", "debug", "compile", "gradient", "loops", "rewrite", "sparse", ""},
    # The public face.
    "": BASE | {"tensor", "typed_list", "sparse", "debug", "compile", "gradient", "loops"},
}
BACKENDS = {
    "backends.reference": {"graph", "debug"},
    "backends.llvm": BASE | {"debug", "lower", "compile"},
    # It has LLVM's scalar functions, and keeps what it compiles where LLVM's code is kept.
    "backends.opencl": BASE | {"debug", "lower", "compile", "backends.llvm"},
}
LOWER: dict[str, set[str]] = {
    "target": set(),
    "program": set(),
    "cost": {"target", "program"},
    "extents": {"program"},
    "parallel": {"target", "program", "cost"},
    "analysis": {"target", "program", "cost", "extents", "parallel"},
    "grid": {"target", "program", "parallel"},
    # What writes statements.
    "writing": {"target", "program", "extents"},
    "convolutions": {"program", "writing"},
    "memory": {"program", "extents", "writing"},
    "regions": {"target", "program", "extents", "parallel", "convolutions"},
    "rules": {"program", "extents", "writing", "convolutions"},
    "expansion": {"rules"},
    "fusion": {"target", "program", "cost", "extents", "writing", "rules"},
    "nests": {"target", "program", "cost", "writing", "rules", "fusion"},
    "simplify": {"target", "cost", "extents", "fusion"},
    "verifier": {"program", "regions"},
    # A graph from a graph, before it is lowered.
    "argument_layouts": set(),
}
LOWER["graph_writing"] = set(LOWER) - {
    "analysis", "argument_layouts", "grid", "regions", "verifier"
}  # fmt: skip
# The passes, in their order.
LOWER["pipeline"] = set(LOWER) - {"analysis", "argument_layouts", "grid", "verifier"}
LOWER["watching"] = {"program", "fusion", "verifier", "pipeline"}
LLVM: dict[str, set[str]] = {
    # From LLVM's code to the processor's, with a cache.
    "codegen": set(),
    "table_layouts": set(),
    "interrupts": {"codegen"},
    "vecmath": {"codegen"},
    "emission": {"codegen", "interrupts", "vecmath"},
    "threads": {"codegen", "interrupts", "emission"},
    "routines": {"codegen", "interrupts", "emission", "threads"},
    "host_emission": {
        "codegen", "table_layouts", "interrupts", "emission", "threads", "routines"
    },
    "workspace": {"table_layouts"},
    "linking": {"codegen", "interrupts", "threads", "routines", "host_emission", "workspace"},
    "cpython": {
        "codegen", "table_layouts", "interrupts", "emission", "host_emission", "workspace",
        "linking",
    },
    "memory_orders": set(),
    "runtime": {"table_layouts", "workspace", "linking", "cpython", "memory_orders"},
}  # fmt: skip


def reached(table: dict[str, set[str]], room: str) -> set[str]:
    """The rooms that are there where a room is: itself, and all below it."""
    return {room, *nx.descendants(nx.DiGraph(table), room)}
