"""Two small networks that textbooks write with Keras, put together from layers: 784-512-10 with
rectifiers, learned by RMSprop in batches of 128; and 32 maps of 4 x 4 and 32 of 3 x 3, the largest
of 2 x 2 after each, of which 30 % are left out while learning, on squared errors in batches of 32
(by momentum: by plain descent, as in the book, it takes many more epochs).

    python examples/textbook_networks.py [EPOCHS]
"""

import sys

import numpy as np
from symgraph.models import Dense, MLPClassifier
from symgraph.models.convolutional import Conv2D
from symgraph.models.datasets import load_digits
from symgraph.models.parts.noise import dropped_out
from symgraph.models.parts.optimizers import momentum

import symgraph as sg
import symgraph.tensor as T


def dense(epochs: int) -> float:
    """The first network, which is an estimator already; its test error."""
    data = load_digits()
    train = data.train_and_validation
    model = MLPClassifier(
        (512,), "relu", optimizer="rmsprop", learning_rate=0.001, batch_size=128, l2=0.0,
        max_iter=epochs, scale=False, tol=0, random_state=0, dtype="float32",
    )  # fmt: skip
    model.fit(train.x, train.y)
    return told("784-512-10", model.parameters, 1 - model.score(data.test.x, data.test.y))


def convolutional(epochs: int) -> float:
    """The second; its test error."""
    rng, streams = np.random.default_rng(0), sg.RandomStreams(0)
    first = Conv2D(1, 32, (4, 4), "relu", rng=rng, dtype="float32", name="first")
    second = Conv2D(32, 32, (3, 3), "relu", rng=rng, dtype="float32", name="second")
    output = Dense(800, 10, "softmax", rng=rng, dtype="float32", name="output")
    params = first.params + second.params + output.params

    x, y = T.fmatrix("x"), T.lvector("y")
    signal = x.reshape((x.shape[0], 1, 28, 28))
    for layer in (first, second):
        signal = T.signal.pool.pool_2d(layer(signal), (2, 2), ignore_border=True)
    learning = output(dropped_out(signal, 0.3, streams).flatten(2))
    answers = output(signal.flatten(2))
    wanted = T.cast(T.eq(T.arange(10), y.dimshuffle(0, "x")), "float32")
    cost = T.mean(T.sqr(learning - wanted))
    step = sg.function([x, y], cost, updates=momentum(cost, params, 0.2))
    answer = sg.function([x], T.argmax(answers, axis=1))

    data = load_digits()
    train = data.train_and_validation
    for _ in range(epochs):
        order = rng.permutation(len(train))
        for start in range(0, len(train), 32):
            rows = order[start : start + 32]
            step(train.x[rows], train.y[rows])
    wrong = float(np.mean(answer(data.test.x) != data.test.y))
    return told("two layers of windows", params, wrong)


def told(name: str, params: list[sg.SharedVariable], error: float) -> float:
    """The error, after it was printed."""
    count = sum(p.get_value().size for p in params)
    print(f"{name}: {count:,} weights, test error {100 * error:.1f} %")
    return error


if __name__ == "__main__":
    for network in (dense, convolutional):
        network(*map(int, sys.argv[1:2] or (10,)))
