"""Modes, by name and as objects, and what is seen of compiled graphs."""

import numpy as np
import theano
import theano.tensor as T
from theano.compile.mode import Mode, get_default_mode, get_mode
from theano.compile.monitormode import MonitorMode
from theano.compile.nanguardmode import NanGuardMode

x = T.dmatrix("x")
y = T.nnet.sigmoid(T.dot(x, x.T))
value = np.eye(2)
wanted = 1 / (1 + np.exp(-value))
modes = ["FAST_RUN", "FAST_COMPILE", "DebugMode", None, Mode("py", "fast_run")]
modes += [get_default_mode().excluding("fusion"), get_mode("FAST_RUN").including("inplace")]
for mode in modes:
    assert np.allclose(theano.function([x], y, mode=mode)(value), wanted)

guarded = theano.function([x], T.log(x), mode=NanGuardMode(True, True, True))
try:
    guarded(-value)
except AssertionError:
    pass
else:
    raise AssertionError("the logarithm of -1 is nan")

seen = []
watched = MonitorMode(post_func=lambda i, node, fn: seen.append(fn.outputs[0][0].shape))
theano.function([x], x + 1, mode=watched)(value)
assert (2, 2) in seen

nodes = theano.function([x], T.exp(x[0]) + 1).maker.fgraph.toposort()
assert any(isinstance(node.op, T.Subtensor) for node in nodes)
assert any(isinstance(node.op, T.Elemwise) for node in nodes)
assert not any(isinstance(node.op, T.Dot) for node in nodes)
try:
    theano.function([x], y, mode="NO_SUCH_MODE")
except Exception as error:
    assert "NO_SUCH_MODE" in str(error)
else:
    raise AssertionError("there is no such mode")
