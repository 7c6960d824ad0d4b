"""What becomes of a rule that fails: it is left out where it does, and a warning names it.

A rule only ever makes a program better, so that its own mistakes are no reason not to run the
program. Where they should be errors, as in our tests, Python's filters make them so:
`warnings.simplefilter("error", RuleFailed)`.
"""

from symgraph.graph import Apply, warn


class RuleFailed(RuntimeWarning):
    """A rewriting rule raised an exception, and was left out: a defect of the rule."""


class NotSettled(RuleFailed):
    """Rules undo each other: a defect of the rules, never of the user's program."""


def skip_rule(name: str, node: Apply | None, error: Exception) -> None:
    """Warn that a rule is left out, of one node or of a whole graph, since it raised `error`."""
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
