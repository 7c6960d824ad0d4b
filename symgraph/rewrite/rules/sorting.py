"""Sorting without indices, where nothing needs them."""

from symgraph.graph import Apply, Variable
from symgraph.ops import ArgSort, Sort, TakeOrdered
from symgraph.rewrite.context import RewriteContext
from symgraph.rewrite.engine import context_rule


@context_rule("sorted_values", TakeOrdered)
def sorted_values(node: Apply, context: RewriteContext) -> Variable | None:
    """x[argsort(x)] → sort(x), and x[i[argsort(x[i])]] → sort(x[i]), where nothing else needs the
    order: numbers move alone"""
    x, order = node.inputs
    inner = order.owner
    if inner is None or not context.used_once(order):
        return None
    if isinstance(inner.op, TakeOrdered):
        chosen, inner = inner.inputs[0], inner.inputs[1].owner
        if inner is None or not _takes(inner.inputs[0], x, chosen):
            return None
        x = inner.inputs[0]
    return Sort()(x) if isinstance(inner.op, ArgSort) and inner.inputs[0] is x else None


def _takes(value: Variable, x: Variable, order: Variable) -> bool:
    """Return whether a value is the elements of x in an order."""
    node = value.owner
    if node is None or not isinstance(node.op, TakeOrdered):
        return False
    return node.inputs[0] is x and node.inputs[1] is order


RULES = [sorted_values]
