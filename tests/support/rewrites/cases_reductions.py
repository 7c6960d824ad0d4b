"""Examples of rules for reductions."""

import symgraph.tensor as T
from support.rewrites.case import Case
from symgraph.ops import ArgReduce, Reduce, SumTo
from symgraph.ops.constant import number
from symgraph.ops.shape import extents_of


def total(*axes, kind="sum"):
    return Reduce(kind, axes)


def constant(value, like):
    return number(value, like.type.dtype)


def spread(x, axis, extent):
    shape = list(x.shape)
    shape[axis] = extent
    return T.broadcast_to(x, shape)


MATRIX = [(3, 4)]
CASES = [
    *[
        Case("reduce_reduce", MATRIX,
             lambda x, k=kind: total(0, kind=k)(total(1, kind=k)(x)),
             lambda x, k=kind: total(0, 1, kind=k)(x))
        for kind in ("sum", "prod", "max", "min")
    ],
    *[
        Case("reduce_reduce", MATRIX,
             lambda x, k=kind: total(0, kind=k)(total(0, kind=k)(x)),
             lambda x, k=kind: total(0, 1, kind=k)(x), kinds="b")
        for kind in ("all", "any")
    ],
    Case("reduce_reduce", [(2, 3, 4)],
         lambda x: total(1)(total(1)(x)), lambda x: total(1, 2)(x)),
    Case("reduce_ones", MATRIX,
         lambda x: total(0, 2)(x.dimshuffle("x", 0, 1)), lambda x: total(1)(x)),
    Case("reduce_dtype", MATRIX, lambda x: Reduce("sum", (0,), x.type.dtype)(x),
         lambda x: total(0)(x)),
    Case("reduce_ones", [(3,)], lambda x: total(0)(x.dimshuffle("x", 0)), lambda x: x),
    Case("reduce_ones", [(3,)], lambda x: total(0)(x.dimshuffle("x", 0) > 0)),
    Case("reduce_dimshuffle", MATRIX, lambda x: x.T.sum(), lambda x: total(0, 1)(x)),
    Case("reduce_dimshuffle", MATRIX, lambda x: x.T.max(axis=0), lambda x: total(1, kind="max")(x)),
    Case("reduce_dimshuffle", [(2, 3, 4)], lambda x: x.dimshuffle(2, 0, 1).sum(axis=0),
         lambda x: total(2)(x)),
    Case("reduce_broadcast", [(1, 4)], lambda x: spread(x, 0, 3).sum(axis=0),
         lambda x: x.dimshuffle(1) * 3, known=True),
    Case("reduce_broadcast", [(4,), (3,)],
         lambda x, y: spread(x.dimshuffle("x", 0), 0, y.shape[0]).sum(axis=0)),
    Case("reduce_broadcast", [(4,), (0,)],
         lambda x, y: spread(x.dimshuffle("x", 0), 0, y.shape[0]).sum()),
    Case("reduce_broadcast", [(1, 4)], lambda x: spread(x, 0, 3).max(axis=0),
         lambda x: x.dimshuffle(1), known=True),
    Case("sum_of_multiple", MATRIX, lambda x: (2 * x).sum(axis=0),
         lambda x: total(0)(x) * constant(2, x)),
    Case("sum_of_multiple", MATRIX, lambda x: (-x).sum(), lambda x: -total(0, 1)(x)),
    Case("sum_of_multiple", MATRIX, lambda x: (T.sin(x) / 4).sum(),
         lambda x: total(0, 1)(T.sin(x)) / constant(4, x)),
    Case("sum_of_multiple", MATRIX, lambda x: (x / 0.25).sum(),
         lambda x: total(0, 1)(x) / constant(0.25, x)),
    Case("extremum_of_neg", MATRIX, lambda x: (-x).max(axis=0), lambda x: -total(0, kind="min")(x)),
    Case("extremum_of_neg", MATRIX, lambda x: (-x).min(), lambda x: -total(0, 1, kind="max")(x)),
    Case("extremum_of_neg", MATRIX, lambda x: (~x).all(axis=0),
         lambda x: ~total(0, kind="any")(x), kinds="b"),
    Case("argmax_of_increasing", MATRIX, lambda x: T.argmax(T.nnet.softmax(x), axis=1),
         lambda x: ArgReduce("max", 1)(x), better=True),
    Case("argmax_of_increasing", MATRIX, lambda x: T.argmin(-x, axis=0),
         lambda x: ArgReduce("max", 0)(x)),
    Case("argmax_of_increasing", MATRIX, lambda x: T.argmax(T.exp(x), axis=0),
         lambda x: ArgReduce("max", 0)(x), better=True),
    Case("reduce_join", [(2, 3), (4, 3)], lambda x, y: T.concatenate([x, y]).sum(), known=True),
    Case("reduce_join", [(2, 3), (4, 3)], lambda x, y: T.concatenate([x, y]).max(axis=0),
         lambda x, y: T.maximum(total(0, kind="max")(x), total(0, kind="max")(y)), known=True),
    Case("reduce_join", [(2, 3), (4, 3)], lambda x, y: T.concatenate([x, y]).sum(axis=1),
         lambda x, y: T.concatenate([total(1)(x), total(1)(y)]), known=True),
    Case("sum_to_nothing", MATRIX, lambda x: SumTo((None, None))(x, *extents_of(x)), lambda x: x),
    Case("sum_to_known", MATRIX,
         lambda x: SumTo((1, None))(x, T.constant(1), x.shape[1]).dimshuffle(1),
         lambda x: total(0)(x)),
    Case("sum_of_products", [(2, 3), (3, 4)],
         lambda a, b: (a.dimshuffle(0, 1, "x") * b.dimshuffle("x", 0, 1)).sum(axis=1),
         lambda a, b: T.dot(a, b), known=True),
    Case("sum_of_products", [(5, 3), (5, 4)],
         lambda a, b: (a.dimshuffle(0, 1, "x") * b.dimshuffle(0, "x", 1)).sum(axis=0),
         lambda a, b: T.dot(a.T, b), known=True),
    Case("sum_of_products", [(5, 3), (5, 4)],
         lambda a, b: (a.dimshuffle(0, "x", 1) * b.dimshuffle(0, 1, "x")).sum(axis=0),
         lambda a, b: T.dot(b.T, a), known=True),
]  # fmt: skip
