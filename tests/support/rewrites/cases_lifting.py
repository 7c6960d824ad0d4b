"""Examples of rules that move and merge selections, repetitions, joins and writes."""

import symgraph.tensor as T
from support.rewrites.case import Case
from symgraph.ops import BroadcastTo, Join

M = [(3, 4)]
MM = [(3, 4), (3, 4)]
VI = [(5,), ()]


def wide(x, n):
    return T.broadcast_to(x.dimshuffle("x", 0), (n, x.shape[0]))


CASES = [
    Case("whole_subtensor", M, lambda x: x[:], lambda x: x),
    Case("whole_subtensor", M, lambda x: x[0:], lambda x: x),
    Case("whole_subtensor", M, lambda x: x[: x.shape[0], 0 : x.shape[1] : 1], lambda x: x),
    Case("whole_subtensor", M, lambda x: x[:7], lambda x: x, known=True),
    Case("whole_subtensor", M, lambda x: x[0:2, 1:], lambda x: x[:2, 1:]),
    Case("reshape_of_elemwise", M, lambda x: T.exp(-x).flatten(), lambda x: T.exp(-x.flatten())),
    Case("join_of_nothing", [(2, 0), (2, 3)], lambda x, y: T.concatenate([x, y, x], axis=1),
         lambda x, y: y, known=True),
    Case("nothing_written", M, lambda x: T.inc_subtensor(x[1:], 0.0), lambda x: x, known=True),
    Case("nothing_written", M, lambda x: T.set_subtensor(T.zeros_like(x)[1:], 0.0) + x),
    Case("added_scatter", [(5,), (2,)],
         lambda x, y: x - T.inc_subtensor(T.zeros_like(x)[1:3], y),
         lambda x, y: T.inc_subtensor(x[1:3], -y)),
    Case("added_scatter", [(5, 2), (3, 2), (3,)],
         lambda x, y, i: T.inc_subtensor(T.zeros_like(x)[i], y) + x,
         lambda x, y, i: T.inc_subtensor(x[i], y), kinds="ffi"),
    Case("added_scatter", [(5, 2), (3, 2), (3,), (2,)],
         lambda x, y, i, z: x - T.inc_subtensor(
             T.inc_subtensor(T.zeros_like(x)[i], y)[1], z),
         lambda x, y, i, z: T.inc_subtensor(
             T.inc_subtensor(x[i], -y)[1], -z), kinds="ffif"),
    Case("multiple_of_scatter", [(5, 2), (3, 2), (3,), (2,)],
         lambda x, y, i, z: x + T.inc_subtensor(
             T.inc_subtensor(T.zeros_like(x)[i], y)[1], z) / 3,
         lambda x, y, i, z: T.inc_subtensor(
             T.inc_subtensor(x[i], y / 3)[1], z / 3), kinds="ffif", better=True),
    Case("multiple_of_scatter", [(5, 2), (3, 2), (3,), ()],
         lambda x, y, i, s: x - s * T.inc_subtensor(T.zeros_like(x)[i], y) / 2,
         lambda x, y, i, s: T.inc_subtensor(
             x[i], -(y * s.dimshuffle("x", "x") / 2)), kinds="ffif", better=True),
    Case("multiple_of_scatter", [(5,), (2,)],
         lambda x, y: -T.set_subtensor(T.zeros_like(x)[1:3], y)),
    Case("gather_of_all", M, lambda x: x[T.arange(x.shape[0])], lambda x: x),
    Case("whole_subtensor", M, lambda x: x[::-1][1, : x.shape[1]], lambda x: x[::-1][1]),
    Case("whole_subtensor", [(3, 4), (4, 2)],
         lambda a, b: T.dot(a, b) / T.dot(T.exp(a)[:, : b.shape[0]], b),
         lambda a, b: T.dot(a, b) / T.dot(T.exp(a), b)),
    Case("subtensor_subtensor", [(5,)], lambda x: x[::-1][::-1], lambda x: x),
    Case("subtensor_subtensor", M, lambda x: x[:, 1][2], lambda x: x[2, 1]),
    Case("subtensor_subtensor", [(9,)], lambda x: x[2:][3:], lambda x: x[5:]),
    Case("subtensor_subtensor", [(9,)], lambda x: x[2:][3], lambda x: x[5]),
    Case("subtensor_subtensor", M, lambda x: x[1:][:, 2], lambda x: x[1:, 2]),
    Case("subtensor_of_dimshuffle", M, lambda x: x.T[1], lambda x: x[:, 1]),
    Case("subtensor_of_dimshuffle", M, lambda x: x.T[1:], lambda x: x[:, 1:].T),
    Case("subtensor_of_dimshuffle", [(2, 3, 4)], lambda x: x.dimshuffle(2, 0, "x", 1)[:, 1],
         lambda x: x[1].dimshuffle(1, "x", 0)),
    Case("subtensor_of_broadcast", [(4,)], lambda x: wide(x, 3)[:, 1:].sum(), better=True),
    Case("subtensor_of_broadcast", [(4,)], lambda x: wide(x, 3)[1], lambda x: x, known=True),
    Case("subtensor_of_elemwise", [(5,)], lambda x: T.exp(x)[1:], lambda x: T.exp(x[1:])),
    Case("subtensor_of_elemwise", [(5,), ()], lambda x, i: T.exp(x)[i], lambda x, i: T.exp(x[i]),
         kinds="fi"),
    Case("subtensor_of_elemwise", MM, lambda x, y: (x * y)[0], lambda x, y: x[0] * y[0],
         known=True),
    Case("subtensor_of_elemwise", [(3, 4), (4,)], lambda x, y: (x * y)[0], known=True),
    Case("subtensor_of_elemwise", [(3, 4), ()], lambda x, y: (x + y)[0, 1:],
         lambda x, y: x[0, 1:] + y.dimshuffle("x")),
    Case("subtensor_of_dot", [(3, 4), (4, 2)], lambda a, b: T.dot(a, b)[1],
         lambda a, b: T.dot(a[1], b)),
    Case("subtensor_of_dot", [(3, 4), (4, 2)], lambda a, b: T.dot(a, b)[1:, 0],
         lambda a, b: T.dot(a[1:], b[:, 0])),
    Case("broadcast_of_elemwise", [(4,)], lambda x: T.exp(wide(x, 3)),
         lambda x: BroadcastTo((3, None))(T.exp(x.dimshuffle("x", 0)), T.constant(3), x.shape[0])),
    Case("dimshuffle_of_broadcast", [(4,)], lambda x: wide(x, 3).T),
    Case("reshape_of_dimshuffle", M, lambda x: x.dimshuffle(0, "x", 1).flatten()),
    Case("reshape_is_dimshuffle", M, lambda x: x.reshape((x.shape[0], 1, x.shape[1])),
         lambda x: x.dimshuffle(0, "x", 1)),
    Case("join_of_one", M, lambda x: Join(0)(x), lambda x: x),
    Case("join_of_joins", [(2,), (3,), (4,)],
         lambda x, y, z: T.concatenate([T.concatenate([x, y]), z]),
         lambda x, y, z: T.concatenate([x, y, z])),
    Case("join_of_split", [(5,)], lambda x: T.concatenate([x[:2], x[2:]]), lambda x: x),
    Case("join_of_split", VI, lambda x, i: T.concatenate([x[:i], x[i:]]), lambda x, i: x,
         kinds="fi"),
    Case("subtensor_of_join", [(2,), (3,)],
         lambda x, y: T.concatenate([x, y])[x.shape[0] : x.shape[0] + y.shape[0]],
         lambda x, y: y),
    Case("subtensor_of_join", [(2,), (3,)], lambda x, y: T.concatenate([x, y])[: x.shape[0]],
         lambda x, y: x),
    Case("subtensor_of_join", [(2,), (3,)], lambda x, y: T.concatenate([x, y])[3],
         lambda x, y: y[1], known=True),
    Case("subtensor_of_join", [(2, 4), (3, 4)], lambda x, y: T.concatenate([x, y])[:, 1:],
         lambda x, y: T.concatenate([x[:, 1:], y[:, 1:]]), known=True),
    Case("read_of_written", [(5,), (2,)], lambda x, y: T.set_subtensor(x[1:3], y)[1:3],
         lambda x, y: y, known=True),
    Case("read_of_written", [(5,), ()], lambda x, y: T.inc_subtensor(x[2], y)[2],
         lambda x, y: x[2] + y),
    Case("written_whole", MM, lambda x, y: T.set_subtensor(x[:], y), lambda x, y: y, known=True),
    Case("written_whole", [(3, 4), (4,)], lambda x, y: T.inc_subtensor(x[:], y), known=True),
    Case("written_with_itself", [(5,)], lambda x: T.set_subtensor(x[1:], x[1:]), lambda x: x),
    Case("written_twice", [(5,), (2,), (2,)],
         lambda x, y, z: T.inc_subtensor(T.inc_subtensor(x[:2], y)[:2], z),
         lambda x, y, z: T.inc_subtensor(x[:2], y + z), known=True),
    Case("written_twice", [(5,), (), ()],
         lambda x, y, z: T.set_subtensor(T.set_subtensor(x[:2], y)[:2], z),
         lambda x, y, z: T.set_subtensor(x[:2], z)),
    Case("sum_of_scatters", [(5,), (2,), ()],
         lambda x, y, z: T.inc_subtensor(T.zeros_like(x)[:2], y)
         + T.inc_subtensor(T.zeros_like(x)[1:], z)),
]  # fmt: skip
