"""Nested tuples, lists and dicts of variables, flattened to lists."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def flat(tree: Any, path: str) -> list[tuple[str, Any]]:
    """Return the leaves of a tree in order, each with the path to it; None has no leaves."""
    leaves: list[tuple[str, Any]] = []
    stack = [(path, tree)]
    while stack:
        where, entry = stack.pop()
        children = _children(entry)
        if children is not None:
            stack += [(f"{where}[{key!r}]", child) for key, child in reversed(children)]
        elif entry is not None:
            leaves.append((where, entry))
    return leaves


def _children(entry: Any) -> list[tuple[Any, Any]] | None:
    if isinstance(entry, Mapping):
        return list(entry.items())
    if isinstance(entry, list | tuple):
        return list(enumerate(entry))
    return None


def filled(tree: Any, leaves: Iterator[Any]) -> Any:
    """Return a tree of the same structure with other leaves, taken in order."""
    rebuild: Callable[[Any], Any] = lambda child: filled(child, leaves)  # noqa: E731
    if tree is None:
        return None
    if isinstance(tree, Mapping):
        return {key: rebuild(child) for key, child in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(rebuild(child) for child in tree))
    if isinstance(tree, list | tuple):
        return type(tree)(rebuild(child) for child in tree)
    return next(leaves)


def form(tree: Any) -> Any:
    """Return the structure of a tree: for messages, and to compare."""
    return filled(tree, iter(lambda: "*", None))
