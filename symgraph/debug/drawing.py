"""Drawings of graphs: DOT text for Graphviz, and SVG that needs no other program."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symgraph.debug.tree import roots_of
from symgraph.graph import Apply, Constant, LazyModule, SharedVariable, Variable, toposort

html: Any = LazyModule("html")
networkx: Any = LazyModule("networkx")

# The shape and colour of each kind of vertex.
STYLES = {
    "input": ("box", "#cfe2f3"),
    "constant": ("box", "#eeeeee"),
    "shared": ("box", "#d9ead3"),
    "operation": ("ellipse", "#ffffff"),
    "output": ("box", "#f9cb9c"),
}


@dataclass(frozen=True)
class Vertex:
    kind: str
    label: str


@dataclass(frozen=True)
class Picture:
    """The content of a drawing: boxes by key, inputs before their clients, and labelled arrows."""

    vertices: dict[Any, Vertex]
    edges: list[tuple[Any, Any, str]]


def picture(graph: Any) -> Picture:
    """Return the vertices and arrows of a variable, a list of them, a function graph or a
    function."""
    roots = list(roots_of(graph))
    vertices: dict[Any, Vertex] = {}
    edges: list[tuple[Any, Any, str]] = []

    def source(variable: Variable) -> Any:
        if variable.owner is not None:
            return variable.owner
        if variable not in vertices:
            kinds = {Constant: "constant", SharedVariable: "shared"}
            label = f"{variable}\n{variable.type}"
            vertices[variable] = Vertex(kinds.get(type(variable), "input"), label)
        return variable

    for node in toposort([variable for variable, _ in roots]):
        sources = [source(variable) for variable in node.inputs]
        vertices[node] = Vertex("operation", _title(node))
        for position, (key, variable) in enumerate(zip(sources, node.inputs, strict=True)):
            # The box of a leaf already shows its type.
            notes = [str(position)] * (len(sources) > 1)
            notes += [str(variable.type)] * (variable.owner is not None)
            edges.append((key, node, ": ".join(notes)))
    for number, (variable, note) in enumerate(roots):
        key = source(variable)
        label = note or f"output {number}" * (len(roots) > 1) or "output"
        vertices["output", number] = Vertex("output", f"{label}\n{variable.type}")
        edges.append((key, ("output", number), ""))
    return Picture(vertices, edges)


def _title(node: Apply) -> str:
    names = [variable.name for variable in node.outputs if variable.name is not None]
    return "\n".join([str(node.op), *map(repr, names)])


def to_dot(graph: Any) -> str:
    """Return a graph in Graphviz's DOT language.

    graph: a variable, a list of them, a function graph or a function.
    Returns a str. Raises TypeError for anything but a graph.

    >>> sg.debug.to_dot(T.dscalar("x") + 1).split()[0]
    'digraph'
    """
    drawn = picture(graph)
    names = {key: f"n{number}" for number, key in enumerate(drawn.vertices)}
    lines = ["digraph {", '  node [style=filled, fontname="sans-serif"];']
    for key, vertex in drawn.vertices.items():
        shape, colour = STYLES[vertex.kind]
        lines.append(
            f'  {names[key]} [label={_quoted(vertex.label)}, shape={shape}, fillcolor="{colour}"];'
        )
    for start, end, label in drawn.edges:
        suffix = f" [label={_quoted(label)}]" if label else ""
        lines.append(f"  {names[start]} -> {names[end]}{suffix};")
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def to_svg(graph: Any) -> str:
    """Return a graph as an SVG picture: what an operation needs stands above it.

    graph: a variable, a list of them, a function graph or a function.
    Returns a str. Raises TypeError for anything but a graph.

    >>> sg.debug.to_svg(T.dscalar("x") + 1)[:4]
    '<svg'
    """
    drawn = picture(graph)
    rows = _rows(drawn)
    boxes = dict(_boxes(rows, drawn))
    width = max((box.x + box.width for box in boxes.values()), default=0) + _GAP
    height = max((box.y + box.height for box in boxes.values()), default=0) + _GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}" font-family="sans-serif" font-size="12">',
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8"'
        ' markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    ]
    lines += [_arrow(boxes[start], boxes[end], label) for start, end, label in drawn.edges]
    lines += [_shape(boxes[key], vertex) for key, vertex in drawn.vertices.items()]
    return "\n".join([*lines, "</svg>"])


def draw(graph: Any, path: str | Path) -> None:
    """Write a picture of a graph to a file.

    graph: a variable, a list of them, a function graph or a function.
    path: its suffix decides: .svg, or .dot for Graphviz.
    Returns nothing. Raises ValueError for another suffix, TypeError for anything but a graph.

    >>> import os, tempfile
    >>> sg.debug.draw(T.dscalar("x") + 1, os.path.join(tempfile.mkdtemp(), "graph.svg"))
    """
    path = Path(path)
    writers = {".svg": to_svg, ".dot": to_dot}
    if path.suffix not in writers:
        raise ValueError(f"draw: a picture ends in {' or '.join(writers)}, not {path.name!r}")
    path.write_text(writers[path.suffix](graph), encoding="utf-8")


_GAP = 24.0
_LINE = 15.0
_CHARACTER = 7.0


@dataclass(frozen=True)
class _Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


def _rows(drawn: Picture) -> list[list[Any]]:
    """Return the vertices in rows by the length of the longest path to them; within a row near
    their sources."""
    graph = networkx.MultiDiGraph()
    graph.add_nodes_from(drawn.vertices)
    graph.add_edges_from((start, end) for start, end, _ in drawn.edges)
    levels = enumerate(networkx.topological_generations(graph))
    depth = {key: level for level, keys in levels for key in keys}
    for key in drawn.vertices:
        if not graph.in_degree(key) and graph.out_degree(key):
            # A vertex without inputs stands just above its first client, not at the top.
            depth[key] = min(depth[target] for target in graph.successors(key)) - 1
    rows: list[list[Any]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for key in drawn.vertices:
        rows[depth[key]].append(key)
    place: dict[Any, float] = {}
    for row in rows:
        wanted = {
            key: sum(place[source] for source, _ in graph.in_edges(key)) / graph.in_degree(key)
            if graph.in_degree(key)
            else 0.0
            for key in row
        }
        row.sort(key=wanted.__getitem__)
        place |= {key: (position + 0.5) / len(row) for position, key in enumerate(row)}
    return rows


def _boxes(rows: list[list[Any]], drawn: Picture) -> Iterator[tuple[Any, _Box]]:
    def width(key: Any) -> float:
        return _CHARACTER * max(map(len, drawn.vertices[key].label.split("\n"))) + 2 * _LINE

    widest = max((sum(map(width, row)) + _GAP * len(row) for row in rows), default=0.0)
    y = _GAP
    for row in rows:
        x = _GAP + (widest - sum(map(width, row)) - _GAP * len(row)) / 2
        tallest = 0.0
        for key in row:
            height = _LINE * (drawn.vertices[key].label.count("\n") + 2)
            yield key, _Box(x, y, width(key), height)
            x += width(key) + _GAP
            tallest = max(tallest, height)
        y += tallest + 2 * _GAP


def _arrow(start: _Box, end: _Box, label: str) -> str:
    x1, y1, x2, y2 = start.middle, start.y + start.height, end.middle, end.y
    line = f'<path d="M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}" stroke="#555" fill="none"'
    text = f'<text x="{(x1 + x2) / 2:.0f}" y="{(y1 + y2) / 2:.0f}" fill="#555">{html.escape(label)}'
    return f'{line} marker-end="url(#arrow)"/>' + (f"{text}</text>" if label else "")


def _shape(box: _Box, vertex: Vertex) -> str:
    shape, colour = STYLES[vertex.kind]
    radius = box.height / 2 if shape == "ellipse" else 0
    lines = [
        f'<rect x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{box.height:.0f}"'
        f' rx="{radius:.0f}" fill="{colour}" stroke="#333"/>'
    ]
    for number, text in enumerate(vertex.label.split("\n")):
        y = box.y + _LINE * (number + 1.25)
        lines.append(
            f'<text x="{box.middle:.0f}" y="{y:.0f}" text-anchor="middle">'
            f"{html.escape(text)}</text>"
        )
    return "\n".join(lines)
