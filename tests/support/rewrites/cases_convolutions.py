"""Examples of rules for convolutions and pooling."""

import symgraph.tensor as T
from support.rewrites.case import Case
from symgraph.ops import Conv, ConvInputGradient, ConvKernelGradient, MaxPool
from symgraph.ops.constant import constant

N, C, K = 3, 2, 4


def conv(x, w, *numbers, kind=Conv, strides=(1, 1)):
    return kind(strides, (1, 1))(x, w, *(constant(number, "int64") for number in numbers))


def around(x, rows, columns):
    n, c, h, w = x.type.shape
    blank = T.zeros((n, c, h + sum(rows), w + sum(columns)), x.dtype)
    part = blank[:, :, rows[0] : rows[0] + h, columns[0] : columns[0] + w]
    return T.set_subtensor(part, x)


CASES = [
    Case("whole_image", [(N, C, 2, 3), (K, C, 2, 3)],
         lambda x, w: conv(x, w, 0, 0, 0, 0, strides=(1, 2)),
         lambda x, w: T.dot(x.flatten(2), w.flatten(2).T).dimshuffle(0, 1, "x", "x"),
         known=True, better=True),
    Case("whole_image", [(K, C, 2, 3), (N, K, 1, 1)],
         lambda w, g: conv(w, g, 0, 0, 0, 0, 2, 3, kind=ConvInputGradient),
         lambda w, g: T.dot(g.dimshuffle(0, 1), w.flatten(2)).reshape((N, C, 2, 3)),
         known=True, better=True),
    Case("whole_image", [(N, C, 2, 3), (N, K, 1, 1)],
         lambda x, g: conv(x, g, 0, 0, 0, 0, 2, 3, kind=ConvKernelGradient),
         lambda x, g: T.dot(g.dimshuffle(1, 0), x.flatten(2)).reshape((K, C, 2, 3)),
         known=True, better=True),
    Case("zeros_around", [(N, C, 3, 4), (K, C, 2, 3)],
         lambda x, w: conv(around(x, (1, 2), (0, 3)), w, 0, 1, 0, 0),
         lambda x, w: conv(x, w, 1, 3, 0, 3), known=True, better=True),
    Case("useless_pool", [(N, 4, 5)], lambda x: MaxPool((1, 1), (1, 1))(x) + 1,
         lambda x: x + 1),
]  # fmt: skip
