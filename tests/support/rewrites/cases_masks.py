"""Examples of rules for what masks select."""

import symgraph.tensor as T
from support.rewrites.case import Case

MM = [(3, 4), (3, 4)]
MV = [(3, 4), (3,)]

CASES = [
    Case("reduction_of_masked", MM, lambda x, m: x[m].sum(),
         lambda x, m: T.switch(T.specify_shape(m, x.shape), x, 0.0).sum(), kinds="fb",
         better=True),
    Case("reduction_of_masked", MV, lambda x, m: x[m].prod(axis=0), kinds="fb", better=True),
    Case("reduction_of_masked", MV, lambda x, m: x[m].sum(), kinds="fb", better=True),
    Case("reduction_of_masked", MM, lambda x, m: T.any((x > 0)[m], axis=0), kinds="fb"),
    Case("reduction_of_masked", MM, lambda x, m: x[m].sum(), kinds="ib"),
    Case("one_number_by_mask", MM, lambda x, m: T.set_subtensor(x[m], 2.0),
         lambda x, m: T.switch(T.specify_shape(m, x.shape), 2.0, x),
         kinds="fb"),
    Case("one_number_by_mask", MV, lambda x, m: T.inc_subtensor(x[m], 2.0), kinds="fb"),
    Case("one_number_by_mask", [*MV, ()], lambda x, m, s: T.set_subtensor(x[m], s), kinds="fbf"),
    Case("one_number_by_mask", [(5,), (5,)],
         lambda x, m: T.inc_subtensor(x[m], T.ones((x[m].shape[0],))), kinds="fb"),
]  # fmt: skip
