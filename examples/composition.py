"""Networks put together from layers of windows: a stack in the manner of VGG, and residual blocks.
Each learns digits.

    python examples/composition.py [EPOCHS]
"""

import sys
from collections.abc import Callable

import numpy as np
from symgraph.models import Dense
from symgraph.models.convolutional import Conv2D
from symgraph.models.datasets import load_digits
from symgraph.models.parts.optimizers import adam

import symgraph as sg
import symgraph.tensor as T

RNG = np.random.default_rng(0)


class Net:
    """Makes layers that see through windows of 3 x 3, and remembers their weights."""

    def __init__(self) -> None:
        self.params: list[sg.SharedVariable] = []

    def seen(self, x: sg.Variable, n_in: int, n_out: int) -> sg.Variable:
        """Maps as large as those of x."""
        settings = {"border_mode": "half", "rng": RNG, "dtype": "float32"}
        layer = Conv2D(n_in, n_out, (3, 3), "relu", name=f"conv{len(self.params)}", **settings)
        self.params += layer.params
        return layer(x)

    def scores(self, x: sg.Variable, n_in: int) -> sg.Variable:
        """Of ten classes."""
        self.params += (layer := Dense(n_in, 10, rng=RNG, dtype="float32")).params
        return layer(x)


def halved(x: sg.Variable) -> sg.Variable:
    """The largest of 2 x 2."""
    return T.signal.pool.pool_2d(x, (2, 2), ignore_border=True)


def stack(net: Net, x: sg.Variable) -> sg.Variable:
    """Two windows of 3 x 3 see as far as one of 5 x 5; maps double where pictures are halved."""
    for n_in, n_out in ((1, 16), (16, 32)):
        x = halved(net.seen(net.seen(x, n_in, n_out), n_out, n_out))
    return net.scores(x.flatten(2), 32 * 49)


def residual(net: Net, x: sg.Variable) -> sg.Variable:
    """Blocks that add to their input what two layers make of it."""
    x = halved(net.seen(x, 1, 16))
    for _ in range(2):
        x = x + net.seen(net.seen(x, 16, 16), 16, 16)
    return net.scores(halved(x).flatten(2), 16 * 49)


def learn(make: Callable[[Net, sg.Variable], sg.Variable], epochs: int) -> float:
    """Train in mini-batches of 50 by Adam; the test error."""
    data, net = load_digits(), Net()
    train = data.train_and_validation
    x, y = T.fmatrix("x"), T.lvector("y")
    scores = make(net, x.reshape((x.shape[0], 1, 28, 28)))
    cost = -T.mean(T.nnet.logsoftmax(scores)[T.arange(y.shape[0]), y])
    step = sg.function([x, y], cost, updates=adam(cost, net.params, 0.002))
    answer = sg.function([x], T.argmax(scores, axis=1))
    for _ in range(epochs):
        for rows in np.split(RNG.permutation(len(train)), len(train) // 50):
            step(train.x[rows], train.y[rows])
    error = float(np.mean(answer(data.test.x) != data.test.y))
    print(f"{make.__name__}: {len(net.params) // 2} layers, test error {100 * error:.1f} %")
    return error


if __name__ == "__main__":
    for network in (stack, residual):
        learn(network, *map(int, sys.argv[1:2] or (5,)))
