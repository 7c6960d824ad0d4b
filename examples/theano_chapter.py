"""The Theano chapter of the book (section 2.4), with the import as the only changed line."""

import numpy as np

import symgraph as theano
import symgraph.tensor as T
from symgraph import In, function, shared


def main() -> None:
    x, y, w = T.dscalars("x", "y", "w")
    print("3 + 5 =", function([x, y], x + y)(3, 5))

    m = T.dmatrix("m")
    print("logistic:", function([m], 1 / (1 + T.exp(-m)))([[1, 2], [-1, -2]]).tolist())

    f = function([x, In(y, value=1), In(w, value=2, name="weight")], (x + y) * w)
    print("default values:", f(33), f(33, 2), f(33, 0, 1), f(33, weight=1))

    a, b = T.dmatrices("a", "b")
    diff = a - b
    f = function([a, b], [diff, abs(diff), diff**2])
    print("three results:", [r.tolist() for r in f([[1, 2], [3, 4]], [[1, 1], [1, 1]])])

    # A shared variable keeps its value between calls; updates read the old values.
    state, inc = shared(0), T.iscalar("inc")
    accumulate = function([inc], state, updates=[(state, state + inc)])
    print("the state was", accumulate(10), "and is", state.get_value())

    # For one function, something else may stand for it.
    other = T.scalar(dtype=state.dtype)
    skip = function([inc, other], state * 2 + inc, givens=[(state, other)])
    print("with 5 for the state:", skip(1, 5), "- it still is", state.get_value())

    # A copy runs on another state without being compiled again.
    new_state = shared(0)
    copied = accumulate.copy(swap={state: new_state})
    print("the copy's state was", copied(100), "and is", new_state.get_value())

    print("d(x²)/dx at 2:", function([x], T.grad(x**2, x))(2))
    s = 1 / (1 + theano.tensor.exp(-x))
    slope = function([x], T.grad(s, x))(2.0)
    print("slope of the logistic at 2:", slope, np.isclose(slope, 0.10499358540350649))


if __name__ == "__main__":
    main()
