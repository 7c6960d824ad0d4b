"""The passes by which a function is compiled, and a second run of them for display."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from symgraph.compile.backends import Executable, LoweredExecutable
from symgraph.compile.explanation import named_rules
from symgraph.debug import debugprint, pprint
from symgraph.graph import (
    Constant,
    FunctionGraph,
    LazyModule,
    PassRun,
    Variable,
    Watch,
    config,
    graph_inputs,
    one_location,
    pass_of,
    run_passes,
)
from symgraph.ops.inner_graph import InnerGraphOp
from symgraph.rewrite import make_lazy, rewrite_graph

difflib: Any = LazyModule("difflib")


def rewrite(
    graph: FunctionGraph,
    record: Callable[..., None] | None = None,
    watch: Watch[FunctionGraph] | None = None,
) -> None:
    """Rewrite a graph under the current flags, and sink into branches what only they need. `record`
    is called for each step, `watch` observes the passes."""
    if config.optimizer != "None":
        exclude, include = named_rules()
        rewrite_graph(graph, exclude, record, include, watch)
    if watch is not None or any(isinstance(n.op, InnerGraphOp) for n in graph.toposort()):
        run_passes([pass_of(make_lazy)], graph, watch)


def print_step(phase: str, rule: str, before: Variable, after: Variable) -> None:
    """Print a step of rewriting to standard error."""
    print(f"{phase}, {rule}: {pprint(before)} → {pprint(after)}", file=sys.stderr)


def run_again(
    outputs: Sequence[Variable], executable: Executable, wanted: str | None = None
) -> list[PassRun]:
    """Rewrite the graph of `outputs` again, and let the back end lower its own again if it does so
    in passes. Returns a record of each pass, with the text after the one wanted."""
    inputs = [v for v in graph_inputs(outputs) if not isinstance(v, Constant)]
    watch = Watch(_text_of, wanted)
    with one_location():
        rewrite(FunctionGraph(inputs, list(outputs)), watch=watch)
        if isinstance(executable, LoweredExecutable):
            return [*watch.runs, *executable.lowering(_text_of, wanted)]
        return watch.runs


def text_behind(runs: Sequence[PassRun], name: str) -> str:
    """Return the text after the pass of that name. Raises ValueError where there is none."""
    for run in runs:
        if run.text is not None:
            return run.text
    names = [run.name for run in runs]
    near = difflib.get_close_matches(name, names, 1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise ValueError(f"there is no pass {name!r}{hint} The passes are {', '.join(names)}")


def _text_of(graph: FunctionGraph) -> str:
    return str(debugprint(graph, file="str"))
