"""Examples of rules for what changes nothing, and of the normalised functions."""

import numpy as np

import symgraph.tensor as T
from support.rewrites.case import Case
from symgraph.gradient import grad_scale
from symgraph.ops import LogSoftmax, Softmax
from symgraph.ops.elemwise import scalar_functions

M = [(3, 4)]
V = [(5,)]
second, mul_zero = (scalar_functions[name] for name in ("second", "mul_zero"))


def picked(x, v):
    rows = T.arange(x.shape[0])
    classes = T.zeros_like(rows)
    v = T.specify_shape(v, [x.shape[0]])
    return T.inc_subtensor(T.zeros_like(x)[rows, classes], v)


CASES = [
    Case("constant_folding", V, lambda x: x + T.exp(T.constant(np.float64(0))),
         lambda x: x + 1.0),
    Case("useless_identity", V, lambda x: grad_scale(x, 1.0) + 1, lambda x: x + 1),
    Case("useless_cast", V, lambda x: T.cast(T.cast(x, "int64"), "float64"),
         lambda x: T.cast(x, "float64"), kinds="b"),
    Case("useless_second", M, lambda x: second(x, x + 1), lambda x: x + 1),
    Case("known_switch", [(5,), (5,)], lambda x, y: T.switch(True, x, y), lambda x, y: x,
         known=True),
    Case("useless_broadcast", M, lambda x: T.broadcast_to(x, x.shape), lambda x: x),
    Case("implied_broadcast", [(3, 4), (4,)],
         lambda x, y: x + T.broadcast_to(y.dimshuffle("x", 0), x.shape), known=True),
    Case("useless_dimshuffle", M, lambda x: x.T.T, lambda x: x),
    Case("lift_dimshuffle", V, lambda x: T.exp(x).dimshuffle(0, "x"),
         lambda x: T.exp(x.dimshuffle(0, "x"))),
    Case("lift_dimshuffle", M, lambda x: T.exp(x).T, lambda x: T.exp(x.T)),
    Case("useless_reshape", M, lambda x: x.reshape(x.shape), lambda x: x),
    Case("useless_specify_shape", M, lambda x: T.specify_shape(x, x.shape), lambda x: x),
    Case("log_softmax", M, lambda x: T.log(Softmax(1)(x)), lambda x: LogSoftmax(1)(x)),
    Case("softmax_written_out", M, lambda x: T.exp(x) / T.exp(x).sum(axis=1, keepdims=True),
         lambda x: Softmax(1)(x), better=True),
    Case("exp_log_softmax", M, lambda x: T.exp(LogSoftmax(1)(x)), lambda x: Softmax(1)(x)),
    Case("softmax_of_shifted", M, lambda x: Softmax(1)(x - x.max(axis=1, keepdims=True)),
         lambda x: Softmax(1)(x), better=True),
    Case("softmax_of_shifted", [(3, 4), (3,)],
         lambda x, y: Softmax(1)(x + y.dimshuffle(0, "x")), lambda x, y: Softmax(1)(x),
         known=True, better=True),
    Case("sum_of_scatter", [(3, 4), (3,)],
         lambda x, v: picked(x, v).sum(axis=1) + picked(x, v)[:, 0]),
    Case("mul_zero_constant", V, lambda x: mul_zero(x, 2.0), lambda x: x * 2),
]  # fmt: skip
