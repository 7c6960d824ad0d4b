"""Handling of rules that fail: the rule is skipped there, and a warning names it.

Rules only improve a program, so a defect in one is no reason not to run the program. Where failures
should be errors, as in symgraph's tests, use Python's warning filters:
`warnings.simplefilter("error", RuleFailed)`.
"""

from symgraph.graph import Apply, warn


class RuleFailed(RuntimeWarning):
    """Warns that a rewrite rule raised an exception and was skipped: a defect of the rule."""


class NotSettled(RuleFailed):
    """Warns that rules undo each other: a defect of the rules, never of the user's program."""


def skip_rule(name: str, node: Apply | None, error: Exception) -> None:
    """Warn that a rule is skipped, for one node or for a whole graph, since it raised `error`."""
    where = ""
    if node is not None:
        types = ", ".join(str(variable.type) for variable in node.inputs)
        where = f" on {node.op} of ({types})"
        if node.location is not None:
            where += f", written at {node.location}"
    message = (
        f"the rewriting rule {name!r} failed{where}: {type(error).__name__}: {error}. The program"
        " is compiled without it, and means the same. This is a mistake in symgraph; until it is"
        f" mended, optimizer_excluding={name} leaves the rule out and keeps this warning away"
    )
    warn(message, RuleFailed, None if node is None else node.location)
