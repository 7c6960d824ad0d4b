"""Examples of rules for sorting."""

import symgraph.tensor as T
from support.rewrites.case import Case
from symgraph.ops import Sort

CASES = [
    Case("sorted_values", [(3, 4)], T.sort, lambda x: Sort()(x)),
    Case("sorted_values", [(7,)], T.sort, kinds="i"),
    Case("sorted_values", [(5, 3)], lambda x: T.sort(x, axis=0)),
    Case("sorted_values", [(3, 4)], lambda x: T.topk(x, 2)),
    Case("sorted_values", [(6,)], lambda x: T.topk(x, -3), kinds="i"),
]
