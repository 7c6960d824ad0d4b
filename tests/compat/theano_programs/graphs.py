"""Walks over graphs, copies of them and of functions, and derivatives of integers."""

import copy
import pickle
from itertools import count

import numpy as np
import theano
import theano.tensor as T
from theano.gof.graph import Variable, clone, clone_get_equiv, general_toposort, io_toposort
from theano.scan_module.scan_utils import map_variables

x, y, n = T.dscalar("x"), T.dscalar("y"), T.lscalar("n")

# Each variable has a name of its own.
first = next(Variable.__count__)
Variable.__count__ = count(first)
a = T.dscalar()
assert a.auto_name == "auto_%d" % first and a.clone().auto_name != a.auto_name

# Sorting, and copies of every node.
z = T.exp(x * y)
order = general_toposort(
    [z],
    lambda item: (
        getattr(item, "inputs", None) or ([item.owner] if getattr(item, "owner", None) else [])
    ),
)
assert order[:2] == [y, x] and order[-1] is z and order[-2] is z.owner
assert [len(node.inputs) for node in io_toposort([x, y], [z])] == [2, 1]
(x2, y2), (z2,) = clone([x, y], [z])
assert x2 is not x and z2.owner.inputs[0].owner.inputs[0] is x2
(x3, y3), (z3,) = clone([x, y], [z], copy_inputs=False)
assert x3 is x and z3 is not z and z3.owner is not z.owner
copies = clone_get_equiv([x, y], [z])
assert copies[z.owner] is copies[z].owner
assert theano.clone(x + y, {x: y}, copy_inputs=True).eval({y: 2.0}) == 4

# Integers have derivatives of zero; what is known of the cost, or unknown, is said.
assert theano.grad(T.cast(x**2, "int64"), x).eval({x: 3.0}) == 0
assert theano.grad(n, n).eval({n: 3}) == 1
i = T.iscalar()
cost = i + n
try:
    theano.grad(cost, [i], known_grads={cost: theano.gradient.DisconnectedType()()})
except theano.gradient.DisconnectedInputError:
    pass
else:
    raise AssertionError
try:
    T.Rop(y, x, x)
except theano.gradient.DisconnectedInputError:
    pass
else:
    raise AssertionError
assert T.Rop(y, x, x, disconnected_outputs="ignore").eval({y: 1.0}) == 0

# Functions have the name of their line, and share profiles and defaults.
f = theano.function([x], x + 1)
assert "graphs.py:" in f.name
profile = theano.compile.ProfileStats(atexit_print=False, gpu_checks=False)
g = theano.function([x], x + 2, profile=profile)
assert g.profile is profile and g(1.0) == 3
state = T.dscalar("state")
f1 = theano.function([x, theano.In(state, value=0.0, update=state + x)], state)
f2 = theano.function([x, theano.In(state, value=f1.container[state], update=state * x)], state)
assert isinstance(f1.container[state].storage, list)
assert f1.container[state].storage is f2.container[state].storage
held = copy.deepcopy({"x": x, "state": state, "f1": f1, "f2": f2})
held["f1"](3.0)
assert held["f2"](2.0) == 3 and held["f1"][held["state"]] == 6 and f1[state] == 0
assert state not in held["f1"].container
loaded = pickle.loads(pickle.dumps([f1, f2, state]))
loaded[0](3.0)
assert loaded[1][loaded[2]] == 3
f1.container[state].storage[0] = np.array(5.0)
assert f2[state] == 5

# The outputs of a dict are in the order of its keys, which are str.
d = theano.function([x, y], {"b": x, "a": y * 2})
assert [str(out)[:1] for out in d.outputs] != [] and d(1.0, 2.0) == {"a": 4.0, "b": 1.0}
try:
    theano.function([x], {1.0: x})
except AssertionError:
    pass
else:
    raise AssertionError

# What a loop is handed counts as used; a strict one refuses what it is not handed.
h, _ = theano.scan(lambda v, w: v * 2, sequences=T.dvector("v"), non_sequences=[y])
v = h.owner.inputs[0] if False else T.dvector("v")
h, _ = theano.scan(lambda e, w: e * 2, sequences=v, non_sequences=[y])
assert theano.function([v, y], h)([1.0, 2.0], 3.0).tolist() == [2, 4]
w = theano.shared(2.0)
try:
    theano.scan(lambda e: e * w, sequences=v, strict=True)
except theano.gof.fg.MissingInputError:
    pass
else:
    raise AssertionError

# An input from which another one is computed, and nothing else, is not used.
m = T.dmatrix("m")
mt = m.T
try:
    theano.function([m, mt], mt * 2)
except theano.compile.UnusedInputError:
    pass
else:
    raise AssertionError
assert isinstance((x + y).owner.op.scalar_op, theano.scalar.Add)
assert not isinstance((x + y).owner.op.scalar_op, theano.scalar.Mul)


# Variables are replaced by what a program keeps with them, also within loops and operations.
def replacement(variable):
    return getattr(variable.tag, "replacement", variable)


def step(entry, total, weight):
    change = entry * weight
    change.tag.replacement = entry - outer
    return total + change


p = T.dvector("p")
outer, weight, other = T.dscalars("outer", "weight", "other")
summed, _ = theano.scan(step, [p], [np.array(0.0)], [weight])
weight.tag.replacement = 2 * other
replaced = map_variables(replacement, [summed, p + weight], [outer, other])
h = theano.function([p, outer, weight, other], [summed, *replaced])
before, after, beside = h([1.0, 2.0], 5.0, 3.0, 3.0)
assert before.tolist() == [3, 9] and beside.tolist() == [7, 8]
assert after.tolist() == [1 - 5, 3 - 2 * 5]
